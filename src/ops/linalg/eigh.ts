// Eigenvalues and -vectors of symmetric matrices. One op gives both, values above vectors; the function cuts them apart.

import { defineOp, type OpDefinition, record } from "../../ir/op.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { eigenpairs } from "../kernels/eigh.ts";
import { toFloat } from "../operand.ts";
import { checkSquare } from "./checks.ts";
import { diagonalMatrix, gaps, rowsOf, turned } from "./parts.ts";

export const eighOp: OpDefinition = defineOp({
  name: "eigh",
  doc: "Eigenvalues in ascending order, as a row above the eigenvectors as columns, for each symmetric matrix of a batch.",
  formula: "[\\lambda;\\ V], \\quad A V = V \\operatorname{diag}\\lambda",
  body: { kind: "host", run: eigenpairs },
  type: ([a]) => {
    checkSquare("eigh", a);
    const n = a.shape[a.shape.length - 1];
    return { shape: [...a.shape.slice(0, -2), n + 1, n], dtype: a.dtype };
  },
  // Giles 2008: Ā = V (diag λ̄ + F ∘ (Vᵀ V̄)) Vᵀ with F_ij = 1 / (λ_j − λ_i), made symmetric.
  vjp: (g, _inputs, y) => {
    const [values, v] = partsOf(y);
    const [gValues, gv] = partsOf(g);
    const turns = turned(v).matmul(gv).mul(gaps(values));
    const ga = v.matmul(diagonalMatrix(gValues).add(turns)).matmul(turned(v));
    return [ga.add(turned(ga)).mul(0.5)];
  },
  derivatives: ["d\\lambda_i = v_i^\\top\\,dA\\,v_i,\\ dV = V (F \\circ V^\\top\\,dA\\,V)"],
  samples: [
    { inputs: [{ shape: [3, 3], values: [4, 1, 0.5, 1, 2, -1, 0.5, -1, 0.3] }] },
    { inputs: [{ shape: [2, 2, 2], values: [2, 0.5, 0.5, 1, -1, 0.8, 0.8, 0.7] }] },
    { inputs: [{ shape: [2, 0, 0] }] },
  ],
  errors: [{ inputs: [{ shape: [2, 3] }], code: "SHAPE_MISMATCH" }],
  example: {
    inputs: [{ shape: [2, 2], values: [2, 0, 0, -1] }],
    output: { shape: [3, 2], values: [-1, 2, 0, 1, 1, 0] },
  },
});

function partsOf(packed: Tensor): [values: Tensor, vectors: Tensor] {
  return [packed.select(-2, 0), rowsOf(packed, 1, packed.shape[packed.rank - 2])];
}

/** Eigenvalues and -vectors. */
export interface Eigen {
  /** In ascending order, `[..., n]`. */
  readonly values: Tensor;
  /** Columns of length 1, `[..., n, n]`; the largest element of each is positive. */
  readonly vectors: Tensor;
}

/**
 * Eigenvalues and -vectors of symmetric matrices, `A V = V diag(λ)`. Reads `(A + Aᵀ) / 2`. The vectors of equal eigenvalues
 * have no derivative; their part of it is taken as 0. Shape: `[..., n, n] → [..., n], [..., n, n]`.
 */
export function eigh(a: Tensor): Eigen {
  const [values, vectors] = partsOf(record(eighOp, [toFloat(a)]));
  return { values, vectors };
}
