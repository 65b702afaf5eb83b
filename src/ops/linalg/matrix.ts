// What factorisations and products of matrices give: least squares, powers, rank, norms.

import { ChainruleError } from "../../core/errors.ts";
import { checkOptions } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { eye } from "../leaf.ts";
import { toFloat } from "../operand.ts";
import { alignColumns, checkMatrix, checkSquare } from "./checks.ts";
import { roundingOf, turned } from "./parts.ts";
import { qr } from "./qr.ts";
import { inverse } from "./solve.ts";
import { svd } from "./svd.ts";
import { triangularSolve } from "./triangular-solve.ts";

/**
 * The `X` with the least `‖A X − B‖`, and of several (a wide `A`) the shortest, by QR; `A` has full rank (else: `pinv(A)` times B).
 * Shape: `[..., m, n], [..., m, k] → [..., n, k]`; `[m, n], [m] → [n]`.
 */
export function lstsq(a: Tensor, b: Tensor): Tensor {
  const { a: left, b: right, one } = alignColumns("lstsq", a, b);
  const [m, n] = left.shape.slice(-2);
  const { q, r } = qr(m >= n ? left : turned(left));
  const x =
    m >= n
      ? triangularSolve(r, turned(q).matmul(right), { upper: true })
      : q.matmul(triangularSolve(r, right, { upper: true, transpose: true }));
  return one ? x.squeeze(-1) : x;
}

/** `Aᵏ` for a whole k, by repeated squaring; a negative k takes the inverse. Shape: `[..., n, n] → [..., n, n]`. */
export function matrixPower(a: Tensor, k: number): Tensor {
  checkSquare("matrixPower", a);
  if (!Number.isInteger(k)) {
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op: "matrixPower",
      problem: `the exponent ${k}`,
      fix: "Pass a whole number; eigh gives other powers of symmetric matrices.",
      detail: { k },
    });
  }
  if (k === 0) return eye(a.shape[a.rank - 1], toFloat(a).dtype).broadcastTo(a.shape);
  let square = k < 0 ? inverse(a) : toFloat(a);
  let result: Tensor | undefined;
  for (let rest = Math.abs(k); rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = result === undefined ? square : result.matmul(square);
    if (rest > 1) square = square.matmul(square);
  }
  return result!;
}

/** Singular values above `tolerance` (default: max(m, n) times the type's precision) times the largest, counted, as int32. Shape: `[..., m, n] → [...]`. */
export function matrixRank(a: Tensor, options: { readonly tolerance?: number } = {}): Tensor {
  checkOptions("matrixRank", options, { tolerance: true });
  checkMatrix("matrixRank", a);
  const { s } = svd(a);
  if (s.shape[s.rank - 1] === 0) return s.sum({ axis: -1 }).cast("int32");
  const least = s
    .max({ axis: -1, keepDims: true })
    .mul(options.tolerance ?? roundingOf(s, a.shape));
  return s.greater(least).sum({ axis: -1 });
}

/** Which norm of a matrix: of its elements, its singular values (`nuclear`: their sum; ±2: the largest, the least), or sums of columns (±1) or rows (±∞). */
export type MatrixNorm = "frobenius" | "nuclear" | 1 | -1 | 2 | -2 | number;

/** A norm of each matrix; default Frobenius. Shape: `[..., m, n] → [...]`. */
export function matrixNorm(a: Tensor, kind: MatrixNorm = "frobenius"): Tensor {
  checkMatrix("matrixNorm", a);
  const x = toFloat(a);
  if (kind === "frobenius") return x.norm({ axis: [-2, -1] });
  if (kind === "nuclear") return svd(x).s.sum({ axis: -1 });
  if (kind === 2) return svd(x).s.max({ axis: -1 });
  if (kind === -2) return svd(x).s.min({ axis: -1 });
  const size = Math.abs(kind);
  if (size !== 1 && size !== Number.POSITIVE_INFINITY) throw unknownNorm(kind);
  const sums = x.abs().sum({ axis: size === 1 ? -2 : -1 });
  return kind > 0 ? sums.max({ axis: -1 }) : sums.min({ axis: -1 });
}

function unknownNorm(kind: number): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "matrixNorm",
    problem: `no norm of matrices is named ${kind}`,
    fix: 'Use "frobenius", "nuclear", 1, -1, 2, -2, Infinity or -Infinity; norm takes any p over elements.',
    detail: { kind },
  });
}
