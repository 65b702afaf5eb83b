// Systems with a triangular matrix: of A only one triangle is read, and only it gets a gradient.

import type { OptionNames } from "../../core/option-names.ts";
import { checkOptions } from "../../ir/arguments.ts";
import { defineOp, type OpDefinition, record } from "../../ir/op.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { triangularSolutions } from "../kernels/triangular.ts";
import { alignSystem, checkSystem } from "./checks.ts";
import { turned } from "./parts.ts";

/** Which triangle of A is read, and how. */
export interface TriangularOptions {
  /** Whether A is upper triangular; default lower. */
  readonly upper?: boolean;
  /** Whether the system is `Aᵀ X = B`. */
  readonly transpose?: boolean;
  /** Whether the diagonal is taken to be ones. */
  readonly unit?: boolean;
}

const triangularNames: OptionNames<TriangularOptions> = {
  upper: true,
  transpose: true,
  unit: true,
};

export const triangularSolveOp: OpDefinition = defineOp({
  name: "triangularSolve",
  doc: "Solves A X = B, or Aᵀ X = B, with a triangular matrix, for each pair of a batch.",
  formula: "A\\,X = B",
  body: { kind: "host", run: triangularSolutions },
  type: ([a, b]) => {
    checkSystem("triangularSolve", a, b);
    return b;
  },
  // Giles 2008: B̄ = A⁻ᵀ X̄, Ā = −B̄ Xᵀ in the triangle that is read.
  vjp: (g, [a], x, attributes) => {
    const { upper, transpose, unit } = attributes as TriangularOptions;
    const gb = triangularSolve(a, g, { upper, transpose: !transpose, unit });
    const product = transpose ? x.matmul(turned(gb)) : gb.matmul(turned(x));
    const inside = unit ? 1 : 0;
    const ga = upper ? product.triu(inside) : product.tril(-inside);
    return [ga.neg(), gb];
  },
  derivatives: ["-A^{-1}\\,dA\\,X", "A^{-1}\\,dB"],
  samples: [
    ...[false, true].flatMap((upper) =>
      [false, true].map((transpose) => ({
        inputs: [
          { shape: [3, 3], values: [2, 0.5, -1, 1, 3, 0.7, -0.4, 1, -2] },
          { shape: [3, 2] },
        ],
        attributes: { upper, transpose, unit: false },
      })),
    ),
    {
      inputs: [{ shape: [2, 5, 5], low: -1, high: 1 }, { shape: [2, 5, 1] }],
      attributes: { upper: false, transpose: false, unit: true },
    },
    {
      inputs: [{ shape: [2, 2], low: 1 }, { shape: [2, 0] }],
      attributes: { upper: true, transpose: false, unit: false },
    },
  ],
  errors: [
    {
      inputs: [{ shape: [2, 2] }, { shape: [3, 1] }],
      attributes: { upper: false, transpose: false, unit: false },
      code: "SHAPE_MISMATCH",
    },
  ],
  example: {
    inputs: [
      { shape: [2, 2], values: [2, 9, 1, 4] },
      { shape: [2, 1], values: [6, 11] },
    ],
    attributes: { upper: false, transpose: false, unit: false },
    output: { shape: [2, 1], values: [3, 2] },
  },
});

/**
 * Solves `A X = B` for a triangular `A`; a 0 on its diagonal is an error (`SINGULAR`). Batch axes broadcast, and a vector is one
 * column. Shape: `[..., n, n], [..., n, k] → [..., n, k]`.
 */
export function triangularSolve(a: Tensor, b: Tensor, options: TriangularOptions = {}): Tensor {
  checkOptions("triangularSolve", options, triangularNames);
  const { upper = false, transpose = false, unit = false } = options;
  const system = alignSystem("triangularSolve", a, b);
  const x = record(triangularSolveOp, [system.a, system.b], { upper, transpose, unit });
  return system.one ? x.squeeze(-1) : x;
}
