// The QR factorisation in its reduced form. One op gives both factors, Q above Rᵀ; the function cuts them apart.

import { ChainruleError } from "../../core/errors.ts";
import { showShape } from "../../core/shape.ts";
import { defineOp, type OpDefinition, record } from "../../ir/op.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { concatenate } from "../concatenate.ts";
import { qrFactors } from "../kernels/qr.ts";
import { toFloat } from "../operand.ts";
import { checkMatrix } from "./checks.ts";
import { rowsOf, turned } from "./parts.ts";
import { triangularSolve } from "./triangular-solve.ts";

export const qrOp: OpDefinition = defineOp({
  name: "qr",
  doc: "Q with orthonormal columns above the transpose of the upper triangular R, with Q R = A, for each matrix of a batch, no wider than high.",
  formula: "[Q;\\ R^\\top], \\quad Q R = A",
  body: { kind: "host", run: qrFactors },
  type: ([a]) => {
    checkMatrix("qr", a);
    const [m, n] = a.shape.slice(-2);
    if (m >= n) return { shape: [...a.shape.slice(0, -2), m + n, n], dtype: a.dtype };
    throw new ChainruleError({
      code: "SHAPE_MISMATCH",
      op: "qr",
      problem: `the op takes matrices that are no wider than high; received ${showShape(a.shape)}`,
      fix: "Use the function qr, which takes any.",
      detail: { shape: a.shape },
    });
  },
  // Seeger et al., "Auto-differentiating linear algebra", 2017, for QR in place of LQ.
  vjp: (g, [a], y) => {
    const [q, r] = factorsOf(y, a.shape[a.rank - 2]);
    const [gq, gr] = factorsOf(g, a.shape[a.rank - 2]);
    const inner = r.matmul(turned(gr.triu())).sub(turned(gq).matmul(q));
    const sum = gq.add(q.matmul(mirrored(inner)));
    return [turned(triangularSolve(r, turned(sum), { upper: true }))];
  },
  derivatives: ["dA = dQ\\,R + Q\\,dR"],
  samples: [
    { inputs: [{ shape: [4, 3], values: [2, 0.5, -1, 1, 3, 0.7, -0.4, 1, -2, 0.3, 0.9, 0.1] }] },
    { inputs: [{ shape: [2, 2, 2], values: [1, 2, -1, 0.5, 0.3, 1, 2, -0.7] }] },
    { inputs: [{ shape: [2, 3, 0] }] },
  ],
  errors: [
    { inputs: [{ shape: [2, 3] }], code: "SHAPE_MISMATCH" },
    { inputs: [{ shape: [3] }], code: "SHAPE_MISMATCH" },
  ],
  example: {
    inputs: [{ shape: [2, 2], values: [3, 1, 4, 2] }],
    output: { shape: [4, 2], values: [-0.6, -0.8, -0.8, 0.6, -5, 0, -2.2, 0.4] },
  },
});

/** The lower triangle, mirrored into the upper one. */
function mirrored(x: Tensor): Tensor {
  return x.tril().add(turned(x.tril(-1)));
}

/** Q and R of a packed pair. */
function factorsOf(packed: Tensor, m: number): [Tensor, Tensor] {
  const all = packed.shape[packed.rank - 2];
  return [rowsOf(packed, 0, m), turned(rowsOf(packed, m, all))];
}

/** Both factors of a matrix. */
export interface QrFactors {
  /** Orthonormal columns, `[..., m, k]`. */
  readonly q: Tensor;
  /** Upper triangular (or trapezoidal), `[..., k, n]`. */
  readonly r: Tensor;
}

/**
 * Reduced QR factorisation `A = Q R`, by Householder reflections; signs as LAPACK's. The derivative asks for linearly independent
 * columns (of the left square of a wide matrix). Shape: `[..., m, n] → [..., m, k], [..., k, n]`, k = min(m, n).
 */
export function qr(a: Tensor): QrFactors {
  checkMatrix("qr", a);
  const [m, n] = a.shape.slice(-2);
  const x = toFloat(a);
  if (m >= n) {
    const [q, r] = factorsOf(record(qrOp, [x]), m);
    return { q, r };
  }
  const columns = (start: number, end: number): Tensor =>
    x.slice([...x.shape.slice(0, -1).map(() => null), { start, end }]);
  const { q, r } = qr(columns(0, m));
  return { q, r: concatenate([r, turned(q).matmul(columns(m, n))], -1) };
}
