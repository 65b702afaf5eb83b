// Files of torch.save, made by PyTorch 2.13 (fixtures/make.py): all kinds of tensors, and models whose outputs must be
// PyTorch's. Pickles that want more than data are written here by hand.

import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import type { HostTensor } from "../../src/core/host.ts";
import { decodeTorch, loadTorch } from "../../src/formats/node.ts";
import { readZip } from "../../src/formats/zip.ts";
import { writeZip } from "../../src/formats/zip-write.ts";
import { nn, type Tensor, tensor } from "../../src/index.ts";
import { refusal } from "./damage.ts";

const pathOf = (name: string): string => new URL(`fixtures/${name}`, import.meta.url).pathname;
const read = (name: string): Uint8Array => Uint8Array.from(readFileSync(pathOf(name)));

describe.each(["checkpoint.pt", "checkpoint-4.pt", "checkpoint-legacy.pt"])("%s", (name) => {
  const { tensors, values } = decodeTorch(read(name));
  const dataOf = (path: string): readonly number[] => [...tensors.get(path)!.data];

  it("has tensors of all types", () => {
    const real =
      "float64 float32 float16 bfloat16 float8_e4m3fn float8_e5m2 int64 uint64 int32 uint32 int16 uint16 int8 uint8";
    for (const type of real.split(" ")) {
      expect(dataOf(`model.${type}`)).toEqual([0, 1, 2, 3, 4, 5]);
      expect(tensors.get(`model.${type}`)!.shape).toEqual([2, 3]);
    }
    expect(tensors.get("model.float64")!.dtype).toBe("float64");
    expect(tensors.get("model.bfloat16")!.dtype).toBe("float32");
    expect(tensors.get("model.int64")!.dtype).toBe("int32");
    expect(dataOf("model.bool")).toEqual([0, 1, 1, 1, 1, 1]);
    for (const type of ["complex64", "complex128"]) {
      expect(tensors.get(`model.${type}`)!.shape).toEqual([2, 3, 2]);
      expect(dataOf(`model.${type}`)).toEqual([0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0]);
    }
  });

  it("has views in row-major order, and tied tensors once", () => {
    expect(dataOf("model.view")).toEqual([4, 6, 8, 10]);
    expect(dataOf("model.transposed")).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
    expect(dataOf("model.expanded")).toEqual([1, 1, 1]);
    expect(tensors.get("model.scalar")).toEqual({
      dtype: "float32",
      shape: [],
      data: Float32Array.of(2.5),
    });
    expect(tensors.get("model.empty")!.shape).toEqual([0, 3]);
    expect(tensors.get("model.tied")).toBe(tensors.get("model.base"));
  });

  it("has the rest as data", () => {
    expect(dataOf("list.1")).toEqual([1, 2]);
    expect(dataOf("param")).toEqual([1, 1]);
    expect(values).toEqual({
      ...{ epoch: 3, lr: 1e-3, name: "run", big: String(2n ** 70n), flag: true, none: null },
      ...{ nan: "NaN", list: [1, null], tuple: [1, "a"], size: [1, 2], dtype: "torch.float32" },
      ...{ device: "cpu", set: [1], bytes: [97, 98], number: 2.5, "5": "key" },
    });
  });

  it("gives one part, and elements as they are", () => {
    const model = decodeTorch(read(name), name, { part: "model", raw: true });
    expect(model.values).toBeUndefined();
    const whole = model.tensors.get("int64")!;
    expect(whole.type).toBe("int64");
    expect(whole.data).toEqual(BigInt64Array.of(0n, 1n, 2n, 3n, 4n, 5n));
    expect(model.tensors.get("float16")!.data).toBeInstanceOf(Uint16Array);
  });

  it("is refused when cut anywhere", async () => {
    const bytes = read(name);
    for (let length = 0; length < bytes.length; length += 13) {
      const error = await refusal(() => decodeTorch(bytes.subarray(0, length)));
      expect(error.code).toBe("BAD_FILE");
    }
  });
});

