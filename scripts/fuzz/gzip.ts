import { gzipSync } from "node:zlib";
import { gunzip } from "../../src/formats/gzip.ts";
import type { FuzzTarget } from "./engine/target.ts";

const text = new TextEncoder().encode("the derivative of the sum is the sum of the derivatives\n");
const target: FuzzTarget = {
  parse: (bytes) => gunzip(bytes),
  seeds: [gzipSync(text), gzipSync(new Uint8Array(300)), gzipSync(text, { level: 0 })].map(
    (bytes) => Uint8Array.from(bytes),
  ),
  // What deflate can unpack to, and what the streams of the platform hold in between.
  memory: (bytes) => 2200 * bytes + 2 ** 21,
};
export default target;
