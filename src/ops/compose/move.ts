// Moving axes and repeating elements: compositions of permute, reshape, broadcast and slice.

import { ChainruleError } from "../../core/errors.ts";
import { normalizeAxis, type Shape, showShape } from "../../core/shape.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { concatenate } from "../concatenate.ts";
import type { Range } from "../view.ts";

/** Swaps two axes; the last two by default. Shape: `[2, 3, 4], 0, 2 → [4, 3, 2]`. */
export function transpose(x: Tensor, axis0 = -2, axis1 = -1): Tensor {
  const first = normalizeAxis("transpose", axis0, x.rank);
  const second = normalizeAxis("transpose", axis1, x.rank);
  return x.permute(x.shape.map((_, k) => (k === first ? second : k === second ? first : k)));
}

/** Moves axes to other places; the rest keep their order. Shape: `[2, 3, 4], 0, -1 → [3, 4, 2]`. */
export function moveAxis(
  x: Tensor,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  const from = [source].flat().map((a) => normalizeAxis("moveAxis", a, x.rank));
  const to = [destination].flat().map((a) => normalizeAxis("moveAxis", a, x.rank));
  const rest = x.shape.flatMap((_, k) => (from.includes(k) ? [] : [k]));
  const axes = x.shape.map((_, k) => (to.includes(k) ? from[to.indexOf(k)] : rest.shift()!));
  return x.permute(axes);
}

/** As `broadcastTo`, where −1 keeps a length. Shape: `[3, 1], [-1, 4] → [3, 4]`. */
export function expand(x: Tensor, shape: Shape): Tensor {
  const extra = shape.length - x.rank;
  return x.broadcastTo(shape.map((n, k) => (n === -1 && k >= extra ? x.shape[k - extra] : n)));
}

/** Takes element `index` along `axis`, which disappears; negative counts from the end. Shape: `[2, 3], 1, 0 → [2]`. */
export function select(x: Tensor, axis: number, index: number): Tensor {
  return x.slice(along(x, normalizeAxis("select", axis, x.rank), index));
}

/** Cuts into pieces along `axis`: of one size (the last may be shorter), or of the sizes listed. */
export function split(x: Tensor, sizes: number | readonly number[], axis = 0): Tensor[] {
  const at = normalizeAxis("split", axis, x.rank);
  const list = typeof sizes === "number" ? evenSizes(x.shape[at], sizes) : sizes;
  if (list.reduce((sum, n) => sum + n, 0) !== x.shape[at]) {
    throw new ChainruleError({
      code: "SHAPE_MISMATCH",
      op: "split",
      problem: `sizes ${showShape(list)} do not add up to ${x.shape[at]}, the length of axis ${at}`,
      fix: "Pass sizes whose sum is the length.",
      detail: { sizes: list, length: x.shape[at] },
    });
  }
  let start = 0;
  return list.map((size) => {
    start += size;
    return x.slice(along(x, at, { start: start - size, end: start }));
  });
}

/** Cuts into at most `count` pieces of equal size along `axis`; the last may be shorter. */
export function chunk(x: Tensor, count: number, axis = 0): Tensor[] {
  const at = normalizeAxis("chunk", axis, x.rank);
  return split(x, Math.max(1, Math.ceil(x.shape[at] / count)), at);
}

/** Slices along `axis`, which disappears, as a list. */
export function unbind(x: Tensor, axis = 0): Tensor[] {
  const at = normalizeAxis("unbind", axis, x.rank);
  return Array.from({ length: x.shape[at] }, (_, index) => select(x, at, index));
}

/** Shifts elements towards higher indices along axes; what falls off comes back in front. Without axes: of the flattened tensor. */
export function roll(
  x: Tensor,
  shifts: number | readonly number[],
  axes?: number | readonly number[] | null,
): Tensor {
  const list = [shifts].flat();
  if (axes === undefined || axes === null) {
    return rollAlong(
      x.reshape([x.size]),
      list.reduce((a, b) => a + b, 0),
      0,
    ).reshape(x.shape);
  }
  const at = [axes].flat().map((a) => normalizeAxis("roll", a, x.rank));
  return at.reduce((y, axis, k) => rollAlong(y, list[k] ?? list[0], axis), x.node);
}

function rollAlong(x: Tensor, shift: number, axis: number): Tensor {
  const length = x.shape[axis];
  const by = length === 0 ? 0 : ((shift % length) + length) % length;
  if (by === 0) return x;
  const [head, tail] = split(x, [length - by, by], axis);
  return concatenate([tail, head], axis);
}

/** Copies of the whole tensor side by side, as NumPy's `tile`. Shape: `[2], [3, 2] → [3, 4]`. */
export function tile(x: Tensor, reps: number | readonly number[]): Tensor {
  const counts = [reps].flat();
  const rank = Math.max(counts.length, x.rank);
  const lengths = [...Array<number>(rank - x.rank).fill(1), ...x.shape];
  const times = [...Array<number>(rank - counts.length).fill(1), ...counts];
  const spread = x.reshape(lengths.flatMap((n) => [1, n]));
  const copies = spread.broadcastTo(lengths.flatMap((n, k) => [times[k], n]));
  return copies.reshape(lengths.map((n, k) => n * times[k]));
}

/** Copies of the whole tensor; as `tile`. Shape: `[2, 3], [2, 1] → [4, 3]`. */
export const repeat: (x: Tensor, repeats: number | readonly number[]) => Tensor = tile;

/** Repeats each element along `axis` (of the flattened tensor without it). Shape: `[2, 3], 2, 1 → [2, 6]`. */
export function repeatInterleave(x: Tensor, repeats: number, axis?: number | null): Tensor {
  if (axis === undefined || axis === null) return repeatInterleave(x.reshape([x.size]), repeats, 0);
  const at = normalizeAxis("repeatInterleave", axis, x.rank);
  const shape = [...x.shape];
  const wide = x
    .unsqueeze(at + 1)
    .broadcastTo([...shape.slice(0, at + 1), repeats, ...shape.slice(at + 1)]);
  return wide.reshape(shape.map((n, k) => (k === at ? n * repeats : n)));
}

/** Ranges that take `range` along one axis and everything along the others. */
export function along(x: Tensor, axis: number, range: Range): Range[] {
  return x.shape.map((_, k) => (k === axis ? range : null));
}

function evenSizes(length: number, size: number): number[] {
  const pieces = Math.max(1, Math.ceil(length / size));
  return Array.from({ length: pieces }, (_, k) => Math.min(size, length - k * size));
}
