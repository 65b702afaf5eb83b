// The Cholesky factor of a symmetric positive definite matrix.

import { defineOp, type OpDefinition, record } from "../../ir/op.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { choleskyFactors } from "../kernels/cholesky.ts";
import { toFloat } from "../operand.ts";
import { checkSquare } from "./checks.ts";
import { turned } from "./parts.ts";
import { triangularSolve } from "./triangular-solve.ts";

export const choleskyOp: OpDefinition = defineOp({
  name: "cholesky",
  doc: "The lower triangular L with L Lᵀ = A, for each symmetric positive definite matrix of a batch.",
  formula: "L L^\\top = A",
  body: { kind: "host", run: choleskyFactors },
  type: ([a]) => {
    checkSquare("cholesky", a);
    return a;
  },
  // Giles, "An extended collection of matrix derivative results", 2008, in the symmetric form of Murray, 2016.
  vjp: (g, _inputs, l) => {
    const half = lowerHalf(turned(l).matmul(g.tril()));
    const left = triangularSolve(l, half.add(turned(half)), { transpose: true });
    return [turned(triangularSolve(l, turned(left), { transpose: true })).mul(0.5)];
  },
  derivatives: ["dL = L\\,\\Phi(L^{-1}\\,dA\\,L^{-\\top})"],
  samples: [
    { inputs: [{ shape: [3, 3], values: [4, 1, 0.5, 1, 3, -1, 0.5, -1, 2] }] },
    {
      inputs: [{ shape: [2, 2, 2], values: [2, 0.5, 0.5, 1, 5, -1, -1, 0.7] }],
    },
    { inputs: [{ shape: [0, 2, 2] }] },
    { inputs: [{ shape: [2, 0, 0] }] },
  ],
  errors: [
    { inputs: [{ shape: [2, 3] }], code: "SHAPE_MISMATCH" },
    { inputs: [{ shape: [3] }], code: "SHAPE_MISMATCH" },
  ],
  example: {
    inputs: [{ shape: [2, 2], values: [4, 2, 2, 10] }],
    output: { shape: [2, 2], values: [2, 0, 1, 3] },
  },
});

/** The lower triangle, its diagonal halved: Φ in the derivative. */
function lowerHalf(x: Tensor): Tensor {
  return x.tril().add(x.tril(-1)).mul(0.5);
}

/**
 * Cholesky factor: lower triangular `L` with `L Lᵀ = A`. Reads `(A + Aᵀ) / 2`; a matrix that is not positive definite is
 * an error (`NOT_POSITIVE_DEFINITE`) when it is computed. Shape: `[..., n, n] → [..., n, n]`.
 */
export function cholesky(a: Tensor): Tensor {
  return record(choleskyOp, [toFloat(a)]);
}
