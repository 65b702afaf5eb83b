import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ChainruleError } from "../../src/core/errors.ts";
import type { HostTensor } from "../../src/core/host.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/formats/index.ts";
import { damaged, errorOf, refusal } from "./damage.ts";

const sample = new Map<string, HostTensor>([
  ["flags", { dtype: "bool", shape: [3], data: Uint8Array.of(1, 0, 1) }],
  [
    "layers.0.weight",
    { dtype: "float32", shape: [2, 3], data: Float32Array.of(1, -2, 0.5, 3, 4, 5) },
  ],
  ["step", { dtype: "int32", shape: [], data: Int32Array.of(-7) }],
  ["empty", { dtype: "float32", shape: [0, 4], data: new Float32Array(0) }],
  ["precise", { dtype: "float64", shape: [2], data: Float64Array.of(Math.PI, -1e300) }],
  ["__proto__", { dtype: "float32", shape: [1], data: Float32Array.of(9) }],
]);

/** A file made by hand: header text, then data bytes. */
function fileOf(header: unknown, data: readonly number[] | Uint8Array = []): Uint8Array {
  const text = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const file = new Uint8Array(8 + text.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  file.set(data, 8 + text.length);
  return file;
}

function one(dtype: string, shape: number[], data: readonly number[]): Uint8Array {
  return fileOf({ t: { dtype, shape, data_offsets: [0, data.length] } }, data);
}

describe("encode and decode", () => {
  test("give back every tensor and the metadata", () => {
    const bytes = encodeSafetensors(sample, { format: "chainrule", note: "å∂" });
    const { tensors, metadata } = decodeSafetensors(bytes);
    expect(metadata).toEqual({ format: "chainrule", note: "å∂" });
    expect(tensors.size).toBe(sample.size);
    for (const [name, tensor] of sample) expect(tensors.get(name)).toEqual(tensor);
  });

  test("align the data and every tensor, and write the same bytes for the same tensors", () => {
    const bytes = encodeSafetensors(sample, { a: "b" });
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    expect(Object.keys(header)[0]).toBe("__metadata__");
    expect(header.precise.data_offsets).toEqual([0, 16]);
    expect(header["layers.0.weight"].data_offsets).toEqual([16, 40]);
    expect(header.flags).toEqual({ dtype: "BOOL", shape: [3], data_offsets: [48, 51] });
    expect(encodeSafetensors(sample, { a: "b" })).toEqual(bytes);
  });

  test("write exactly this file for one tensor", () => {
    const weight: HostTensor = { dtype: "float32", shape: [1], data: Float32Array.of(1) };
    const header = '{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  ';
    expect(encodeSafetensors(new Map([["w", weight]]))).toEqual(fileOf(header, [0, 0, 0x80, 0x3f]));
  });

  test("decode from any offset of a larger buffer", () => {
    const bytes = encodeSafetensors(sample);
    const larger = new Uint8Array(bytes.length + 13);
    larger.set(bytes, 5);
    const { tensors } = decodeSafetensors(larger.subarray(5, 5 + bytes.length));
    expect(tensors.get("precise")).toEqual(sample.get("precise"));
  });

  test("copy, so that the file may be changed afterwards", () => {
    const bytes = encodeSafetensors(sample);
    const { tensors } = decodeSafetensors(bytes);
    bytes.fill(0xff);
    expect(tensors.get("step")).toEqual(sample.get("step"));
  });

  test("handle a file without tensors", () => {
    expect(decodeSafetensors(encodeSafetensors(new Map())).tensors.size).toBe(0);
  });

  test.each([
    ["F16", [0x00, 0x3c, 0x01, 0x00, 0x00, 0xfc, 0xff, 0x7b], [1, 2 ** -24, -Infinity, 65504]],
    ["BF16", [0x80, 0x3f, 0x49, 0xc0], [1, -3.140625]],
  ])("read %s as float32", (dtype, data, values) => {
    const tensor = decodeSafetensors(one(dtype, [values.length], data)).tensors.get("t");
    expect(tensor).toEqual({
      dtype: "float32",
      shape: [values.length],
      data: Float32Array.from(values),
    });
  });

  test("read float16 NaN and negative zero", () => {
    const data = decodeSafetensors(one("F16", [2], [0x01, 0x7e, 0x00, 0x80])).tensors.get(
      "t",
    )!.data;
    expect(data[0]).toBeNaN();
    expect(data[1]).toBe(-0);
  });

  test.each([
    ["U8", [0, 255], [0, 255]],
    ["I8", [0x80, 1], [-128, 1]],
    ["I16", [0, 0x80], [-32768]],
    ["U16", [0xff, 0xff], [65535]],
    ["U32", [1, 0, 0, 0x7f], [0x7f000001]],
    ["I64", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [-1]],
    ["U64", [2, 1, 0, 0, 0, 0, 0, 0], [258]],
  ])("read %s as int32", (dtype, data, values) => {
    const tensor = decodeSafetensors(one(dtype, [values.length], data)).tensors.get("t");
    expect(tensor).toEqual({
      dtype: "int32",
      shape: [values.length],
      data: Int32Array.from(values),
    });
  });
});

describe("a broken file is refused by name:", () => {
  const t = (begin: number, end: number, dtype = "U8", shape = [end - begin]) => ({
    ...{ dtype, shape },
    data_offsets: [begin, end],
  });
  test.each<[string, Uint8Array, RegExp]>([
    ["empty", new Uint8Array(0), /truncated: it has 0 bytes/],
    [
      "cut header",
      fileOf({ a: t(0, 4) }, [1, 2, 3, 4]).subarray(0, 30),
      /truncated: its header has/,
    ],
    ["huge header", Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0x7b), /not a safetensors file/],
    ["header no JSON", fileOf("{nonsense"), /not JSON/],
    ["header no object", fileOf("[1]"), /not a JSON object/],
    ["header after space", fileOf(" {}"), /beginning with \{/],
    ["header not UTF-8", fileOf("{}").fill(0xff, 8), /not JSON in UTF-8/],
    ["tensor no record", fileOf({ a: 3 }), /describes tensor a by 3/],
    ["no dtype", fileOf({ a: { shape: [], data_offsets: [0, 1] } }, [1]), /no dtype/],
    ["unknown dtype", fileOf({ a: t(0, 1, "Q7") }, [1]), /unknown dtype "Q7"/],
    ["dtype of Object", fileOf({ a: t(0, 1, "toString") }, [1]), /unknown dtype "toString"/],
    ["negative size", fileOf({ a: t(0, 1, "U8", [-1]) }, [1]), /shape \[-1\]/],
    ["fractional size", fileOf({ a: t(0, 1, "U8", [0.5]) }, [1]), /shape \[0\.5\]/],
    [
      "offsets swapped",
      fileOf({ a: { ...t(0, 1), data_offsets: [1, 0] } }, [1]),
      /data_offsets \[1,0\]/,
    ],
    [
      "overlap",
      fileOf({ a: t(0, 2), b: t(1, 3) }, [1, 2, 3]),
      /tensor b at byte 1, which overlaps/,
    ],
    [
      "hole",
      fileOf({ a: t(0, 1), b: t(2, 3) }, [1, 2, 3]),
      /tensor b at byte 2, which leaves a hole/,
    ],
    ["cut data", fileOf({ a: t(0, 4) }, [1, 2]), /truncated: its tensors need 4 bytes .* has 2/],
    ["bytes at the end", fileOf({ a: t(0, 1) }, [1, 2]), /has 1 bytes after its last tensor/],
    [
      "size of another shape",
      fileOf({ a: t(0, 4, "F32", [2]) }, [1, 2, 3, 4]),
      /F32 \[2\] needs 8/,
    ],
    ["BOOL of 2", fileOf({ a: t(0, 1, "BOOL") }, [2]), /element 0 = 2, needed 0 or 1/],
    ["metadata no strings", fileOf({ __metadata__: { a: 1 } }), /__metadata__/],
    ["I64 too large", one("I64", [1], [0, 0, 0, 0, 1, 0, 0, 0]), /element 0 = 4294967296/],
    ["U32 too large", one("U32", [1], [0, 0, 0, 0x80]), /element 0 = 2147483648/],
  ])("%s", async (_, bytes, text) => {
    const error = await refusal(() => decodeSafetensors(bytes, "model.safetensors"));
    expect(error.code).toBe("BAD_FILE");
    expect(error.message).toMatch(text);
    expect(error.message).toContain("model.safetensors");
    expect(error.detail.file).toBe("model.safetensors");
  });

  test("a known type without counterpart is UNSUPPORTED", async () => {
    const error = await refusal(() => decodeSafetensors(one("F4", [1], [1])));
    expect(error.code).toBe("UNSUPPORTED");
  });

  test("every cut of a valid file is refused", async () => {
    const bytes = encodeSafetensors(sample, { a: "b" });
    for (let length = 0; length < bytes.length; length++) {
      expect((await refusal(() => decodeSafetensors(bytes.subarray(0, length)))).code).toBe(
        "BAD_FILE",
      );
    }
  });

  test("600 damaged files give a ChainruleError or tensors of the stated size", async () => {
    const bytes = encodeSafetensors(sample, { a: "b" });
    let refused = 0;
    for (const file of damaged(bytes, 600, 11)) {
      const error = await errorOf(() => {
        for (const { shape, data } of decodeSafetensors(file).tensors.values()) {
          expect(data.length).toBe(sizeOf(shape));
        }
      });
      if (error === undefined) continue;
      expect(error).toBeInstanceOf(ChainruleError);
      refused++;
    }
    expect(refused).toBeGreaterThan(200);
    expect(refused).toBeLessThan(600); // some hits are in the numbers themselves
  });
});

test("encoding refuses what would not be readable", async () => {
  const encode = (tensor: unknown, name = "w") =>
    encodeSafetensors(new Map([[name, tensor as HostTensor]]));
  const good = { dtype: "float32", shape: [2], data: new Float32Array(2) };
  for (const call of [
    () => encode({ ...good, shape: [3] }),
    () => encode({ ...good, dtype: "int32" }),
    () => encode(good, "__metadata__"),
    () => encodeSafetensors(new Map(), { a: 1 } as unknown as Record<string, string>),
  ]) {
    expect((await refusal(call)).code).toBe("BAD_ARGUMENT");
  }
});

const models = join(process.env.CHAINRULE_SHARED ?? "../shared", "data/models/safetensors");

describe.skipIf(!existsSync(models))(
  "files of other programs (skipped without shared data)",
  () => {
    test("mnist.safetensors", () => {
      const { tensors } = decodeSafetensors(readFileSync(join(models, "mnist.safetensors")));
      expect(tensors.size).toBe(20);
      expect(tensors.get("fc1.weight")!.shape).toEqual([32, 11616]);
      expect(tensors.get("norm1.num_batches_tracked")).toMatchObject({ dtype: "int32", shape: [] });
      const { data } = tensors.get("fc2.bias")!;
      const file = readFileSync(join(models, "mnist.safetensors"));
      const found = createHash("sha256").update(new Uint8Array(data.buffer)).digest("hex");
      const raw = file.subarray(8 + 1520 + 1505904, 8 + 1520 + 1505944);
      expect(found).toBe(createHash("sha256").update(raw).digest("hex"));
    });

    test("multi_layer.safetensors survives decode, encode, decode", () => {
      const { tensors } = decodeSafetensors(readFileSync(join(models, "multi_layer.safetensors")));
      const again = decodeSafetensors(encodeSafetensors(tensors)).tensors;
      for (const [name, tensor] of tensors) expect(again.get(name)).toEqual(tensor);
    });
  },
);
