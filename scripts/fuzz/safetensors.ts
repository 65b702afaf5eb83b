import fc from "fast-check";
import { decodeSafetensors, encodeSafetensors } from "../../src/formats/safetensors.ts";
import type { FuzzTarget } from "./engine/target.ts";

const sizes = fc.array(fc.oneof(fc.nat(4), fc.maxSafeInteger(), fc.double(), fc.constant(null)), {
  maxLength: 4,
});
const entry = fc.record(
  {
    dtype: fc.constantFrom("F32", "F64", "I64", "BOOL", "F16", "BF16", "U8", "F8_E4M3", "C64", "x"),
    shape: fc.oneof(sizes, fc.jsonValue()),
    data_offsets: fc.oneof(fc.tuple(fc.nat(16), fc.nat(32)), sizes, fc.jsonValue()),
  },
  { requiredKeys: [] },
);

const target: FuzzTarget = {
  parse: (bytes) => decodeSafetensors(bytes),
  seeds: [
    encodeSafetensors(
      new Map([
        ["a", { dtype: "float32", shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
        ["b", { dtype: "bool", shape: [3], data: Uint8Array.of(1, 0, 1) }],
        ["c", { dtype: "int32", shape: [], data: Int32Array.of(7) }],
      ]),
      { format: "pt" },
    ),
    encodeSafetensors(new Map()),
  ],
  structured: fc
    .tuple(fc.dictionary(fc.string(), fc.oneof(entry, fc.jsonValue())), fc.uint8Array())
    .map(([header, data]) => fileOf(header, data)),
  words: [
    '"F16"',
    '"I64"',
    '"U64"',
    '"shape":[',
    "data_offsets",
    "__metadata__",
    "1e308",
    "-1",
    "[[",
  ],
};
export default target;

function fileOf(header: unknown, data: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  file.set(data, 8 + text.length);
  return file;
}
