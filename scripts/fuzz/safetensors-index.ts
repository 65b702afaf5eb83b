import fc from "fast-check";
import { decodeSafetensorsIndex } from "../../src/formats/safetensors-file.ts";
import type { FuzzTarget } from "./engine/target.ts";

const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const file = fc.oneof(fc.constantFrom("a.safetensors", "../a", "C:\\a", "/a", "."), fc.jsonValue());

const target: FuzzTarget = {
  parse: (bytes) => decodeSafetensorsIndex(new TextDecoder().decode(bytes)),
  seeds: [
    bytesOf({
      metadata: { total_size: 8 },
      weight_map: { a: "m-1.safetensors", b: "m-2.safetensors" },
    }),
  ],
  structured: fc
    .record({ weight_map: fc.dictionary(fc.string(), file), metadata: fc.jsonValue() })
    .map(bytesOf),
  words: ["../", "\\\\", "weight_map", "null", "[[[[", '"'],
};
export default target;