describe("models compute what they do in PyTorch:", () => {
  const sequential = new nn.Sequential(
    ...[new nn.Conv2d(1, 2, 3), new nn.BatchNorm2d(2), new nn.ReLU(), new nn.MaxPool2d(2)],
    ...[new nn.Flatten(), new nn.Linear(8, 3)],
  );
  class Recurrent {
    readonly lstm = new nn.LSTM(3, 4, { layers: 2, bidirectional: true });
    readonly linear = new nn.Linear(8, 2);
    forward(x: Tensor): Tensor {
      return this.linear.forward(this.lstm.forward(x));
    }
  }
  const options = { dimFeedforward: 16, activation: "gelu", normFirst: true, norm: false } as const;
  test.each<[string, { forward: (x: Tensor) => unknown }]>([
    ["mlp", new nn.Sequential(new nn.Linear(3, 4), new nn.Tanh(), new nn.Linear(4, 2))],
    ["cnn", sequential],
    ["lstm", new Recurrent()],
    ["transformer", new nn.TransformerEncoder(8, 2, 2, options)],
  ])("%s", async (name, model) => {
    const path = pathOf(`${name}.pt`);
    const { tensors } = await loadTorch(path, { part: "model" });
    const report = nn.loadState(model, nn.fromTorch(model, tensors));
    expect(report).toEqual({ missing: [], unexpected: [] });
    const both = (await loadTorch(path)).tensors;
    const [x, y] = [both.get("x")!, both.get("y")!];
    const output = model.forward(asTensor(x)) as Tensor;
    expect(output.shape).toEqual(y.shape);
    const computed = output.dataSync();
    for (const [k, value] of y.data.entries()) expect(computed[k]).toBeCloseTo(value, 5);
  });

  const asTensor = ({ data, shape, dtype }: HostTensor): Tensor => tensor(data, { shape, dtype });
});

