import { readParquet } from "../../src/data/read/parquet.ts";
import { dataFixture } from "./engine/fixtures.ts";
import type { FuzzTarget } from "./engine/target.ts";

const maxBytes = 2 ** 20;

const target: FuzzTarget = {
  parse: (bytes) => readParquet(bytes, { maxBytes }),
  seeds: ["table.snappy.parquet", "table.gzip.parquet", "groups.parquet"].map(dataFixture),
  words: ["PAR1", Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f), Uint8Array.of(0x15, 0)],
  memory: (bytes) => 8 * maxBytes + 8 * bytes + 2 ** 20,
};
export default target;
