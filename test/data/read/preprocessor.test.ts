// Tables to tensors: what is measured on training records is used on all others, survives JSON, and what the rules do not
// cover is refused by name.

import { describe, expect, test } from "vitest";
import { ChainruleError } from "../../../src/core/errors.ts";
import type { Json } from "../../../src/core/json.ts";
import { column } from "../../../src/data/dataset.ts";
import type { ColumnRules } from "../../../src/data/read/fit-column.ts";
import { TablePreprocessor } from "../../../src/data/read/preprocessor.ts";
import { parseCsv } from "../../../src/data/read/read-csv.ts";
import { Table } from "../../../src/data/read/table.ts";

const numbers = parseCsv("x,y\n1,0\n2,1\n4,0\n8,1\n10,0");
const withRules = (rules: ColumnRules, table: Table = numbers): number[] => {
  const fitted = TablePreprocessor.fit(table, { targets: "y", ...rules });
  return [...fitted.inputs(table).data];
};

describe("numbers", () => {
  // NumPy 2.4: mean and std, min and max, median and percentiles, and log.
  const cases: readonly (readonly [ColumnRules, readonly number[]])[] = [
    [{}, [-1.1547005, -0.8660254, -0.2886751, 0.8660254, 1.4433757]],
    [{ scale: "minMax" }, [0, 0.1111111, 0.3333333, 0.7777778, 1]],
    [{ scale: "robust" }, [-0.5, -0.3333333, 0, 0.6666667, 1]],
    [{ scale: "none" }, [1, 2, 4, 8, 10]],
    [{ log: true }, [-1.5067212, -0.6985616, 0.1095981, 0.9177577, 1.177927]],
  ];
  test.each(cases)("%j", (rules, expected) => {
    withRules(rules).forEach((value, k) => {
      expect(value).toBeCloseTo(expected[k], 5);
    });
  });

  test("missing ones become what the rule says, and the indicator says which", () => {
    const table = parseCsv("x,y\n1,0\n,1\n4,0\n4,1\n11,0");
    const filled = (missing: ColumnRules["missing"], scale: "none" = "none"): number =>
      withRules({ missing, scale }, table)[1];
    expect(filled("mean")).toBe(5);
    expect(filled("median")).toBe(4);
    expect(filled("mostFrequent")).toBe(4);
    expect(filled(-1)).toBe(-1);
    expect(filled("keep")).toBeNaN();
    const kept = withRules({ missing: 4, scale: "none", indicator: true }, table);
    expect(kept).toEqual([1, 0, 4, 1, 4, 0, 4, 0, 11, 0]);
    // As in scikit-learn, the scale is that of the filled column: 1 4 4 4 11, mean 4.8.
    expect(withRules({ missing: 4 }, table)[0]).toBeCloseTo((1 - 4.8) / Math.sqrt(10.96), 5);
  });

  test("a constant column becomes 0", () => {
    expect(withRules({}, parseCsv("x,y\n3,0\n3,1"))).toEqual([0, 0]);
  });

  test("targets are scaled and brought back", () => {
    const table = parseCsv("x,y,z\n1,0,1\n2,1,2\n4,0,3\n8,1,4\n10,0,5");
    const rules = { targets: ["x", "y"], targetScale: "standard" } as const;
    const fitted = TablePreprocessor.fit(table, rules);
    const { fields } = fitted.transform(table);
    expect(fields.targets).toEqual({ dtype: "float32", shape: [2] });
    const targets = column(fitted.transform(table), "targets").data;
    expect(targets[0]).toBeCloseTo(-1.1547005, 5);
    expect(fitted.restoreTargets(targets)[8]).toBeCloseTo(10, 5);
  });
});

