// Dequantisation of GGUF's blocks (ggml, ggml-quants.c): each block holds a few scales and small whole numbers, and an
// element is scale × number + minimum. "Legacy" blocks have 32 elements; K blocks 256, in parts with scales of their own.

import { floatFormats, floatOfBits } from "./float-formats.ts";

/** How one block is read. */
export interface BlockType {
  readonly name: string;
  readonly elements: number;
  readonly bytes: number;
  /** Writes the elements of the block at byte `at` to `out` from `to` on. */
  readonly read: (block: DataView, at: number, out: Float32Array, to: number) => void;
}

/** Block types by their number in files. */
export const blockTypes: Readonly<Record<number, BlockType>> = {
  2: { name: "Q4_0", elements: 32, bytes: 18, read: readQ40 },
  3: { name: "Q4_1", elements: 32, bytes: 20, read: readQ41 },
  6: { name: "Q5_0", elements: 32, bytes: 22, read: readQ50 },
  7: { name: "Q5_1", elements: 32, bytes: 24, read: readQ51 },
  8: { name: "Q8_0", elements: 32, bytes: 34, read: readQ80 },
  10: { name: "Q2_K", elements: 256, bytes: 84, read: readQ2K },
  11: { name: "Q3_K", elements: 256, bytes: 110, read: readQ3K },
  12: { name: "Q4_K", elements: 256, bytes: 144, read: readQ4K },
  13: { name: "Q5_K", elements: 256, bytes: 176, read: readQ5K },
  14: { name: "Q6_K", elements: 256, bytes: 210, read: readQ6K },
  15: { name: "Q8_K", elements: 256, bytes: 292, read: readQ8K },
};

