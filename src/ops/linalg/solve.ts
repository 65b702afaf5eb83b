// Systems of linear equations and inverses.

import { defineOp, type OpDefinition, record } from "../../ir/op.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { luInverses, luSolutions } from "../kernels/lu.ts";
import { toFloat } from "../operand.ts";
import { alignSystem, checkSquare, checkSystem } from "./checks.ts";
import { turned } from "./parts.ts";

/** Matrices of samples, far from singular. */
const regular = [
  [2, 0.5, -1, 1, 3, 0.7, -0.4, 1, -2],
  [0, 1, 0.2, -1.5, 0.3, 1, 0.6, 0.4, 2],
];

export const solveOp: OpDefinition = defineOp({
  name: "solve",
  doc: "Solves A X = B for each pair of a batch.",
  formula: "X = A^{-1} B",
  body: { kind: "host", run: luSolutions },
  type: ([a, b]) => {
    checkSystem("solve", a, b);
    return b;
  },
  // Giles 2008: B̄ = A⁻ᵀ X̄, Ā = −B̄ Xᵀ.
  vjp: (g, [a], x) => {
    const gb = solve(turned(a), g);
    return [gb.matmul(turned(x)).neg(), gb];
  },
  derivatives: ["-A^{-1}\\,dA\\,X", "A^{-1}\\,dB"],
  samples: [
    { inputs: [{ shape: [3, 3], values: regular[0] }, { shape: [3, 2] }] },
    { inputs: [{ shape: [2, 3, 3], values: regular.flat() }, { shape: [2, 3, 1] }] },
    { inputs: [{ shape: [2, 0, 0] }, { shape: [2, 0, 3] }] },
  ],
  errors: [
    { inputs: [{ shape: [2, 3] }, { shape: [2, 1] }], code: "SHAPE_MISMATCH" },
    { inputs: [{ shape: [2, 2] }, { shape: [3, 1] }], code: "SHAPE_MISMATCH" },
  ],
  example: {
    inputs: [
      { shape: [2, 2], values: [0, 2, 1, 1] },
      { shape: [2, 1], values: [4, 5] },
    ],
    output: { shape: [2, 1], values: [3, 2] },
  },
});

export const inverseOp: OpDefinition = defineOp({
  name: "inverse",
  doc: "The inverse of each matrix of a batch.",
  formula: "A^{-1}",
  body: { kind: "host", run: luInverses },
  type: ([a]) => {
    checkSquare("inverse", a);
    return a;
  },
  vjp: (g, _inputs, y) => {
    const yt = turned(y);
    return [yt.matmul(g).matmul(yt).neg()];
  },
  derivatives: ["-A^{-1}\\,dA\\,A^{-1}"],
  samples: [
    { inputs: [{ shape: [3, 3], values: regular[0] }] },
    { inputs: [{ shape: [2, 3, 3], values: regular.flat() }] },
    { inputs: [{ shape: [0, 0] }] },
  ],
  errors: [{ inputs: [{ shape: [2, 3] }], code: "SHAPE_MISMATCH" }],
  example: {
    inputs: [{ shape: [2, 2], values: [0, 2, 1, 4] }],
    output: { shape: [2, 2], values: [-2, 1, 0.5, 0] },
  },
});

/**
 * Solves `A X = B`; a singular `A` is an error (`SINGULAR`) when it is computed. Batch axes broadcast, and a vector is one
 * column. Shape: `[..., n, n], [..., n, k] → [..., n, k]`; `[n, n], [n] → [n]`.
 */
export function solve(a: Tensor, b: Tensor): Tensor {
  const system = alignSystem("solve", a, b);
  const x = record(solveOp, [system.a, system.b]);
  return system.one ? x.squeeze(-1) : x;
}

/** Inverse `A⁻¹`; a singular matrix is an error (`SINGULAR`) when it is computed. Shape: `[..., n, n] → [..., n, n]`. */
export function inverse(a: Tensor): Tensor {
  return record(inverseOp, [toFloat(a)]);
}