describe("categories", () => {
  const animals = parseCsv("kind,legs,big\ncat,4,no\nbird,2,no\n,4,yes\ncat,10,yes", {
    kinds: { legs: "category" },
  });
  const rules = { targets: "big", missing: "category" } as const;

  test("are places of their own, in ascending order, of numbers by their size", () => {
    const fitted = TablePreprocessor.fit(animals, rules);
    expect(fitted.inputNames).toEqual([
      ...["kind=bird", "kind=cat", "kind=<missing>"],
      ...["legs=2", "legs=4", "legs=10", "legs=<missing>"],
    ]);
    const { data: rows } = fitted.inputs(animals);
    expect([...rows.subarray(0, 14)]).toEqual([0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0]);
    expect(fitted.classes).toEqual(["false", "true"]);
    const { data: classes, dtype, shape } = column(fitted.transform(animals), "targets");
    expect([dtype, shape, ...classes]).toEqual(["int32", [4], 0, 0, 1, 1]);
  });

  test("or numbers from 0; unseen ones are all 0, or the number after the last", () => {
    const train = animals.select([0, 1]);
    const other = Table.fromRecords([{ kind: "dog", legs: 2 }]);
    const inputs = (encode: "ordinal" | "oneHot"): number[] => {
      const fitted = TablePreprocessor.fit(train, { targets: "big", encode, unseen: "unknown" });
      return [...fitted.inputs(other).data];
    };
    expect(inputs("oneHot")).toEqual([0, 0, 1, 0]);
    expect(inputs("ordinal")).toEqual([2, 0]);
    const filled = TablePreprocessor.fit(animals, { ...rules, inputs: ["kind"], missing: "mean" });
    expect([...filled.inputs(animals).data.subarray(4, 6)]).toEqual([0, 1]); // the most frequent
  });

  test("only training records are measured", () => {
    const { train, validation } = numbers.split({ validation: 2, seed: 3 });
    const fitted = TablePreprocessor.fit(train, { targets: "y", scale: "minMax" });
    const { values } = train.column("x");
    const [least, most] = [
      Math.min(...(values as Float64Array)),
      Math.max(...(values as Float64Array)),
    ];
    const [first] = validation.column("x").values as Float64Array;
    expect(fitted.inputs(validation).data[0]).toBeCloseTo((first - least) / (most - least), 6);
  });
});

describe("JSON", () => {
  const table = parseCsv("a,b,c\n1,x,p\n2,y,q\n,x,p");
  const fitted = TablePreprocessor.fit(table, { targets: "c", missing: "median", indicator: true });

  test("gives the same preprocessor", () => {
    const again = TablePreprocessor.from(JSON.parse(JSON.stringify(fitted.describe())));
    expect(again.inputs(table)).toEqual(fitted.inputs(table));
    expect(again.classes).toEqual(["p", "q"]);
    expect(again.describe()).toEqual(fitted.describe());
    expect(String(again)).toBe("TablePreprocessor: a, b as 5 numbers → c (2 classes)");
  });

  test("of anything else is refused with the place", () => {
    const text = JSON.stringify(fitted.describe());
    const changed: readonly (readonly [string, string, RegExp])[] = [
      ['"version":1', '"version":2', /version is 2, not 1/],
      ['"spread":', '"spread":0,"old":', /inputs\[0\]\.spread is 0/],
      ['"categories":["x"', '"categories":[1', /inputs\[1\]\.categories/],
      ['"as":"number"', '"as":"toString"', /inputs\[0\] is no fitted column/],
    ];
    for (const [from, to, message] of changed) {
      expect(text).toContain(from);
      expect(() => TablePreprocessor.from(JSON.parse(text.replace(from, to)))).toThrow(message);
    }
    const others: readonly Json[] = [null, 3, [], {}, { version: 1, inputs: [null], targets: [] }];
    for (const other of others) expect(() => TablePreprocessor.from(other)).toThrow(ChainruleError);
  });
});

