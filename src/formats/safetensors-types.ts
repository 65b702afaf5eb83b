// Element types of safetensors files and how each becomes one of the library's four. All decoders copy
// (a tensor in a file may be unaligned) and assume a little-endian host, as WebAssembly does.

import { type DType, type HostArray, hostArray } from "../core/dtype.ts";
import type { ChainruleError } from "../core/errors.ts";

type Refuse = (problem: string) => ChainruleError;

export interface ElementType {
  readonly bytes: number;
  readonly dtype: DType;
  readonly decode: (bytes: Uint8Array, refuse: Refuse) => HostArray;
}

/** What each of the library's types is called in a file. */
export const writtenNames: Readonly<Record<DType, string>> = {
  float64: "F64",
  float32: "F32",
  int32: "I32",
  bool: "BOOL",
};

/** Types of the format that have no counterpart here. */
export const unreadableTypes: readonly string[] = [
  ...["C64", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"],
  ...["F6_E2M3", "F6_E3M2", "F4"],
];

export const elementTypes: Readonly<Record<string, ElementType>> = {
  F64: { bytes: 8, dtype: "float64", decode: (bytes) => copied(bytes, "float64") },
  F32: { bytes: 4, dtype: "float32", decode: (bytes) => copied(bytes, "float32") },
  I32: { bytes: 4, dtype: "int32", decode: (bytes) => copied(bytes, "int32") },
  BOOL: { bytes: 1, dtype: "bool", decode: decodeBool },
  F16: { bytes: 2, dtype: "float32", decode: (bytes) => float32s(bytes, halfToNumber) },
  BF16: { bytes: 2, dtype: "float32", decode: decodeBfloat16 },
  U8: integers(1, (view, at) => view.getUint8(at)),
  I8: integers(1, (view, at) => view.getInt8(at)),
  U16: integers(2, (view, at) => view.getUint16(at, true)),
  I16: integers(2, (view, at) => view.getInt16(at, true)),
  U32: integers(4, (view, at) => view.getUint32(at, true)),
  I64: integers(8, (view, at) => view.getBigInt64(at, true)),
  U64: integers(8, (view, at) => view.getBigUint64(at, true)),
};

function copied(bytes: Uint8Array, dtype: DType): HostArray {
  const elements = bytes.length / (dtype === "float64" ? 8 : dtype === "bool" ? 1 : 4);
  const result = hostArray(dtype, elements);
  new Uint8Array(result.buffer).set(bytes);
  return result;
}

function decodeBool(bytes: Uint8Array, refuse: Refuse): HostArray {
  const wrong = bytes.findIndex((byte) => byte > 1);
  if (wrong < 0) return copied(bytes, "bool");
  throw refuse(`with element ${wrong} = ${bytes[wrong]}, needed 0 or 1`);
}

/** Reads whole numbers into int32 and refuses those that do not fit. */
function integers(
  width: number,
  read: (view: DataView, at: number) => number | bigint,
): ElementType {
  return {
    bytes: width,
    dtype: "int32",
    decode(bytes, refuse) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      const result = new Int32Array(bytes.length / width);
      for (let i = 0; i < result.length; i++) {
        const value = read(view, i * width);
        result[i] = Number(value);
        if (result[i] !== Number(value)) {
          throw refuse(`with element ${i} = ${value}, needed −2147483648 … 2147483647 (int32)`);
        }
      }
      return result;
    },
  };
}

function float32s(bytes: Uint8Array, toNumber: (bits: number) => number): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const result = new Float32Array(bytes.length / 2);
  for (let i = 0; i < result.length; i++) result[i] = toNumber(view.getUint16(2 * i, true));
  return result;
}

/** IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** bfloat16 is the upper half of a float32. */
function decodeBfloat16(bytes: Uint8Array): HostArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const words = new Uint32Array(bytes.length / 2);
  for (let i = 0; i < words.length; i++) words[i] = view.getUint16(2 * i, true) << 16;
  return new Float32Array(words.buffer);
}