/** Types that are known and not read. */
export const otherBlockTypes: Readonly<Record<number, string>> = {
  ...{ 9: "Q8_1", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL" },
  ...{ 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0" },
  ...{ 39: "MXFP4", 40: "NVFP4" },
};

const half = (block: DataView, at: number): number =>
  floatOfBits(block.getUint16(at, true), floatFormats.float16);

type Reader = BlockType["read"];

function readQ40(...[block, at, out, to]: Parameters<Reader>): void {
  const d = half(block, at);
  for (let j = 0; j < 16; j++) {
    const q = block.getUint8(at + 2 + j);
    out[to + j] = d * ((q & 15) - 8);
    out[to + j + 16] = d * ((q >> 4) - 8);
  }
}

function readQ41(...[block, at, out, to]: Parameters<Reader>): void {
  const d = half(block, at);
  const m = half(block, at + 2);
  for (let j = 0; j < 16; j++) {
    const q = block.getUint8(at + 4 + j);
    out[to + j] = d * (q & 15) + m;
    out[to + j + 16] = d * (q >> 4) + m;
  }
}

function readQ50(...[block, at, out, to]: Parameters<Reader>): void {
  const d = half(block, at);
  const high = block.getUint32(at + 2, true);
  for (let j = 0; j < 16; j++) {
    const q = block.getUint8(at + 6 + j);
    out[to + j] = d * (((q & 15) | (((high >>> j) & 1) << 4)) - 16);
    out[to + j + 16] = d * (((q >> 4) | (((high >>> (j + 16)) & 1) << 4)) - 16);
  }
}

function readQ51(...[block, at, out, to]: Parameters<Reader>): void {
  const d = half(block, at);
  const m = half(block, at + 2);
  const high = block.getUint32(at + 4, true);
  for (let j = 0; j < 16; j++) {
    const q = block.getUint8(at + 8 + j);
    out[to + j] = d * ((q & 15) | (((high >>> j) & 1) << 4)) + m;
    out[to + j + 16] = d * ((q >> 4) | (((high >>> (j + 16)) & 1) << 4)) + m;
  }
}

function readQ80(...[block, at, out, to]: Parameters<Reader>): void {
  const d = half(block, at);
  for (let j = 0; j < 32; j++) out[to + j] = d * block.getInt8(at + 2 + j);
}

/** 16 parts of 16 elements with two bits each: [scales 16][numbers 64][d][minimum]. */
function readQ2K(...[block, at, out, to]: Parameters<Reader>): void {
  const d = half(block, at + 80);
  const m = half(block, at + 82);
  for (let part = 0; part < 16; part++) {
    const scale = block.getUint8(at + part);
    const { byte, shift } = placeOfPart(part);
    for (let l = 0; l < 16; l++) {
      const q = (block.getUint8(at + 16 + byte + l) >> shift) & 3;
      out[to + 16 * part + l] = d * (scale & 15) * q - m * (scale >> 4);
    }
  }
}

/** 16 parts of 16 elements with three bits: [high bits 32][low bits 64][scales of 6 bits 12][d]. */
function readQ3K(...[block, at, out, to]: Parameters<Reader>): void {
  const d = half(block, at + 108);
  for (let part = 0; part < 16; part++) {
    const scale = d * (scaleQ3K(block, at + 96, part) - 32);
    const { byte, shift } = placeOfPart(part);
    for (let l = 0; l < 16; l++) {
      const low = (block.getUint8(at + 32 + byte + l) >> shift) & 3;
      const high = (block.getUint8(at + (part % 2) * 16 + l) >> (part >> 1)) & 1;
      out[to + 16 * part + l] = scale * (low - (high === 1 ? 0 : 4));
    }
  }
}

function scaleQ3K(block: DataView, at: number, part: number): number {
  const byte = block.getUint8(at + (part % 8));
  const low = part < 8 ? byte & 15 : byte >> 4;
  return low | (((block.getUint8(at + 8 + (part % 4)) >> (2 * (part >> 2))) & 3) << 4);
}

/** Two-bit numbers: 32 bytes hold 128 elements, first the lowest bits of all. */
function placeOfPart(part: number): { byte: number; shift: number } {
  return { byte: (part >> 3) * 32 + (part % 2) * 16, shift: 2 * ((part >> 1) % 4) };
}

/** 8 parts of 32 elements with four bits: [d][minimum][scales and minima of 6 bits 12][numbers 128]. */
function readQ4K(...[block, at, out, to]: Parameters<Reader>): void {
  for (let part = 0; part < 8; part++) {
    const { scale, minimum } = scaleOfPart(block, at, part);
    const shift = 4 * (part % 2);
    for (let l = 0; l < 32; l++) {
      const q = (block.getUint8(at + 16 + (part >> 1) * 32 + l) >> shift) & 15;
      out[to + 32 * part + l] = scale * q - minimum;
    }
  }
}

/** As Q4_K, with a fifth bit for each element: [d][minimum][scales 12][high bits 32][low bits 128]. */
function readQ5K(...[block, at, out, to]: Parameters<Reader>): void {
  for (let part = 0; part < 8; part++) {
    const { scale, minimum } = scaleOfPart(block, at, part);
    const shift = 4 * (part % 2);
    for (let l = 0; l < 32; l++) {
      const low = (block.getUint8(at + 48 + (part >> 1) * 32 + l) >> shift) & 15;
      const high = (block.getUint8(at + 16 + l) >> part) & 1;
      out[to + 32 * part + l] = scale * (low + 16 * high) - minimum;
    }
  }
}

function scaleOfPart(
  block: DataView,
  at: number,
  part: number,
): { scale: number; minimum: number } {
  const byte = (k: number): number => block.getUint8(at + 4 + k);
  const low = part < 4;
  const scale = low ? byte(part) & 63 : (byte(part + 4) & 15) | ((byte(part - 4) >> 6) << 4);
  const minimum = low ? byte(part + 4) & 63 : (byte(part + 4) >> 4) | ((byte(part) >> 6) << 4);
  return { scale: half(block, at) * scale, minimum: half(block, at + 2) * minimum };
}

/** 16 parts of 16 elements with six bits: [low bits 128][high bits 64][scales 16][d]. */
function readQ6K(...[block, at, out, to]: Parameters<Reader>): void {
  const d = half(block, at + 208);
  for (let part = 0; part < 16; part++) {
    const scale = d * block.getInt8(at + 192 + part);
    const [side, group, second] = [part >> 3, (part >> 1) % 4, (part % 2) * 16];
    for (let l = 0; l < 16; l++) {
      const low = block.getUint8(at + side * 64 + (group % 2) * 32 + second + l);
      const high = block.getUint8(at + 128 + side * 32 + second + l);
      const q = ((low >> (4 * (group >> 1))) & 15) | (((high >> (2 * group)) & 3) << 4);
      out[to + 16 * part + l] = scale * (q - 32);
    }
  }
}

function readQ8K(...[block, at, out, to]: Parameters<Reader>): void {
  const d = block.getFloat32(at, true);
  for (let j = 0; j < 256; j++) out[to + j] = d * block.getInt8(at + 4 + j);
}
