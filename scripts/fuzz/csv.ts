import { parseCsv, readCsv } from "../../src/data/read/read-csv.ts";
import type { FuzzTarget } from "./engine/target.ts";

const text = (content: string): Uint8Array => new TextEncoder().encode(content);

const target: FuzzTarget = {
  /** Once from bytes and, where they are text, once in one piece: both must agree that it is a table. */
  parse: async (bytes) => {
    const table = await readCsv(bytes, { maxBytes: 2 ** 20 });
    return [table, parseCsv(new TextDecoder().decode(bytes))];
  },
  seeds: [
    text('id,price,sold,day,colour\r\n1,2.5,true,2020-01-02,red\r\n2,,no,NA,"bl""ue"\r\n'),
    text("a\tb\tc\n1\t2\t3\n4\t5\t6\n"),
    text('\uFEFFx;y\n"1\n2";3\n;NaN\n'),
    text('only\n"one"\n""\n-1e5\n'),
  ],
  words: ['"', '""', ",", "\t", ";", "\r\n", "\r", "NA", "1e999", "2020-13-45", "\uFEFF"],
  memory: (bytes) => 16 * bytes + 2 ** 20,
};
export default target;
