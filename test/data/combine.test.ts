// Data sets made of data sets, splits in three, folds, and lines of streams.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import {
  ArrayDataset,
  column,
  concat,
  type Dataset,
  fromStream,
  gather,
  kFold,
  lines,
  mapDataset,
  pipeline,
  split,
  splitIndices,
  subset,
  zip,
} from "../../src/data/index.ts";
import { lines as linesOfFile } from "../../src/data/node.ts";
import { refusal } from "../formats/damage.ts";

const numbers = (from: number, count: number): ArrayDataset<"x" | "label"> =>
  new ArrayDataset({
    x: { data: Float32Array.from({ length: 2 * count }, (_, k) => 2 * from + k), shape: [2] },
    label: { data: Int32Array.from({ length: count }, (_, k) => (from + k) % 3) },
  });
const firsts = (dataset: Dataset<"x" | "label">): number[] =>
  Array.from(column(dataset, "label").data, (_, k) => gather(dataset, [k]).x.data[0] / 2);

describe("concat, zip, mapDataset", () => {
  test("concat reads from each part", () => {
    const all = concat(numbers(0, 3), numbers(3, 0), numbers(3, 4));
    expect(all.size).toBe(7);
    expect(all.fields).toEqual(numbers(0, 1).fields);
    expect(gather(all, [6, 0, 3, 3])).toEqual(gather(numbers(0, 7), [6, 0, 3, 3]));
    expect(gather(all, [])).toEqual(gather(numbers(0, 7), []));
    expect(firsts(subset(all, [5, 2]))).toEqual([5, 2]);
  });

  test("zip has the fields of both", () => {
    const more = new ArrayDataset({ weight: { data: [1, 2, 3] } });
    const both = zip(numbers(0, 3), more);
    expect(Object.keys(both.fields)).toEqual(["x", "label", "weight"]);
    expect(gather(both, [2]).weight.data).toEqual(Float32Array.of(3));
    expect(gather(both, [2]).x.data).toEqual(Float32Array.of(4, 5));
  });

  test("mapDataset makes records when they are read", () => {
    let made = 0;
    const sums = mapDataset(
      numbers(0, 5),
      ({ x, label }) => {
        made++;
        return { sum: x.data[0] + x.data[1], x, label, odd: label.data[0] % 2 === 1 };
      },
      { sum: "float64" },
    );
    expect(sums.fields).toEqual({
      sum: { dtype: "float64", shape: [] },
      x: { dtype: "float32", shape: [2] },
      label: { dtype: "int32", shape: [] },
      odd: { dtype: "bool", shape: [] },
    });
    made = 0;
    const batch = gather(sums, [4, 1]);
    expect(made).toBe(2); // once for all fields
    expect(batch.sum).toEqual({ dtype: "float64", shape: [2], data: Float64Array.of(17, 5) });
    expect(batch.odd.data).toEqual(Uint8Array.of(1, 1));
    batch.sum.data[0] = 0;
    expect(gather(sums, [4, 1]).sum.data[0]).toBe(17);
    expect(gather(sums, []).x.shape).toEqual([0, 2]);
  });
});

describe("split in three and kFold", () => {
  const parts = { validation: 0.2, test: 0.3, seed: 5 };

  test("three parts hold every record once, and validation is that of two", () => {
    const { train, validation, test: tested } = split(numbers(0, 50), parts);
    expect([train.size, validation.size, tested.size]).toEqual([25, 10, 15]);
    const all = [train, validation, tested].flatMap(firsts).sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: 50 }, (_, k) => k));
    const two = splitIndices(numbers(0, 50), { validation: 0.2, seed: 5 });
    expect(firsts(validation)).toEqual(Array.from(two.validation));
    expect(two).not.toHaveProperty("test");
  });

  test("three parts hold equal shares of classes", () => {
    const split3 = splitIndices(numbers(0, 60), { ...parts, stratify: "label" });
    for (const part of [split3.train, split3.validation, split3.test!]) {
      const counts = [0, 1, 2].map((name) => part.filter((k) => k % 3 === name).length);
      expect(counts).toEqual(Array(3).fill(part.length / 3));
    }
  });

  test.each([undefined, "label" as const])(
    "folds validate every record once (stratify %s)",
    (stratify) => {
      const folds = kFold(numbers(0, 32), { folds: 5, seed: 1, stratify });
      expect(folds.map(({ validation }) => validation.size)).toEqual([7, 7, 6, 6, 6]);
      const seen = folds.flatMap(({ validation }) => firsts(validation)).sort((a, b) => a - b);
      expect(seen).toEqual(Array.from({ length: 32 }, (_, k) => k));
      for (const { train, validation } of folds) {
        expect(new Set([...firsts(train), ...firsts(validation)]).size).toBe(32);
        if (stratify === undefined) continue;
        const ofZero = firsts(validation).filter((k) => k % 3 === 0).length;
        expect([2, 3]).toContain(ofZero); // 11 of 32 in five parts
      }
      expect(
        kFold(numbers(0, 32), { folds: 5, seed: 1, stratify }).map(({ train }) => firsts(train)),
      ).toEqual(folds.map(({ train }) => firsts(train)));
      expect(firsts(kFold(numbers(0, 32), { seed: 2 })[0].train)).not.toEqual(
        firsts(folds[0].train),
      );
    },
  );
});

