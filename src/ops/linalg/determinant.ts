// Determinants, their logarithms, and the cofactors that are a determinant's derivative.

import { defineOp, type OpDefinition, record } from "../../ir/op.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { luCofactors, luDeterminants, luLogDeterminants } from "../kernels/lu.ts";
import { toFloat } from "../operand.ts";
import { checkSquare } from "./checks.ts";
import { turned } from "./parts.ts";
import { inverse } from "./solve.ts";

const regular = [2, 0.5, -1, 1, 3, 0.7, -0.4, 1, -2, 0, 1, 0.2, -1.5, 0.3, 1, 0.6, 0.4, 2];
const samples: OpDefinition["samples"] = [
  { inputs: [{ shape: [3, 3], values: regular.slice(0, 9) }] },
  { inputs: [{ shape: [2, 3, 3], values: regular }] },
  { inputs: [{ shape: [1, 1], low: 1 }] },
  { inputs: [{ shape: [0, 2, 2] }] },
];
const errors: OpDefinition["errors"] = [{ inputs: [{ shape: [2, 3] }], code: "SHAPE_MISMATCH" }];

export const detOp: OpDefinition = defineOp({
  name: "det",
  doc: "The determinant of each matrix of a batch.",
  formula: "\\det A",
  body: { kind: "host", run: luDeterminants },
  type: ([a]) => {
    checkSquare("det", a);
    return { shape: a.shape.slice(0, -2), dtype: a.dtype };
  },
  vjp: (g, [a]) => [g.unsqueeze(-1).unsqueeze(-1).mul(cofactors(a))],
  derivatives: ["\\operatorname{tr}(\\operatorname{adj}(A)\\,dA)"],
  samples,
  errors,
  example: {
    inputs: [{ shape: [2, 2], values: [1, 2, 3, 4] }],
    output: { shape: [], values: [-2] },
  },
});

export const cofactorsOp: OpDefinition = defineOp({
  name: "cofactors",
  doc: "The cofactors of each matrix of a batch, det(A) A⁻ᵀ, defined for singular matrices too; their own derivative is not.",
  formula: "\\det(A)\\,A^{-\\top}",
  body: { kind: "host", run: luCofactors },
  type: ([a]) => {
    checkSquare("cofactors", a);
    return a;
  },
  // From C = det(A) A⁻ᵀ: dC = (⟨C, dA⟩ C − C dAᵀ C) / det A.
  vjp: (g, [a], c) => {
    const whole = g
      .mul(c)
      .sum({ axis: [-2, -1], keepDims: true })
      .mul(c);
    const product = c.matmul(turned(g)).matmul(c);
    return [whole.sub(product).div(det(a).unsqueeze(-1).unsqueeze(-1))];
  },
  derivatives: ["(\\langle C, dA\\rangle\\,C - C\\,dA^\\top C) / \\det A"],
  samples,
  errors,
  example: {
    inputs: [{ shape: [2, 2], values: [1, 2, 2, 4] }],
    output: { shape: [2, 2], values: [4, -2, -2, 1] },
  },
});

export const slogdetOp: OpDefinition = defineOp({
  name: "slogdet",
  doc: "Sign of each determinant of a batch and the logarithm of its size, as pairs.",
  formula: "[\\operatorname{sign}\\det A,\\ \\log|\\det A|]",
  body: { kind: "host", run: luLogDeterminants },
  type: ([a]) => {
    checkSquare("slogdet", a);
    return { shape: [...a.shape.slice(0, -2), 2], dtype: a.dtype };
  },
  vjp: (g, [a]) => {
    const log = g.select(-1, 1).unsqueeze(-1).unsqueeze(-1);
    return [turned(inverse(a)).mul(log)];
  },
  derivatives: ["[0,\\ \\operatorname{tr}(A^{-1}\\,dA)]"],
  samples,
  errors,
  example: {
    inputs: [{ shape: [2, 2], values: [0, 1, 1, 0] }],
    output: { shape: [2], values: [-1, 0] },
  },
});

function cofactors(a: Tensor): Tensor {
  return record(cofactorsOp, [a]);
}

/** Determinant; its derivative, the cofactors, holds for singular matrices too. Shape: `[..., n, n] → [...]`. */
export function det(a: Tensor): Tensor {
  return record(detOp, [toFloat(a)]);
}

/** A determinant as sign and logarithm. */
export interface LogDeterminant {
  /** −1, 0 or 1. */
  readonly sign: Tensor;
  readonly logAbsDet: Tensor;
}

/** Sign of the determinant and `log |det A|` (−∞ where it is 0), which do not overflow. Shape: `[..., n, n] → [...]`, both. */
export function slogdet(a: Tensor): LogDeterminant {
  const pair = record(slogdetOp, [toFloat(a)]);
  return { sign: pair.select(-1, 0), logAbsDet: pair.select(-1, 1) };
}
