// Images: pixels as Pillow reads them, sizes as PyTorch makes them, folders as data sets, and damaged files by name.

import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, deflateRawSync, deflateSync } from "node:zlib";
import { decode as decodeByLibrary, encode } from "fast-png";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ChainruleError } from "../../../src/core/errors.ts";
import { readImages } from "../../../src/data/read/browser-images.ts";
import { imageDecoder } from "../../../src/data/read/decode-image.ts";
import { ImageDataset } from "../../../src/data/read/image-dataset.ts";
import { imageFolder } from "../../../src/data/read/node-image-folder.ts";
import { type Picture, pixelsOf } from "../../../src/data/read/picture.ts";
import { crc32 } from "../../../src/formats/crc32.ts";
import { flatJpeg, imageBytes, imageFiles } from "./images.ts";

const decode = await imageDecoder(["png", "jpeg"]);
const rgb = { width: 12, height: 9, channels: 3, data: new Uint8Array(324) } satisfies Picture;
for (let k = 0; k < 108; k++) {
  const [x, y] = [k % 12, Math.floor(k / 12)];
  rgb.data.set([20 * x, 28 * y, 12 * (x + y)], 3 * k);
}

describe("decoding", () => {
  // Pillow 12: pixels (3, 4) and (8, 11); of JPEGs they differ by rounding.
  const cases: readonly (readonly [string, readonly number[], readonly number[], number])[] = [
    ["gray1.png", [0], [255], 0],
    ["gray16.png", [17155], [47112], 0],
    ["palette4.png", [40, 42, 42], [160, 168, 168], 0],
    ["la8.png", [82, 84], [224, 231], 0],
    ["rgba8.png", [80, 84, 84, 84], [220, 224, 228, 231], 0],
    ["rgb8.png", [80, 84, 84], [220, 224, 228], 0],
    ["rgb.jpg", [82, 82, 82], [220, 225, 229], 2],
    ["cmyk.jpg", [81, 84, 84], [220, 224, 228], 2],
  ];
  test.each(cases)("%s", (name, first, second, off) => {
    const { width, height, channels, data } = decode(imageBytes(name), name);
    expect([width, height, channels]).toEqual([12, 9, first.length]);
    for (const [at, expected] of [
      [40, first],
      [107, second],
    ] as const) {
      expected.forEach((value, c) => {
        expect(Math.abs(data[at * channels + c] - value)).toBeLessThanOrEqual(off);
      });
    }
  });

  test("bytes may lie anywhere in a buffer, and interlaced files are the same", () => {
    const padded = new Uint8Array(200);
    padded.set(imageBytes("rgb8.png"), 7);
    const within = padded.subarray(7, 7 + imageBytes("rgb8.png").length);
    expect([...decode(within, "").data]).toEqual([...rgb.data]);
    const interlaced = encode({ ...rgb, depth: 8 }, { interlace: "Adam7" });
    expect([...decode(interlaced, "").data]).toEqual([...rgb.data]);
  });

  test.each([1, 2, 3, 4])("every filter of rows, %d channels, as fast-png", (channels) => {
    const [width, height] = [7, 12];
    const rows = Uint8Array.from({ length: height * (width * channels + 1) }, (_, k) => {
      const row = Math.floor(k / (width * channels + 1));
      return k % (width * channels + 1) === 0 ? row % 5 : (k * k * 31 + 7 * k) % 256;
    });
    const colour = [0, 0, 4, 2, 6][channels];
    const bytes = pngOf(width, height, deflateSync(rows), { colour, parts: channels });
    const expected = decodeByLibrary(bytes, { checkCrc: true });
    expect(decode(bytes, "x.png")).toEqual({ width, height, channels, data: expected.data });
    const wrong = rows.slice();
    wrong[0] = 5;
    expect(() => decode(pngOf(width, height, deflateSync(wrong), { colour }), "x")).toThrow(
      /row 0 has filter 5/,
    );
    const few = deflateSync(rows.subarray(0, rows.length - 1));
    expect(() => decode(pngOf(width, height, few, { colour }), "x")).toThrow(/lacks pixels/);
  });

  test.each([0, 9])(
    "more pixels than the size says are passed over, packed by level %d",
    (level) => {
      const rows = Uint8Array.from({ length: 60 }, (_, k) => (k % 5 === 0 ? 0 : k));
      const bytes = pngOf(4, 3, deflateSync(rows, { level }));
      expect([...decode(bytes, "x").data]).toEqual([1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14]);
    },
  );

  test.each([10, 11])("a method in byte %d of the header that PNG has not is refused", (at) => {
    const bytes = pngOf(2, 1, deflateSync(Uint8Array.of(0, 1, 2)));
    bytes[16 + at] = 64;
    new DataView(bytes.buffer).setUint32(29, crc32(bytes.subarray(12, 29)));
    expect(() => decode(bytes, "x")).toThrow(/64.* where PNG has 0/);
  });

  test("a colour that stands for nothing is left to the library", () => {
    const plain = encode({ ...rgb, depth: 8 });
    const chunk = chunkOf("tRNS", Uint8Array.of(0, 20, 0, 28, 0, 24));
    const bytes = Buffer.concat([plain.subarray(0, 33), chunk, plain.subarray(33)]);
    expect([...decode(new Uint8Array(bytes), "x").data]).toEqual([...rgb.data]);
  });

  test.each(imageFiles)("%s, cut anywhere, is an error with its name", (name) => {
    const bytes = imageBytes(name);
    for (let end = 0; end < bytes.length; end++) {
      const cut = (): unknown => decode(bytes.subarray(0, end), `dir/${name}`);
      expect(cut, `${end} of ${bytes.length}`).toThrow(ChainruleError);
      expect(cut).toThrow(`dir/${name}`);
    }
  });

  test("a changed byte of a PNG is found by its checksum", () => {
    const bytes = imageBytes("rgb8.png");
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at] ^= 0x10;
      expect(() => decode(changed, "x.png"), `byte ${at}`).toThrow(ChainruleError);
    }
  });

  test("limits: pixels, bombs, scans", async () => {
    const small = await imageDecoder(["png", "jpeg"], 100);
    expect(() => small(imageBytes("rgb8.png"), "x")).toThrow(
      /12 × 9 pixels, over the limit of 100/,
    );
    expect(() => small(imageBytes("rgb.jpg"), "x")).toThrow(/maxResolutionInMP/);
    const zeros = deflateRawSync(new Uint8Array(2 ** 20), { finishFlush: constants.Z_SYNC_FLUSH });
    const packed = Buffer.concat([Uint8Array.of(0x78, 0x9c), ...Array(300).fill(zeros)]);
    const bomb = pngOf(1, 1, packed);
    expect(() => decode(bomb, "bomb.png")).toThrow(/bomb.png .* unpack to more than the \d+ bytes/);
    const jpeg = imageBytes("rgb.jpg");
    expect(() => decode(flatJpeg, "x")).toThrow(/x cannot be decoded: it has 16 × 0 pixels/);
    const scans = new Uint8Array(jpeg.length + 202).fill(0xff);
    scans.set(jpeg);
    for (let k = 0; k < 101; k++) scans[jpeg.length + 2 * k + 1] = 0xda;
    expect(() => decode(scans, "x")).toThrow(/102 scans, over the limit of 100/);
  });

  test("other formats are named", () => {
    const text = (content: string): Uint8Array => new TextEncoder().encode(content);
    expect(() => decode(text("RIFF....WEBPVP8 "), "a.webp")).toThrow(
      /a.webp is a WebP image.*magick/,
    );
    expect(() => decode(text("....ftypheic"), "a")).toThrow(/HEIC/);
    expect(() => decode(text("hello"), "a.png")).toThrow(/a.png is no image that is known/);
  });
});

