// Tables as records and as text.

import { inspect } from "node:util";
import { expect, test } from "vitest";
import { pipeline, Table } from "../../../src/data/index.ts";

const records = [
  { place: "Biscoe", mass: 3750, long: 39.125, seen: new Date(Date.UTC(2001, 8, 9)), tame: true },
  { place: "Dream", mass: null, long: 1e6, seen: null, tame: false },
  { place: null, mass: 3250, long: null, seen: new Date(1e12), tame: null },
];
const table = Table.fromRecords(records);

test("records come back as they were, null where something is missing", () => {
  expect(table.records()).toEqual(records);
  expect(table.records([2, 0])).toEqual([records[2], records[0]]);
  expect(Table.fromRecords(table.records()).describe()).toEqual(table.describe());
  const odd = Table.fromValues([["__proto__", [1]]]).records();
  expect(Object.keys(odd[0])).toEqual(["__proto__"]);
  expect(() => table.records([3])).toThrow(/no record 3/);
});

test("records go into a pipeline", async () => {
  interface Penguin {
    readonly place: string | null;
    readonly mass: number | null;
  }
  const train = pipeline(table.records<Penguin>())
    .filter(({ mass }) => mass !== null)
    .map(({ place, mass }) => ({ x: [mass ?? 0, place === null ? 1 : 0] }))
    .batch(2);
  for await (const { x } of train) expect([...x.data]).toEqual([3750, 0, 3250, 1]);
});

test("a table prints its size and its first records", () => {
  expect(inspect(table)).toBe(
    [
      "Table: 3 records, 5 columns",
      "place      mass     long  seen                      tame",
      "text    integer   number  date                      boolean",
      "Biscoe     3750   39.125  2001-09-09                true",
      "Dream         —  1000000  —                         false",
      "—          3250        —  2001-09-09T01:46:40.000Z  —",
    ].join("\n"),
  );
});

test("wide and long tables are cut, with the names of what is left out", () => {
  const names = Array.from({ length: 30 }, (_, k) => `column${k}`);
  const wide = Table.fromValues(names.map((name, k) => [name, new Array(20).fill(k)]));
  const [first, ...rest] = String(wide).split("\n");
  expect(first).toMatch(/^Table: 20 records, 30 columns; 19 more: column11, .*column16, …$/);
  expect(rest).toHaveLength(2 + 5);
  expect(Math.max(...rest.map((line) => line.length))).toBeLessThanOrEqual(100);
  const long = Table.fromRecords([{ text: "a long\ntext ".repeat(20), n: 1 }]);
  expect(String(long)).toMatch(/a long text a long .*… {2,}1$/);
  const identified = Table.fromRecords([{ id: 123_456_789_012, size: 1.23456789 }]);
  expect(String(identified)).toMatch(/123456789012 +1\.234568$/);
  expect(String(new Table([]))).toBe("Table: 0 records, 0 columns");
});
