// The tensor: a node of the graph. Immutable: an op, its inputs, its attributes, its type. It holds no value until it
// is read; then it keeps the value and still knows where it came from. Methods for ops are installed by `ops/methods.ts`.

import { convertArray, type DType, type HostArray } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { printAsText } from "../core/print-as-text.ts";
import { type Shape, showShape, sizeOf } from "../core/shape.ts";
import type { AnyShape } from "../core/shape-types.ts";
import { engine } from "./engine.ts";
import type { Attributes, OpDefinition, TensorType } from "./op.ts";
import { currentRegion, type Region } from "./region.ts";
import type { Slot } from "./state.ts";
import { currentTrace } from "./trace.ts";

let count = 0;

/** Told of each tensor that is made, while somebody debugs. */
let onTensor: ((tensor: Tensor) => void) | undefined;

/** Calls `seen` with each tensor that is made from now on; undefined ends it. */
export function watchTensors(seen: ((tensor: Tensor) => void) | undefined): void {
  onTensor = seen;
}

/** Numbers in nested arrays, as `toArray` gives them. */
export type NestedNumbers = number | NestedNumbers[];

/** A node of the graph: lazily computed elements of one type in an n-dimensional array. `S` is the shape where the type checker knows it. */
export class Tensor<S extends Shape = AnyShape> {
  /** What the type checker knows of the shape; there is no such field. (Were `shape` of this type, conditional on what is known, then a `Tensor<[2, 3]>` would not be a `Tensor<[number, 3]>`.) */
  declare protected readonly sizes?: Readonly<S>;
  /** Order of recording; inputs have smaller numbers. */
  readonly id: number;
  readonly definition: OpDefinition;
  /** Emptied when the history is released. */
  inputs: readonly Tensor[];
  readonly attributes: Attributes;
  /** Length of each axis; `[]` for a single element. */
  readonly shape: Shape;
  /** Element type. */
  readonly dtype: DType;
  /** The layer call that recorded this node. */
  readonly region: Region | undefined;
  /** Elements in row-major order, once known. */
  value: HostArray | null = null;
  /** The slot that a state leaf reads. */
  slot: Slot | null = null;
  /** The state that this node rests on has changed since, so it can no longer be differentiated. */
  released = false;
  /** Upper bound of the number of nodes between this one and values already known. */
  readonly depth: number;

  constructor(
    definition: OpDefinition,
    inputs: readonly Tensor[],
    attributes: Attributes,
    type: TensorType,
  ) {
    this.id = count++;
    this.definition = definition;
    this.inputs = inputs;
    this.attributes = attributes;
    this.shape = type.shape;
    this.dtype = type.dtype;
    this.region = currentRegion();
    this.depth = depthOf(inputs);
    onTensor?.(this);
  }

  /** The graph node that an op records when it is given this tensor. */
  get node(): Tensor<S> {
    return this;
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Computes the tensor if need be and returns a copy of its elements in row-major order. */
  async data(): Promise<HostArray> {
    const node = this.node;
    await engine().read([node]);
    return node.value!.slice();
  }

  /** As `data`, at once; only on targets that run on the CPU. */
  dataSync(): HostArray {
    const node = this.node;
    engine().readSync([node]);
    return node.value!.slice();
  }

  /** Returns the single element of a tensor of size 1. */
  async item(): Promise<number> {
    this.#checkSingle("item");
    return (await this.data())[0];
  }

  /** As `item`, at once; only on targets that run on the CPU. */
  itemSync(): number {
    this.#checkSingle("itemSync");
    return this.dataSync()[0];
  }

  /** Returns the elements as nested arrays (a number for a scalar). */
  async toArray(): Promise<NestedNumbers> {
    return nest(await this.data(), this.shape);
  }

  /** As `toArray`, at once; only on targets that run on the CPU. */
  toArraySync(): NestedNumbers {
    return nest(this.dataSync(), this.shape);
  }

  /** Text form: type, and the elements where they are known. */
  toString(): string {
    const type = `${this.dtype}${showShape(this.shape)}`;
    if (this.value === null) return `Tensor(${type}, ${this.definition.name}, not computed yet)`;
    return `Tensor(${type}, ${showElements(this.value)})`;
  }

  /** Refuses to stand for a number or a truth value: `if (x.sum() > 0)` would ask before there is one. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return this.toString();
    throw new ChainruleError({
      code: currentTrace() === undefined ? "BAD_ARGUMENT" : "VALUE_IN_TRACE",
      op: "tensor",
      problem: `${this.dtype}${showShape(this.shape)} was used as a number`,
      fix: "Compare and compute with methods (.greater(0), .add(1)), choose with where(condition, a, b), or read it with await x.item() outside compiled functions.",
      detail: { shape: this.shape },
    });
  }

  #checkSingle(op: string): void {
    if (this.size === 1) return;
    throw new ChainruleError({
      code: "NOT_SCALAR",
      op,
      problem: `needs a tensor with one element; received ${this.dtype}${showShape(this.shape)}`,
      fix: "Reduce it first, e.g. with .mean(), or read all elements with .data().",
      detail: { shape: this.shape },
    });
  }
}

/** The number of tensors so far: one that is recorded from now on has at least this `id`. */
export function recordedSoFar(): number {
  return count;
}

/** Gives a leaf its value, converted to the leaf's type. */
export function withValue(leaf: Tensor, value: HostArray): Tensor {
  leaf.value = convertArray(value, leaf.dtype);
  return leaf;
}

function depthOf(inputs: readonly Tensor[]): number {
  let depth = 0;
  for (const input of inputs) if (input.value === null && input.depth > depth) depth = input.depth;
  return inputs.length === 0 ? 0 : depth + 1;
}

/** The first elements, in brackets. */
export function showElements(value: HostArray): string {
  const shown = Array.from(value.subarray(0, 8), (x) => Number(x.toPrecision(6)));
  return `[${shown.join(", ")}${value.length > 8 ? ", …" : ""}]`;
}

printAsText(Tensor);

function nest(data: HostArray, shape: Shape, axis = 0, start = 0): NestedNumbers {
  if (axis === shape.length) return data[start];
  const step = sizeOf(shape.slice(axis + 1));
  return Array.from({ length: shape[axis] }, (_, i) =>
    nest(data, shape, axis + 1, start + i * step),
  );
}
