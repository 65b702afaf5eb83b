// Parquet and Arrow files written by PyArrow 25 (test/data/fixtures) as tables; LZ4 by hand; damage is an error.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ChainruleError } from "../../../src/core/errors.ts";
import { readArrow } from "../../../src/data/read/arrow.ts";
import { unpackLz4 } from "../../../src/data/read/lz4.ts";
import { readParquet } from "../../../src/data/read/parquet.ts";
import { differences, runs } from "../../../src/data/read/parquet-runs.ts";
import { checkSnappy } from "../../../src/data/read/snappy-limits.ts";
import { ThriftReader } from "../../../src/data/read/thrift.ts";

const fixture = (name: string): Uint8Array =>
  readFileSync(join(import.meta.dirname, "../fixtures", name));
const nan = Number.NaN;
const day = (year: number, month: number, date: number): number => Date.UTC(year, month - 1, date);
const time = Date.UTC(2020, 0, 2, 3, 4, 5, 6);

/** The table that all fixtures but two hold. */
const expected: readonly (readonly [string, string, readonly unknown[]])[] = [
  ["i32", "integer", [1, -2, nan, 4]],
  ["i64", "integer", [1, 2, 3, 2 ** 40]],
  ["u8", "integer", [0, 255, 3, 4]],
  ["f32", "number", [0.5, nan, -1.5, 2]],
  ["f64", "number", [0.1, 1e300, -1.5, nan]],
  ["yes", "boolean", [1, 0, nan, 1]],
  ["word", "category", ["a", "bö", null, "a"]],
  ["dict", "category", ["x", "y", "x", "x"]],
  ["day", "date", [day(2020, 1, 2), nan, day(1969, 12, 31), day(2000, 1, 1)]],
  ["time", "date", [time, time, time, time]],
  ["micro", "date", [time, time, time, time]],
];

const files = [
  "table.snappy.parquet",
  "table.gzip.parquet",
  "table.feather",
  "table.lz4.feather",
  "table.arrows",
];
const reader = (name: string): typeof readParquet =>
  name.endsWith("parquet") ? readParquet : readArrow;

describe("files of PyArrow", () => {
  test.each(files)("%s", async (name) => {
    const { columns } = await reader(name)(fixture(name));
    expect(columns.map(({ name, kind, values }) => [name, kind, [...values]])).toEqual(expected);
  });

  test.each(["table.snappy.parquet", "table.feather"])(
    "%s: some columns, of kinds that are given",
    async (name) => {
      const kinds = { u8: "category", i64: "text" } as const;
      const table = await reader(name)(fixture(name), { columns: ["u8", "i64"], kinds });
      expect(table.column("u8").values).toEqual(["0", "255", "3", "4"]);
      expect(table.columns.map(({ kind }) => kind)).toEqual(["category", "text"]);
    },
  );

  test("several groups of rows follow one another", async () => {
    const table = await readParquet(fixture("groups.parquet"));
    expect([...table.column("i32").values]).toEqual([1, -2, nan, 4]);
    expect(table.column("word").values).toEqual(["a", "bö", null, "a"]);
  });

  test("what is refused", async () => {
    const read = (name: string, options = {}): Promise<unknown> =>
      reader(name)(fixture(name), { name, ...options });
    await expect(read("table.zstd.parquet")).rejects.toThrow(
      /table.zstd.parquet .* ZSTD.*SNAPPY, GZIP/,
    );
    await expect(read("list.parquet")).rejects.toThrow(
      /column "list", record 0: a list.*Leave the column out/,
    );
    await expect(read("table.feather", { columns: ["x"] })).rejects.toThrow(
      /no column "x"; .* i32, i64/,
    );
    await expect(read("table.snappy.parquet", { columns: ["x"] })).rejects.toThrow(/no column "x"/);
    await expect(read("groups.parquet", { rows: 2 })).rejects.toThrow(/no option "rows"/);
    await expect(read("groups.parquet", { maxBytes: 1000 })).rejects.toThrow(
      /more than 1000 bytes/,
    );
    await expect(readParquet(fixture("table.arrows"))).rejects.toThrow(
      /cannot be read as Parquet: it does not end with "PAR1"/,
    );
    await expect(readArrow(fixture("groups.parquet"))).rejects.toThrow(/cannot be read as Arrow/);
  });

  test.each(files)("%s, cut anywhere, is an error", async (name) => {
    const bytes = fixture(name);
    for (let end = 0; end < bytes.length; end += 37) {
      const ended = reader(name)(bytes.subarray(0, end), { name });
      const error = await ended.then(
        () => undefined,
        (reason) => reason,
      );
      expect(error).toBeInstanceOf(ChainruleError);
    }
  });
});

