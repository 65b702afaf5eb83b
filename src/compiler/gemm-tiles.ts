// Block sizes of the matrix-product kernels, as pure functions of the shape, so that results never depend on the
// machine or the number of threads. Both the compiler (workspace buffers) and the kernels (loops) follow this page.

/** Largest number of rows packed at once (A block, kept in the second-level cache). */
export const gemmMaxRowBlock = 192;

/** Largest number of columns packed at once (B block). */
export const gemmMaxColumnBlock = 512;

/** Largest depth of a block. */
export const gemmMaxDepth = 320;

/** Elements of the tile in which partly filled edges are computed. */
export const gemmTileElements = 64;

/** Elements of scratch memory (of the product's own type) that a product of this shape may write to. */
export function gemmWorkspaceElements(m: number, n: number, k: number): number {
  const depth = Math.min(k, gemmMaxDepth);
  const rows = Math.min(m, gemmMaxRowBlock);
  const columns = Math.min(roundUp(n, 8), gemmMaxColumnBlock);
  return gemmTileElements + roundUp(rows * depth, 16) + roundUp(columns * depth, 16) + 16;
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/** Bytes of workspace that a thread gives to hand-written kernels: enough for products of any shape and type. */
export const libraryWorkspaceBytes: number =
  8 * gemmWorkspaceElements(gemmMaxRowBlock, gemmMaxColumnBlock, gemmMaxDepth);
