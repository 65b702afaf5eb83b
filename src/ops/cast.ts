// Conversion between element types.

import { checkType, type DType, isFloat } from "../core/dtype.ts";
import { defineOp, type OpDefinition, record } from "../ir/op.ts";
import type { Tensor } from "../ir/tensor.ts";

export const castOp: OpDefinition = defineOp({
  name: "cast",
  doc: "Converts to another element type; floats truncate towards zero, bool is x ≠ 0.",
  formula: "x",
  body: { kind: "cast" },
  type: ([x], { dtype }) => ({ shape: x.shape, dtype: dtype as DType }),
  vjp: (g, [x]) => [isFloat(x.dtype) ? cast(g, x.dtype) : null],
  derivatives: ["1"],
  samples: [
    { inputs: [{ shape: [2, 3] }], attributes: { dtype: "float64" } },
    { inputs: [{ shape: [5] }], attributes: { dtype: "int32" } },
    { inputs: [{ shape: [5], dtype: "int32" }], attributes: { dtype: "bool" } },
    { inputs: [{ shape: [5], dtype: "bool" }], attributes: { dtype: "float32" } },
  ],
  example: {
    inputs: [{ shape: [3], values: [1.7, -1.7, 0] }],
    attributes: { dtype: "int32" },
    output: { shape: [3], values: [1, -1, 0] },
  },
});

/** Converts to element type `dtype`. Shape: `[...] → [...]`. */
export function cast(x: Tensor, dtype: DType): Tensor {
  if (x.dtype === dtype) return x.node;
  checkType("cast", dtype);
  return record(castOp, [x], { dtype });
}
