// Systems with a triangular matrix, by substitution: rows of the solution in the order in which they become known.

import { ChainruleError } from "../../core/errors.ts";
import type { HostKernel } from "../../ir/op.ts";
import { itemCount, itemSize, readItem, subtractProduct, transposed } from "./rows.ts";

/** Solves `op(A) X = B` for each pair of a batch, reading one triangle of A. */
export const triangularSolutions: HostKernel = (out, [a, b], attributes) => {
  const [n, columns] = out.shape.slice(-2);
  const { upper, transpose, unit } = attributes;
  const matrix = new Float64Array(itemSize(a));
  const x = new Float64Array(n * columns);
  for (let item = 0; item < itemCount(out); item++) {
    readItem(a, item, matrix);
    readItem(b, item, x);
    if (unit !== true) checkDiagonal(matrix, n, item);
    const turned = transpose === true ? transposed(matrix, n, n) : matrix;
    if ((upper === true) !== (transpose === true)) solveUpper(turned, n, x, columns, unit === true);
    else solveLower(turned, n, x, columns, unit === true);
    out.data.set(x, item * x.length);
  }
};

/** `X ← L⁻¹ X`, where L is the lower triangle of `a`. */
export function solveLower(
  a: Float64Array,
  n: number,
  x: Float64Array,
  columns: number,
  unit: boolean,
): void {
  for (let i = 0; i < n; i++) {
    const row = { data: a, at: i * n, stride: 1 };
    subtractProduct(x, i * columns, columns, row, { data: x, at: 0, stride: columns }, i);
    if (!unit) divideRow(x, i, columns, a[i * n + i]);
  }
}

/** `X ← U⁻¹ X`, where U is the upper triangle of `a`. */
export function solveUpper(
  a: Float64Array,
  n: number,
  x: Float64Array,
  columns: number,
  unit: boolean,
): void {
  for (let i = n - 1; i >= 0; i--) {
    const row = { data: a, at: i * n + i + 1, stride: 1 };
    const below = { data: x, at: (i + 1) * columns, stride: columns };
    subtractProduct(x, i * columns, columns, row, below, n - 1 - i);
    if (!unit) divideRow(x, i, columns, a[i * n + i]);
  }
}

function divideRow(x: Float64Array, i: number, columns: number, divisor: number): void {
  for (let k = 0; k < columns; k++) x[i * columns + k] /= divisor;
}

function checkDiagonal(a: Float64Array, n: number, item: number): void {
  for (let i = 0; i < n; i++) if (a[i * n + i] === 0) throw singular("triangularSolve", i, item);
}

/** The error for a matrix without an inverse. */
export function singular(op: string, index: number, item: number): ChainruleError {
  return new ChainruleError({
    code: "SINGULAR",
    op,
    problem: `matrix ${item} of the batch is singular: pivot ${index} is 0`,
    fix: "Check for dependent rows; pinv and lstsq take any matrix, and adding a small multiple of the identity makes it regular.",
    detail: { index, item },
  });
}
