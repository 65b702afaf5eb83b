// PNG and JPEG bytes to pictures, by fast-png and jpeg-js: optional packages that are loaded when an image of their kind is
// read. What they are given is checked first, and whatever they throw becomes an error that names the file.

import { ChainruleError } from "../../core/errors.ts";
import type { Picture } from "./picture.ts";
import { checkPng, isPng, plainPng } from "./png-limits.ts";
import { readRows } from "./png-rows.ts";

/** Kinds of images that are read. */
export type ImageKind = "png" | "jpeg";

/** Decodes the bytes of one image. */
export type ImageDecoder = (bytes: Uint8Array, name: string) => Picture;

/** Most pixels of an image, unless said otherwise: 32 megapixels, for which a decoder takes up to 1 GiB. */
export const usualPixels: number = 2 ** 25;

type DecodeBytes = (bytes: Uint8Array, maxPixels: number) => Picture;

/** Loads the decoders of some kinds. Errors: `MISSING_FILE` with the line that installs one. */
export async function imageDecoder(
  kinds: Iterable<ImageKind>,
  maxPixels: number = usualPixels,
): Promise<ImageDecoder> {
  const decoders = new Map<ImageKind, DecodeBytes>();
  for (const kind of kinds) if (!decoders.has(kind)) decoders.set(kind, await loaders[kind]());
  return (bytes, name) => {
    const kind = imageKindOf(bytes);
    const decode = kind === undefined ? undefined : decoders.get(kind);
    if (decode === undefined) throw kind ? misnamed(name, kind) : notRead(name, otherKind(bytes));
    try {
      return whole(decode(bytes, maxPixels));
    } catch (cause) {
      throw damaged(name, cause);
    }
  };
}

/** The kind of an image by its first bytes; undefined where it is neither. */
export function imageKindOf(bytes: Uint8Array): ImageKind | undefined {
  if (isPng(bytes)) return "png";
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff ? "jpeg" : undefined;
}

/** Refuses pictures without pixels, or with fewer than their sizes say. */
function whole(picture: Picture): Picture {
  const { width, height, channels, data } = picture;
  if (!(width > 0 && height > 0)) throw new Error(`it has ${width} × ${height} pixels`);
  if (data.length < width * height * channels) throw new Error("it lacks pixels");
  return picture;
}

// An import in a `try` is one that bundlers may leave unresolved.
const loaders: Readonly<Record<ImageKind, () => Promise<DecodeBytes>>> = {
  png: async () => {
    try {
      const { decode } = await import("fast-png");
      return (bytes, most) => {
        const png = checkPng(bytes, most);
        return readRows(png) ?? pictureOf(decode(plainPng(png), { checkCrc: true }));
      };
    } catch (cause) {
      throw notInstalled("fast-png", "PNG images", cause);
    }
  },
  jpeg: async () => {
    try {
      const { default: jpeg } = await import("jpeg-js");
      return (bytes, most) => {
        checkScans(bytes);
        return { ...jpeg.decode(bytes, jpegOptions(most)), channels: 3 };
      };
    } catch (cause) {
      throw notInstalled("jpeg-js", "JPEG images", cause);
    }
  },
};

interface JpegOptions {
  readonly useTArray: true;
  readonly formatAsRGBA: boolean;
  readonly tolerantDecoding: boolean;
  readonly maxResolutionInMP: number;
  readonly maxMemoryUsageInMB: number;
}

function jpegOptions(maxPixels: number): JpegOptions {
  return {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxResolutionInMP: maxPixels / 1e6,
    maxMemoryUsageInMB: 64 + (32 * maxPixels) / 2 ** 20,
  };
}

/** The error of an optional package that is not there. */
export function notInstalled(name: string, what: string, cause: unknown): ChainruleError {
  return new ChainruleError({
    code: "MISSING_FILE",
    op: "data",
    problem: `${what} are read by the package ${name}, which cannot be loaded`,
    fix: `Install it: npm install ${name}`,
    detail: { package: name },
    cause,
  });
}

