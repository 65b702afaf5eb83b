// Operands: what functions accept besides tensors. A JavaScript number is weakly typed: it takes the element type of the
// tensor it meets, as long as that can hold it.

import { type DType, isFloat, promote } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { broadcastShapes } from "../core/shape.ts";
import { defineOp, numberAttribute, type OpDefinition } from "../ir/op.ts";
import { Tensor } from "../ir/tensor.ts";
import { cast } from "./cast.ts";
import { broadcastTo } from "./view.ts";

/** A tensor, or a JavaScript number that becomes a scalar tensor. */
export type Operand = Tensor | number;

/** A number in the graph; its type is float32 unless the operand it meets says otherwise. */
export const literalOp: OpDefinition = defineOp({
  name: "literal",
  doc: "A number.",
  formula: "c",
  body: { kind: "literal" },
  type: (_, { dtype }) => ({ shape: [], dtype: dtype as DType }),
  samples: [{ inputs: [], attributes: { value: 2.5, dtype: "float32" } }],
  example: {
    inputs: [],
    attributes: { value: 2.5, dtype: "float32" },
    output: { shape: [], values: [2.5] },
  },
});

/** Returns a scalar tensor of a number. */
export function literal(value: number, dtype: DType = "float32"): Tensor {
  const attributes = { value: numberAttribute(value), dtype };
  return new Tensor(literalOp, [], attributes, { shape: [], dtype });
}

/** The number of a literal's attributes. */
export function literalValue(attributes: { readonly [key: string]: unknown }): number {
  return Number(attributes.value);
}

/** Turns an operand into a graph node; a number takes type `like`. */
export function toTensor(op: string, x: Operand, like: DType = "float32"): Tensor {
  if (x instanceof Tensor) return x.node;
  if (typeof x === "number") return literal(x, numberType(x, like));
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `expected a tensor or a number; received ${describe(x)}`,
    fix: "Wrap arrays with tensor([...]).",
  });
}

/** Brings operands to one element type and one shape. */
export function align(op: string, operands: readonly Operand[]): Tensor[] {
  const like = operands
    .filter((x) => x instanceof Tensor)
    .map((x) => x.dtype)
    .reduce<DType | undefined>((a, b) => (a === undefined ? b : promote(a, b)), undefined);
  const tensors = operands.map((x) => toTensor(op, x, like));
  const dtype = tensors.map((t) => t.dtype).reduce(promote);
  return broadcastAll(
    op,
    tensors.map((t) => cast(t, dtype)),
  );
}

/** Broadcasts tensors to their common shape. */
export function broadcastAll(op: string, tensors: readonly Tensor[]): Tensor[] {
  const shape = broadcastShapes(op, ...tensors.map((t) => t.shape));
  return tensors.map((t) => broadcastTo(t, shape));
}

/** int32 and bool become float32, for functions whose values are not whole numbers. */
export function toFloat(x: Tensor): Tensor {
  return isFloat(x.dtype) ? x : cast(x, "float32");
}

/** bool becomes int32, for arithmetic and order. */
export function toNumber(x: Tensor): Tensor {
  return x.dtype === "bool" ? cast(x, "int32") : x;
}

function numberType(x: number, like: DType): DType {
  if (isFloat(like)) return like;
  return Number.isInteger(x) ? "int32" : "float32";
}

function describe(x: unknown): string {
  return Array.isArray(x) ? "an array" : x === null ? "null" : `a value of type ${typeof x}`;
}
