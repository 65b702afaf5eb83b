import { encode } from "fast-png";
import { imageDecoder } from "../../src/data/read/decode-image.ts";
import { pixelsOf } from "../../src/data/read/picture.ts";
import { crc32 } from "../../src/formats/crc32.ts";
import type { FuzzTarget } from "./engine/target.ts";

const maxPixels = 2 ** 16;
const decode = await imageDecoder(["png"], maxPixels);
const noise = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, k) => (k * k * 37) % 251);
const made = (width: number, height: number, channels: number, interlaced = false): Uint8Array =>
  encode(
    { width, height, channels, depth: 8, data: noise(width * height * channels) },
    { interlace: interlaced ? "Adam7" : "null" },
  );

/** Makes the checksums of a damaged file right, which would refuse nearly every one before its content is seen. */
function mended(bytes: Uint8Array): Uint8Array {
  const result = bytes.slice();
  const view = new DataView(result.buffer);
  for (let at = 8; at + 12 <= result.length; ) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > result.length) break;
    view.setUint32(end, crc32(result.subarray(at + 4, end)));
    at = end + 4;
  }
  return result;
}

const target: FuzzTarget = {
  parse: (bytes) =>
    pixelsOf(decode(mended(bytes), "x.png"), { size: [4, 5], channels: 3, resize: "cover" }),
  seeds: [made(7, 5, 3), made(9, 9, 1, true), made(3, 8, 4), made(5, 4, 2)],
  words: ["IHDR", "PLTE", "tRNS", "IDAT", "IEND", "iCCP", "tEXt", Uint8Array.of(0, 0, 0, 0)],
  // Pixels in 16 bits and 4 channels, twice; and what a small file can unpack to before it is seen to be too much.
  memory: (bytes) => 32 * maxPixels + 3 * 1032 * bytes + 2 ** 20,
};
export default target;