describe("what is refused", () => {
  const table = parseCsv("n,k,t\n1,a,some text\n,b,other text\n-3,a,third text", {
    kinds: { t: "text" },
  });
  const fit = (options: object) => () => TablePreprocessor.fit(table, { targets: "k", ...options });
  const cases: readonly (readonly [string, () => unknown, RegExp])[] = [
    ["missing without a rule", fit({ inputs: ["n"] }), /"n" lacks 1 of 3 values.*`missing`/],
    ["text", fit({ missing: "mean" }), /"t" is text.*Leave it out/],
    ["no such column", fit({ inputs: ["m"] }), /no column "m"; the columns are n, k, t/],
    ["a target as an input", fit({ inputs: ["k"] }), /"k" is an input and a target/],
    [
      "rules for no input",
      fit({ inputs: ["t"], columns: { n: {} } }),
      /rules for "n", which is no input/,
    ],
    [
      "a target with gaps",
      fit({ targets: "n", inputs: ["k"] }),
      /target "n" lacks 1 of 3.*dropMissing/,
    ],
    ["no inputs", fit({ inputs: [] }), /there are no inputs/],
    ["no targets", fit({ targets: [], inputs: ["k"] }), /there are no targets/],
    [
      "a logarithm of −3",
      fit({ inputs: ["n"], missing: 0, log: true }),
      /"n", record 2: -3 has no logarithm/,
    ],
    ["missing as a category", fit({ inputs: ["n"], missing: "category" }), /holds numbers/],
    ["another word", fit({ inputs: ["n"], missing: "drop" }), /no missing "drop"/],
    ["another option", fit({ impute: "mean" }), /no option "impute"/],
  ];
  test.each(cases)("%s", (_, make, message) => {
    expect(make).toThrow(ChainruleError);
    expect(make).toThrow(message);
  });

  test("values at prediction that training had not", () => {
    const fitted = TablePreprocessor.fit(table.select([0, 2]), { targets: "n", inputs: ["k"] });
    expect(() => fitted.inputs(table)).toThrow(/"k", record 1: "b" was not among .* have a/);
    expect(() => fitted.inputs(Table.fromRecords([{ k: null }]))).toThrow(
      /record 0: the value is missing/,
    );
    expect(() => fitted.inputs(Table.fromRecords([{ n: 1 }]))).toThrow(/no column "k"/);
    const of = TablePreprocessor.fit(table.select([0, 2]), { targets: "k", inputs: ["n"] });
    expect(() => of.inputs(Table.fromRecords([{ n: "one" }]))).toThrow(
      /"n" is text, and held numbers/,
    );
    expect(() => of.restoreTargets([1])).toThrow(/target k is a class/);
  });
});

describe("tables", () => {
  test("of records have nulls where a record has no such name", () => {
    const table = Table.fromRecords([
      { a: 1, b: "1" },
      { a: 2.5, c: true },
      { b: "x", d: new Date(0) },
    ]);
    expect(table.describe().map(({ name, kind, missing }) => `${name} ${kind} ${missing}`)).toEqual(
      [...["a number 1", "b text 1", "c boolean 2", "d date 2"]],
    );
    expect(table.pick(["a", "b"]).dropMissing().size).toBe(1);
    expect(() => Table.fromRecords([{ a: [1] as never }])).toThrow(/column "a", record 0: a list/);
    expect(() => table.select([3])).toThrow(/no record 3/);
    expect([...table.numbers("a")]).toEqual([1, 2.5, Number.NaN]);
    expect(table.texts("b")).toEqual(["1", null, "x"]);
    expect(() => table.numbers("b")).toThrow(/column "b" is text, not numbers/);
    expect(() => table.texts("a")).toThrow(/column "a" is number, not text/);
  });

  test("may have columns with the names that all objects have", () => {
    const records = JSON.parse(
      '[{"__proto__":1,"constructor":"a","y":0},{"__proto__":3,"constructor":"a","y":1}]',
    );
    const table = Table.fromRecords(records, { kinds: { y: "category" } });
    const fitted = TablePreprocessor.fit(table, { targets: "y", columns: {}, scale: "none" });
    expect(fitted.inputNames).toEqual(["__proto__", "constructor=a"]);
    expect([...fitted.inputs(table).data]).toEqual([1, 1, 3, 1]);
  });

  test("are split in equal shares of a column", () => {
    const table = parseCsv(
      `k,n\n${Array.from({ length: 40 }, (_, k) => `${k % 4 === 0 ? "a" : "b"},${k}`).join("\n")}`,
    );
    const { train, validation } = table.split({ validation: 0.2, stratify: "k", seed: 2 });
    expect(validation.column("k").values.filter((value) => value === "a")).toHaveLength(2);
    expect([train.size, validation.size]).toEqual([32, 8]);
  });
});
