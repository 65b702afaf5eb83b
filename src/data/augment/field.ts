// What augmenting functions share: the field of the record that they change, checked, and draws of single numbers.

import { type HostArray, hostArray, isFloat } from "../../core/dtype.ts";
import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";
import type { HostTensor } from "../../core/host.ts";
import { noOptions } from "../../core/option-names.ts";
import type { RandomStream } from "../../core/random.ts";
import { type Shape, showShape } from "../../core/shape.ts";

/** A record with tensors as fields, and others that are left alone. */
export type AnyRecord = Readonly<Record<string, unknown>>;

/** Record → record, with random numbers from the stream alone: what a pipeline's `map` takes. */
export type Augmentation = <R extends object>(record: R, random: RandomStream) => R;

/** Which field of a record is changed. */
export interface FieldOption {
  /** Default "images" (`specAugment`: "spectrograms"). */
  readonly field?: string;
}

/** An image: channels, height and width. */
export interface Image {
  readonly data: HostArray;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Takes the option `field` apart from the others. */
export function parted<Options extends FieldOption>(
  options: Options,
  usual = "images",
): { readonly field: string; readonly rest: Omit<Options, "field"> } {
  if (typeof options !== "object" || options === null) throw noOptions("augment", options, "field");
  const { field = usual, ...rest } = options;
  return { field, rest };
}

/** Refuses a call without a record, or without a stream to draw from. */
export function checkCall(op: string, record: unknown, random: unknown): void {
  const isStream = typeof (random as Partial<RandomStream> | null)?.uniform === "function";
  if (typeof record === "object" && record !== null && isStream) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `takes a record and a stream of random numbers; received ${showValue(record)} and ${showValue(random)}`,
    fix: "Give it to a pipeline's map, which passes both.",
  });
}

/** Makes a function on records from one on one of their fields. */
export function onField(
  op: string,
  field: string,
  change: (tensor: HostTensor, random: RandomStream) => HostTensor,
): Augmentation {
  return (record, random) => {
    checkCall(op, record, random);
    const value = (record as AnyRecord)[field];
    if (isTensor(value)) return { ...record, [field]: change(value, random) };
    throw noTensor(op, field, value, record);
  };
}

/** The error of a field that is no tensor. */
export function noTensor(
  op: string,
  field: string,
  value: unknown,
  record: object,
): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `the record's field "${field}" is ${showValue(value)}; a tensor { dtype, shape, data } is needed`,
    fix: `Name the field by { field }; the fields are ${Object.keys(Object(record)).join(", ")}.`,
    detail: { field },
  });
}

/** Makes a function on records from one on images, `[C, H, W]`, or `[H, W]` for one channel. */
export function onImages(
  op: string,
  field: string,
  { float }: { readonly float: boolean },
  change: (image: Image, random: RandomStream) => Image,
): Augmentation {
  return onField(op, field, (tensor, random) => {
    const { dtype, shape } = tensor;
    if (shape.length !== 2 && shape.length !== 3)
      throw badField(op, tensor, "[channels, height, width]");
    if (float && !isFloat(dtype)) throw badField(op, tensor, "floats");
    const [height, width] = shape.slice(-2);
    const channels = shape.length === 3 ? shape[0] : 1;
    const changed = change({ data: tensor.data, channels, height, width }, random);
    const size: Shape = [changed.height, changed.width];
    return {
      dtype,
      shape: shape.length === 3 ? [channels, ...size] : size,
      data: changed.data,
    };
  });
}

/** The error of a field that an augmentation cannot take. */
export function badField(op: string, tensor: HostTensor, needed: string): ChainruleError {
  return new ChainruleError({
    code: needed === "floats" ? "DTYPE_MISMATCH" : "SHAPE_MISMATCH",
    op,
    problem: `expected ${needed} for one record; received ${tensor.dtype}${showShape(tensor.shape)}`,
    fix:
      needed === "floats"
        ? "Read the field as float32, for instance with a scale of 1/255."
        : "Augment records before they are joined to batches; the layers of nn take batches.",
    detail: { received: tensor.shape, dtype: tensor.dtype },
  });
}

/** An array of the same kind. */
export function likeArray(data: HostArray, elements: number): HostArray {
  const kinds = [
    [Float32Array, "float32"],
    [Float64Array, "float64"],
    [Int32Array, "int32"],
  ] as const;
  const found = kinds.find(([Kind]) => data instanceof Kind);
  return hostArray(found?.[1] ?? "bool", elements);
}

/** A number uniform between two. */
export function between([low, high]: readonly [number, number], u: number): number {
  return low + (high - low) * u;
}

function isTensor(value: unknown): value is HostTensor {
  return typeof value === "object" && value !== null && "shape" in value && "data" in value;
}