describe("files that claim more than they hold", () => {
  test("Arrow columns of another length than their batch", async () => {
    const bytes = Uint8Array.from(fixture("table.arrows"));
    const view = new DataView(bytes.buffer);
    const lengths = Array.from({ length: bytes.length / 8 - 1 }, (_, k) => 8 * k).filter(
      (at) => view.getBigInt64(at, true) === 4n,
    );
    let refused = 0;
    for (const at of lengths) {
      const changed = bytes.slice();
      new DataView(changed.buffer).setBigInt64(at, 2n ** 40n, true);
      const error = await readArrow(changed).then(
        () => undefined,
        (reason) => reason,
      );
      if (error !== undefined) expect(error).toBeInstanceOf(ChainruleError);
      refused += /another length than its batch|more than/.test(error?.message ?? "") ? 1 : 0;
    }
    expect(refused).toBeGreaterThanOrEqual(11);
  });

  test("runs and differences of Parquet", () => {
    expect([...runs(Uint8Array.of(8, 3, 3, 0b10001000), 2, 8)]).toEqual([3, 3, 3, 3, 0, 2, 0, 2]);
    expect(() => runs(Uint8Array.of(8, 3), 2, 3)).toThrow("a run has 4 values of 3");
    expect(() => runs(Uint8Array.of(0xfe, 0xff, 0xff, 0xff, 0x0f, 1), 1, 3)).toThrow("a run has");
    expect(() => runs(Uint8Array.of(3), 8, 3)).toThrow("cut off");
    expect(() => runs(Uint8Array.of(3), 32, 3)).toThrow("places of 32 bits");
    // 7, 5, 3, 1, 2, 3, 4, 5 from the description of the format: least difference −2, the others take 2 bits.
    const block = [128, 1, 4, 8, 14, 3, 2, 0, 0, 0, 0b11000000, 0b00111111, 0, 0, 0, 0, 0, 0];
    expect([...differences(Uint8Array.from(block), 8, 32).values]).toEqual([
      7, 5, 3, 1, 2, 3, 4, 5,
    ]);
    expect(() => differences(Uint8Array.of(0, 1, 8, 14), 8, 32)).toThrow("blocks of 0 values");
    expect(() => differences(Uint8Array.from(block.slice(0, 12)), 8, 32)).toThrow("cut off");
  });

  test("literals of Snappy that would be read in circles", () => {
    const ends = [128, 255, 255, 255];
    for (const most of ends)
      expect(() => checkSnappy(Uint8Array.of(9, 0xfc, 0, 0, 0, most, 1))).toThrow("than 2 GiB");
    // A literal of 3 bytes, one of 2 whose length takes 4, copies of each kind, and a length that leads behind the end.
    const elements = [8, 7, 7, 7, 0xfc, 1, 0, 0, 0, 7, 7, 1, 3, 2, 3, 0, 3, 3, 0, 0, 0, 0xf4, 9, 9];
    expect(() => checkSnappy(Uint8Array.of(200, 1, ...elements))).not.toThrow();
  });

  test("structures of Thrift", () => {
    expect(new ThriftReader(Uint8Array.of(0x15, 3, 0x19, 0x25, 2, 4, 0)).struct()).toEqual({
      1: -2,
      2: [1, 2],
    });
    expect(() => new ThriftReader(Uint8Array.of(0x19, 0xf5, 255, 255, 255, 127)).struct()).toThrow(
      /a list of 268435455 elements/,
    );
    expect(() => new ThriftReader(new Uint8Array(99).fill(0x1c)).struct()).toThrow(/nested/);
    expect(() => new ThriftReader(Uint8Array.of(0x18, 9, 1)).struct()).toThrow("cut off");
  });
});

describe("LZ4", () => {
  const frame = (...block: number[]): Uint8Array =>
    Uint8Array.of(4, 0x22, 0x4d, 0x18, 0x40, 0x40, 0, block.length, 0, 0, 0, ...block, 0, 0, 0, 0);

  test("literals, repeats that overlap, and long lengths", () => {
    // "ab", then 4 + 2 bytes from 2 before on, then 20 literals.
    const literals = Array.from({ length: 20 }, (_, k) => k);
    const found = unpackLz4(frame(0x22, 97, 98, 2, 0, 0xf0, 5, ...literals));
    expect([...found]).toEqual([97, 98, 97, 98, 97, 98, 97, 98, ...literals]);
  });

  test("blocks that are not packed", () => {
    expect([
      ...unpackLz4(
        Uint8Array.of(4, 0x22, 0x4d, 0x18, 0x40, 0x40, 0, 2, 0, 0, 0x80, 7, 8, 0, 0, 0, 0),
      ),
    ]).toEqual([7, 8]);
  });

  test("damage, and more than is allowed, is an error", () => {
    expect(() => unpackLz4(frame(0x22, 97, 98, 2, 0), 7)).toThrow("too much");
    expect(() => unpackLz4(Uint8Array.of(1, 2, 3))).toThrow("no LZ4 frame");
    expect(() => unpackLz4(frame(0x20, 97, 98, 3, 0))).toThrow("3 bytes before its place 2");
    expect(() => unpackLz4(frame(0xf0, 255, 255))).toThrow("cut off");
    expect(() => unpackLz4(frame(0x10, 97).subarray(0, 12))).toThrow("cut off");
  });
});
