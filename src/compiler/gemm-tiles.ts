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

/**
 * Machine code reads an operand where it lies if its steps of k are this many bytes apart at most, or few rows or columns
 * meet it. With longer strides each step is on a page of its own, and finding pages takes longer than packing.
 */
export const nearBytes = 3200;
export const fewUses = 48;

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

/** What a block function of products costs, in multiply-adds. */
export interface ProductCosts {
  /** Work below which a tile is not worth the trouble of sharing it: a few microseconds. */
  readonly smallest: number;
  /** Rows and columns to which a tile is filled up. */
  readonly rows: number;
  readonly columns: number;
  /** Rows and columns of a panel; large tiles are made of whole panels. */
  readonly panelRows: number;
  readonly panelColumns: number;
  /** Time of packing one element, and of starting a tile. */
  readonly packing: number;
  readonly starting: number;
  /** Columns and rows of a tile up to which an A and a B that can be are read where they are. */
  readonly directColumns: number;
  readonly directRows: number;
}

/** The block function in WebAssembly. */
export const wasmProducts: ProductCosts = {
  smallest: 100_000,
  rows: 3,
  columns: 4,
  panelRows: 12,
  panelColumns: 12,
  packing: 5,
  starting: 9_000,
  directColumns,
  directRows,
};

/** The same where the engine joins vectors to 256 bits: twice as fast, in panels of four vectors. */
export const wideProducts: ProductCosts = {
  ...wasmProducts,
  smallest: 200_000,
  columns: 8,
  panelColumns: 16,
  packing: 10,
  starting: 18_000,
};

/** The block function in machine code, four times as fast; packing is not. */
export const nativeProducts: ProductCosts = {
  smallest: 300_000,
  rows: 1,
  columns: 16,
  panelRows: 8,
  panelColumns: 32,
  packing: 30,
  starting: 60_000,
  directColumns: Number.POSITIVE_INFINITY,
  directRows: Number.POSITIVE_INFINITY,
};

/** Most tiles: three for each of eight threads. */
const most = 24;
/** Numbers of threads that tiles should suit. */
const threads = [1, 2, 4, 8];

/** Which operands have single strides, so that they can be read where they are. */
export interface InPlace {
  readonly a: boolean;
  readonly b: boolean;
}

/** The tiles of `batch` products of m × k by k × n. */
export function productTiles(
  [batch, m, n, k]: readonly [number, number, number, number],
  inPlace: InPlace,
  costs: ProductCosts,
): ProductTiles {
  const whole = { batch, rows: m, columns: n, count: 1 };
  const cuts = Math.min(most, Math.floor((batch * m * n * k) / costs.smallest));
  let best: ProductTiles = whole;
  const sizes = [batch, m, n, k] as const;
  let least = estimate(whole, sizes, inPlace, costs);
  for (let ofBatch = 1; ofBatch <= Math.min(batch, cuts); ofBatch++) {
    for (let ofRows = 1; ofRows * ofBatch <= cuts; ofRows++) {
      for (let ofColumns = 1; ofColumns * ofRows * ofBatch <= cuts; ofColumns++) {
        const tiles = cut([batch, m, n], [ofBatch, ofRows, ofColumns], costs);
        const time = estimate(tiles, sizes, inPlace, costs);
        if (time < least) [best, least] = [tiles, time];
      }
    }
  }
  return best;
}

function cut(
  [batch, m, n]: readonly [number, number, number],
  [ofBatch, ofRows, ofColumns]: readonly [number, number, number],
  { rows, panelRows, panelColumns }: ProductCosts,
): ProductTiles {
  const share = (size: number, parts: number, unit: number): number =>
    parts === 1 ? size : Math.min(size, roundUp(Math.ceil(size / parts), unit));
  const tile = {
    batch: share(batch, ofBatch, 1),
    rows: share(m, ofRows, m > 8 * panelRows ? panelRows : rows),
    columns: share(n, ofColumns, panelColumns),
  };
  const count =
    Math.ceil(batch / tile.batch) * Math.ceil(m / tile.rows) * Math.ceil(n / tile.columns);
  return { ...tile, count };
}

/** Relative time, over several numbers of threads: multiply-adds, packing, and what each tile costs besides. */
function estimate(
  tiles: ProductTiles,
  [batch, m, n, k]: readonly [number, number, number, number],
  inPlace: InPlace,
  costs: ProductCosts,
): number {
  const { count } = tiles;
  const { packing, starting } = costs;
  const work = (rows: number, columns: number): number => {
    const ofA = inPlace.a && columns <= costs.directColumns ? 0 : rows;
    const ofB = inPlace.b && rows <= costs.directRows ? 0 : columns;
    return roundUp(rows, costs.rows) * roundUp(columns, costs.columns) + packing * (ofA + ofB);
  };
  const tile = tiles.batch * k * work(tiles.rows, tiles.columns) + starting;
  // The last tiles of a row or column may be smaller: between the first tile and the mean.
  const mean = (batch * k * m * n * work(tiles.rows, tiles.columns)) / (tiles.rows * tiles.columns);
  const typical = (tile + mean / count + starting) / 2;
  return threads.reduce((time, some) => time + typical * some * Math.ceil(count / some), 0);
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