/** A PNG of 8 bits with given packed pixels, in one chunk or several. */
function pngOf(
  width: number,
  height: number,
  packed: Uint8Array,
  { colour = 0, parts = 1 } = {},
): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colour], 8);
  const each = Math.ceil(packed.length / parts);
  const pixels = Array.from({ length: parts }, (_, k) =>
    chunkOf("IDAT", packed.subarray(k * each, (k + 1) * each)),
  );
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  const end = chunkOf("IEND", new Uint8Array(0));
  return new Uint8Array(Buffer.concat([signature, chunkOf("IHDR", header), ...pixels, end]));
}

function chunkOf(type: string, content: Uint8Array): Uint8Array {
  const chunk = Buffer.alloc(content.length + 12);
  chunk.writeUInt32BE(content.length, 0);
  chunk.write(type, 4, "latin1");
  chunk.set(content, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), content.length + 8);
  return chunk;
}

describe("sizes", () => {
  // PyTorch 2.13: interpolate(mode="bilinear", antialias=True), of the pattern, and of the green of its first four pixels.
  const smaller = [
    ...[0.148459, 0.431373, 0.714286, 0.148459, 0.431373, 0.714286, 0.239713, 0.239713, 0.239713],
    ...[0.638719, 0.638719, 0.638719, 0.19181, 0.361558, 0.531305, 0.362812, 0.53256, 0.702308],
  ];
  const stretch = { channels: 3, resize: "stretch" } as const;

  test("are made as PyTorch makes them", () => {
    pixelsOf(rgb, { size: [2, 3], ...stretch }).forEach((value, k) => {
      expect(value).toBeCloseTo(smaller[k], 5);
    });
    const corner = { width: 2, height: 2, channels: 1, data: Uint8Array.of(0, 0, 28, 28) };
    const larger = pixelsOf(corner, { size: [3, 4], channels: 1, resize: "stretch" });
    [0, 0, 0, 0, 14, 14, 14, 14, 28, 28, 28, 28].forEach((value, k) => {
      expect(255 * larger[k]).toBeCloseTo(value, 5);
    });
  });

  test("the same size changes nothing, in any mode", () => {
    for (const resize of ["cover", "contain", "stretch"] as const) {
      const same = pixelsOf(rgb, { size: [9, 12], channels: 3, resize });
      expect([...same].map((x) => Math.round(255 * x)).slice(0, 24)).toEqual(
        Array.from({ length: 24 }, (_, k) => 20 * (k % 12)),
      );
    }
  });

  test("cover cuts both ends, contain leaves black", () => {
    const red = (resize: "cover" | "contain", size: readonly [number, number]): number[] =>
      [...pixelsOf(rgb, { size, channels: 3, resize })].slice(0, size[0] * size[1]);
    const cut = red("cover", [9, 9]).map((x) => 255 * x);
    for (let k = 0; k < 9; k++) expect(cut[k]).toBeCloseTo(20 * (k + 1.5), 4); // between columns
    const bordered = red("contain", [12, 12]);
    expect(bordered.slice(0, 12)).toEqual(Array(12).fill(0));
    expect(255 * bordered[2 * 12 + 3]).toBeCloseTo(60, 4);
    expect(bordered.slice(-24)).toEqual(Array(24).fill(0));
  });

  test("channels: grey of colours, colours of grey, alpha", () => {
    const size = [1, 1] as const;
    const one = (data: readonly number[], channels: 1 | 3 | 4): number[] => {
      const picture = { width: 1, height: 1, channels: data.length, data: Uint8Array.from(data) };
      return [...pixelsOf(picture, { size, channels, resize: "cover" })].map((x) =>
        Math.round(255 * x),
      );
    };
    expect(one([100, 200, 50], 1)).toEqual([Math.round(29.9 + 117.4 + 5.7)]);
    expect(one([100], 3)).toEqual([100, 100, 100]);
    expect(one([100, 7], 4)).toEqual([100, 100, 100, 7]);
    expect(one([1, 2, 3, 4], 3)).toEqual([1, 2, 3]);
    expect(one([1, 2, 3], 4)).toEqual([1, 2, 3, 255]);
    const wide = { width: 1, height: 1, channels: 1, data: Uint16Array.of(65535) };
    expect([...pixelsOf(wide, { size, channels: 1, resize: "cover" })]).toEqual([1]);
  });
});

