// Element types of files against PyTorch and the Python package of safetensors (fixtures/make.py); single tensors and models
// in several files.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import type { HostTensor } from "../../src/core/host.ts";
import {
  blobSource,
  bytesSource,
  decodeSafetensors,
  decodeSafetensorsIndex,
  encodeSafetensors,
  type FloatType,
  loadSafetensors,
  openSafetensors,
  openSafetensorsFile,
  openSharded,
  type StoredTensor,
  saveSafetensors,
  toHostTensor,
  toStoredTensor,
} from "../../src/formats/node.ts";
import { refusal } from "./damage.ts";

const read = (name: string): Uint8Array =>
  Uint8Array.from(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));

describe("every type of the format", () => {
  const { tensors } = decodeSafetensors(read("types.safetensors"));
  const names = [...tensors.keys()].filter((name) => !name.endsWith(".expected"));

  it("is in the file", () => {
    expect(names.length).toBe(18 + 1);
  });

  test.each(names)("%s means what it does in PyTorch", (name) => {
    const { data } = tensors.get(name)!;
    const expected = tensors.get(`${name}.expected`)!.data;
    expect(data.length).toBe(expected.length);
    for (const [k, value] of expected.entries()) expect(data[k]).toBe(value);
  });

  it("comes back from its own elements, unchanged", () => {
    const raw = decodeSafetensors(read("types.safetensors"), "types", { raw: true });
    const again = decodeSafetensors(encodeSafetensors(raw.tensors), "again", { raw: true });
    for (const [name, tensor] of raw.tensors) expect(again.tensors.get(name)).toEqual(tensor);
    expect(raw.tensors.get("int64")!.data).toBeInstanceOf(BigInt64Array);
    expect(raw.tensors.get("complex64")!.shape).toEqual([2]);
    expect(tensors.get("complex64")!.shape).toEqual([2, 2]);
  });
});

describe("rounding", () => {
  const { tensors } = decodeSafetensors(read("rounding.safetensors"), "rounding", { raw: true });
  const x: HostTensor = {
    dtype: "float32",
    shape: [],
    data: tensors.get("x")!.data as Float32Array,
  };

  test.each([...tensors.keys()].filter((name) => name !== "x"))("to %s is PyTorch's", (type) => {
    expect(toStoredTensor(x, type as FloatType).data).toEqual(tensors.get(type)!.data);
  });

  it("of float64 happens once", () => {
    // Just above the middle of two numbers: by way of float32 it would be the middle, and round down to even.
    const data = Float64Array.of(1 + 2 ** -11 + 2 ** -40);
    const { data: bits } = toStoredTensor({ dtype: "float64", shape: [1], data }, "float16");
    expect([...bits]).toEqual([0x3c01]);
  });

  it("is asked for when a file is written, for all floats or by name", () => {
    const tensors = new Map<string, HostTensor>([
      ["a", { dtype: "float32", shape: [1], data: Float32Array.of(1 / 3) }],
      ["b", { dtype: "float64", shape: [1], data: Float64Array.of(1 / 3) }],
      ["n", { dtype: "int32", shape: [1], data: Int32Array.of(3) }],
    ]);
    const typesOf = (file: Uint8Array): string[] =>
      [...decodeSafetensors(file, "x", { raw: true }).tensors.values()].map(({ type }) => type);
    const half = encodeSafetensors(tensors, {}, { floats: "bfloat16" });
    expect(typesOf(half).sort()).toEqual(["bfloat16", "bfloat16", "int32"]);
    expect([...decodeSafetensors(half).tensors.get("a")!.data]).toEqual([0.333984375]);
    const one = encodeSafetensors(
      tensors,
      {},
      { floats: (name) => (name === "b" ? "float16" : undefined) },
    );
    expect(typesOf(one).sort()).toEqual(["float16", "float32", "int32"]);
  });

  test.each<[string, () => unknown]>([
    ["a type that is none", () => toStoredTensor(x, "float12" as FloatType)],
    [
      "integers",
      () => toStoredTensor({ dtype: "int32", shape: [1], data: Int32Array.of(1) }, "float16"),
    ],
    ["options of another name", () => encodeSafetensors(new Map(), {}, { dtype: "x" } as object)],
    ["an array of another type", () => encodeSafetensors(new Map([["a", bad({ type: "int64" })]]))],
    ["another number of elements", () => encodeSafetensors(new Map([["a", bad({ shape: [3] })]]))],
    [
      "numbers that do not fit",
      () => toHostTensor(bad({ type: "uint32", data: Uint32Array.of(2 ** 31) })),
    ],
  ])("%s is refused", async (_, call) => {
    expect((await refusal(call)).code).toBe("BAD_ARGUMENT");
  });

  const bad = (facts: Partial<StoredTensor>): StoredTensor => ({
    ...{ type: "int16", shape: [1], data: Int16Array.of(1) },
    ...facts,
  });
});

