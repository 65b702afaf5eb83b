// What the derivatives of factorisations are made of.

import type { Shape } from "../../core/shape.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { eye } from "../leaf.ts";

/** The transpose of each matrix. */
export function turned(x: Tensor): Tensor {
  return x.transpose(-1, -2);
}

/** Rows of each matrix, from `start` to before `end`. */
export function rowsOf(x: Tensor, start: number, end: number): Tensor {
  return x.slice([...x.shape.slice(0, -2).map(() => null), { start, end }]);
}

/** Matrices with these diagonals. Shape: `[..., n] → [..., n, n]`. */
export function diagonalMatrix(x: Tensor): Tensor {
  return eye(x.shape[x.rank - 1], x.dtype).mul(x.unsqueeze(-1));
}

/** `1 / (x_j − x_i)`, and 0 where the two are equal. Shape: `[..., n] → [..., n, n]`. */
export function gaps(x: Tensor): Tensor {
  return inverseOrZero(x.unsqueeze(-2).sub(x.unsqueeze(-1)));
}

/** `1 / x`, and 0 for 0. */
export function inverseOrZero(x: Tensor): Tensor {
  const zero = x.equal(0);
  return zero.where(0, zero.where(1, x).reciprocal());
}

/** Singular values below this part of the largest are rounding errors: max(m, n) times the precision of the type. */
export function roundingOf(x: Tensor, shape: Shape = x.shape): number {
  const precision = x.dtype === "float64" ? 2 ** -52 : 2 ** -23;
  return Math.max(...shape.slice(-2)) * precision;
}