describe("lines and fromStream", () => {
  const listed = async (items: AsyncIterable<string>): Promise<string[]> => {
    const list: string[] = [];
    for await (const item of items) list.push(item);
    return list;
  };
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

  test("lines end at \\n and \\r\\n, wherever chunks are cut", async () => {
    const text = "ein\r\nzwei — 二\n\nvier";
    expect(await listed(lines(bytes(text)))).toEqual(["ein", "zwei — 二", "", "vier"]);
    expect(await listed(lines(bytes(`${text}\n`)))).toEqual(["ein", "zwei — 二", "", "vier"]);
    const whole = bytes(text);
    const single = async function* (): AsyncGenerator<Uint8Array> {
      for (const byte of whole) yield Uint8Array.of(byte);
    };
    expect(await listed(lines(single()))).toEqual(["ein", "zwei — 二", "", "vier"]);
    const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
    expect(await listed(lines(packed))).toEqual(["ein", "zwei — 二", "", "vier"]);
    expect(await listed(lines(new Blob([])))).toEqual([]);
  });

  test("lines of a file, by its path in Node", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "lines-")), "a.txt");
    writeFileSync(path, "ein\nzwei\n");
    expect(await listed(linesOfFile(path))).toEqual(["ein", "zwei"]);
    expect(await listed(linesOfFile(pathToFileURL(path)))).toEqual(["ein", "zwei"]);
    expect(await listed(linesOfFile(bytes("a\nb")))).toEqual(["a", "b"]);
    const passes = pipeline(() => linesOfFile(path)).repeat(2);
    expect(await listed(passes.records())).toEqual(["ein", "zwei", "ein", "zwei"]);
    const error = await refusal(() => listed(linesOfFile(path, { maxLength: 3 })));
    expect(error.message).toContain(`line 2 of ${path} has more than 3 characters`);
    rmSync(path);
    expect((await refusal(() => listed(linesOfFile(path)))).code).toBe("MISSING_FILE");
  });

  test("a stream that is left early is cancelled", async () => {
    let cancelled = false;
    const stream = new ReadableStream<number>({
      pull: (controller) => controller.enqueue(7),
      cancel: () => {
        cancelled = true;
      },
    });
    for await (const chunk of fromStream(stream)) {
      expect(chunk).toBe(7);
      break;
    }
    expect(cancelled).toBe(true);
  });

  test("lines without end are refused, with the number of the line", async () => {
    const error = await refusal(() =>
      listed(lines(bytes(`a\n${"b".repeat(50)}`), { maxLength: 20 })),
    );
    expect(error.code).toBe("BAD_FILE");
    expect(error.message).toMatch(/line 2 of the data has more than 20 characters/);
  });
});

describe("data sets refuse", () => {
  test.each<[string, () => unknown, RegExp]>([
    ["nothing to join", () => concat(), /there are no data sets/],
    [
      "other fields",
      () => concat<string>(numbers(0, 1), new ArrayDataset({ x: { data: [1, 2], shape: [2] } })),
      /field "label" is int32 \[\] in data set 0 and missing in data set 1/,
    ],
    [
      "other shapes",
      () =>
        concat(
          new ArrayDataset({ x: { data: [1] } }),
          new ArrayDataset({ x: { data: [1], shape: [1] } }),
        ),
      /float32 \[\] in data set 0 and float32 \[1\] in data set 1/,
    ],
    ["a record too far", () => concat(numbers(0, 2)).read("x", [2]), /no record 2/],
    [
      "other sizes",
      () => zip(numbers(0, 2), new ArrayDataset({ y: { data: [1] } })),
      /one data set has 2 records and the other 1/,
    ],
    ["a field twice", () => zip(numbers(0, 2), numbers(0, 2)), /both data sets have a field "x"/],
    ["no records to map", () => mapDataset(numbers(0, 0), (record) => record), /no records/],
    [
      "a field that is not made",
      () => mapDataset(numbers(0, 2), ({ x }) => ({ x })).read("y" as "x", [0]),
      /no field "y"/,
    ],
    [
      "a split without training",
      () => split(numbers(0, 4), { validation: 2, test: 2 }),
      /take 2 and 2 of 4/,
    ],
    [
      "an empty test",
      () => split(numbers(0, 4), { validation: 1, test: 0.01 }),
      /test is 0\.01, which takes 0/,
    ],
    ["another word", () => split(numbers(0, 4), { testSize: 1 } as object), /no option "testSize"/],
    ["one fold", () => kFold(numbers(0, 4), { folds: 1 }), /folds is 1/],
    ["more folds than records", () => kFold(numbers(0, 4), { folds: 5 }), /4 records for 5 folds/],
    [
      "folds by measures",
      () => kFold(numbers(0, 9), { stratify: "x" }),
      /cannot stratify by field "x"/,
    ],
  ])("%s", async (_, call, text) => {
    const error = await refusal(call);
    expect(error.code).toBe("BAD_ARGUMENT");
    expect(error.message).toMatch(text);
  });
});
