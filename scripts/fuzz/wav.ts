import { decodeWav, monoOf } from "../../src/data/read/wav.ts";
import type { FuzzTarget } from "./engine/target.ts";

/** A WAV file of samples that count up. */
function made(encoding: number, channels: number, bits: number, before = 0): Uint8Array {
  const block = (channels * bits) / 8;
  const bytes = new Uint8Array(before + 44 + 8 * block);
  const view = new DataView(bytes.buffer);
  const text = (at: number, word: string): void => bytes.set(new TextEncoder().encode(word), at);
  text(0, "RIFF....WAVE");
  if (before > 0) {
    text(12, "LIST");
    view.setUint32(16, before - 8, true);
  }
  text(12 + before, "fmt ");
  view.setUint32(16 + before, 16, true);
  view.setUint16(20 + before, encoding, true);
  view.setUint16(22 + before, channels, true);
  view.setUint32(24 + before, 8000, true);
  view.setUint16(32 + before, block, true);
  view.setUint16(34 + before, bits, true);
  text(36 + before, "data");
  view.setUint32(40 + before, 8 * block, true);
  for (let at = 44 + before; at < bytes.length; at++) bytes[at] = 37 * at;
  return bytes;
}

const target: FuzzTarget = {
  parse: (bytes) => monoOf(decodeWav(bytes)),
  seeds: [made(1, 1, 16), made(1, 2, 8, 10), made(3, 1, 32), made(1, 3, 24), made(0xfffe, 1, 16)],
  words: ["RIFF", "WAVE", "fmt ", "data", "RF64", Uint8Array.of(0xfe, 0xff)],
  memory: (bytes) => 8 * bytes + 2 ** 20, // a float for each byte, and their mean
};
export default target;
