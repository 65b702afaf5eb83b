import fc from "fast-check";
import type { HostTensor } from "../../src/core/host.ts";
import { decodeNpz, encodeNpz } from "../../src/formats/npz.ts";
import { writeZip } from "../../src/formats/zip-write.ts";
import { fixture } from "./engine/fixtures.ts";
import type { FuzzTarget } from "./engine/target.ts";

const x = { dtype: "float32", shape: [40], data: new Float32Array(40).fill(2) } as const;
const small = new Map<string, HostTensor>([
  ["x", x],
  ["y", { dtype: "int32", shape: [], data: Int32Array.of(7) }],
]);

const target: FuzzTarget = {
  parse: (bytes) => decodeNpz(bytes),
  seeds: [
    encodeNpz(small),
    encodeNpz(small, { compress: true }),
    fixture("stored.npz"),
    fixture("versions.npz"),
    fixture("zip64.npz"),
  ],
  structured: fc
    .tuple(fc.dictionary(fc.string(), fc.uint8Array({ maxLength: 300 })), fc.boolean())
    .map(([entries, compress]) => writeZip(new Map(Object.entries(entries)), { compress })),
  words: ["PK\x01\x02", "PK\x03\x04", "PK\x05\x06", "PK\x06\x06", "PK\x06\x07", "../", "x.npy"],
  // What deflate can make of it, as unpacked and as tensors.
  memory: (bytes) => 5 * 1032 * bytes + 2 ** 20,
};
export default target;