describe("folders", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "images-"));
    for (const name of ["b", "a/deeper", ".hidden"])
      mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, "b/2.JPG"), imageBytes("rgb.jpg"));
    writeFileSync(join(folder, "b/1.png"), imageBytes("rgb8.png"));
    writeFileSync(join(folder, "a/deeper/3.png"), imageBytes("rgba8.png"));
    writeFileSync(join(folder, "a/notes.txt"), "about a");
    writeFileSync(join(folder, ".hidden/x.webp"), "");
    symlinkSync(join(folder, "b/1.png"), join(folder, "a/link.png"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("have the folders as classes", async () => {
    const set = await imageFolder(folder);
    expect([set.size, ...set.classes]).toEqual([4, "a", "b"]);
    expect(set.names.map((name) => name.slice(folder.length + 1))).toEqual([
      ...["a/deeper/3.png", "a/link.png", "b/1.png", "b/2.JPG"],
    ]);
    expect([...set.read("labels", [3, 0]).data]).toEqual([1, 0]);
    const { shape, dtype, data } = set.read("images", [2, 0]);
    expect([shape, dtype]).toEqual([[2, 3, 9, 12], "float32"]);
    expect(data.subarray(0, 324)).toEqual(data.subarray(324)); // alpha is dropped
    expect(data[1]).toBeCloseTo(20 / 255, 6);
    expect((await imageFolder(folder, { size: [4, 5], channels: 1 })).fields.images.shape).toEqual([
      1, 4, 5,
    ]);
  });

  test("or take the class from the name", async () => {
    const options = {
      label: (file: string) => (file < "2" ? "one" : "more"),
      filter: (file: string) => file !== "link.png",
    };
    const set = await imageFolder(folder, options);
    expect(set.classes).toEqual(["more", "one"]);
    expect(set.names.map((name) => name.slice(folder.length + 1))).toEqual([
      ...["a/deeper/3.png", "b/2.JPG", "b/1.png"],
    ]);
    await expect(imageFolder(folder, { label: () => undefined as never })).rejects.toThrow(
      /label gave undefined for .*Return the name of a class/,
    );
    await expect(imageFolder(folder, { label: "cat" as never })).rejects.toThrow(
      /label must be a function; received "cat"/,
    );
  });

  test("are told apart by their files, wherever they are", async () => {
    const print = async (root: string, options = {}): Promise<string> =>
      (await imageFolder(root, { size: 4, ...options })).fingerprint();
    const before = await print(folder);
    expect(await print(folder)).toBe(before);
    const copy = mkdtempSync(join(tmpdir(), "images-"));
    cpSync(folder, copy, { recursive: true, dereference: true });
    expect(await print(copy)).toBe(before);
    expect(await print(folder, { resize: "contain" })).not.toBe(before);
    writeFileSync(join(copy, "b/1.png"), imageBytes("rgba8.png"));
    expect(await print(copy)).not.toBe(before);
    cpSync(join(folder, "b/1.png"), join(copy, "b/1.png"));
    renameSync(join(copy, "b/1.png"), join(copy, "a/1.png"));
    expect(await print(copy)).not.toBe(before);
    const item = { name: "1.png", label: 0, bytes: () => imageBytes("rgb8.png") };
    const own = (name: string): string =>
      new ImageDataset([{ ...item, name }], ["a"], decode).fingerprint();
    expect(own("1.png")).toBe(own("1.png"));
    expect(own("2.png")).not.toBe(own("1.png"));
    const set = await imageFolder(copy, { size: 4 });
    rmSync(copy, { recursive: true });
    expect(() => set.fingerprint()).toThrow(/does not exist/);
  });

  test("damaged images are named when they are read, or skipped and reported", async () => {
    const path = join(folder, "b/bad.png");
    writeFileSync(path, imageBytes("rgb8.png").subarray(0, 60));
    const set = await imageFolder(folder);
    const at = set.names.indexOf(path);
    expect(() => set.read("images", [at])).toThrow(new RegExp(`${path} cannot be decoded.*skip`));
    const rest = await imageFolder(folder, { damaged: "skip" });
    expect(rest.size).toBe(4);
    expect(rest.skipped).toMatchObject([
      { name: path, reason: expect.stringMatching(/too early|ends at/) },
    ]);
    rmSync(path);
  });

  test("sizes differ: all are named, or one is given", async () => {
    const path = join(folder, "b/large.png");
    writeFileSync(path, encode({ width: 2, height: 3, channels: 1, data: new Uint8Array(6) }));
    const set = await imageFolder(folder);
    expect(() => set.read("images", [set.names.indexOf(path)])).toThrow(
      /3 × 2 pixels .*3.png has 9 × 12.*`size`/,
    );
    const sized = await imageFolder(folder, { size: 4 });
    expect(sized.read("images", [0, 1, 2, 3, 4]).shape).toEqual([5, 3, 4, 4]);
    rmSync(path);
  });

  test("what is refused", async () => {
    await expect(imageFolder("/nowhere")).rejects.toMatchObject({ code: "MISSING_FILE" });
    await expect(imageFolder(join(folder, "b"))).rejects.toThrow(
      /1.png outside of any class.*one folder per class.*or say .* \{ label/,
    );
    await expect(imageFolder(join(folder, "a/deeper/.."), { size: 2.5 })).rejects.toThrow(
      /size is 2.5/,
    );
    await expect(imageFolder(folder, { channels: 2 as never })).rejects.toThrow(/no channels 2/);
    await expect(imageFolder(folder, { imageSize: 4 } as never)).rejects.toThrow(
      /no option "imageSize"/,
    );
    const set = await imageFolder(folder);
    expect(() => set.read("images", [4])).toThrow(/no record 4/);
    expect(() => set.read("pixels" as never, [0])).toThrow(/no field "pixels"/);
    writeFileSync(join(folder, "b/x.webp"), "");
    await expect(imageFolder(folder)).rejects.toThrow(
      /x.webp is of a format that is not read.*mogrify/,
    );
    rmSync(join(folder, "b/x.webp"));
    await expect(readImages([], { size: 4 })).rejects.toThrow(/has no files/);
  });
});
