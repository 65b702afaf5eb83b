import { unpackLz4 } from "../../src/data/read/lz4.ts";
import { damaged } from "../../src/data/read/parquet.ts";
import type { FuzzTarget } from "./engine/target.ts";

const frame = (...block: number[]): Uint8Array =>
  Uint8Array.of(4, 0x22, 0x4d, 0x18, 0x40, 0x40, 0, block.length, 0, 0, 0, ...block, 0, 0, 0, 0);

const target: FuzzTarget = {
  /** Its plain errors are explained as `readArrow` does; anything else is a fault. */
  parse: (bytes) => {
    try {
      return unpackLz4(bytes);
    } catch (error) {
      if (error instanceof Error && error.message.includes("LZ4"))
        throw damaged("the frame", "Arrow", error);
      throw error;
    }
  },
  seeds: [
    frame(0x22, 97, 98, 2, 0, 0xf0, 5, ...Array.from({ length: 20 }, (_, k) => k)),
    frame(0x1f, 7, 1, 0, 255, 255, 3, 0x10, 9),
    Uint8Array.of(4, 0x22, 0x4d, 0x18, 0x40, 0x40, 0, 2, 0, 0, 0x80, 7, 8, 0, 0, 0, 0),
  ],
  memory: (bytes) => 4 * 255 * bytes + 2 ** 20,
};
export default target;
