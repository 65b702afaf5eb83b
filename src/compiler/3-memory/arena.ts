// Offsets in the scratch memory: the largest storages first, each in the tightest gap between those that are alive at
// the same time. Every storage is padded, so that a vector that overhangs its end stays inside.

/** A block of bytes needed from step `first` to step `last`, both included. */
export interface Lifetime {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** Alignment of every block. */
const alignment = 64;
/** Bytes that may be touched beyond the end of a block. */
const padding = 16;

/** Where blocks lie, in the order in which they were given, and the bytes needed in all. */
export interface Arena {
  readonly offsets: readonly number[];
  readonly bytes: number;
}

/** Blocks up to which several orders are tried. */
const fewBlocks = 1000;

/** Gives each block an offset; of several orders of placing them, the one that needs least is taken. */
export function planArena(blocks: readonly Lifetime[]): Arena {
  const sizes = blocks.map(({ bytes }) => Math.ceil((bytes + padding) / alignment) * alignment);
  const span = (k: number): number => blocks[k].last - blocks[k].first + 1;
  const orders: readonly ((a: number, b: number) => number)[] = [
    (a, b) => sizes[b] - sizes[a] || blocks[a].first - blocks[b].first,
    (a, b) => sizes[b] * span(b) - sizes[a] * span(a) || a - b,
    (a, b) => span(b) - span(a) || sizes[b] - sizes[a],
    (a, b) => blocks[a].first - blocks[b].first || sizes[b] - sizes[a],
  ];
  return orders
    .slice(0, blocks.length > fewBlocks ? 1 : orders.length)
    .map((compare) => placeInOrder(blocks, sizes, [...blocks.keys()].sort(compare)))
    .reduce((best, arena) => (arena.bytes < best.bytes ? arena : best));
}

function placeInOrder(
  blocks: readonly Lifetime[],
  sizes: readonly number[],
  order: readonly number[],
): Arena {
  const offsets = new Array<number>(blocks.length).fill(0);
  /** Placed blocks by ascending offset. */
  const placed: number[] = [];
  let total = 0;
  for (const block of order) {
    offsets[block] = tightestGap(block, blocks, sizes, offsets, placed);
    total = Math.max(total, offsets[block] + sizes[block]);
    placed.splice(placeFor(placed, offsets, offsets[block]), 0, block);
  }
  return { offsets, bytes: total };
}

/** The start of the smallest gap that holds the block, or the end of all that live with it. */
function tightestGap(
  block: number,
  blocks: readonly Lifetime[],
  sizes: readonly number[],
  offsets: readonly number[],
  placed: readonly number[],
): number {
  const { first, last } = blocks[block];
  let end = 0;
  let best = -1;
  let bestGap = Number.POSITIVE_INFINITY;
  for (const other of placed) {
    if (blocks[other].last < first || blocks[other].first > last) continue;
    const gap = offsets[other] - end;
    if (gap >= sizes[block] && gap < bestGap) {
      best = end;
      bestGap = gap;
    }
    end = Math.max(end, offsets[other] + sizes[other]);
  }
  return best >= 0 ? best : end;
}

function placeFor(placed: readonly number[], offsets: readonly number[], offset: number): number {
  let low = 0;
  let high = placed.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (offsets[placed[middle]] < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
