// How passes make nodes. The few ops that rewriting needs are named here and nowhere else in the compiler.

import type { DType } from "../../core/dtype.ts";
import { type Shape, sameShape } from "../../core/shape.ts";
import { type Attributes, numberAttribute, opNamed } from "../../ir/op.ts";
import { Tensor } from "../../ir/tensor.ts";

/** Makes a node of the op `name`. */
function make(name: string, inputs: readonly Tensor[], attributes: Attributes = {}): Tensor {
  const definition = opNamed(name);
  return new Tensor(definition, inputs, attributes, definition.type(inputs, attributes));
}

/** The node itself if its inputs are the old ones, else the same node of the new inputs. */
export function withInputs(tensor: Tensor, inputs: readonly Tensor[]): Tensor {
  for (let k = 0; k < tensor.inputs.length; k++) {
    if (inputs[k] !== tensor.inputs[k])
      return new Tensor(tensor.definition, inputs, tensor.attributes, tensor);
  }
  return tensor;
}

/** A tensor of `shape` whose elements are all `value`. */
export function filled(value: number, dtype: DType, shape: Shape): Tensor {
  return broadcast(make("literal", [], { value: numberAttribute(value), dtype }), shape);
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

export function multiply(a: Tensor, b: Tensor): Tensor {
  return make("mul", [a, b]);
}

/** Sums over axes, which stay with length 1. */
export function sum(x: Tensor, axes: readonly number[]): Tensor {
  return axes.length === 0 ? x : make("sum", [x], { axes: [...axes] });
}

export function add(a: Tensor, b: Tensor): Tensor {
  return make("add", [a, b]);
}

/** Windows of `size` elements side by side along an axis, as a new last axis; a shorter rest is left out. */
export function windows(x: Tensor, axis: number, size: number): Tensor {
  return make("unfold", [x], { axis, size, step: size });
}

/** The elements from `start` on, before `end`, along one axis. */
export function slice(x: Tensor, axis: number, start: number, end: number = x.shape[axis]): Tensor {
  if (start === 0 && end === x.shape[axis]) return x;
  const starts = x.shape.map((_, k) => (k === axis ? start : 0));
  const sizes = x.shape.map((length, k) => (k === axis ? end - start : length));
  return make("slice", [x], { starts, sizes, steps: x.shape.map(() => 1) });
}

/** Tensors one after another along an axis. */
export function concatenate(parts: readonly Tensor[], axis: number): Tensor {
  return parts.length === 1 ? parts[0] : make("concatenate", parts, { axis });
}
