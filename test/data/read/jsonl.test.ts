// JSON lines, one value after the other and as tables, with the line in every error.

import { describe, expect, test } from "vitest";
import { jsonlValues, readJsonl } from "../../../src/data/read/jsonl.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array, void, void> {
  const all = bytes(text);
  for (let at = 0; at < all.length; at += size) yield all.subarray(at, at + size);
}

describe("JSON lines", () => {
  const text = '\uFEFF{"a":1,"b":"å"}\r\n\n{"a":2.5,"b":null}\n[1]';

  test("come one by one, however the bytes are cut", async () => {
    for (const size of [1, 3, 100]) {
      const found = [];
      for await (const value of jsonlValues(pieces(text, size))) found.push(value);
      expect(found).toEqual([{ a: 1, b: "å" }, { a: 2.5, b: null }, [1]]);
    }
  });

  test("are a table where all are records", async () => {
    const table = await readJsonl(bytes(text.slice(0, -3)));
    expect(table.describe().map(({ name, kind, missing }) => `${name} ${kind} ${missing}`)).toEqual(
      ["a number 0", "b text 1"],
    );
    const strings = await readJsonl(bytes('{"id":"1"}\n{"id":"2"}'), { kinds: { id: "integer" } });
    expect(strings.column("id").values).toEqual(Float64Array.of(1, 2));
  });

  test("errors name the line", async () => {
    await expect(readJsonl(bytes(text), { name: "f.jsonl" })).rejects.toThrow(
      /f.jsonl, record 3: is a list/,
    );
    await expect(readJsonl(bytes('{}\n\n{"a":1,}'))).rejects.toThrow(/line 3: is no JSON/);
    await expect(readJsonl(bytes('{"a":{}}'))).rejects.toThrow(
      /column "a", record 0: a value of type object/,
    );
  });
});
