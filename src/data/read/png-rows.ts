// The usual PNG, decoded here: samples of a byte in rows that follow one another. The decoder that reads all the others
// unpacks by a stream, whose buffers of 230 kB for each picture keep the garbage collector of a loading thread busy for as
// long as the decoding takes. Here rows are unpacked into memory that is used again.
// Source: W3C, Portable Network Graphics Specification, third edition, 9 (filters) and 13.

import { unzlibSync } from "fflate";
import { joinBytes } from "../../core/bytes.ts";
import { crc32 } from "../../formats/crc32.ts";
import type { Picture } from "./picture.ts";
import { type CheckedPng, samplesPerPixel } from "./png-limits.ts";

/** The picture, or undefined where it is of another kind. Errors: plain ones with the reason. */
export function readRows(png: CheckedPng): Picture | undefined {
  const { width, height, depth, colour, isInterlaced } = png.header;
  const isUsual = depth === 8 && colour !== 3 && !isInterlaced;
  if (!isUsual || png.chunks.some(({ type }) => type === "tRNS")) return undefined;
  checkSums(png);
  const channels = samplesPerPixel[colour];
  const perRow = width * channels;
  const rows = unpacked(png, height * (perRow + 1));
  const data = new Uint8Array(height * perRow);
  for (let row = 0, from = 0; row < height; row++, from += perRow + 1) {
    const filter = filters[rows[from]];
    if (filter === undefined) throw new Error(`row ${row} has filter ${rows[from]} of 4`);
    filter(rows, from + 1, data, row * perRow, perRow, channels);
  }
  return { width, height, channels, data };
}

function checkSums({ bytes, chunks }: CheckedPng): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const { type, start, end } of chunks)
    if (crc32(bytes.subarray(start + 4, end - 4)) !== view.getUint32(end - 4))
      throw new Error(`its chunk ${type} is damaged: its CRC-32 is not the one that it states`);
}

let memory = new Uint8Array(0);

/** Rows with their filters' numbers, in memory that the next picture uses again. */
function unpacked({ bytes, chunks }: CheckedPng, size: number): Uint8Array {
  const out = size <= largestKept ? kept(size) : new Uint8Array(size);
  const parts = chunks.filter(({ type }) => type === "IDAT");
  const packed = parts.map(({ start, end }) => bytes.subarray(start + 8, end - 4));
  const rows = inflated(joinBytes(packed), out);
  if (rows.length < size) throw new Error("it lacks pixels");
  return rows;
}

/** Unpacks into `out`. What is more than fits, which decoders pass over, fflate drops too, but for what stands there unpacked. */
function inflated(packed: Uint8Array, out: Uint8Array): Uint8Array {
  try {
    return unzlibSync(packed, { out });
  } catch (error) {
    if (error instanceof RangeError) return unzlibSync(packed);
    throw error;
  }
}

/** Bytes of memory that stay after a picture. */
const largestKept = 2 ** 22;

function kept(size: number): Uint8Array {
  if (memory.length < size) memory = new Uint8Array(size);
  return memory.subarray(0, size);
}

/** Adds to each byte what the filter foretells from the bytes of the pixels to its left and above it, which are 0 outside. */
type Filter = (
  rows: Uint8Array,
  from: number,
  data: Uint8Array,
  to: number,
  perRow: number,
  channels: number,
) => void;

const none: Filter = (rows, from, data, to, perRow) => {
  data.set(rows.subarray(from, from + perRow), to);
};

const left: Filter = (rows, from, data, to, perRow, channels) => {
  for (let k = 0; k < perRow; k++)
    data[to + k] = rows[from + k] + (k < channels ? 0 : data[to + k - channels]);
};

const above: Filter = (rows, from, data, to, perRow) => {
  for (let k = 0; k < perRow; k++)
    data[to + k] = rows[from + k] + (to === 0 ? 0 : data[to + k - perRow]);
};

const average: Filter = (rows, from, data, to, perRow, channels) => {
  for (let k = 0; k < perRow; k++) {
    const a = k < channels ? 0 : data[to + k - channels];
    const b = to === 0 ? 0 : data[to + k - perRow];
    data[to + k] = rows[from + k] + ((a + b) >> 1);
  }
};

const paeth: Filter = (rows, from, data, to, perRow, channels) => {
  for (let k = 0; k < perRow; k++) {
    const a = k < channels ? 0 : data[to + k - channels];
    const b = to === 0 ? 0 : data[to + k - perRow];
    const c = k < channels || to === 0 ? 0 : data[to + k - perRow - channels];
    data[to + k] = rows[from + k] + nearest(a, b, c);
  }
};

/** Of three bytes the one that is nearest to `a + b − c`; the first of those that are as near. */
function nearest(a: number, b: number, c: number): number {
  const [toA, toB, toC] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  if (toA <= toB && toA <= toC) return a;
  return toB <= toC ? b : c;
}

const filters: readonly Filter[] = [none, left, above, average, paeth];
