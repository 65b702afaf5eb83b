import { decodeGguf } from "../../src/formats/gguf.ts";
import { fixture } from "./engine/fixtures.ts";
import type { FuzzTarget } from "./engine/target.ts";

const whole = fixture("model.gguf");

const target: FuzzTarget = {
  parse: (bytes) => decodeGguf(bytes),
  // The header is the first tenth; a shorter file ends before its tensors.
  seeds: [whole, tiny(0, [2, 3]), tiny(2, [32]), tiny(10, [256]), tiny(27, [1])],
  words: ["GGUF", "general.alignment", Uint8Array.of(9, 0, 0, 0), Uint8Array.of(8, 0, 0, 0)],
  // Two bits become 32.
  memory: (bytes) => 14 * bytes + 2 ** 20,
};
export default target;

/** A file with two values and one tensor of zeros. */
function tiny(type: number, sizes: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(512);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const u32 = (x: number): void => {
    view.setUint32(at, x, true);
    at += 4;
  };
  const u64 = (x: number): void => {
    view.setBigUint64(at, BigInt(x), true);
    at += 8;
  };
  const text = (x: string): void => {
    u64(x.length);
    bytes.set(new TextEncoder().encode(x), at);
    at += x.length;
  };
  for (const x of [0x46554747, 3]) u32(x);
  for (const x of [1, 2]) u64(x);
  text("a");
  u32(9);
  u32(4);
  u64(2);
  u32(5);
  u32(6);
  text("b");
  u32(8);
  text("cd");
  text("t");
  u32(sizes.length);
  for (const size of sizes) u64(size);
  u32(type);
  u64(0);
  return bytes;
}