describe("single tensors of large files", () => {
  const file = read("types.safetensors");

  it("are read by ranges", async () => {
    const ranges: [number, number][] = [];
    const source = bytesSource(file, "types");
    const opened = await openSafetensors({
      ...source,
      read(begin, end) {
        ranges.push([begin, end]);
        return source.read(begin, end);
      },
    });
    expect(opened.tensors.get("float64")).toMatchObject({ type: "float64", shape: [1, 2] });
    expect(opened.metadata).toEqual({ format: "pt" });
    expect([...(await opened.read("float64")).data]).toEqual([0.1, -1e300]);
    expect((await opened.read("int64", { raw: true })).data).toEqual(
      BigInt64Array.of(0n, 1n, 2n, 120n),
    );
    expect(ranges.slice(2).map(([begin, end]) => end - begin)).toEqual([16, 32]);
    const error = await refusal(() => opened.read("none"));
    expect(error.message).toMatch(/types has no tensor "none"\. It has 38: /);
  });

  it("come from a Blob as well", async () => {
    const opened = await openSafetensors(blobSource(new Blob([file as BlobPart])));
    expect([...(await opened.read("bool")).data]).toEqual([1, 0, 1]);
  });

  it("and a file that is cut is refused when it is opened", async () => {
    const error = await refusal(() => openSafetensors(bytesSource(file.subarray(0, -1))));
    expect(error.code).toBe("BAD_FILE");
  });
});

describe("a model in several files", () => {
  let folder = "";
  const one = (x: number): Map<string, HostTensor> =>
    new Map([[`w${x}`, { dtype: "float32", shape: [1], data: Float32Array.of(x) }]]);
  const index = (map: object): string =>
    JSON.stringify({ metadata: { total_size: 8 }, weight_map: map });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "chainrule-shards-"));
    await saveSafetensors(join(folder, "m-1.safetensors"), one(1), { format: "pt" });
    await saveSafetensors(join(folder, "m-2.safetensors"), one(2));
    write({ w1: "m-1.safetensors", w2: "m-2.safetensors" });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const write = (map: object): void =>
    writeFileSync(join(folder, "model.safetensors.index.json"), index(map));

  it("is read from its folder or index, whole or by tensor", async () => {
    for (const path of [folder, join(folder, "model.safetensors.index.json")]) {
      const { tensors, metadata } = await loadSafetensors(path);
      expect([...tensors].map(([name, { data }]) => [name, data[0]])).toEqual([
        ["w1", 1],
        ["w2", 2],
      ]);
      expect(metadata).toEqual({ format: "pt" });
    }
    const opened = await openSafetensorsFile(folder);
    expect([...(await opened.read("w2")).data]).toEqual([2]);
    await opened.close();
  });

  it("is read in a browser by a function that gives files", async () => {
    const shards = openSharded(decodeSafetensorsIndex(index({ w2: "m-2.safetensors" })), (file) =>
      blobSource(new Blob([readFileSync(join(folder, file))]), file),
    );
    expect([...(await (await shards).read("w2")).data]).toEqual([2]);
  });

  test.each<[string, object, string, RegExp]>([
    ["a file above the folder", { w1: "../m-1.safetensors" }, "BAD_FILE", /no plain file name/],
    ["an absolute file", { w1: "/etc/passwd" }, "BAD_FILE", /no plain file name/],
    ["a file of a drive", { w1: "C:m" }, "BAD_FILE", /no plain file name/],
    ["a file in a folder of Windows", { w1: "a\\m" }, "BAD_FILE", /no plain file name/],
    ["no file name", { w1: 3 }, "BAD_FILE", /no plain file name/],
    [
      "a tensor that is elsewhere",
      { w1: "m-2.safetensors" },
      "BAD_FILE",
      /does not hold tensor w1/,
    ],
    ["a tensor too few", {}, "BAD_FILE", /no weight_map|does not place/],
    [
      "a file that is missing",
      { w1: "m-3.safetensors" },
      "MISSING_FILE",
      /m-3\.safetensors does not exist/,
    ],
  ])("with %s is refused", async (_, map, code, text) => {
    write(Object.keys(map).length === 0 ? [] : map);
    const error = await refusal(() => loadSafetensors(folder));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(text);
  });

  it("is refused where a file holds more than the index says", async () => {
    await saveSafetensors(join(folder, "m-1.safetensors"), new Map([...one(1), ...one(7)]));
    expect((await refusal(() => loadSafetensors(folder))).message).toMatch(
      /holds tensor w7, which/,
    );
  });
});
