// Arguments of a graph that stand for nothing else: leaves with a type, bound to values when a plan runs. Graphs read
// from text are made of them; a graph recorded by a program may use any leaf as an argument.

import { unreachable } from "../core/errors.ts";
import { defineOp, type OpDefinition, type TensorType } from "./op.ts";
import { Tensor } from "./tensor.ts";

export const argumentOp: OpDefinition = defineOp({
  name: "argument",
  doc: "A value given at each run.",
  formula: "x",
  body: { kind: "leaf" },
  type: () => unreachable("an argument is made directly, not recorded"),
  samples: [],
});

/** Makes a leaf that stands for an argument. Shape: the type's. */
export function argumentLeaf(type: TensorType): Tensor {
  return new Tensor(argumentOp, [], {}, { shape: [...type.shape], dtype: type.dtype });
}
