// Arrays of NumPy 2.4 (fixtures/make.py) in both byte orders and both orders of axes, archives of them, and archives that lie.

import { readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { describe, expect, it, test } from "vitest";
import type { HostTensor } from "../../src/core/host.ts";
import {
  decodeNpy,
  decodeNpz,
  encodeNpy,
  encodeNpz,
  loadNpz,
  type StoredTensor,
} from "../../src/formats/node.ts";
import { readZip } from "../../src/formats/zip.ts";
import { writeZip } from "../../src/formats/zip-write.ts";
import { refusal } from "./damage.ts";

const pathOf = (name: string): string => new URL(`fixtures/${name}`, import.meta.url).pathname;
const read = (name: string): Uint8Array => Uint8Array.from(readFileSync(pathOf(name)));
const x: HostTensor = { dtype: "float32", shape: [2], data: Float32Array.of(1, 2) };

describe("arrays of NumPy", () => {
  const arrays = decodeNpz(read("arrays.npz"));
  const values = [0, 1, 2, 3, 4, 0];

  it("are all there", () => {
    expect(arrays.size).toBe(14 * 4);
  });

  test.each([...arrays.keys()])("%s", (name) => {
    const { data, shape } = arrays.get(name)!;
    const complex = name.startsWith("c");
    expect(shape).toEqual(complex ? [2, 3, 2] : [2, 3]);
    const bool = name.startsWith("b");
    const wanted = bool ? values.map((v) => Math.min(v, 1)) : values;
    expect([...data]).toEqual(complex ? wanted.flatMap((v) => [v, 0]) : wanted);
  });

  it("keep their elements where asked, and come back", () => {
    for (const [name, array] of decodeNpz(read("arrays.npz"), "x", { raw: true })) {
      expect(decodeNpy(encodeNpy(array), name, { raw: true })).toEqual(array);
      if (name.startsWith("u8")) expect(array.data).toBeInstanceOf(BigUint64Array);
    }
  });

  it("are read in all versions, packed and not", async () => {
    for (const array of decodeNpz(read("versions.npz")).values())
      expect([...array.data]).toEqual([0, 1, 2]);
    const stored = await loadNpz(pathOf("stored.npz"));
    expect([...stored.keys()]).toEqual(["x", "y"]);
    expect(stored.get("y")).toEqual({ dtype: "int32", shape: [2], data: Int32Array.of(1, 2) });
  });

  it("are read from archives with sizes of 64 bits, which are checked as well", async () => {
    const bytes = read("zip64.npz");
    expect([...decodeNpz(bytes).get("y")!.data]).toEqual([1, 2]);
    for (let length = bytes.length - 150; length < bytes.length; length++) {
      expect((await refusal(() => decodeNpz(bytes.subarray(0, length)))).code).toBe("BAD_FILE");
    }
  });

  test.each([
    ["text", /holds text \(<U2\)/],
    ["objects", /holds Python objects/],
    ["dates", /holds dates \(<M8\[D\]\)/],
    ["records", /holds records/],
    ["strings", /holds byte strings/],
    ["long", /floats of another width \(<f16\)/],
  ])("of %s are refused by what they are", async (name, text) => {
    const bytes = readZip(read("odd.npz"), "odd").get(`${name}.npy`)!.unpack();
    const error = await refusal(() => decodeNpy(bytes, "x.npy"));
    expect(error.code).toBe("UNSUPPORTED");
    expect(error.message).toMatch(text);
  });
});

describe("a .npy file", () => {
  const file = (header: string, data: readonly number[] = []): Uint8Array => {
    const text = new TextEncoder().encode(header);
    return Uint8Array.of(
      0x93,
      78,
      85,
      77,
      80,
      89,
      1,
      0,
      text.length & 255,
      text.length >> 8,
      ...text,
      ...data,
    );
  };
  const of = (shape: string, descr = "'|u1'", order = "False"): string =>
    `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }`;

  it("is written as NumPy does", () => {
    const bytes = encodeNpy(x);
    expect(bytes.length).toBe(128 + 8);
    expect(new TextDecoder().decode(bytes.subarray(10, 128)).trimEnd()).toBe(
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }",
    );
    expect(bytes[127]).toBe(10);
  });

  it("may have its keys in any order, double quotes and shapes of Python 2", () => {
    const header = `{"shape":(2L, 1),"fortran_order":True,"descr":"|u1"}  \n`;
    expect(decodeNpy(file(header, [7, 8]))).toEqual({
      dtype: "int32",
      shape: [2, 1],
      data: Int32Array.of(7, 8),
    });
  });

  test.each<[string, Uint8Array, RegExp]>([
    ["empty", new Uint8Array(0), /begins with nothing/],
    ["of another kind", new Uint8Array(20), /not a \.npy file/],
    ["of version 4", file(of("()")).with(6, 4), /version 4\.0/],
    ["cut in the header", file(of("(2,)"), [1, 2]).subarray(0, 30), /its header ends/],
    ["cut in the data", file(of("(2,)"), [1]), /truncated: uint8 \[2\] takes 2 bytes .* 1 follow/],
    ["too long", file(of("(2,)"), [1, 2, 3]), /bytes after its end/],
    ["with a size that overflows", file(of("(9007199254740993,)")), /which no array can have/],
    ["with sizes that overflow together", file(of("(4294967296, 4294967296)")), /truncated/],
    ["with a negative size", file(of("(-1,)")), /needed a tuple of sizes/],
    ["with a call for a shape", file(of("open('x')")), /no dictionary/],
    [
      "with a key too many",
      file("{'x': 'y', 'descr': '|u1', 'fortran_order': False, 'shape': ()}"),
      /no dictionary/,
    ],
    ["with a key twice", file("{'descr': '|u1', 'descr': '|u1'}"), /descr twice/],
    ["with an order that is none", file(of("()", "'|u1'", "'x'"), [1]), /fortran_order/],
    ["of an unknown type", file(of("()", "'<q9'"), [1]), /unknown type/],
    [
      "of numbers that do not fit",
      file(of("()", "'<u4'"), [0, 0, 0, 128]),
      /element 0 = 2147483648/,
    ],
  ])("%s is refused", async (_, bytes, text) => {
    const error = await refusal(() => decodeNpy(bytes, "x.npy"));
    expect(error.code).toBe("BAD_FILE");
    expect(error.message).toMatch(text);
    expect(error.message).toContain("x.npy");
  });

  it("cannot hold narrow floats of other kinds", async () => {
    const tensor: StoredTensor = { type: "bfloat16", shape: [1], data: Uint16Array.of(1) };
    expect((await refusal(() => encodeNpy(tensor))).message).toMatch(/\.npy has no bfloat16/);
  });
});

