// Sizes of the matrix-product kernels, as pure functions of the shape, so that results never depend on the machine or
// the number of threads: the tiles that threads share, the blocks inside a tile, and the workspace of a thread.

/** Largest number of rows packed at once (A block, kept in the second-level cache), of four bytes each. */
export const gemmMaxRowBlock = 192;

/** Largest number of columns packed at once (B block), of four bytes each. */
export const gemmMaxColumnBlock = 512;

/** Largest depth of a block. */
export const gemmMaxDepth = 320;

/** Widest panel of rows or columns that a kernel may ask for. */
export const gemmMaxPanel = 32;

/** Rows of C up to which a contiguous B is read where it is, and columns up to which an A is. */
export const directRows = 18;
export const directColumns = 160;

/** Axes that a group of a contraction may have. */
export const contractAxes = 4;

/** Bytes of one axis in the workspace: its size and up to three strides. */
export const axisBytes = 16;

/** Where things lie in the workspace of a thread: bytes from its start. */
export interface WorkspaceLayout {
  /** The descriptor of a call of machine code. */
  readonly descriptor: number;
  /** Sizes and strides of the axes of a contraction, four groups. */
  readonly axes: number;
  /** Offsets of the rows, columns and steps of a block in each matrix. */
  readonly rowsOfA: number;
  readonly rowsOfC: number;
  readonly columnsOfB: number;
  readonly columnsOfC: number;
  readonly depthOfA: number;
  readonly depthOfB: number;
  /** A panel of C that is not stored where it belongs at once. */
  readonly panelOfC: number;
  readonly packedA: number;
  readonly packedB: number;
  readonly end: number;
}

/** The workspace of a thread. */
export const workspaceLayout: WorkspaceLayout = layOut();

/** Bytes of workspace that a thread gives to hand-written kernels: enough for products of any shape and type. */
export const libraryWorkspaceBytes: number = workspaceLayout.end;

function layOut(): WorkspaceLayout {
  let end = 0;
  const take = (bytes: number): number => {
    const start = end;
    end = roundUp(start + bytes, 64);
    return start;
  };
  const rows = gemmMaxRowBlock + gemmMaxPanel;
  const columns = gemmMaxColumnBlock + gemmMaxPanel;
  const depth = gemmMaxDepth + gemmMaxPanel;
  const places = {
    descriptor: take(64),
    axes: take(4 * contractAxes * axisBytes),
    rowsOfA: take(4 * rows),
    rowsOfC: take(4 * rows),
    columnsOfB: take(4 * columns),
    columnsOfC: take(4 * columns),
    depthOfA: take(4 * depth),
    depthOfB: take(4 * depth),
    panelOfC: take(4 * rows * gemmMaxPanel),
    packedA: take(4 * rows * gemmMaxDepth),
    packedB: take(4 * columns * gemmMaxDepth),
  };
  return { ...places, end };
}

/** How a stack of products is cut into tiles: so many products, rows and columns in one, all of the depth. */
export interface ProductTiles {
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  /** Number of tiles. */
  readonly count: number;
}

/** Multiply-adds below which a tile is not worth the trouble of sharing it: a few microseconds. */
const smallest = 100_000;
/** Most tiles: three for each of eight threads. */
const most = 24;
/** Rows and columns of a panel; large tiles are made of whole panels. */
const panel = 12;
/** Numbers of threads that tiles should suit. */
const threads = [1, 2, 3, 4, 8];

/** The tiles of `batch` products of m × k by k × n; a `plain` product is one of single strides. */
export function productTiles(
  [batch, m, n, k]: readonly [number, number, number, number],
  plain: boolean,
): ProductTiles {
  const whole = { batch, rows: m, columns: n, count: 1 };
  const cuts = Math.min(most, Math.floor((batch * m * n * k) / smallest));
  let best: ProductTiles = whole;
  const sizes = [batch, m, n, k] as const;
  // An A of single strides that few columns meet is read where it is.
  const packsA = (columns: number): boolean => !plain || columns > directColumns;
  let least = estimate(whole, sizes, packsA);
  for (let ofBatch = 1; ofBatch <= Math.min(batch, cuts); ofBatch++) {
    for (let ofRows = 1; ofRows * ofBatch <= cuts; ofRows++) {
      for (let ofColumns = 1; ofColumns * ofRows * ofBatch <= cuts; ofColumns++) {
        const tiles = cut([batch, m, n], [ofBatch, ofRows, ofColumns]);
        const time = estimate(tiles, sizes, packsA);
        if (time < least) [best, least] = [tiles, time];
      }
    }
  }
  return best;
}

function cut(
  [batch, m, n]: readonly [number, number, number],
  [ofBatch, ofRows, ofColumns]: readonly [number, number, number],
): ProductTiles {
  const share = (size: number, parts: number, unit: number): number =>
    parts === 1 ? size : Math.min(size, roundUp(Math.ceil(size / parts), unit));
  const tile = {
    batch: share(batch, ofBatch, 1),
    rows: share(m, ofRows, m > 8 * panel ? panel : 3),
    columns: share(n, ofColumns, panel),
  };
  const count =
    Math.ceil(batch / tile.batch) * Math.ceil(m / tile.rows) * Math.ceil(n / tile.columns);
  return { ...tile, count };
}

/** Multiply-adds in the time of packing one element, and in that of starting a tile. */
const packing = 5;
const starting = 9_000;

/** Relative time, over several numbers of threads: multiply-adds, packing, and what each tile costs besides. */
function estimate(
  tiles: ProductTiles,
  [batch, m, n, k]: readonly [number, number, number, number],
  packsA: (columns: number) => boolean,
): number {
  const { count } = tiles;
  const work = (rows: number, columns: number): number =>
    roundUp(rows, 3) * roundUp(columns, 4) + packing * ((packsA(columns) ? rows : 0) + columns);
  const tile = tiles.batch * k * work(tiles.rows, tiles.columns) + starting;
  // The last tiles of a row or column may be smaller: between the first tile and the mean.
  const mean = (batch * k * m * n * work(tiles.rows, tiles.columns)) / (tiles.rows * tiles.columns);
  const typical = (tile + mean / count + starting) / 2;
  return threads.reduce((time, some) => time + typical * some * Math.ceil(count / some), 0);
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
