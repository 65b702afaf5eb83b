import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { ChainruleError } from "../../src/core/errors.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { decodeIdx, gunzip, inflate, isGzip } from "../../src/formats/index.ts";
import { damaged, errorOf, refusal } from "./damage.ts";

function idx(type: number, sizes: readonly number[], data: readonly number[]): Uint8Array {
  const header = new Uint8Array(4 + 4 * sizes.length);
  header.set([0, 0, type, sizes.length]);
  sizes.forEach((size, axis) => {
    new DataView(header.buffer).setUint32(4 + 4 * axis, size);
  });
  return Uint8Array.from([...header, ...data]);
}

const images = idx(8, [2, 2, 3], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 254, 255]);

describe("decodeIdx", () => {
  test.each([
    [8, "uint8", [1, 255], [2], Uint8Array.of(1, 255)],
    [9, "int8", [1, 255], [2], Int32Array.of(1, -1)],
    [11, "int16", [0x80, 0, 0, 1], [2], Int32Array.of(-32768, 1)],
    [12, "int32", [0xff, 0xff, 0xff, 0xfe], [1], Int32Array.of(-2)],
    [13, "float32", [0x3f, 0x80, 0, 0], [1, 1], Float32Array.of(1)],
    [14, "float64", [0xc0, 0, 0, 0, 0, 0, 0, 0], [1], Float64Array.of(-2)],
  ])("reads type %i, %s", (type, name, data, shape, values) => {
    expect(decodeIdx(idx(type, shape, data))).toEqual({ type: name, shape, data: values });
  });

  test("reads sizes of zero and views at any offset", () => {
    expect(decodeIdx(idx(13, [0, 28], []))).toMatchObject({ shape: [0, 28] });
    const floats = idx(13, [2], [0x3f, 0x80, 0, 0, 0x40, 0, 0, 0]);
    const shifted = Uint8Array.from([7, 7, 7, ...floats]).subarray(3);
    expect(decodeIdx(shifted).data).toEqual(Float32Array.of(1, 2));
  });

  test.each<[string, Uint8Array, RegExp]>([
    ["empty", new Uint8Array(0), /truncated: it has 0 bytes/],
    ["another format", Uint8Array.of(0x1f, 0x8b, 8, 0, 0), /begins with 1f 8b 08 00/],
    ["unknown type", idx(10, [1], [1]), /not an IDX file/],
    ["cut header", images.subarray(0, 9), /a header of rank 3 has 16 bytes.*has 9/],
    [
      "cut data",
      images.subarray(0, 20),
      /truncated: its header says \[2, 2, 3\] of uint8, 28 bytes/,
    ],
    ["more data", Uint8Array.from([...images, 0]), /bytes after its end.* has 29 bytes/],
    ["absurd sizes", idx(14, [2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1], []), /truncated/],
  ])("refuses a file: %s", async (_, bytes, text) => {
    const error = await refusal(() => decodeIdx(bytes, "train-images"));
    expect(error.code).toBe("BAD_FILE");
    expect(error.message).toMatch(text);
    expect(error.message).toContain("train-images");
  });

  test("400 damaged files give a ChainruleError or an array of the stated size", async () => {
    let refused = 0;
    for (const file of damaged(images, 400, 5)) {
      const error = await errorOf(() => {
        const { shape, data } = decodeIdx(file);
        expect(data.length).toBe(sizeOf(shape));
      });
      if (error === undefined) continue;
      expect(error).toBeInstanceOf(ChainruleError);
      refused++;
    }
    expect(refused).toBeGreaterThan(150);
    expect(refused).toBeLessThan(400);
  });
});

describe("gunzip", () => {
  const packed = new Uint8Array(gzipSync(images));

  test("unpacks, also more than one chunk", async () => {
    expect(isGzip(packed)).toBe(true);
    expect(isGzip(images)).toBe(false);
    expect(await gunzip(packed)).toEqual(images);
    const large = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 5);
    expect(Buffer.compare(await gunzip(new Uint8Array(gzipSync(large))), large)).toBe(0);
  });

  test("refuses bytes that are not gzip", async () => {
    const bomb = new Uint8Array(gzipSync(new Uint8Array(2 ** 20)));
    const tooMuch = await refusal(() => gunzip(bomb, "bomb.gz", { maxBytes: 2 ** 16 }));
    expect(tooMuch.message).toMatch(/bomb\.gz unpacks to more than 65536 bytes/);
    const error = await refusal(() => gunzip(images, "labels.gz"));
    expect(error.message).toMatch(/labels\.gz is not a gzip file: it begins with 00 00 08 03/);
    expect((await refusal(() => gunzip(new Uint8Array(0)))).message).toMatch(/it is empty/);
    expect((await refusal(() => inflate(images))).code).toBe("BAD_FILE");
  });

  test("refuses every truncation", async () => {
    for (let length = 0; length < packed.length; length++) {
      const error = await refusal(() => gunzip(packed.subarray(0, length), "x.gz"));
      expect(error.code).toBe("BAD_FILE");
      expect(error.message).toContain("x.gz");
    }
  });

  test("300 damaged files give a ChainruleError or the original bytes", async () => {
    let refused = 0;
    for (const file of damaged(packed, 300, 6)) {
      const error = await errorOf(async () => expect(await gunzip(file)).toEqual(images));
      if (error === undefined) continue;
      expect(error).toBeInstanceOf(ChainruleError);
      refused++;
    }
    expect(refused).toBeGreaterThan(150);
  });
});
