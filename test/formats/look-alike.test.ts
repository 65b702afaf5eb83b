// Files of another kind than the one asked for: what people have in place of the weights that they meant to load; and what
// they pass in place of tensors to be written.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  decodeGguf,
  decodeNpy,
  decodeNpz,
  decodeSafetensors,
  decodeTorch,
  encodeNpy,
  encodeNpz,
  encodeSafetensors,
} from "../../src/formats/index.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const numbers = { dtype: "float32", shape: [2], data: Float32Array.of(1, 2) } as const;
const pointer = bytes("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n");
const page = bytes("<!DOCTYPE html><html><body>404 not found</body></html>");

/** What a reader says of a file. */
async function said(read: () => unknown): Promise<string> {
  try {
    await read();
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing";
}

test.each([
  ["safetensors", decodeSafetensors, "a safetensors file"],
  ["torch", decodeTorch, "a file of torch.save"],
  ["npy", decodeNpy, "a .npy file"],
  ["npz", decodeNpz, "a .npz file"],
  ["gguf", decodeGguf, "a GGUF file"],
])("%s", async (format, decode, wanted) => {
  const refused = (file: Uint8Array): Promise<string> =>
    said(() => (decode as (bytes: Uint8Array, name: string) => unknown)(file, "weights"));
  const start = `${format}: weights is not ${wanted}: `;
  expect(await refused(pointer)).toMatch(`${start}it is a pointer of Git LFS`);
  expect(await refused(pointer)).toMatch("git lfs pull");
  expect(await refused(page)).toBe(
    `${start}it is a web page. Download the file itself: the link of a page that shows it is another one than that of its download.`,
  );
  expect(await refused(bytes('{"error":"Repository not found"}'))).toMatch(`${start}it is text in`);
  expect(await refused(Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3))).toMatch(/with gunzip/);
});

test("what is no Map of tensors is not written", async () => {
  const named = { x: numbers } as never;
  const wanted = /takes a Map from names to tensors; received \{ x: float32\[2\] \}/;
  expect(await said(() => encodeSafetensors(named))).toMatch(wanted);
  expect(await said(() => encodeNpz(named))).toMatch(wanted);
  expect(await said(() => encodeSafetensors(null as never))).toMatch(/received null/);
  const list = new Map([["x", [1, 2] as never]]);
  expect(await said(() => encodeSafetensors(list))).toMatch(/x is no tensor with its numbers/);
});

test("files of formats that are read elsewhere are told by name", async () => {
  const zip = encodeNpz(new Map([["x", numbers]]));
  expect(await said(() => decodeSafetensors(zip))).toMatch(/Read it with loadTorch or loadNpz/);
  expect(await said(() => decodeTorch(zip))).toMatch(/has 0 entries data\.pkl.*with loadNpz/);
  expect(await said(() => decodeSafetensors(encodeNpy(numbers)))).toMatch(/Read it with loadNpy/);
  const weights = readFileSync(new URL("fixtures/mlp.pt", import.meta.url));
  expect(await said(() => decodeNpz(weights))).toMatch(/data\.pkl", which.*with loadTorch\.$/);
  const tensors = encodeSafetensors(new Map([["x", numbers]]));
  expect(await said(() => decodeTorch(tensors))).toMatch(/it is a safetensors file/);
  expect(await said(() => decodeSafetensors(bytes("GGUF\x03\0\0\0")))).toMatch(/with loadGguf/);
  expect(await said(() => decodeNpy(bytes("hello, this is text")))).toMatch(
    /it begins with 68 65 6c 6c 6f 2c, needed 93 NUMPY\. Check that this is the right file/,
  );
});
