import { describe, expect, test } from "vitest";
import {
  ArrayDataset,
  batches,
  column,
  concat,
  type Dataset,
  gather,
  pipeline,
  split,
  subset,
  take,
  tensorDataset,
  textWindows,
  zip,
} from "../../src/data/index.ts";
import { nn, tensor } from "../../src/index.ts";
import { checkpointMemory, fit } from "../../src/train/index.ts";
import { refusal } from "../formats/damage.ts";

/** Ten records: an image of two pixels (2i, 2i+1) and the label i mod 3. */
const ten = new ArrayDataset({
  images: { data: Uint8Array.from({ length: 20 }, (_, i) => i), shape: [2], scale: 1 / 255 },
  labels: { data: Int32Array.from({ length: 10 }, (_, i) => i % 3) },
});

function numbers(dataset: Dataset<"images" | "labels">): number[] {
  return Array.from(column(dataset, "images").data, (value) => Math.round(value * 255));
}

describe("ArrayDataset", () => {
  test("knows size, types and shapes", () => {
    expect(ten.size).toBe(10);
    expect(ten.fields).toEqual({
      images: { dtype: "float32", shape: [2] },
      labels: { dtype: "int32", shape: [] },
    });
  });

  test("takes nested arrays, whose rows are records, and data without more", () => {
    const xor = new ArrayDataset({
      x: [
        [0, 1],
        [1, 1],
      ],
      y: { data: [[1], [0]], dtype: "int32" },
      z: { data: [Uint8Array.of(0, 51), Uint8Array.of(255, 0)], scale: 1 / 255 },
      label: Int32Array.of(1, 0),
    });
    expect(xor.fields).toEqual({
      ...{ x: { dtype: "float32", shape: [2] }, y: { dtype: "int32", shape: [1] } },
      ...{ z: { dtype: "float32", shape: [2] }, label: { dtype: "int32", shape: [] } },
    });
    expect([...xor.read("x", [1, 0]).data]).toEqual([1, 1, 0, 1]);
    expect([...xor.read("z", [0]).data]).toEqual([0, Math.fround(51 / 255)]);
    const images = new ArrayDataset({ x: { data: [[1, 2, 3, 4]], shape: [2, 2] } });
    expect(images.fields.x.shape).toEqual([2, 2]);
    const uneven = [[0, 1], [1]];
    for (const rows of [uneven, [[0, 1], 1], [[[0]], uneven]])
      expect(() => new ArrayDataset({ x: rows })).toThrow(/where a (list of \d|number) is needed/);
  });

  test("reads records in the order asked for", () => {
    expect(gather(ten, [3, 0, 3])).toEqual({
      images: {
        dtype: "float32",
        shape: [3, 2],
        data: Float32Array.of(6 / 255, 7 / 255, 0, 1 / 255, 6 / 255, 7 / 255),
      },
      labels: { dtype: "int32", shape: [3], data: Int32Array.of(0, 0, 0) },
    });
    expect(gather(ten, []).images).toMatchObject({ shape: [0, 2] });
  });

  test("scales every byte to the float32 next to byte / 255", () => {
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const scaled = column(new ArrayDataset({ x: { data: all, scale: 1 / 255 } }), "x").data;
    expect(scaled).toEqual(Float32Array.from(all, (byte) => byte / 255));
  });

  test("chooses and converts element types", () => {
    const set = new ArrayDataset({
      plain: { data: [1, 2.5] },
      bytes: { data: Uint8Array.of(0, 200) },
      flags: { data: Uint8Array.of(0, 200), dtype: "bool" },
      whole: { data: [3, 4], dtype: "int32" },
      precise: { data: Float64Array.of(1, 0.1), scale: 3 },
      halved: { data: Int32Array.of(1, 3), scale: 0.5 },
    });
    const read = (field: keyof typeof set.fields) => column(set, field);
    expect(read("plain").data).toEqual(Float32Array.of(1, 2.5));
    expect(read("bytes").data).toEqual(Int32Array.of(0, 200));
    expect(read("flags")).toEqual({ dtype: "bool", shape: [2], data: Uint8Array.of(0, 1) });
    expect(read("whole").data).toEqual(Int32Array.of(3, 4));
    expect(read("precise").data).toEqual(Float64Array.of(3, 0.1 * 3));
    expect(read("halved").data).toEqual(Float32Array.of(0.5, 1.5));
  });

  test("selects records into a data set of its own", () => {
    const selected = ten.select([9, 1]);
    expect(selected.size).toBe(2);
    expect(selected.fields).toEqual(ten.fields);
    expect(numbers(selected)).toEqual([18, 19, 2, 3]);
    const scaled = new ArrayDataset({ x: { data: Float32Array.of(1, 2), scale: 10 } });
    expect(column(scaled.select([1]), "x").data).toEqual(Float32Array.of(20)); // scaled once
  });

  test.each<[string, () => unknown, RegExp]>([
    [
      "part of a record",
      () => new ArrayDataset({ x: { data: [1, 2, 3], shape: [2] } }),
      /3 elements/,
    ],
    ["sizes", () => new ArrayDataset({ x: { data: [1] }, y: { data: [1, 2] } }), /x 1, y 2/],
    ["no fields", () => new ArrayDataset({}), /no fields/],
    [
      "empty records",
      () => new ArrayDataset({ x: { data: [1], shape: [0] } }),
      /whole number of rec/,
    ],
    ["record 10", () => gather(ten, [10]), /no record 10: the data set has 10/],
    ["record -1", () => ten.select([-1]), /no record -1/],
    ["record 0.5", () => subset(ten, [0.5]), /no record 0.5/],
    [
      "field",
      () => ten.read("image" as "images", [0]),
      /no field "image"; its fields are images, labels/,
    ],
  ])("refuses: %s", async (_, call, text) => {
    const error = await refusal(call);
    expect(error.code).toBe("BAD_ARGUMENT");
    expect(error.message).toMatch(text);
  });
});

