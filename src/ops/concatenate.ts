// Joining tensors along an axis.

import { ChainruleError } from "../core/errors.ts";
import { normalizeAxis, showShape } from "../core/shape.ts";
import { checkTensors } from "../ir/arguments.ts";
import { defineOp, type OpDefinition, record, type TensorType } from "../ir/op.ts";
import type { Tensor } from "../ir/tensor.ts";

export const concatenateOp: OpDefinition = defineOp({
  name: "concatenate",
  doc: "Puts tensors one after another along an axis.",
  formula: "y = [x_0, x_1, \\dots]",
  body: { kind: "concatenate" },
  type: (inputs, { axis }) => joinedType(inputs, axis as number),
  vjp: (g, inputs, _y, attributes) => {
    let start = 0;
    return inputs.map((x) => {
      const axis = attributes.axis as number;
      const range = { start, end: start + x.shape[axis] };
      start = range.end;
      return g.slice(x.shape.map((_, k) => (k === axis ? range : null)));
    });
  },
  derivatives: ["1"],
  samples: [
    { inputs: [{ shape: [2, 3] }, { shape: [2, 1] }], attributes: { axis: 1 } },
    { inputs: [{ shape: [2] }, { shape: [3] }, { shape: [1] }], attributes: { axis: 0 } },
    { inputs: [{ shape: [0, 2] }, { shape: [3, 2] }], attributes: { axis: 0 } },
    { inputs: [{ shape: [0, 2] }, { shape: [0, 1] }], attributes: { axis: 1 } },
  ],
  errors: [
    {
      inputs: [{ shape: [2, 3] }, { shape: [3, 3] }],
      attributes: { axis: 1 },
      code: "SHAPE_MISMATCH",
    },
  ],
  example: {
    inputs: [
      { shape: [2], values: [1, 2] },
      { shape: [1], values: [3] },
    ],
    attributes: { axis: 0 },
    output: { shape: [3], values: [1, 2, 3] },
  },
});

/** Puts tensors one after another along `axis`. Shape: `[2, 3], [2, 1] → [2, 4]` for axis 1. */
export function concatenate(tensors: readonly Tensor[], axis = 0): Tensor {
  const first = firstOf("concatenate", tensors);
  const at = normalizeAxis("concatenate", axis, first.rank);
  return tensors.length === 1 ? first.node : record(concatenateOp, tensors, { axis: at });
}

/** Joins tensors of one shape along a new axis. Shape: `[3], [3] → [2, 3]`. */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  const first = firstOf("stack", tensors);
  const at = normalizeAxis("stack", axis, first.rank + 1);
  return concatenate(
    tensors.map((t) => t.unsqueeze(at)),
    at,
  );
}

function firstOf(op: string, tensors: readonly Tensor[]): Tensor {
  checkTensors(op, tensors);
  if (tensors.length > 0) return tensors[0];
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: "received no tensors",
    fix: "Pass at least one.",
  });
}

function joinedType(inputs: readonly TensorType[], axis: number): TensorType {
  const [first] = inputs;
  const fits = (x: TensorType): boolean =>
    x.dtype === first.dtype &&
    x.shape.length === first.shape.length &&
    x.shape.every((n, k) => k === axis || n === first.shape[k]);
  if (!inputs.every(fits)) {
    throw new ChainruleError({
      code: "SHAPE_MISMATCH",
      op: "concatenate",
      problem: `parts differ beside axis ${axis}: ${inputs.map((x) => x.dtype + showShape(x.shape)).join(", ")}`,
      fix: "All parts need one type, and equal lengths except along the axis.",
      detail: { shapes: inputs.map((x) => x.shape), axis },
    });
  }
  const total = inputs.reduce((length, x) => length + x.shape[axis], 0);
  return { shape: first.shape.map((n, k) => (k === axis ? total : n)), dtype: first.dtype };
}
