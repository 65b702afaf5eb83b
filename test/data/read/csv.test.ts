// Comma-separated values: cells against an independent parser, kinds of columns, and errors that name line and column.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import Papa from "papaparse";
import { describe, expect, test } from "vitest";
import { ChainruleError } from "../../../src/core/errors.ts";
import { readCsv as readCsvFile } from "../../../src/data/node.ts";
import { CsvParser } from "../../../src/data/read/csv.ts";
import { csvRecords, parseCsv, readCsv } from "../../../src/data/read/read-csv.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const rows = (text: string, size = text.length, delimiter = ","): string[][] => {
  const parser = new CsvParser({ delimiter, quote: '"' }, "text");
  const found = [];
  for (let at = 0; at < text.length; at += size)
    found.push(...parser.push(text.slice(at, at + size)));
  return [...found, ...parser.end()].map(({ cells }) => [...cells]);
};
const values = (text: string, options = {}): unknown[][] =>
  parseCsv(text, options).columns.map(({ values }) => [...values]);

describe("cells", () => {
  test("quotes, doubled quotes, line breaks of all kinds, a byte order mark, no last line break", () => {
    const text = '\uFEFFtext,kind\r\n"Hello, ""you""\nthere",greeting\r,empty\n\n"",last';
    expect(rows(text)).toEqual([
      ["text", "kind"],
      ['Hello, "you"\nthere', "greeting"],
      ["", "empty"],
      ["", "last"],
    ]);
    expect(rows("a,b,\n")).toEqual([["a", "b", ""]]);
  });

  test("a blank as delimiter stands for runs of blanks", () => {
    expect(rows("  1  2 3  \n4 5 6\n", 3, " ")).toEqual([
      ["1", "2", "3"],
      ["4", "5", "6"],
    ]);
  });

  test("agree with Papa Parse for any cells, and for text in pieces of any size", () => {
    const cell = fc.string({ unit: fc.constantFrom("a", "é", " ", ",", '"', "\n", "1", "") });
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(
        table,
        fc.constantFrom("\n", "\r\n"),
        fc.integer({ min: 1, max: 9 }),
        (cells, newline, size) => {
          const text = Papa.unparse(cells, { newline });
          expect(rows(text, size)).toEqual(cells);
          expect(rows(text)).toEqual(Papa.parse(text, { newline }).data);
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });

  test("the delimiter is the first line's", () => {
    expect(parseCsv("a;b;c,d\n1;2;5\n").names).toEqual(["a", "b", "c,d"]);
    expect(parseCsv("one, two, three\t4\n5\t6").names).toEqual(["one, two, three", "4"]);
    expect(parseCsv('"a,b";c\n1;2').names).toEqual(["a,b", "c"]);
  });
});

describe("columns", () => {
  test("are numbers, truth values, dates, categories or text", () => {
    const text = [
      "id,price,sold,day,colour,note,nothing",
      "1,2.5,true,2020-01-02,red,first,",
      "2,1e3,False,2020-01-03T12:00:00Z,blue,second,NA",
      "3,,yes,,red,third,?",
    ].join("\n");
    const table = parseCsv(text);
    expect(table.describe()).toEqual([
      { name: "id", kind: "integer", missing: 0, different: 3 },
      { name: "price", kind: "number", missing: 1, different: 2 },
      { name: "sold", kind: "boolean", missing: 0, different: 2 },
      { name: "day", kind: "date", missing: 1, different: 2 },
      { name: "colour", kind: "category", missing: 0, different: 2 },
      { name: "note", kind: "text", missing: 0, different: 3 },
      { name: "nothing", kind: "number", missing: 3, different: 0 },
    ]);
    expect(values(text).slice(1, 5)).toEqual([
      [2.5, 1000, Number.NaN],
      [1, 0, 1],
      [Date.UTC(2020, 0, 2), Date.UTC(2020, 0, 3, 12), Number.NaN],
      ["red", "blue", "red"],
    ]);
  });

  test("a time without a zone is UTC", () => {
    expect(values("t\n2020-01-02 03:04\n2020-01-02T03:04:05+01:00")).toEqual([
      [Date.UTC(2020, 0, 2, 3, 4), Date.UTC(2020, 0, 2, 2, 4, 5)],
    ]);
  });

  test("kinds, names, skipped rows and missing marks may be said", () => {
    expect(values("a\n1\n2", { kinds: { a: "category" } })).toEqual([["1", "2"]]);
    expect(values("x\n1\n-\n", { missing: ["-"] })).toEqual([[1, Number.NaN]]);
    expect(values("NA\nx", { header: false, missing: [] })).toEqual([["NA", "x"]]);
    expect(parseCsv("3,2\n1,2", { header: false }).names).toEqual(["column1", "column2"]);
    const named = parseCsv("about this file\n1,2", { header: ["a", "b"], skipRows: 1 });
    expect(named.column("b").values).toEqual(Float64Array.of(2));
  });

  test("gzip, streams and small pieces give the same table; a record at a time gives the same records", async () => {
    const text = `a,b\n${Array.from({ length: 3000 }, (_, k) => `${k},w${k % 7}`).join("\n")}`;
    const table = parseCsv(text);
    for (const source of [
      bytes(text),
      new Blob([text]),
      new Uint8Array(gzipSync(text)),
      pieces(text, 7),
    ])
      expect((await readCsv(source)).columns).toEqual(table.columns);
    const found = [];
    for await (const record of csvRecords(pieces(text, 100), { inferFrom: 10 })) found.push(record);
    expect(found).toHaveLength(3000);
    expect(found[2999]).toEqual({ a: 2999, b: "w3" });
  });
});

test("short lines, more of them in a piece than a call takes arguments; a first piece of one byte", async () => {
  const short = async function* (): AsyncGenerator<Uint8Array, void, void> {
    yield bytes("a");
    yield bytes(`\n${"1\n".repeat(300_000)}`);
  };
  expect((await readCsv(short())).size).toBe(300_000);
  let count = 0;
  for await (const _ of csvRecords(short())) count++;
  expect(count).toBe(300_000);
});

async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array, void, void> {
  const all = bytes(text);
  for (let at = 0; at < all.length; at += size) yield all.subarray(at, at + size);
}

describe("what is refused", () => {
  const cases: readonly (readonly [string, object, RegExp])[] = [
    ["a,b\n1,2,3", {}, /line 2: the row has 3 cells, but there are 2 columns \(a, b\)/],
    ['a,b\n"x"y,2', {}, /line 2, column 1: a cell in quotes is followed by "y".*Double each quote/],
    ['a,b\n1,"2\n3', {}, /line 3, column 2: the file ends within .* opened in line 2/],
    ["a,a\n1,2", {}, /two columns are called "a".*header: false/],
    ["", {}, /has no rows/],
    [
      'a,b\n1,"2\n2"\n\n3,x',
      { kinds: { b: "number" } },
      /line 2, column 2 \(b\): "2\\n2" is no number/,
    ],
    ["a,b\n1,2\n\n3,x", { kinds: { b: "number" } }, /line 4, column 2 \(b\): "x" is no number/],
    ["a\n1", { kinds: { b: "number" } }, /no column "b"; the columns are a/],
    ["a\n1", { kinds: { a: "float" } }, /no kind "float"/],
    ["a\n1", { sep: "," }, /no option "sep"/],
    ["a\n1", { delimiter: "ab" }, /delimiter is "ab".*one character/],
  ];
  test.each(cases)("%j with %j", (text, options, message) => {
    expect(() => parseCsv(text, options)).toThrow(ChainruleError);
    expect(() => parseCsv(text, options)).toThrow(message);
  });

  test("a cell of another kind in a later record, damaged gzip, other encodings, too much, and paths in browsers", async () => {
    const later = async (): Promise<void> => {
      for await (const _ of csvRecords(bytes("a\n1\n2\nx"), { inferFrom: 2, name: "f.csv" }));
    };
    await expect(later()).rejects.toThrow(/f.csv, line 4, column 1 \(a\): "x" is no integer/);
    const packed = new Uint8Array(gzipSync("a,b\n1,2\n"));
    await expect(readCsv(packed.subarray(0, 20), { name: "t.gz" })).rejects.toThrow(
      /t.gz is truncated/,
    );
    await expect(readCsv(Uint8Array.of(97, 10, 0xe9, 10))).rejects.toThrow(/not UTF-8.*iconv/);
    const bomb = new Uint8Array(gzipSync(new Uint8Array(1e6).fill(97)));
    await expect(readCsv(bomb, { maxBytes: 1e5 })).rejects.toThrow(/more than 100000 bytes/);
    await expect(readCsv("a.csv" as never)).rejects.toThrow(/chainrule\/data/);
    await expect(readCsvFile("/nowhere/a.csv")).rejects.toMatchObject({ code: "MISSING_FILE" });
  });
});

const shared = join(
  process.env.CHAINRULE_SHARED ?? join(import.meta.dirname, "../../../../shared"),
  "data",
);

describe.skipIf(!existsSync(join(shared, "tabular")))("published tables", () => {
  const unnamed = { header: false };
  const tables: readonly (readonly [string, number, number, object])[] = [
    ["breast_cancer.csv", 569, 31, { ...unnamed, skipRows: 1 }],
    ["california_housing.csv.gz", 20640, 10, {}],
    ["diabetes_data_raw.csv.gz", 442, 10, { ...unnamed, delimiter: " " }],
    ["diabetes_target.csv.gz", 442, 1, unnamed],
    ["digits.csv.gz", 1797, 65, unnamed],
    ["iris.csv", 150, 5, { ...unnamed, skipRows: 1 }],
    ["linnerud_exercise.csv", 20, 3, { delimiter: " " }],
    ["linnerud_physiological.csv", 20, 3, { delimiter: " " }],
    ["penguins.csv", 344, 8, {}],
    ["wine_data.csv", 178, 14, { ...unnamed, skipRows: 1 }],
  ];
  test.each(tables)("%s has %i records of %i columns", async (file, records, columns, options) => {
    const table = await readCsvFile(join(shared, "tabular", file), options);
    expect([table.size, table.columns.length]).toEqual([records, columns]);
    if (file.startsWith("penguins"))
      expect(table.describe().map(({ kind, missing }) => `${kind} ${missing}`)).toEqual([
        ...["category 0", "category 0", "number 2", "number 2"],
        ...["integer 2", "integer 2", "category 11", "integer 0"],
      ]);
  });
});
