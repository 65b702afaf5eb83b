import { readArrow } from "../../src/data/read/arrow.ts";
import { dataFixture } from "./engine/fixtures.ts";
import type { FuzzTarget } from "./engine/target.ts";

const maxBytes = 2 ** 20;

const target: FuzzTarget = {
  parse: (bytes) => readArrow(bytes, { maxBytes }),
  seeds: ["table.feather", "table.lz4.feather", "table.arrows"].map(dataFixture),
  words: ["ARROW1", Uint8Array.of(0xff, 0xff, 0xff, 0xff), Uint8Array.of(0, 0, 0, 0)],
  memory: (bytes) => 4 * maxBytes + 8 * bytes + 2 ** 20,
};
export default target;
