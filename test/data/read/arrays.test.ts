// Data sets of tensors, and of the arrays of .npz files.

import { describe, expect, test } from "vitest";
import { ChainruleError } from "../../../src/core/errors.ts";
import { column } from "../../../src/data/dataset.ts";
import { readNpz, tensorDataset } from "../../../src/data/read/tensor-dataset.ts";
import { encodeNpz } from "../../../src/formats/npz.ts";

const file = encodeNpz(
  new Map([
    ["x", { type: "uint8", shape: [2, 1, 2], data: Uint8Array.of(0, 51, 255, 102) }],
    ["y", { type: "int64", shape: [2], data: BigInt64Array.of(3n, -1n) }],
    ["z", { type: "float64", shape: [2, 1], data: Float64Array.of(0.5, 1) }],
    ["all", { type: "float32", shape: [], data: Float32Array.of(1) }],
    ["large", { type: "int64", shape: [2], data: BigInt64Array.of(2n ** 40n, 0n) }],
  ] as const),
);

describe("readNpz", () => {
  test("takes the arrays that are named, bytes by their scale", async () => {
    const fields = { images: { array: "x", scale: 1 / 255 }, labels: "y", z: "z", raw: "x" };
    const set = await readNpz(file, { fields });
    expect(set.fields).toEqual({
      images: { dtype: "float32", shape: [1, 2] },
      labels: { dtype: "int32", shape: [] },
      z: { dtype: "float64", shape: [1] },
      raw: { dtype: "int32", shape: [1, 2] },
    });
    const images = column(set, "images").data;
    [0, 0.2, 1, 0.4].forEach((value, k) => {
      expect(images[k]).toBeCloseTo(value, 6);
    });
    expect([...column(set, "labels").data]).toEqual([3, -1]);
    expect([...column(set, "raw").data]).toEqual([0, 51, 255, 102]);
  });

  test("what is refused", async () => {
    const read = (fields: Record<string, string>, options = {}): Promise<unknown> =>
      readNpz(file, { fields, name: "f.npz", ...options });
    await expect(read({ a: "w" })).rejects.toThrow(/f.npz has no array "w"; it has x, y, z/);
    await expect(read({ a: "all" })).rejects.toThrow(/"all" is a single number/);
    await expect(read({ a: "large" })).rejects.toThrow(ChainruleError);
    await expect(read({}, { arrays: 1 })).rejects.toThrow(/no option "arrays"/);
    await expect(readNpz(file.subarray(0, 50), { fields: {} })).rejects.toThrow(ChainruleError);
  });
});

test("tensorDataset takes tensors with the records first", () => {
  const set = tensorDataset({
    x: { dtype: "float32", shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
    y: { dtype: "bool", shape: [2], data: Uint8Array.of(0, 1) },
  });
  expect(set.fields.y).toEqual({ dtype: "bool", shape: [] });
  expect([...set.read("x", [1]).data]).toEqual([3, 4]);
  const scalar = { dtype: "float32", shape: [], data: Float32Array.of(1) } as const;
  expect(() => tensorDataset({ scalar })).toThrow(/"scalar" is a single number/);
});
