// Triangles and diagonals of matrices: comparisons of row and column, and strides of the row-major order.

import { ChainruleError } from "../../core/errors.ts";
import type { OptionNames } from "../../core/option-names.ts";
import { checkWhole, showShape } from "../../core/shape.ts";
import { checkOptions, checkTensors } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { concatenate } from "../concatenate.ts";
import { iota } from "../leaf.ts";
import { literal } from "../operand.ts";

/** The lower triangle of the last two axes, up to `diagonal` above the main one; zeros elsewhere. */
export function tril(x: Tensor, diagonal = 0): Tensor {
  checkWhole("tril", "diagonal", diagonal);
  const { rows, columns } = places("tril", x);
  return columns.sub(rows).lessEqual(diagonal).where(x, zeroLike(x));
}

/** The upper triangle of the last two axes, from `diagonal` above the main one; zeros elsewhere. */
export function triu(x: Tensor, diagonal = 0): Tensor {
  checkWhole("triu", "diagonal", diagonal);
  const { rows, columns } = places("triu", x);
  return columns.sub(rows).greaterEqual(diagonal).where(x, zeroLike(x));
}

/** A zero of the same type: a mask stays a mask. */
function zeroLike({ dtype }: Tensor): Tensor {
  return literal(0, dtype);
}

function places(op: string, x: Tensor): { rows: Tensor; columns: Tensor } {
  checkRank(op, x, [2, 3, 4, 5, 6, 7, 8]);
  const shape = x.shape.slice(-2);
  return { rows: iota(shape, 0), columns: iota(shape, 1) };
}

/** The diagonal of a matrix, or the matrix that has a vector as its diagonal; `offset` counts upwards. */
export function diag(x: Tensor, offset = 0): Tensor {
  checkRank("diag", x, [1, 2]);
  return x.rank === 1 ? diagEmbed(x, { offset }) : diagonal(x, { offset });
}

/** Options of diagonals. */
export interface DiagonalOptions {
  /** How far above the main diagonal; negative: below. Default 0. */
  readonly offset?: number;
  /** The two axes; default the first two of what is read, the last two of what is made. */
  readonly axis1?: number;
  readonly axis2?: number;
}

const diagonalNames: OptionNames<DiagonalOptions> = { offset: true, axis1: true, axis2: true };

/** Diagonals of two axes, as a last axis in their place. Shape: `[3, 3, 2] → [2, 3]`. */
export function diagonal(x: Tensor, options: DiagonalOptions = {}): Tensor {
  checkOptions("diagonal", options, diagonalNames);
  const { offset = 0, axis1 = 0, axis2 = 1 } = options;
  checkRank("diagonal", x, [2, 3, 4, 5, 6, 7, 8]);
  const matrices = x.moveAxis([axis1, axis2], [-2, -1]);
  checkWhole("diagonal", "offset", offset);
  const before = matrices.shape.slice(0, -2);
  const [rows, columns] = matrices.shape.slice(-2);
  const length = lengthOfDiagonal(rows, columns, offset);
  const start = offset >= 0 ? offset : -offset * columns;
  const range =
    length === 0
      ? { end: 0 }
      : { start, end: start + (length - 1) * (columns + 1) + 1, step: columns + 1 };
  // In row-major order, neighbours on a diagonal are one row and one element apart.
  const flat = matrices.reshape([...before, rows * columns]);
  return flat.slice([...before.map(() => null), range]);
}

/** `x` with one value on the main diagonals of the last two axes. Shape: that of `x`. */
export function fillDiagonal(x: Tensor, value: number): Tensor {
  const { rows, columns } = places("fillDiagonal", x);
  const filled = rows.equal(columns).where(value, x);
  return x.dtype === "bool" ? filled.cast("bool") : filled;
}

/** Matrices in two new axes that have the last axis of `x` as their diagonals, zeros elsewhere. Shape: `[2, 3] → [2, 3, 3]`. */
export function diagEmbed(x: Tensor, options: DiagonalOptions = {}): Tensor {
  checkOptions("diagEmbed", options, diagonalNames);
  const { offset = 0, axis1 = -2, axis2 = -1 } = options;
  checkWhole("diagEmbed", "offset", offset);
  checkRank("diagEmbed", x, [1, 2, 3, 4, 5, 6, 7, 8]);
  const n = x.shape[x.rank - 1];
  const main = iota([n, n], 0)
    .equal(iota([n, n], 1))
    .where(x.unsqueeze(-2), zeroLike(x));
  const [up, down] = [Math.max(offset, 0), Math.max(-offset, 0)];
  const padded = main.pad([
    ...main.shape.slice(2).map(() => [0, 0] as const),
    [down, up],
    [up, down],
  ]);
  return padded.moveAxis([-2, -1], [axis1, axis2]);
}

/** One matrix with matrices along its diagonal, zeros elsewhere; vectors count as rows. Shape: `[2, 3], [1, 2] → [3, 5]`. */
export function blockDiag(blocks: readonly Tensor[]): Tensor {
  checkTensors("blockDiag", blocks);
  const matrices = blocks.map((x) => (x.rank < 2 ? x.reshape([1, x.size]) : x));
  for (const x of matrices) checkRank("blockDiag", x, [2]);
  const width = matrices.reduce((sum, x) => sum + x.shape[1], 0);
  let left = 0;
  const rows = matrices.map((x) => {
    left += x.shape[1];
    return x.pad([
      [0, 0],
      [left - x.shape[1], width - left],
    ]);
  });
  return concatenate(rows, 0);
}

/** Sum of the main diagonal of a matrix. Shape: `[m, n] → []`. */
export function trace(x: Tensor): Tensor {
  checkRank("trace", x, [2]);
  return diagonal(x).sum();
}

function lengthOfDiagonal(rows: number, columns: number, offset: number): number {
  return Math.max(0, Math.min(rows + Math.min(offset, 0), columns - Math.max(offset, 0)));
}

function checkRank(op: string, x: Tensor, ranks: readonly number[]): void {
  if (ranks.includes(x.rank)) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `received ${showShape(x.shape)}`,
    fix: `It takes a tensor of rank ${ranks.length > 2 ? `${ranks[0]} or more` : ranks.join(" or ")}.`,
    detail: { shape: x.shape },
  });
}
