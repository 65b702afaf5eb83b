// How passes make nodes. The few ops that rewriting needs are named here and nowhere else in the compiler.

import type { DType } from "../../core/dtype.ts";
import { type Shape, sameShape } from "../../core/shape.ts";
import { type Attributes, opNamed } from "../../ir/op.ts";
import { Tensor } from "../../ir/tensor.ts";

/** Makes a node of the op `name`. */
function make(name: string, inputs: readonly Tensor[], attributes: Attributes = {}): Tensor {
  const definition = opNamed(name);
  return new Tensor(definition, inputs, attributes, definition.type(inputs, attributes));
}

/** The node itself if its inputs are the old ones, else the same node of the new inputs. */
export function withInputs(tensor: Tensor, inputs: readonly Tensor[]): Tensor {
  if (inputs.every((input, k) => input === tensor.inputs[k])) return tensor;
  return new Tensor(tensor.definition, inputs, tensor.attributes, tensor);
}

/** A tensor of `shape` whose elements are all `value`. */
export function filled(value: number, dtype: DType, shape: Shape): Tensor {
  const text = Number.isFinite(value) ? value : String(value);
  return broadcast(make("literal", [], { value: text, dtype }), shape);
}

export function broadcast(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : make("broadcast", [x], { shape: [...shape] });
}

export function reshape(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : make("reshape", [x], { shape: [...shape] });
}

export function permute(x: Tensor, axes: readonly number[]): Tensor {
  return axes.every((axis, k) => axis === k) ? x : make("permute", [x], { axes: [...axes] });
}

export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : make("cast", [x], { dtype });
}

export function multiply(a: Tensor, b: Tensor): Tensor {
  return make("mul", [a, b]);
}

/** Sums over axes, which stay with length 1. */
export function sum(x: Tensor, axes: readonly number[]): Tensor {
  return axes.length === 0 ? x : make("sum", [x], { axes: [...axes] });
}
