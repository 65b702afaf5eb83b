// Element types that files hold, by PyTorch's names, and how each becomes one of the library's four and back. A stored
// tensor keeps a file's own elements: integers of 64 bits as bigint, narrow floats as bit patterns, complex numbers as pairs.
// Elements are little-endian, as on every host that WebAssembly runs on.

import { type DType, type HostArray, hostArray, isFloat } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import type { HostTensor } from "../core/host.ts";
import type { OptionNames } from "../core/option-names.ts";
import { type Shape, showShape, sizeOf } from "../core/shape.ts";
import {
  bitsOfFloats,
  type FloatFormat,
  floatFormats,
  type NarrowFloat,
  tableOf,
} from "./float-formats.ts";

/** Element types of files, by PyTorch's names. */
export type StoredType =
  | "float64"
  | "float32"
  | NarrowFloat
  | "float8_e8m0fnu"
  | "int64"
  | "uint64"
  | "int32"
  | "uint32"
  | "int16"
  | "uint16"
  | "int8"
  | "uint8"
  | "bool"
  | "complex128"
  | "complex64";

/** Floats that tensors can be written as. */
export type FloatType = "float64" | "float32" | NarrowFloat;

/** Elements as a file holds them. */
export type StoredArray =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

/**
 * A tensor with the elements of its file: numbers, bigint for int64 and uint64, bit patterns (Uint16Array, Uint8Array) for
 * narrow floats, and two numbers, real and imaginary part, for each complex one.
 */
export interface StoredTensor {
  readonly type: StoredType;
  readonly shape: Shape;
  readonly data: StoredArray;
}

interface Facts {
  /** Bytes of an element. */
  readonly bytes: number;
  /** The library's type that it is read as. */
  readonly dtype: DType;
  readonly array: { new (buffer: ArrayBuffer, at: number, length: number): StoredArray };
  /** Numbers of the array for one element. */
  readonly numbers: 1 | 2;
}

type ArrayOf = Facts["array"];
const row = (bytes: number, dtype: DType, array: unknown, numbers: 1 | 2 = 1): Facts => ({
  ...{ bytes, dtype, numbers },
  array: array as ArrayOf,
});

/** What there is to know of each type. */
export const storedTypes: Readonly<Record<StoredType, Facts>> = {
  float64: row(8, "float64", Float64Array),
  float32: row(4, "float32", Float32Array),
  float16: row(2, "float32", Uint16Array),
  bfloat16: row(2, "float32", Uint16Array),
  float8_e4m3fn: row(1, "float32", Uint8Array),
  float8_e5m2: row(1, "float32", Uint8Array),
  float8_e4m3fnuz: row(1, "float32", Uint8Array),
  float8_e5m2fnuz: row(1, "float32", Uint8Array),
  float8_e8m0fnu: row(1, "float32", Uint8Array),
  int64: row(8, "int32", BigInt64Array),
  uint64: row(8, "int32", BigUint64Array),
  int32: row(4, "int32", Int32Array),
  uint32: row(4, "int32", Uint32Array),
  int16: row(2, "int32", Int16Array),
  uint16: row(2, "int32", Uint16Array),
  int8: row(1, "int32", Int8Array),
  uint8: row(1, "int32", Uint8Array),
  bool: row(1, "bool", Uint8Array),
  complex128: row(16, "float64", Float64Array, 2),
  complex64: row(8, "float32", Float32Array, 2),
};

/** How readers give tensors: as the library's types, or, with `raw`, with the file's own elements. */
export interface TensorOptions<Raw extends boolean = false> {
  /** Keeps the elements of the file, for instance int64 as bigint; default false. */
  readonly raw?: Raw;
}

/** The names of `TensorOptions`. */
export const tensorOptionNames: OptionNames<TensorOptions> = { raw: true };

/** A tensor as asked for by `raw`. */
export type TensorOf<Raw extends boolean> = Raw extends true ? StoredTensor : HostTensor;

/** Gives the tensor as asked for; what comes out is a copy. */
export function present<Raw extends boolean = false>(
  view: StoredTensor,
  options: TensorOptions<Raw>,
  refuse: (problem: string) => ChainruleError,
): TensorOf<Raw> {
  const result = options.raw
    ? { ...view, data: view.data.slice() }
    : { ...hostShape(view), data: hostElements(view, refuse) };
  return result as TensorOf<Raw>;
}

/**
 * Converts a stored tensor into one of the library's types: narrow floats into float32, integers into int32, complex numbers
 * into pairs along a new last axis of length 2. Integers that int32 cannot hold are a `BAD_ARGUMENT` error.
 */
export function toHostTensor(tensor: StoredTensor): HostTensor {
  return present(tensor, {}, (problem) => badTensor("toHostTensor", `the tensor comes ${problem}`));
}

