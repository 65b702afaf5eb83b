// What readers, tables, tokens and augmentations must not take silently: each odd input is an error in words, or stays what
// it was.

import { describe, expect, test } from "vitest";
import { ChainruleError } from "../../../src/core/errors.ts";
import {
  augment,
  decodeWav,
  parseCsv,
  resample,
  Table,
  TablePreprocessor,
  textWindows,
} from "../../../src/data/index.ts";

describe("cells that look like something else", () => {
  const columnOf = (text: string): readonly unknown[] => {
    const [{ kind, values }] = parseCsv(text).columns;
    return [kind, [...values]];
  };

  test("days that no month has are no dates", () => {
    expect(columnOf("d\n2020-02-30\n2020-01-01\n")).toEqual(["text", ["2020-02-30", "2020-01-01"]]);
    expect(columnOf("d\n2020-02-29\n")).toEqual(["date", [Date.UTC(2020, 1, 29)]]);
    expect(() => parseCsv("d\n2021-02-29\n", { kinds: { d: "date" } })).toThrow(/2021-02-29/);
  });

  test("long identifiers keep their digits", () => {
    const ids = ["12345678901234567890", "12345678901234567891"];
    expect(columnOf(`id\n${ids.join("\n")}\n`)).toEqual(["text", ids]);
    expect(columnOf("x\n9007199254740991\n")).toEqual(["integer", [2 ** 53 - 1]]);
    expect(columnOf("x\n1e300\n2\n")).toEqual(["number", [1e300, 2]]);
  });
});

describe("tables", () => {
  const table = Table.fromRecords(Array.from({ length: 10 }, (_, k) => ({ x: k, y: k % 2 })));

  test("a split into three keeps every record", () => {
    const { train, validation, test } = table.split({ validation: 2, test: 3, stratify: "y" });
    expect([train.size, validation.size, test.size]).toEqual([5, 2, 3]);
    const all = [train, validation, test].flatMap((part) => [...part.column("x").values]);
    expect(all.map(Number).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(Object.keys(table.split())).toEqual(["train", "validation"]);
  });

  const refused: readonly (readonly [string, () => unknown, RegExp])[] = [
    ["split of null", () => table.split(null as never), /takes options/],
    ["records that are null", () => Table.fromRecords(null as never), /list of records.*null/],
    ["a record that is null", () => Table.fromRecords([{}, null] as never), /null in it/],
    [
      "a fit without targets",
      () => TablePreprocessor.fit(table, {} as never),
      /targets is undefined/,
    ],
    [
      "a fit to no table",
      () => TablePreprocessor.fit([1] as never, { targets: "y" }),
      /takes a table/,
    ],
    [
      "a fit to no records",
      () => TablePreprocessor.fit(table.select([]), { targets: "y" }),
      /no records/,
    ],
    ["a sound of null", () => decodeWav(null as never), /takes the bytes/],
    ["a rate of 10¹²", () => resample(new Float32Array(3), 1, 1e12), /3 samples would become/],
    ["half tokens", () => textWindows([1, 1.5, 2], { length: 1 }), /token 1 is 1.5/],
    ["mixup of null", () => augment.mixup(null as never), /takes options/],
    ["a flip of 5", () => augment.randomFlip(5 as never), /takes options/],
  ];

  test.each(refused)("%s", (_, call, words) => {
    expect(call).toThrow(ChainruleError);
    expect(call).toThrow(words);
  });
});
