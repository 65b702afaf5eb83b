// What element types are called in safetensors files.

import type { StoredType } from "./stored.ts";

/** Names in files, by type. */
export const writtenNames: Readonly<Partial<Record<StoredType, string>>> = {
  float64: "F64",
  float32: "F32",
  float16: "F16",
  bfloat16: "BF16",
  float8_e4m3fn: "F8_E4M3",
  float8_e5m2: "F8_E5M2",
  float8_e4m3fnuz: "F8_E4M3FNUZ",
  float8_e5m2fnuz: "F8_E5M2FNUZ",
  float8_e8m0fnu: "F8_E8M0",
  int64: "I64",
  uint64: "U64",
  int32: "I32",
  uint32: "U32",
  int16: "I16",
  uint16: "U16",
  int8: "I8",
  uint8: "U8",
  bool: "BOOL",
  complex64: "C64",
};

/** Types by their names in files. */
export const typesByName: ReadonlyMap<string, StoredType> = new Map(
  Object.entries(writtenNames).map(([type, name]) => [name, type as StoredType]),
);

/** Types of the format that are smaller than a byte and have no counterpart here. */
export const unreadableTypes: readonly string[] = ["F6_E2M3", "F6_E3M2", "F4"];