describe("archives", () => {
  const tensors = new Map<string, HostTensor>([
    ["x", x],
    ["zeros", { dtype: "float64", shape: [500], data: new Float64Array(500) }],
  ]);

  test.each([true, false])("come back, compressed: %s", (compress) => {
    const bytes = encodeNpz(tensors, { compress });
    expect(decodeNpz(bytes)).toEqual(tensors);
    expect(bytes.length < 2000).toBe(compress);
    expect(encodeNpz(tensors, { compress })).toEqual(bytes);
  });

  it("are refused when cut anywhere, and when any bit of an array is another", async () => {
    const bytes = encodeNpz(tensors);
    for (let length = 0; length < bytes.length; length += 97) {
      expect((await refusal(() => decodeNpz(bytes.subarray(0, length)))).code).toBe("BAD_FILE");
    }
    for (const at of [40, 100, 170, 400, 4000]) {
      const other = bytes.with(at, bytes[at] ^ 1);
      expect((await refusal(() => decodeNpz(other))).message).toMatch(/checksum/);
    }
  });

  const lies = (change: (view: DataView, central: number) => void, compress = true): Uint8Array => {
    const bytes = writeZip(
      new Map([
        ["x.npy", new Uint8Array(1000)],
        ["y.npy", new Uint8Array(10)],
      ]),
      {
        compress,
      },
    );
    const central = bytes.findIndex((_, k) => bytes[k] === 0x50 && bytes[k + 2] === 1);
    change(new DataView(bytes.buffer), central);
    return bytes;
  };
  const second = (view: DataView, central: number): number =>
    central + 46 + view.getUint16(central + 28, true);

  test.each<[string, Uint8Array, string, RegExp]>([
    [
      "more bytes than deflate can hold",
      lies((v, c) => v.setUint32(c + 24, 2e9, true)),
      "BAD_FILE",
      /cannot hold/,
    ],
    [
      "fewer bytes than there are",
      lies((v, c) => v.setUint32(c + 24, 900, true)),
      "BAD_FILE",
      /more than its 900/,
    ],
    [
      "a few bytes more than there are",
      lies((v, c) => v.setUint32(c + 24, 1001, true)),
      "BAD_FILE",
      /1000 of its 1001/,
    ],
    [
      "stored sizes that differ",
      lies((v, c) => v.setUint32(c + 24, 9, true), false),
      "BAD_FILE",
      /cannot hold/,
    ],
    [
      "entries that overlap",
      lies((v, c) => v.setUint32(second(v, c) + 42, 0, true)),
      "BAD_FILE",
      /calls one entry|overlap/,
    ],
    [
      "an entry behind the end",
      lies((v, c) => v.setUint32(c + 42, 1e6, true)),
      "BAD_FILE",
      /no entry at byte/,
    ],
    [
      "more entries than there are",
      lies((v) => v.setUint16(v.byteLength - 12, 9, true)),
      "BAD_FILE",
      /ends after 2 of 9/,
    ],
    [
      "a directory beyond the end",
      lies((v) => v.setUint32(v.byteLength - 6, 1e6, true)),
      "BAD_FILE",
      /central directory up to/,
    ],
    [
      "another name inside",
      lies((v) => v.setUint8(30, 0x7a)),
      "BAD_FILE",
      /"x\.npy" in its directory and "z\.npy"/,
    ],
    ["a password", lies((v, c) => v.setUint16(c + 8, 1, true)), "UNSUPPORTED", /encrypted/],
    ["another method", lies((v, c) => v.setUint16(c + 10, 12, true)), "UNSUPPORTED", /method 12/],
  ])("that claim %s are refused", async (_, bytes, code, text) => {
    const error = await refusal(() => decodeNpz(bytes, "x.npz"));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(text);
  });

  test.each(["../x.npy", "/x.npy", "a/../../x.npy", "C:\\x.npy", "\\x.npy"])(
    "with an entry %s are refused",
    async (name) => {
      const bytes = writeZip(new Map([[name, new Uint8Array(1)]]), { compress: false });
      expect((await refusal(() => decodeNpz(bytes))).message).toMatch(/leads out of the archive/);
    },
  );

  it("that unpack to more than allowed are refused before anything is unpacked", async () => {
    const zeros = encodeNpy({
      dtype: "float64",
      shape: [2 ** 17],
      data: new Float64Array(2 ** 17),
    });
    const bytes = writeZip(new Map([["x.npy", zeros]]), { compress: true });
    expect(decodeNpz(bytes).get("x")!.shape).toEqual([2 ** 17]);
    const error = await refusal(() => decodeNpz(bytes, "bomb.npz", { maxBytes: 2 ** 20 }));
    expect(error.message).toMatch(/unpacks to more than 1048576 bytes .*pass maxBytes/);
  });

  it("with an entry that inflates beyond its size stop soon", async () => {
    const bomb = new Uint8Array(deflateRawSync(new Uint8Array(2 ** 26)));
    const zip = writeZip(new Map([["x.npy", bomb]]), { compress: false });
    const view = new DataView(zip.buffer);
    const central = zip.length - 22 - 46 - 5;
    view.setUint16(central + 10, 8, true);
    view.setUint32(central + 24, 100, true);
    expect((await refusal(() => decodeNpz(zip))).message).toMatch(/more than its 100 bytes/);
  });

  it("hold arrays only", async () => {
    const bytes = writeZip(new Map([["x.txt", new Uint8Array(1)]]), { compress: false });
    expect((await refusal(() => decodeNpz(bytes))).message).toMatch(/"x\.txt", which is no \.npy/);
    const wrong = { compressed: true } as object;
    expect((await refusal(() => encodeNpz(tensors, wrong))).code).toBe("BAD_ARGUMENT");
  });
});