/** Converts a tensor of floats to another type of float, rounding to nearest, ties to even. */
export function toStoredTensor(tensor: HostTensor, type: FloatType): StoredTensor {
  const { dtype, shape, data } = tensor;
  if (!isFloat(dtype)) {
    throw badTensor("toStoredTensor", `${type} needs a tensor of floats; received ${dtype}`);
  }
  if (type === "float32") return { type, shape, data: Float32Array.from(data) };
  if (type === "float64") return { type, shape, data: Float64Array.from(data) };
  const format: FloatFormat | undefined = floatFormats[type];
  if (format === undefined) {
    const known = ["float64", "float32", ...Object.keys(floatFormats)].join(", ");
    throw badTensor("toStoredTensor", `there is no float ${JSON.stringify(type)}; known: ${known}`);
  }
  const result = format.bytes === 1 ? new Uint8Array(data.length) : new Uint16Array(data.length);
  bitsOfFloats(data, format, result);
  return { type, shape, data: result };
}

/** The stored tensor that is a host tensor as it is; shares the data. */
export function asStored({ dtype, shape, data }: HostTensor): StoredTensor {
  return { type: dtype, shape, data };
}

/** Takes bytes of a file as elements: where they lie if they are aligned, else from a copy. */
export function elementsOf(bytes: Uint8Array, type: StoredType): StoredArray {
  const { bytes: size, array, numbers } = storedTypes[type];
  const width = size / numbers;
  // Not slice, which in a Buffer of Node copies nothing.
  const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  return new array(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.length / width);
}

/** The bytes of elements, where they lie. */
export function bytesOfElements(data: StoredArray | HostArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Checks that a stored tensor is what it says: known type, the type's array, one element per place. */
export function checkStored(op: string, name: string, { type, shape, data }: StoredTensor): void {
  const facts = Object.hasOwn(storedTypes, type) ? storedTypes[type] : undefined;
  if (facts === undefined) throw badTensor(op, `${name} has the type ${JSON.stringify(type)}`);
  if (!(data instanceof facts.array))
    throw badTensor(op, `${name} says ${type} but its data is not`);
  if (data.length === sizeOf(shape) * facts.numbers) return;
  throw badTensor(
    op,
    `${name} has shape ${showShape(shape)} but ${data.length} numbers of ${type}`,
  );
}

function hostShape({ type, shape }: StoredTensor): { dtype: DType; shape: Shape } {
  const { dtype, numbers } = storedTypes[type];
  return { dtype, shape: numbers === 2 ? [...shape, 2] : shape };
}

/** The elements as the library's type of number, always in an array of its own. */
function hostElements(
  { type, data }: StoredTensor,
  refuse: (problem: string) => ChainruleError,
): HostArray {
  const { dtype } = storedTypes[type];
  if (type in floatFormats) return looked(data as Uint16Array, tableFor(type as NarrowFloat));
  if (type === "float8_e8m0fnu") return looked(data as Uint8Array, scaleTable());
  if (dtype === "int32" && type !== "int32") return narrowed(data, refuse);
  if (type === "bool") checkBools(data as Uint8Array, refuse);
  const result = hostArray(dtype, data.length);
  result.set(data as HostArray);
  return result;
}

function checkBools(data: Uint8Array, refuse: (problem: string) => ChainruleError): void {
  const wrong = data.findIndex((byte) => byte > 1);
  if (wrong >= 0) throw refuse(`with element ${wrong} = ${data[wrong]}, needed 0 or 1`);
}

/** Whole numbers as int32; those that do not fit are refused. */
function narrowed(data: StoredArray, refuse: (problem: string) => ChainruleError): Int32Array {
  const result = new Int32Array(data.length);
  for (let i = 0; i < result.length; i++) {
    const value = Number(data[i]);
    result[i] = value;
    if (result[i] !== value) {
      throw refuse(`with element ${i} = ${data[i]}, needed −2147483648 … 2147483647 (int32)`);
    }
  }
  return result;
}

const tables = new Map<string, Float32Array>();

function tableFor(type: NarrowFloat): Float32Array {
  let table = tables.get(type);
  if (table === undefined) {
    table = tableOf(floatFormats[type]);
    tables.set(type, table);
  }
  return table;
}

/** E8M0 holds powers of two alone: 2^(bits − 127), and NaN. */
function scaleTable(): Float32Array {
  const table = Float32Array.from({ length: 256 }, (_, bits) => 2 ** (bits - 127));
  table[255] = Number.NaN;
  return table;
}

function looked(bits: Uint16Array | Uint8Array, table: Float32Array): Float32Array {
  const result = new Float32Array(bits.length);
  for (let i = 0; i < result.length; i++) result[i] = table[bits[i]];
  return result;
}

function badTensor(op: string, problem: string): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem,
    fix: "Pass { type, shape, data } or { dtype, shape, data } whose data has the stated type, one element per place.",
  });
}
