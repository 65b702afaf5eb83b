import jpeg from "jpeg-js";
import { imageDecoder } from "../../src/data/read/decode-image.ts";
import { pixelsOf } from "../../src/data/read/picture.ts";
import type { FuzzTarget } from "./engine/target.ts";

const maxPixels = 2 ** 16;
const decode = await imageDecoder(["jpeg"], maxPixels);
const made = (width: number, height: number, quality: number): Uint8Array => {
  const data = Uint8Array.from({ length: 4 * width * height }, (_, k) => (k * k * 37) % 251);
  return new Uint8Array(jpeg.encode({ width, height, data }, quality).data);
};

const target: FuzzTarget = {
  parse: (bytes) =>
    pixelsOf(decode(bytes, "x.jpg"), { size: [4, 5], channels: 3, resize: "contain" }),
  seeds: [made(7, 5, 90), made(17, 9, 10), progressive()],
  words: [0xc0, 0xc2, 0xc4, 0xd8, 0xd9, 0xda, 0xdb, 0xdd, 0xe0, 0xee].map((x) =>
    Uint8Array.of(0xff, x),
  ),
  memory: (bytes) => 32 * maxPixels + 16 * bytes + 2 ** 26,
};
export default target;

/** A progressive image of 16 × 8 pixels, written by Pillow 12. */
function progressive(): Uint8Array {
  return new Uint8Array(
    Buffer.from(
      "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+" +
        "MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//wgALCAAIABABAREA/8QAFQABAQAAAAAAAAAAAAAAAAAAAwT/" +
        "2gAIAQEAAAABKn//xAAYEAADAQEAAAAAAAAAAAAAAAAAAQIEA//aAAgBAQABBQJZbkWvnJ//xAAYEAACAwAA" +
        "AAAAAAAAAAAAAAAAAQIicv/aAAgBAQAGPwKritFVJaP/xAAYEAEAAwEAAAAAAAAAAAAAAAABAJGhIf/aAAgB" +
        "AQABPyHYolcmRgKn/9oACAEBAAAAEH//xAAbEAACAgMBAAAAAAAAAAAAAAAxQQARIWGRAf/aAAgBAQABPxDf" +
        "jWYKdFCbtazhT3pQn//Z",
      "base64",
    ),
  );
}
