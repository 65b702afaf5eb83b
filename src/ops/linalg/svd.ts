// Singular values and vectors, and what they give: pseudoinverse, rank, norms. One op gives all three parts, one above
// the other; the function cuts them apart.

import { defineOp, type OpDefinition, record } from "../../ir/op.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { singularTriplets } from "../kernels/svd.ts";
import { toFloat } from "../operand.ts";
import { checkMatrix } from "./checks.ts";
import { diagonalMatrix, gaps, inverseOrZero, rowsOf, turned } from "./parts.ts";

export const svdOp: OpDefinition = defineOp({
  name: "svd",
  doc: "Left singular vectors above a row of singular values (descending) above right singular vectors, for each matrix of a batch.",
  formula: "[U;\\ s;\\ V], \\quad U \\operatorname{diag}(s)\\,V^\\top = A",
  body: { kind: "host", run: singularTriplets },
  type: ([a]) => {
    checkMatrix("svd", a);
    const [m, n] = a.shape.slice(-2);
    return { shape: [...a.shape.slice(0, -2), m + 1 + n, Math.min(m, n)], dtype: a.dtype };
  },
  // Townsend, "Differentiating the singular value decomposition", 2016.
  vjp: (g, [a], y) => {
    const m = a.shape[a.rank - 2];
    const [u, s, v] = partsOf(y, m);
    const [gu, gs, gv] = partsOf(g, m);
    const f = gaps(s.square());
    const row = s.unsqueeze(-2);
    const inverse = inverseOrZero(row);
    const left = skew(turned(u).matmul(gu)).mul(f).mul(row);
    const right = skew(turned(v).matmul(gv)).mul(f).mul(s.unsqueeze(-1));
    const inside = u.matmul(left.add(right).add(diagonalMatrix(gs))).matmul(turned(v));
    const leftOutside = beside(u, gu).mul(inverse).matmul(turned(v));
    const rightOutside = u.mul(inverse).matmul(turned(beside(v, gv)));
    return [inside.add(leftOutside).add(rightOutside)];
  },
  derivatives: ["ds_i = u_i^\\top\\,dA\\,v_i"],
  samples: [
    { inputs: [{ shape: [3, 2], values: [2, 0.5, -1, 1, 0.3, 0.7] }] },
    { inputs: [{ shape: [2, 2, 3], values: [2, 0.5, -1, 1, 3, 0.7, -0.4, 1, -2, 0.3, 0.9, 0.1] }] },
    { inputs: [{ shape: [3, 3], values: [2, 0.5, -1, 1, 3, 0.7, -0.4, 1, -2] }] },
    { inputs: [{ shape: [2, 3, 0] }] },
  ],
  errors: [{ inputs: [{ shape: [3] }], code: "SHAPE_MISMATCH" }],
  example: {
    inputs: [{ shape: [2, 2], values: [0, 2, -3, 0] }],
    output: { shape: [5, 2], values: [0, 1, 1, 0, 3, 2, -1, 0, 0, 1] },
  },
});

function partsOf(packed: Tensor, m: number): [u: Tensor, s: Tensor, v: Tensor] {
  const all = packed.shape[packed.rank - 2];
  return [rowsOf(packed, 0, m), packed.select(-2, m), rowsOf(packed, m + 1, all)];
}

function skew(x: Tensor): Tensor {
  return x.sub(turned(x));
}

/** What of the columns of `x` is orthogonal to those of `u`. */
function beside(u: Tensor, x: Tensor): Tensor {
  return x.sub(u.matmul(turned(u).matmul(x)));
}

/** The parts of `A = U diag(s) Vᵀ`. */
export interface SingularValues {
  /** Orthonormal columns, `[..., m, k]`; the largest element of each is positive. */
  readonly u: Tensor;
  /** Singular values in descending order, `[..., k]`. */
  readonly s: Tensor;
  /** The transpose of V, `[..., k, n]`. */
  readonly vh: Tensor;
}

/**
 * Thin singular value decomposition `A = U diag(s) Vᵀ`, as `torch.linalg.svd(…, full_matrices=False)`. The vectors of equal singular
 * values have no derivative; their part of it is taken as 0. Shape: `[..., m, n] → [..., m, k], [..., k], [..., k, n]`.
 */
export function svd(a: Tensor): SingularValues {
  const [u, s, v] = partsOf(record(svdOp, [toFloat(a)]), a.shape[a.rank - 2]);
  return { u, s, vh: turned(v) };
}
