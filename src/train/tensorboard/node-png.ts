// Pictures of tensors as PNG files (W3C PNG, third edition): 8 bits per channel, grey, RGB or RGBA.

import { crc32, deflateSync } from "node:zlib";
import { ChainruleError } from "../../core/errors.ts";
import type { HostTensor } from "../../core/host.ts";
import { showShape } from "../../core/shape.ts";

/** A picture: rows of pixels, channels of a pixel beside each other. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly bytes: Uint8Array;
}

const colourTypes = { 1: 0, 3: 2, 4: 6 } as const;
const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** A PNG file. */
export function encodePng({ width, height, channels, bytes }: Pixels): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, colourTypes[channels], 0, 0, 0], 8);
  const stride = width * channels;
  const rows = new Uint8Array(height * (stride + 1)); // each row begins with its filter, 0: none
  for (let y = 0; y < height; y++) {
    rows.set(bytes.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  }
  const packed = deflateSync(rows, { level: 9 });
  const parts = [chunk("IHDR", header), chunk("IDAT", packed), chunk("IEND", new Uint8Array(0))];
  return Buffer.concat([Uint8Array.from(signature), ...parts]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const whole = Buffer.alloc(data.length + 12);
  whole.writeUInt32BE(data.length, 0);
  whole.write(type, 4, "latin1");
  whole.set(data, 8);
  whole.writeUInt32BE(crc32(whole.subarray(4, data.length + 8)), data.length + 8);
  return whole;
}

/**
 * The pictures in a tensor of values: float ones from 0 (black) to 1, others from 0 to 255, cut where they exceed that; NaN
 * is black. Shape: `[H, W]`, `[C, H, W]` or `[N, C, H, W]` with 1, 3 or 4 channels.
 */
export function picturesOf(op: string, { dtype, shape, data }: HostTensor): Pixels[] {
  const [count, channels, height, width] = [...[1, 1].slice(0, 4 - shape.length), ...shape];
  const isKnown = shape.length >= 2 && shape.length <= 4 && [1, 3, 4].includes(channels);
  if (!isKnown || shape.includes(0)) throw noPicture(op, dtype, shape);
  const scale = dtype.startsWith("float") || dtype === "bool" ? 255 : 1;
  const area = height * width;
  return Array.from({ length: count }, (_, n) => {
    const bytes = new Uint8Array(channels * area);
    for (let c = 0; c < channels; c++) {
      const start = (n * channels + c) * area;
      for (let p = 0; p < area; p++) {
        bytes[p * channels + c] = Math.min(255, Math.max(0, Math.round(data[start + p] * scale)));
      }
    }
    return { width, height, channels: channels as Pixels["channels"], bytes };
  });
}

function noPicture(op: string, dtype: string, shape: readonly number[]): ChainruleError {
  return new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `needs pictures of shape [H, W], [C, H, W] or [N, C, H, W] with 1, 3 or 4 channels; received ${dtype}${showShape(shape)}`,
    fix: "Put channels before height and width, e.g. permute([0, 3, 1, 2]) for [N, H, W, C].",
    detail: { dtype, shape },
  });
}