describe("a pickle", () => {
  const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
  const archive = (pickle: string, more: Readonly<Record<string, Uint8Array>> = {}): Uint8Array =>
    writeZip(new Map(Object.entries({ "a/data.pkl": latin1(pickle), ...more })), {
      compress: false,
    });
  const storage = (elements: string): string =>
    `(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpu${elements}tQ`;
  const rebuilt = (offset: string, sizes: string, strides: string, elements = "K\x02"): string =>
    `\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(${storage(elements)}${offset}${sizes}${strides}\x89}tR.`;
  const two = { "a/data/0": new Uint8Array(Float32Array.of(5, 6).buffer) };

  it("may describe a tensor", () => {
    const file = archive(rebuilt("K\0", "K\x02\x85", "K\x01\x85"), two);
    expect([...decodeTorch(file).tensors.get("tensor")!.data]).toEqual([5, 6]);
  });

  test.each<[string, string, string, RegExp]>([
    [
      "run a command",
      "cos\nsystem\n(X\x02\0\0\0lstR.",
      "UNSUPPORTED",
      /needs os\.system of Python/,
    ],
    ["name what builds modules", "ctorch.nn\nLinear\n.", "UNSUPPORTED", /needs torch\.nn\.Linear/],
    ["name it by a stack", "\x8c\x02os\x8c\x06system\x93.", "UNSUPPORTED", /needs os\.system/],
    ["name members of Object", "cconstructor\nx\n.", "UNSUPPORTED", /needs constructor\.x/],
    ["call a class of data", "ctorch\nFloatStorage\n)R.", "BAD_FILE", /calls torch\.FloatStorage/],
    ["contain itself", "]q\0h\0a.", "BAD_FILE", /contains itself/],
    ["be too deep", `${"]".repeat(200)}${"a".repeat(199)}.`, "BAD_FILE", /more than 100 deep/],
    [
      "double itself 60 times",
      `K\x01${"2\x86".repeat(60)}.`,
      "BAD_FILE",
      /more values than its length/,
    ],
    ["end too early", "]", "BAD_FILE", /ends without its last instruction/],
    ["take from an empty stack", "R.", "BAD_FILE", /takes a value where there is none/],
    ["remember nothing", "h\x07.", "BAD_FILE", /remembers value 7/],
    ["be unknown", "\xff.", "BAD_FILE", /no instruction 255/],
    ["claim long text", "X\xff\xff\xff\x7fab.", "BAD_FILE", /is truncated/],
    [
      "claim a long number",
      "\x8b\xff\xff\xff\x7f\x01.",
      "BAD_FILE",
      /a number of 2147483647 bytes/,
    ],
    ["use a later protocol", "\x80\x09.", "BAD_FILE", /protocol 9/],
  ])("must not %s", async (_, pickle, code, text) => {
    const error = await refusal(() => decodeTorch(archive(pickle), "x.pt"));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(text);
  });

  test.each<[string, string, RegExp]>([
    ["a view over the end", rebuilt("K\x01", "K\x02\x85", "K\x01\x85"), /reaches over its storage/],
    [
      "a negative offset",
      rebuilt("J\xff\xff\xff\xff", "K\x02\x85", "K\x01\x85"),
      /whole numbers ≥ 0/,
    ],
    ["sizes without strides", rebuilt("K\0", "K\x02\x85", ")"), /whole numbers ≥ 0/],
    [
      "a storage of another size",
      rebuilt("K\0", "K\x02\x85", "K\x01\x85", "K\x03"),
      /8 bytes, needed 12/,
    ],
    [
      "two elements for four billion",
      rebuilt("K\0", "J\xff\xff\xff\x7f\x85", "K\0\x85"),
      /unpacks to more than 1073741824 bytes/,
    ],
    [
      "sizes that overflow",
      rebuilt(
        "K\0",
        "(\x8a\x07\xff\xff\xff\xff\xff\xff\x1f\x8a\x07\xff\xff\xff\xff\xff\xff\x1ft",
        "K\0K\0\x86",
      ),
      /unpacks to more than|reaches over/,
    ],
  ])("with %s is refused", async (_, pickle, text) => {
    const error = await refusal(() => decodeTorch(archive(pickle, two), "x.pt"));
    expect(error.code).toBe("BAD_FILE");
    expect(error.message).toMatch(text);
  });

  it("of a whole model is refused with what to do", async () => {
    const error = await refusal(() => loadTorch(pathOf("whole-model.pt")));
    expect(error.code).toBe("UNSUPPORTED");
    expect(error.message).toMatch(/needs torch\.nn\.modules\.linear\.Linear of Python.*state_dict/);
  });
});

describe("other archives are refused:", () => {
  const entries = new Map(
    [...readZip(read("mlp.pt"), "mlp.pt")].map(([name, entry]) => [name, entry.unpack()]),
  );
  test.each<[string, Map<string, Uint8Array>, string, RegExp]>([
    ["without a pickle", new Map([["a/b", new Uint8Array(1)]]), "BAD_FILE", /0 entries data\.pkl/],
    [
      "from a big-endian machine",
      new Map([...entries, ["mlp/byteorder", new TextEncoder().encode("big")]]),
      "UNSUPPORTED",
      /big-endian/,
    ],
    [
      "without a storage",
      new Map([...entries].filter(([name]) => name !== "mlp/data/0")),
      "BAD_FILE",
      /lacks the storage "0"/,
    ],
  ])("%s", async (_, files, code, text) => {
    const error = await refusal(() => decodeTorch(writeZip(files, { compress: false })));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(text);
  });

  it("and so is what is no archive, and a part that is not there", async () => {
    expect((await refusal(() => decodeTorch(new Uint8Array(9)))).message).toMatch(/neither a zip/);
    const call = (): unknown => decodeTorch(read("mlp.pt"), "mlp.pt", { part: "ema" });
    expect((await refusal(call)).message).toMatch(/no part "ema"; here it has "model, x, y"/);
    const wrong = { parts: "x" } as unknown as { part: string };
    expect((await refusal(() => decodeTorch(read("mlp.pt"), "x", wrong))).code).toBe(
      "BAD_ARGUMENT",
    );
  });
});
