// Element types: their JavaScript arrays, promotion, and rounding. One table for the whole library.

import { ChainruleError } from "./errors.ts";

/** Names the element type of a tensor. */
export type DType = "float32" | "float64" | "int32" | "bool";

/** A JavaScript array that holds tensor elements in row-major order; `bool` is one byte, 0 or 1. */
export type HostArray = Float32Array | Float64Array | Int32Array | Uint8Array;

interface DTypeFacts {
  readonly bytes: number;
  readonly make: (elements: number) => HostArray;
  /** Position in the promotion order bool < int32 < float32 < float64. */
  readonly rank: number;
}

const facts: Record<DType, DTypeFacts> = {
  bool: { bytes: 1, make: (n) => new Uint8Array(n), rank: 0 },
  int32: { bytes: 4, make: (n) => new Int32Array(n), rank: 1 },
  float32: { bytes: 4, make: (n) => new Float32Array(n), rank: 2 },
  float64: { bytes: 8, make: (n) => new Float64Array(n), rank: 3 },
};

/** All element types, in promotion order. */
export const dtypes: readonly DType[] = ["bool", "int32", "float32", "float64"];

/** Checks that there is such an element type. */
export function checkType(op: string, dtype: DType): void {
  if (dtypes.includes(dtype)) return;
  throw new ChainruleError({
    code: "DTYPE_MISMATCH",
    op,
    problem: `there is no element type ${JSON.stringify(dtype)}`,
    fix: `Use one of ${dtypes.map((name) => `"${name}"`).join(", ")}.`,
  });
}

/** Allocates a zero-filled array for `elements` elements. */
export function hostArray(dtype: DType, elements: number): HostArray {
  checkType("tensor", dtype);
  return facts[dtype].make(elements);
}

/** Bytes of one element in a host array. */
export function bytesOf(dtype: DType): number {
  return facts[dtype].bytes;
}

export function isFloat(dtype: DType): boolean {
  return dtype === "float32" || dtype === "float64";
}

/** Returns the type that two operands meet in: the later one of bool, int32, float32, float64. */
export function promote(a: DType, b: DType): DType {
  return facts[a].rank >= facts[b].rank ? a : b;
}

/** Returns the element type of a host array. */
export function dtypeOf(array: HostArray): DType {
  if (array instanceof Float32Array) return "float32";
  if (array instanceof Float64Array) return "float64";
  if (array instanceof Int32Array) return "int32";
  if (array instanceof Uint8Array) return "bool";
  throw new ChainruleError({
    code: "DTYPE_MISMATCH",
    problem: `data is a ${Object.prototype.toString.call(array).slice(8, -1)}`,
    fix: "Pass a Float32Array, Float64Array, Int32Array or Uint8Array (bool).",
  });
}

/** As `dtypeOf`, for data that came without a type: bytes above 1 are numbers, not truth values, and are refused. */
export function dtypeOfData(array: HostArray): DType {
  const dtype = dtypeOf(array);
  const odd = dtype === "bool" ? array.find((x) => x > 1) : undefined;
  if (odd === undefined) return dtype;
  throw new ChainruleError({
    code: "DTYPE_MISMATCH",
    problem: `a Uint8Array is taken as bool and may hold 0 and 1; received ${odd}`,
    fix: "Convert numbers with Float32Array.from(bytes), or give tensor(bytes, { dtype }) a type.",
    detail: { value: odd },
  });
}

/** Converts elements to another type: floats truncate towards zero to int32; bool is `x ≠ 0`, as 0 or 1. */
export function convertArray(array: HostArray, dtype: DType): HostArray {
  if (dtypeOf(array) === dtype && !(dtype === "bool" && array.some((x) => x > 1))) return array;
  const result = hostArray(dtype, array.length);
  if (dtype === "bool") for (let i = 0; i < array.length; i++) result[i] = array[i] !== 0 ? 1 : 0;
  else for (let i = 0; i < array.length; i++) result[i] = array[i];
  return result;
}
