import { decodeIdx } from "../../src/formats/idx.ts";
import type { FuzzTarget } from "./engine/target.ts";

const target: FuzzTarget = {
  parse: (bytes) => decodeIdx(bytes),
  seeds: [
    Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 1, 2, 3),
    Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 9, 8, 7, 6),
    Uint8Array.of(0, 0, 9, 1, 0, 0, 0, 2, 128, 1),
    Uint8Array.of(0, 0, 11, 1, 0, 0, 0, 2, 128, 1, 0, 1),
    Uint8Array.of(0, 0, 13, 2, 0, 0, 0, 1, 0, 0, 0, 1, 63, 128, 0, 0),
    Uint8Array.of(0, 0, 14, 0, 63, 240, 0, 0, 0, 0, 0, 0),
  ],
};
export default target;
