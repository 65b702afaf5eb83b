import fc from "fast-check";
import { decodeNpy } from "../../src/formats/npy.ts";
import { readZip } from "../../src/formats/zip.ts";
import { fixture } from "./engine/fixtures.ts";
import type { FuzzTarget } from "./engine/target.ts";

const value = fc.oneof(
  fc.constantFrom("'<f4'", "'>i8'", "'|O'", "'<U4'", "True", "False", "(2,)", "(2, 3)", "()", "[("),
  fc.array(fc.maxSafeInteger()).map((sizes) => `(${sizes.join(", ")},)`),
  fc.string(),
);
const header = fc
  .array(fc.tuple(fc.constantFrom("descr", "fortran_order", "shape", "x"), value), { maxLength: 5 })
  .map((fields) => `{${fields.map(([key, text]) => `'${key}': ${text}`).join(", ")}, }`);

const target: FuzzTarget = {
  parse: (bytes) => decodeNpy(bytes),
  seeds: ["arrays.npz", "versions.npz", "odd.npz"].flatMap((name) =>
    [...readZip(fixture(name), name).values()].map((entry) => Uint8Array.from(entry.unpack())),
  ),
  structured: fc
    .tuple(fc.integer({ min: 1, max: 3 }), header, fc.uint8Array({ maxLength: 48 }))
    .map(([version, text, data]) => fileOf(version, text, data)),
  words: [
    "'fortran_order': True",
    "(2, 3)",
    "(0,)",
    "(9007199254740993,)",
    "'>f8'",
    "|O",
    "{",
    "}",
  ],
  memory: (bytes) => 5 * bytes + 2 ** 20,
};
export default target;

function fileOf(version: number, text: string, data: Uint8Array): Uint8Array {
  const header = new TextEncoder().encode(text);
  const length =
    version === 1
      ? [header.length & 255, header.length >> 8]
      : [header.length & 255, header.length >> 8, 0, 0];
  return Uint8Array.of(
    0x93,
    ...new TextEncoder().encode("NUMPY"),
    version,
    0,
    ...length,
    ...header,
    ...data,
  );
}