describe("batches", () => {
  const labelsOf = (pass: Iterable<{ images: { data: ArrayLike<number> } }>) =>
    [...pass].map(({ images }) => Array.from(images.data).map((value) => Math.round(value * 255)));

  test("cover all records in order, the last batch shorter", () => {
    const set = batches(ten, { batchSize: 4 });
    expect(set.length).toBe(3);
    expect(set.records).toBe(10);
    const pass = [...set];
    expect(pass.map(({ images }) => images.shape)).toEqual([
      [4, 2],
      [4, 2],
      [2, 2],
    ]);
    expect(pass.map(({ labels }) => labels.shape)).toEqual([[4], [4], [2]]);
    expect(labelsOf(pass).flat()).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  test("dropLast leaves out the short batch", () => {
    const set = batches(ten, { batchSize: 4, dropLast: true });
    expect(set.length).toBe(2);
    expect(set.records).toBe(8);
    expect([...set].length).toBe(2);
    expect([...batches(ten, { batchSize: 11, dropLast: true })]).toEqual([]);
  });

  test("shuffled passes visit every record once, in an order of (seed, epoch)", () => {
    const set = batches(ten, { batchSize: 3, shuffle: true, seed: 7 });
    const first = labelsOf(set);
    const second = labelsOf(set);
    expect(set.epoch).toBe(2);
    const sorted = (pass: number[][]) => pass.flat().sort((a, b) => a - b);
    expect(sorted(first)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(sorted(second)).toEqual(sorted(first));
    expect(second).not.toEqual(first);
    expect(labelsOf(batches(ten, { batchSize: 3, shuffle: true, seed: 7 }))).toEqual(first);
    expect(labelsOf(batches(ten, { batchSize: 3, shuffle: true, seed: 8 }))).not.toEqual(first);
    const later = batches(ten, { batchSize: 3, shuffle: true, seed: 7, epoch: 1 });
    expect(labelsOf(later)).toEqual(second);
    expect(labelsOf(set.pass(0))).toEqual(first);
    expect(labelsOf(set.pass(1, { skip: 2 }))).toEqual(second.slice(2));
    expect(set.epoch).toBe(2); // `pass` leaves the count alone
  });

  test("the order of seed 7 stays what it is", () => {
    const [{ labels, images }] = batches(ten, { batchSize: 10, shuffle: true, seed: 7 });
    const records = Array.from({ length: 10 }, (_, i) => Math.round(images.data[2 * i] * 255) / 2);
    expect(records).toEqual([1, 9, 5, 3, 4, 6, 7, 8, 2, 0]);
    expect(Array.from(labels.data)).toEqual(records.map((record) => record % 3));
  });

  test("images stay with their labels", () => {
    for (const { images, labels } of batches(ten, { batchSize: 3, shuffle: true, seed: 1 })) {
      labels.data.forEach((label, i) => {
        expect((Math.round(images.data[2 * i] * 255) / 2) % 3).toBe(label);
      });
    }
  });

  test("for await makes the same passes, and may be left early", async () => {
    const set = batches(ten, { batchSize: 4, shuffle: true, seed: 3 });
    const first = [];
    for await (const batch of set) first.push(batch);
    expect(first).toEqual([...set.pass(0)]);
    for await (const _ of set) break;
    expect(set.epoch).toBe(2);
  });

  test.each([
    { batchSize: 0 },
    { batchSize: 1.5 },
    { batchSize: Number.NaN },
    { seed: -1 },
    { epoch: 0.5 },
  ])("refuses %o", async (options) => {
    expect((await refusal(() => batches(ten, options))).code).toBe("BAD_ARGUMENT");
  });
});

describe("tensorDataset", () => {
  test("takes tensors and what they hold", async () => {
    const y = { dtype: "bool", shape: [2], data: Uint8Array.of(0, 1) } as const;
    const set = tensorDataset({
      x: tensor([
        [1, 2],
        [3, 4],
      ]).mul(2),
      y,
    });
    expect(set.fields).toEqual({
      x: { dtype: "float32", shape: [2] },
      y: { dtype: "bool", shape: [] },
    });
    expect(gather(set, [1])).toEqual({
      x: { dtype: "float32", shape: [1, 2], data: Float32Array.of(6, 8) },
      y: { dtype: "bool", shape: [1], data: Uint8Array.of(1) },
    });
  });

  test.each<[unknown, RegExp]>([
    [[[1, 2]], /"x" is \[\[1, 2\]\], which is no tensor.*ArrayDataset/],
    [null, /"x" is null/],
    [tensor(3), /without an axis of records/],
  ])("refuses %o", async (x, text) => {
    expect((await refusal(() => tensorDataset({ x: x as never }))).message).toMatch(text);
  });
});

describe("fingerprints", () => {
  const made = (change: (x: number, k: number) => number = (x) => x): ArrayDataset => {
    const x = Float32Array.from({ length: 12 }, (_, k) => change(k / 4, k));
    return new ArrayDataset({
      x: { data: x, shape: [2] },
      y: { data: Int32Array.of(0, 1, 2, 3, 4, 5) },
    });
  };
  const print = (dataset: Dataset): string => dataset.fingerprint!()!;

  test("are equal for equal records, also where they are kept as bytes", () => {
    expect(print(made())).toBe(print(made()));
    const bytes = Uint8Array.of(0, 51, 255);
    const floats = Float32Array.from(bytes, (b) => Math.fround(b) * (1 / 255));
    const kept = new ArrayDataset({ x: { data: bytes, scale: 1 / 255 } });
    expect(print(new ArrayDataset({ x: { data: floats } }))).toBe(print(kept));
  });

  test("differ by a value, an order, a name, a choice of records", () => {
    const all = [
      made(),
      made((x, k) => (k === 11 ? x + 1e-6 : x)),
      made((_, k) => (11 - k) / 4),
      new ArrayDataset({ x: { data: [0, 1] } }),
      new ArrayDataset({ z: { data: [0, 1] } }),
      subset(made(), [0, 1, 2, 3, 4, 5]),
      subset(made(), [1, 0, 2, 3, 4, 5]),
      concat(made(), made()),
      zip(made(), new ArrayDataset({ z: { data: [0, 1, 2, 3, 4, 6] } })),
      textWindows([1, 2, 3, 4], { length: 2 }),
      textWindows([1, 2, 4, 4], { length: 2 }),
    ].map(print);
    expect(new Set(all).size).toBe(all.length);
  });

  test("of large columns are of a sample of them, and nobody has to give one", () => {
    const zeros = new Float32Array(1e6);
    const other = zeros.map((_, k) => (k % 1000 === 0 ? 1 : 0));
    const [a, b] = [zeros, other].map((data) => print(new ArrayDataset({ x: { data } })));
    expect(a).not.toBe(b);
    const { size, fields, read } = ten;
    const bare: Dataset = {
      size,
      fields,
      read: (field, at) => read.call(ten, field as "labels", at),
    };
    expect(subset(bare, [0]).fingerprint!()).toBeUndefined();
    expect(batches(bare).describe()).not.toHaveProperty("data.contents");
    expect(batches(made()).describe()).toHaveProperty("data.contents", print(made()));
  });
});

describe("fingerprints of records in a pipeline", () => {
  const digitsOf = (records: readonly unknown[]): unknown =>
    (
      pipeline(records as { x: number }[])
        .batch(2)
        .describe() as { of: { contents: unknown }[] }
    ).of[0].contents;

  test("differ by a value of any plain kind, and are equal for equal records", () => {
    const record = {
      ...{ text: "a", flag: true, none: null, at: { deep: [1, [2, 3]] } },
      ...{ pixels: Float32Array.of(1, 2), f: () => 1, when: new Date(0) },
    };
    const all = [
      [record],
      [record, record],
      [{ ...record, text: "b" }],
      [{ ...record, flag: false }],
      [{ ...record, none: undefined }],
      [{ ...record, at: { deep: [1, [2, 4]] } }],
      [{ ...record, pixels: Float32Array.of(1, 3) }],
      [{ ...record, more: 1 }],
      ["a", "b"],
      ["ab"],
    ].map(digitsOf);
    expect(new Set(all).size).toBe(all.length);
    expect(digitsOf([{ ...record, pixels: record.pixels.slice(), f: () => 2 }])).toBe(all[0]);
    const long = (id: bigint): unknown => digitsOf([{ ids: BigInt64Array.of(1n, id) }]);
    expect(long(2n)).not.toBe(long(3n));
  });

  test("are those that a source gives, or none", () => {
    const source = { size: 2, get: () => ({ x: 1 }) };
    const about = (given: typeof source): unknown => pipeline(given).batch(2).describe();
    expect(about(source)).toMatchObject({ of: [{ stage: "records", size: 2 }] });
    expect(JSON.stringify(about(source))).not.toContain("contents");
    const known = { ...source, fingerprint: () => "abc" };
    expect(about(known)).toMatchObject({ of: [{ contents: "abc" }] });
  });

  test("a run is not continued on other records", async () => {
    const store = checkpointMemory();
    const records = [
      { x: [0, 1], y: [1] },
      { x: [1, 0], y: [0] },
    ];
    const go = (given: typeof records): Promise<unknown> =>
      fit(new nn.Linear(2, 1), {
        ...{ train: pipeline(given).batch(1), epochs: 1, resume: "newest" },
        checkpoints: { store },
      });
    await go(records);
    await expect(go([records[0], { x: [1, 1], y: [0] }])).rejects.toThrow(
      /the records of data\.of\.0 .*pass them without fingerprint/,
    );
    await expect(go(structuredClone(records))).resolves.toBeDefined();
  });
});

describe("split, subset, take", () => {
  test("subset and take view records without copying", () => {
    expect(numbers(subset(ten, [4, 2]))).toEqual([8, 9, 4, 5]);
    expect(numbers(subset(subset(ten, [4, 2]), [1]))).toEqual([4, 5]);
    expect(take(ten, 3).size).toBe(3);
    expect(take(ten, 30).size).toBe(10);
    expect(batches(take(ten, 5), { batchSize: 2 }).length).toBe(3);
  });

  test("split divides every record to one part, by seed", () => {
    const { train, validation } = split(ten, { validation: 0.3, seed: 4 });
    expect([train.size, validation.size]).toEqual([7, 3]);
    const all = [...numbers(train), ...numbers(validation)].sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(numbers(split(ten, { validation: 3, seed: 4 }).validation)).toEqual(numbers(validation));
    const others = [0, 1, 2, 3].map((seed) =>
      numbers(split(ten, { validation: 3, seed }).validation),
    );
    expect(new Set(others.map(String)).size).toBeGreaterThan(1);
  });

  test("stratify gives each class its share by largest remainder", () => {
    const data = Int32Array.from({ length: 100 }, (_, i) => (i < 61 ? 0 : i < 90 ? 1 : 2));
    const set = new ArrayDataset({ labels: { data } });
    const { train, validation } = split(set, { validation: 0.2, seed: 9, stratify: "labels" });
    const histogram = (part: Dataset<"labels">) => {
      const counts = [0, 0, 0];
      for (const label of column(part, "labels").data) counts[label]++;
      return counts;
    };
    expect(histogram(validation)).toEqual([12, 6, 2]); // 12.2, 5.8, 2
    expect(histogram(train)).toEqual([49, 23, 8]);
  });

  test.each<[string, () => unknown, RegExp]>([
    ["no record", () => split(ten, { validation: 0.01 }), /takes 0 of 10/],
    ["every record", () => split(ten, { validation: 10 }), /takes 10 of 10/],
    ["unknown field", () => split(ten, { stratify: "x" as "labels" }), /no field "x"/],
    ["float field", () => split(ten, { stratify: "images" }), /it is float32 of shape \[2\]/],
    ["negative count", () => take(ten, -1), /count is -1/],
  ])("refuses: %s", async (_, call, text) => {
    const error = await refusal(call);
    expect(error.code).toBe("BAD_ARGUMENT");
    expect(error.message).toMatch(text);
  });
});
