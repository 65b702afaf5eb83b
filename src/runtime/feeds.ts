// Arguments of a compiled function: what each leaf of them is (a tensor's worth of values, or something static that is
// part of the signature), and whether it is of the type that a recording was made for.

import { convertArray, type DType, dtypeOfData, type HostArray } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { type HostTensor, isHostTensor } from "../core/host.ts";
import { type Shape, sameShape, sizeOf } from "../core/shape.ts";
import { StateTensor } from "../ir/state.ts";
import { Tensor } from "../ir/tensor.ts";

/** A number that is part of a compiled function's signature instead of an argument of its plan. */
export class Fixed {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** Makes a number static: the compiled function sees the number itself and is recorded anew for another one. */
export function fixed(value: number): Fixed {
  return new Fixed(value);
}

/** What may stand where a compiled function takes a `Tensor`: also typed arrays, host tensors and numbers. */
export type Feed<T> = T extends Tensor
  ? T | HostArray | HostTensor | number
  : T extends readonly (infer U)[]
    ? readonly Feed<U>[]
    : T extends object
      ? { readonly [K in keyof T]: Feed<T[K]> }
      : T;

/** One leaf of the arguments. */
export type FeedLeaf =
  | {
      readonly kind: "tensor";
      readonly dtype: DType;
      readonly shape: Shape;
      readonly value: () => HostArray;
    }
  | { readonly kind: "static"; readonly value: unknown };

/** What must be equal for a call to use a recorded graph: the type of a tensor, the value of anything else. */
export type FeedType =
  | { readonly kind: "tensor"; readonly dtype: DType; readonly shape: Shape }
  | { readonly kind: "static"; readonly value: unknown };

export function feedOf(leaf: unknown): FeedLeaf {
  if (leaf instanceof StateTensor) return { kind: "static", value: leaf };
  if (leaf instanceof Tensor) {
    return { kind: "tensor", dtype: leaf.dtype, shape: leaf.shape, value: () => elementsOf(leaf) };
  }
  if (typeof leaf === "number") {
    return { kind: "tensor", dtype: "float32", shape: [], value: () => Float32Array.of(leaf) };
  }
  if (isHostTensor(leaf)) {
    const { dtype, shape, data } = leaf;
    checkHostTensor(leaf);
    return { kind: "tensor", dtype, shape, value: () => convertArray(data, dtype) };
  }
  if (ArrayBuffer.isView(leaf)) {
    const array = leaf as HostArray;
    const dtype = dtypeOfData(array);
    return { kind: "tensor", dtype, shape: [array.length], value: () => array };
  }
  return { kind: "static", value: leaf instanceof Fixed ? leaf.value : leaf };
}

/** The type alone, without the values. */
export function typeOfFeed(feed: FeedLeaf): FeedType {
  if (feed.kind === "static") return feed;
  return { kind: "tensor", dtype: feed.dtype, shape: feed.shape };
}

export function isOfType(feed: FeedLeaf, type: FeedType): boolean {
  if (feed.kind === "static") return type.kind === "static" && Object.is(feed.value, type.value);
  return type.kind === "tensor" && feed.dtype === type.dtype && sameShape(feed.shape, type.shape);
}

/** The elements of an argument if it is plainly of a type; undefined where `feedOf` has to look closer. */
export function elementsOfType(
  arg: unknown,
  { dtype, shape }: FeedType & { kind: "tensor" },
): HostArray | number | undefined {
  if (typeof arg === "number") return dtype === "float32" && shape.length === 0 ? arg : undefined;
  if (holds(arg, dtype)) {
    return shape.length === 1 && arg.length === shape[0] ? arg : undefined;
  }
  if (arg instanceof Tensor) {
    if (arg instanceof StateTensor || arg.dtype !== dtype) return undefined;
    return sameShape(arg.shape, shape) ? elementsOf(arg) : undefined;
  }
  if (!isHostTensor(arg) || arg.dtype !== dtype || !sameShape(arg.shape, shape)) return undefined;
  return holds(arg.data, dtype) && arg.data.length === sizeOf(shape) ? arg.data : undefined;
}

/** Whether a value is an array of that type; bytes, which may be no truth values, never are. */
function holds(value: unknown, dtype: DType): value is HostArray {
  if (dtype === "float32") return value instanceof Float32Array;
  if (dtype === "int32") return value instanceof Int32Array;
  return dtype === "float64" && value instanceof Float64Array;
}

function checkHostTensor({ data, shape, dtype }: HostTensor): void {
  if (data.length === sizeOf(shape)) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "compile",
    problem: `a host tensor of ${dtype}[${shape.join(", ")}] holds ${data.length} elements`,
    fix: `Its data need ${sizeOf(shape)}.`,
  });
}

function elementsOf(tensor: Tensor): HostArray {
  return tensor.value ?? tensor.dataSync();
}