/** What fast-png decodes; pixels of less than a byte are packed, and those of a palette are its numbers. */
interface DecodedPng {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly channels: number;
  readonly data: Uint8Array | Uint8ClampedArray | Uint16Array;
  readonly palette?: readonly (readonly number[])[];
}

function pictureOf(png: DecodedPng): Picture {
  const { width, height, channels, palette } = png;
  const data = png.depth < 8 ? unpackedBits(png) : png.data;
  if (data.length < width * height * channels) throw new Error("it lacks pixels");
  if (palette === undefined) return { width, height, channels, data };
  const depth = palette.some((colour) => colour.length > 3) ? 4 : 3;
  const colours = new Uint8Array(width * height * depth);
  for (let k = 0; k < width * height; k++) {
    const colour = palette[data[k]];
    if (colour === undefined) throw new Error(`it uses colour ${data[k]} of ${palette.length}`);
    for (let c = 0; c < depth; c++) colours[k * depth + c] = colour[c] ?? 255;
  }
  return { width, height, channels: depth, data: colours };
}

/** Grey of 1, 2 or 4 bits becomes 0 … 255; numbers of colours stay. Each row begins with a byte of its own. */
function unpackedBits({ width, height, depth, data, palette }: DecodedPng): Uint8Array {
  const perRow = Math.ceil((width * depth) / 8);
  if (data.length < perRow * height) throw new Error("it lacks pixels");
  const scale = palette === undefined ? 255 / (2 ** depth - 1) : 1;
  return Uint8Array.from({ length: width * height }, (_, k) => {
    const bit = (k % width) * depth;
    const byte = data[Math.floor(k / width) * perRow + (bit >> 3)];
    return ((byte >> (8 - depth - (bit & 7))) & (2 ** depth - 1)) * scale;
  });
}

/** Scans of a progressive image; each costs a pass over all pixels, however few bytes it has. */
const mostScans = 100;

function checkScans(bytes: Uint8Array): void {
  let scans = 0;
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1))
    if (bytes[at + 1] === 0xda) scans++;
  if (scans > mostScans) throw new Error(`it has ${scans} scans, over the limit of ${mostScans}`);
}

/** Names of other formats by their first bytes, for the error. */
function otherKind(bytes: Uint8Array): string | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, 16));
  if (text.startsWith("RIFF") && text.slice(8, 12) === "WEBP") return "WebP";
  if (text.startsWith("GIF8")) return "GIF";
  if (text.startsWith("BM")) return "BMP";
  if (text.startsWith("II*\0") || text.startsWith("MM\0*")) return "TIFF";
  if (text.slice(4, 8) === "ftyp") return text.slice(8, 12).startsWith("avi") ? "AVIF" : "HEIC";
  return undefined;
}

function notRead(name: string, kind: string | undefined): ChainruleError {
  return new ChainruleError({
    code: "BAD_FILE",
    op: "image",
    problem: `${name} is ${kind === undefined ? "no image that is known" : `a ${kind} image`}; PNG and JPEG are read`,
    fix: "Convert it, for instance by `magick in.webp out.png`. Browsers read what they show, by `readImages`.",
    detail: { file: name, kind },
  });
}

function misnamed(name: string, kind: ImageKind): ChainruleError {
  return new ChainruleError({
    code: "BAD_FILE",
    op: "image",
    problem: `${name} is a ${kind} image by its first bytes, and no file here is one by its name`,
    fix: "Give the file the ending of its kind, .png or .jpg.",
    detail: { file: name, kind },
  });
}

function damaged(name: string, cause: unknown): ChainruleError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ChainruleError({
    code: "BAD_FILE",
    op: "image",
    problem: `${name} cannot be decoded: ${reason}`,
    fix: 'Replace or delete the file, or pass `damaged: "skip"`; large images need a larger `maxPixels`.',
    detail: { file: name },
    cause,
  });
}
