// GGUF against the Python package gguf 0.19 (fixtures/make.py): metadata, plain tensors, and blocks beside what the package
// makes of them.

import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { bytesSource, decodeGguf, openGguf, openGgufFile } from "../../src/formats/node.ts";
import { refusal } from "./damage.ts";

const path = new URL("fixtures/model.gguf", import.meta.url).pathname;
const file = Uint8Array.from(readFileSync(path));
const { tensors, metadata } = decodeGguf(file);

describe("a file of the gguf package", () => {
  it("has metadata of all types", () => {
    expect(Object.fromEntries(metadata)).toEqual({
      ...{ "general.architecture": "llama", u32: 7, text: "héllo", numbers: [1, 2, 3] },
      ...{ words: ["a", "b"], yes: true, big: 2n ** 60n + 1n, negative: -5, tenth: 0.1 },
      ...{ half: 0.5, i8: -3, u16: 65535 },
    });
  });

  it("has plain tensors", () => {
    // NumPy: (np.random.default_rng(0).normal(size=(2, 3)) * 5).round(1)
    const first = [0.6, -0.7, 3.2, 0.5, -2.7, 1.8];
    expect([...tensors.get("float32")!.data]).toEqual(first.map(Math.fround));
    expect(tensors.get("float32")!.shape).toEqual([2, 3]);
    for (const type of ["int8", "int16", "int32", "int64"]) {
      expect(tensors.get(type)!.dtype).toBe("int32");
    }
    expect(tensors.get("float64")!.dtype).toBe("float64");
    expect(tensors.get("float16")!.dtype).toBe("float32");
  });

  const blocks = "BF16 Q4_0 Q4_1 Q5_0 Q5_1 Q8_0 Q2_K Q3_K Q4_K Q5_K Q6_K".split(" ");
  test.each(blocks)("has %s blocks as the package reads them", (name) => {
    const { data, shape } = tensors.get(name)!;
    const expected = tensors.get(`${name}.expected`)!;
    expect(shape).toEqual(expected.shape);
    expect(data.length).toBeGreaterThan(31);
    for (const [k, value] of expected.data.entries()) {
      expect(Math.abs(data[k] - value)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(value)));
    }
  });

  it("is read by tensor, without the rest", async () => {
    const opened = await openGgufFile(path);
    expect(opened.tensors.get("Q4_K")).toMatchObject({ type: "Q4_K", shape: [1, 256] });
    expect(await opened.read("Q4_K")).toEqual(tensors.get("Q4_K"));
    expect((await refusal(() => opened.read("x"))).message).toMatch(/has no tensor "x"/);
    await opened.close();
  });

  it("is opened where its header is longer than the first piece", async () => {
    const long = made([], ["tokens", 2 ** 20 + 9]);
    let read = 0;
    const source = bytesSource(long);
    const opened = await openGguf({
      ...source,
      read(begin, end) {
        read = end;
        return source.read(begin, end);
      },
    });
    expect(String(opened.metadata.get("tokens")).length).toBe(2 ** 20 + 9);
    expect(read).toBe(long.length);
  });

  it("is refused when cut anywhere", async () => {
    for (let length = 0; length < file.length; length += 41) {
      expect((await refusal(() => decodeGguf(file.subarray(0, length)))).code).toBe("BAD_FILE");
    }
  });
});

interface Row {
  readonly name?: string;
  readonly sizes?: readonly (number | bigint)[];
  readonly type?: number;
  readonly offset?: number | bigint;
}

/** A file with one value of text, of so many letters, and these tensors; 64 bytes of data. */
function made(
  rows: readonly Row[],
  [key, letters]: readonly [string, number] = ["k", 1],
): Uint8Array {
  const parts: number[] = [];
  const u32 = (x: number): unknown => parts.push(...new Uint8Array(Uint32Array.of(x).buffer));
  const u64 = (x: number | bigint): unknown =>
    parts.push(...new Uint8Array(BigUint64Array.of(BigInt(x)).buffer));
  const text = (x: string): void => {
    u64(x.length);
    for (const letter of x) parts.push(letter.charCodeAt(0));
  };
  u32(0x46554747);
  u32(3);
  u64(rows.length);
  u64(1);
  text(key);
  u32(8);
  text("a".repeat(letters));
  for (const { name = "t", sizes = [2], type = 0, offset = 0 } of rows) {
    text(name);
    u32(sizes.length);
    for (const size of sizes) u64(size);
    u32(type);
    u64(offset);
  }
  const start = Math.ceil(parts.length / 32) * 32;
  const bytes = new Uint8Array(start + 64);
  bytes.set(parts);
  return bytes;
}

describe("a damaged file is refused:", () => {
  const good = made([{}]);
  const changed = (at: number, ...bytes: number[]): Uint8Array => {
    const copy = good.slice();
    copy.set(bytes, at);
    return copy;
  };

  it("(the good one is read)", () => {
    expect(decodeGguf(good).tensors.get("t")!.shape).toEqual([2]);
  });

  test.each<[string, Uint8Array, string, RegExp]>([
    ["empty", new Uint8Array(0), "BAD_FILE", /truncated/],
    ["of another kind", new Uint8Array(64), "BAD_FILE", /does not begin with GGUF/],
    ["of version 1", changed(4, 1), "BAD_FILE", /version 1, needed 2 or 3/],
    ["big-endian", changed(4, 0, 0, 0, 3), "UNSUPPORTED", /big-endian/],
    ["tensors without end", changed(8, 255, 255, 255, 255, 255, 255), "BAD_FILE", /tensors follow/],
    ["values without end", changed(16, 255, 255, 255, 255, 255, 255), "BAD_FILE", /values follow/],
    ["a key without end", changed(24, 255, 255, 255, 255), "BAD_FILE", /letters follow/],
    ["a value of no type", changed(33, 77), "BAD_FILE", /unknown type 77/],
    ["an unknown quantisation", made([{ type: 99 }]), "BAD_FILE", /unknown type 99/],
    [
      "a quantisation that is not read",
      made([{ type: 16, sizes: [256] }]),
      "UNSUPPORTED",
      /IQ2_XXS/,
    ],
    [
      "rows of half a block",
      made([{ type: 2, sizes: [16] }]),
      "BAD_FILE",
      /rows of 16, no multiple of 32/,
    ],
    ["a tensor behind the end", made([{ offset: 60 }]), "BAD_FILE", /ends at byte/],
    [
      "tensors in each other",
      made([{}, { name: "u", offset: 4 }]),
      "BAD_FILE",
      /in the one before it/,
    ],
    ["two tensors of one name", made([{}, { offset: 32 }]), "BAD_FILE", /two tensors "t"/],
    ["sizes that overflow", made([{ sizes: [2n ** 40n, 2n ** 40n] }]), "BAD_FILE", /the shape/],
    ["an offset that overflows", made([{ offset: 2n ** 64n - 1n }]), "BAD_FILE", /ends at byte/],
    ["nine axes", made([{ sizes: Array.from({ length: 9 }, () => 1) }]), "BAD_FILE", /9 axes/],
  ])("%s", async (_, bytes, code, text) => {
    const error = await refusal(() => decodeGguf(bytes, "x.gguf"));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(text);
    expect(error.message).toContain("x.gguf");
  });
});
