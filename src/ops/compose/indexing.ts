// Indexing by tensors, triangles and diagonals.

import type { DType } from "../../core/dtype.ts";
import { ChainruleError } from "../../core/errors.ts";
import { broadcastShapes, normalizeAxis, showShape } from "../../core/shape.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { gather, scatterAdd, take } from "../gather.ts";
import { iota } from "../leaf.ts";

/** Takes whole slices along `axis` by a list of indices. Shape: `[4, 3], 0, [2] → [2, 3]`. */
export function indexSelect(x: Tensor, axis: number, index: Tensor): Tensor {
  return take(x, index, axis);
}

/** `x` with slices of `source` added along `axis` at the places in `index`. Shape: that of `x`. */
export function indexAdd(x: Tensor, axis: number, index: Tensor, source: Tensor): Tensor {
  const at = normalizeAxis("indexAdd", axis, x.rank);
  const places = index.reshape(source.shape.map((_, k) => (k === at ? index.size : 1)));
  return x.add(scatterAdd(source, places.broadcastTo(source.shape), at, x.shape[at]));
}

/** As `gather`, after broadcasting the other axes of both, as NumPy's `take_along_axis`. */
export function takeAlong(x: Tensor, index: Tensor, axis: number): Tensor {
  const at = normalizeAxis("takeAlong", axis, x.rank);
  const others = (t: Tensor): number[] => t.shape.map((n, k) => (k === at ? 1 : n));
  const common = broadcastShapes("takeAlong", others(x), others(index));
  const stretched = (t: Tensor): Tensor =>
    t.broadcastTo(common.map((n, k) => (k === at ? t.shape[at] : n)));
  return gather(stretched(x), stretched(index), at);
}

/** Rows of ones and zeros: 1 at the index. Shape: `[n], classes → [n, classes]`. */
export function oneHot(
  index: Tensor,
  classes: number,
  options: { readonly dtype?: DType } = {},
): Tensor {
  const columns = iota([...index.shape, classes], index.rank);
  return index
    .unsqueeze(-1)
    .equal(columns)
    .cast(options.dtype ?? "int32");
}

/** The lower triangle of the last two axes, up to `diagonal` above the main one; zeros elsewhere. */
export function tril(x: Tensor, diagonal = 0): Tensor {
  const { rows, columns } = places("tril", x);
  return columns.sub(rows).lessEqual(diagonal).where(x, 0);
}

/** The upper triangle of the last two axes, from `diagonal` above the main one; zeros elsewhere. */
export function triu(x: Tensor, diagonal = 0): Tensor {
  const { rows, columns } = places("triu", x);
  return columns.sub(rows).greaterEqual(diagonal).where(x, 0);
}

function places(op: string, x: Tensor): { rows: Tensor; columns: Tensor } {
  checkRank(op, x, [2, 3, 4, 5, 6, 7, 8]);
  const shape = x.shape.slice(-2);
  return { rows: iota(shape, 0), columns: iota(shape, 1) };
}

/** The diagonal of a matrix, or the matrix that has a vector as its diagonal; `offset` counts upwards. */
export function diag(x: Tensor, offset = 0): Tensor {
  checkRank("diag", x, [1, 2]);
  return x.rank === 1 ? diagonalMatrix(x, offset) : diagonalOf(x, offset);
}

/** In row-major order, neighbours on a diagonal are one row and one element apart. */
function diagonalOf(x: Tensor, offset: number): Tensor {
  const [rows, columns] = x.shape;
  const length = Math.max(0, Math.min(rows + Math.min(offset, 0), columns - Math.max(offset, 0)));
  if (length === 0) return x.reshape([x.size]).slice([{ end: 0 }]);
  const start = offset >= 0 ? offset : -offset * columns;
  const end = start + (length - 1) * (columns + 1) + 1;
  return x.reshape([x.size]).slice([{ start, end, step: columns + 1 }]);
}

function diagonalMatrix(x: Tensor, offset: number): Tensor {
  const n = x.size;
  const main = iota([n, n], 0)
    .equal(iota([n, n], 1))
    .where(x, 0);
  const [up, down] = [Math.max(offset, 0), Math.max(-offset, 0)];
  return main.pad([
    [down, up],
    [up, down],
  ]);
}

/** Sum of the main diagonal of a matrix. Shape: `[m, n] → []`. */
export function trace(x: Tensor): Tensor {
  checkRank("trace", x, [2]);
  return diagonalOf(x, 0).sum();
}

function checkRank(op: string, x: Tensor, ranks: readonly number[]): void {
  if (ranks.includes(x.rank)) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `received ${showShape(x.shape)}`,
    fix: `It takes a tensor of rank ${ranks.length > 2 ? "2 or more" : ranks.join(" or ")}.`,
    detail: { shape: x.shape },
  });
}
