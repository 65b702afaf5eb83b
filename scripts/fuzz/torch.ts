import { decodeTorch } from "../../src/formats/torch.ts";
import { fixture } from "./engine/fixtures.ts";
import type { FuzzTarget } from "./engine/target.ts";

/** Zip archives and the form before them; what is inside of the archives is the target `pickle`. */
const target: FuzzTarget = {
  parse: (bytes) => decodeTorch(bytes, "x", { maxBytes: 2 ** 22 }),
  seeds: ["mlp.pt", "checkpoint-legacy.pt", "whole-model.pt"].map(fixture),
  words: [
    "PK\x01\x02",
    "PK\x05\x06",
    "PK\x06\x07",
    "ctorch\nFloatStorage\n",
    "byteorder",
    "R",
    "t",
  ],
  memory: (bytes) => 4 * bytes + 2 ** 23,
};
export default target;
