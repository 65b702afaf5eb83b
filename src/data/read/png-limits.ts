// What a PNG file says of itself, read before a decoder sees it: sizes, and how much its pixels unpack to. Chunks that a
// picture does not need (texts, colour profiles, more frames) are left out, so that nothing hides in them.
// Source: W3C, Portable Network Graphics Specification, third edition.

import { Unzlib } from "fflate";

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const needed = new Set(["IHDR", "PLTE", "tRNS", "IDAT", "IEND"]);
export const samplesPerPixel: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Deflate unpacks a byte to at most this many. */
const most = 1032;
/** Unpacked bytes that are harmless whatever the header says. */
const harmless = 2 ** 28;

export function isPng(bytes: Uint8Array): boolean {
  return signature.every((byte, k) => bytes[k] === byte);
}

/** A PNG file that may be decoded. */
export interface CheckedPng {
  readonly bytes: Uint8Array;
  /** The chunks that the picture needs, and whether there are others. */
  readonly chunks: readonly Chunk[];
  readonly hasMore: boolean;
  readonly header: PngHeader;
}

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample. */
  readonly depth: number;
  /** 0: grey, 2: RGB, 3: palette, 4: grey and alpha, 6: RGBA. */
  readonly colour: number;
  /** Numbers of the compression and of the set of filters; PNG has one of each, 0. */
  readonly methods: readonly [compression: number, filters: number];
  readonly isInterlaced: boolean;
}

/** Reads the chunks and refuses what would take too much. Errors: plain ones with the reason, for the caller to explain. */
export function checkPng(bytes: Uint8Array, maxPixels: number): CheckedPng {
  const all = chunksOf(bytes);
  const [first] = all;
  if (first?.type !== "IHDR" || first.end - first.start !== 25)
    throw new Error("it does not begin with a header");
  if (all.filter(({ type }) => type === "IHDR").length > 1) throw new Error("it has two headers");
  const header = readHeader(new DataView(bytes.buffer, bytes.byteOffset + first.start + 8));
  checkHeader(header, maxPixels);
  checkPixels(bytes, all, header);
  const chunks = all.filter(({ type }) => needed.has(type));
  return { bytes, chunks, hasMore: chunks.length < all.length, header };
}

/** The chunks that the picture needs, as a PNG file. */
export function plainPng({ bytes, chunks, hasMore }: CheckedPng): Uint8Array {
  if (!hasMore) return bytes.subarray(0, chunks.at(-1)!.end);
  const result = new Uint8Array(chunks.reduce((sum, { start, end }) => sum + end - start, 8));
  result.set(signature);
  let at = 8;
  for (const { start, end } of chunks) {
    result.set(bytes.subarray(start, end), at);
    at += end - start;
  }
  return result;
}

export interface Chunk {
  readonly type: string;
  /** Where it begins, with its length, and ends, with its checksum. */
  readonly start: number;
  readonly end: number;
}

function chunksOf(bytes: Uint8Array): readonly Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const chunks: Chunk[] = [];
  for (let start = 8; chunks.at(-1)?.type !== "IEND"; ) {
    if (start + 12 > bytes.length)
      throw new Error(`it ends after ${bytes.length} bytes, too early`);
    const end = start + 12 + view.getUint32(start);
    const type = String.fromCharCode(...bytes.subarray(start + 4, start + 8));
    if (end > bytes.length)
      throw new Error(
        `its chunk ${JSON.stringify(type)} ends at byte ${end}, the file at ${bytes.length}`,
      );
    chunks.push({ type, start, end });
    start = end;
  }
  return chunks;
}

function readHeader(view: DataView): PngHeader {
  return {
    width: view.getUint32(0),
    height: view.getUint32(4),
    depth: view.getUint8(8),
    colour: view.getUint8(9),
    methods: [view.getUint8(10), view.getUint8(11)],
    isInterlaced: view.getUint8(12) !== 0,
  };
}

function checkHeader(header: PngHeader, maxPixels: number): void {
  const { width, height, depth, colour, methods } = header;
  if (samplesPerPixel[colour] === undefined || ![1, 2, 4, 8, 16].includes(depth))
    throw new Error(`it has colour type ${colour} with ${depth} bits, which PNG has not`);
  if (methods.some((method) => method !== 0))
    throw new Error(`it has compression ${methods[0]} and filters ${methods[1]}, where PNG has 0`);
  if (width === 0 || height === 0) throw new Error(`it has ${width} × ${height} pixels`);
  if (width * height > maxPixels)
    throw new Error(`it has ${width} × ${height} pixels, over the limit of ${maxPixels}`);
}

/** Unpacks once without keeping anything, where the pixels might be a bomb. */
function checkPixels(bytes: Uint8Array, chunks: readonly Chunk[], header: PngHeader): void {
  const { width, height, depth, colour } = header;
  // Interlaced pictures have a few more rows' filter bytes.
  const unpacked = (height + 16) * (Math.ceil((width * samplesPerPixel[colour] * depth) / 8) + 9);
  const pixels = chunks.filter(({ type }) => type === "IDAT");
  const packed = pixels.reduce((sum, { start, end }) => sum + end - start - 12, 0);
  if (packed === 0) throw new Error("it has no pixels");
  if (packed * most <= Math.max(harmless, unpacked)) return;
  let total = 0;
  const count = new Unzlib((part) => {
    total += part.length;
    if (total > unpacked)
      throw new Error(`its pixels unpack to more than the ${unpacked} bytes they need`);
  });
  const step = 2 ** 14;
  for (const { start, end } of pixels)
    for (let at = start + 8; at < end - 4; at += step)
      count.push(bytes.subarray(at, Math.min(at + step, end - 4)));
}
