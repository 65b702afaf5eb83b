// The memory that files may take, measured on files of a megabyte in the forms that take most.

import { getHeapStatistics } from "node:v8";
import { expect, test } from "vitest";
import {
  decodeNpy,
  decodeSafetensors,
  encodeNpy,
  encodeSafetensors,
} from "../../src/formats/index.ts";

const size = 2 ** 20;

/** Growth of array buffers during a call, as a multiple of the file; a collection in between makes it less. */
function growth(file: Uint8Array, call: (file: Uint8Array) => unknown): number {
  const before = getHeapStatistics().external_memory;
  const result = call(file);
  const after = getHeapStatistics().external_memory;
  expect(result).toBeDefined();
  return (after - before) / file.length;
}

test.each(["int8", "float8_e4m3fn", "float16"] as const)(
  "safetensors of %s: 4 × the file",
  (type) => {
    const data = {
      int8: new Int8Array(size),
      float8_e4m3fn: new Uint8Array(size),
      float16: new Uint16Array(size),
    }[type];
    const tensors = new Map([
      ["odd", { type: "uint8", shape: [1], data: new Uint8Array(1) } as const],
      ["x", { type, shape: [size], data } as const],
    ]);
    const file = encodeSafetensors(tensors);
    const shifted = new Uint8Array(file.length + 1);
    shifted.set(file, 1); // Nothing is aligned.
    expect(growth(shifted.subarray(1), (bytes) => decodeSafetensors(bytes))).toBeLessThan(4.01);
  },
);

test("npy of bytes in columns: 5 × the file", () => {
  const file = encodeNpy({ type: "uint8", shape: [1024, 1024], data: new Uint8Array(size) });
  const order = new TextDecoder().decode(file.subarray(0, 128)).indexOf("False");
  file.set(new TextEncoder().encode("True "), order);
  expect(growth(file, (bytes) => decodeNpy(bytes))).toBeLessThan(5.01);
});
