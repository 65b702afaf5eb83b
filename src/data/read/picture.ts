// Pictures to arrays: pixels of any depth become floats from 0 to 1, channels first, resized on the way. Resizing is
// bilinear, with a filter as wide as the shrinking asks for, so that fine patterns fade instead of flickering (as Pillow's
// BILINEAR, and PyTorch's `interpolate` with `antialias`).

/** Pixels as a decoder gives them: rows from the top, channels side by side (grey, grey and alpha, RGB, RGBA). */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array | Uint8ClampedArray | Uint16Array;
}

/** How a picture fills its frame. */
export type ResizeMode = "cover" | "contain" | "stretch";

/** What is made of each picture. */
export interface FrameOptions {
  /** Pixels of the result. */
  readonly size: readonly [height: number, width: number];
  /** 1: grey; 3: red, green, blue; 4: with alpha. */
  readonly channels: 1 | 3 | 4;
  /** `cover` cuts what is too long, `contain` leaves black borders, `stretch` distorts. */
  readonly resize: ResizeMode;
}

/** The frame's pixels, 0 … 1. Shape: `[C, H, W]`. Grey of colours is `0.299 R + 0.587 G + 0.114 B` (ITU-R BT.601). */
export function pixelsOf(picture: Picture, options: FrameOptions): Float32Array {
  const { size, channels, resize } = options;
  const [height, width] = size;
  const out = new Float32Array(channels * height * width);
  const readRow = rowReader(picture, channels);
  const { across, rows, target, sameWidth } = planOf(picture, height, width, resize);
  const narrow = new Float32Array(channels * target.width);
  for (const { at, uses } of rows) {
    const row = readRow(at);
    if (!sameWidth) shrinkRow(row, across, channels, narrow);
    for (const { output, weight } of uses)
      addRow(out, sameWidth ? row : narrow, weight, target.top + output, target.left, options);
  }
  return out;
}

// --- where ---

/** What is read with which weights, and where it goes. */
interface Plan {
  readonly key: string;
  readonly across: readonly Taps[];
  readonly rows: readonly RowUse[];
  readonly target: Box;
  /** Whether rows stay as they are. */
  readonly sameWidth: boolean;
}

/** The last plan: pictures of a folder often have one size. */
let last: Plan | undefined;

function planOf(picture: Picture, height: number, width: number, resize: ResizeMode): Plan {
  const key = [picture.width, picture.height, width, height, resize].join();
  if (last?.key === key) return last;
  const { source, target } = placed(picture, height, width, resize);
  const down = tapsOf(picture.height, source.top, source.height, target.height);
  const across = tapsOf(picture.width, source.left, source.width, target.width);
  const sameWidth = source.width === picture.width && target.width === picture.width;
  last = { key, across, rows: rowsUsed(down), target, sameWidth };
  return last;
}

interface Box {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** Which part of the picture goes to which part of the frame. */
function placed(
  picture: Picture,
  height: number,
  width: number,
  resize: ResizeMode,
): { readonly source: Box; readonly target: Box } {
  const whole = { top: 0, left: 0, height: picture.height, width: picture.width };
  const frame = { top: 0, left: 0, height, width };
  const [down, across] = [height / picture.height, width / picture.width];
  if (resize === "stretch" || down === across) return { source: whole, target: frame };
  if (resize === "cover") {
    const scale = Math.max(down, across);
    return { source: centred(whole, height / scale, width / scale), target: frame };
  }
  const scale = Math.min(down, across);
  const [h, w] = [picture.height * scale, picture.width * scale].map((x) =>
    Math.max(1, Math.round(x)),
  );
  const { top, left } = centred(frame, h, w);
  const target = { top: Math.floor(top), left: Math.floor(left), height: h, width: w };
  return { source: whole, target };
}

function centred(box: Box, height: number, width: number): Box {
  return { top: (box.height - height) / 2, left: (box.width - width) / 2, height, width };
}

// --- weights ---

/** For each output position: the first input position, and the weights from there on. */
interface Taps {
  readonly first: number;
  readonly weights: Float64Array;
}

/** Triangles of the wider of an input's and an output's pixel around each output's centre; weights sum to 1. */
function tapsOf(inputs: number, start: number, length: number, outputs: number): readonly Taps[] {
  const scale = length / outputs;
  const support = Math.max(1, scale);
  return Array.from({ length: outputs }, (_, k) => {
    const centre = start + (k + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - support + 0.5));
    const end = Math.min(inputs, Math.floor(centre + support + 0.5));
    const weights = Float64Array.from({ length: end - first }, (_, i) => {
      return Math.max(0, 1 - Math.abs(first + i + 0.5 - centre) / support);
    });
    const sum = weights.reduce((a, b) => a + b);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

interface RowUse {
  readonly at: number;
  readonly uses: { readonly output: number; readonly weight: number }[];
}

/** The rows of the picture that any output needs, each with the outputs that need it. */
function rowsUsed(down: readonly Taps[]): readonly RowUse[] {
  const rows = new Map<number, RowUse>();
  for (const [output, { first, weights }] of down.entries()) {
    for (const [i, weight] of weights.entries()) {
      if (weight === 0) continue;
      const at = first + i;
      if (!rows.has(at)) rows.set(at, { at, uses: [] });
      rows.get(at)!.uses.push({ output, weight });
    }
  }
  return [...rows.values()];
}

// --- rows ---

/** Resamples a row of pixels, channels side by side. */
function shrinkRow(
  row: Float32Array,
  across: readonly Taps[],
  channels: number,
  out: Float32Array,
): void {
  for (let x = 0; x < across.length; x++) {
    const { first, weights } = across[x];
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i] * row[(first + i) * channels + c];
      out[x * channels + c] = sum;
    }
  }
}

function addRow(
  out: Float32Array,
  row: Float32Array,
  weight: number,
  y: number,
  left: number,
  { size: [height, width], channels }: FrameOptions,
): void {
  const pixels = row.length / channels;
  for (let c = 0; c < channels; c++) {
    const start = (c * height + y) * width + left;
    for (let x = 0; x < pixels; x++) out[start + x] += weight * row[x * channels + c];
  }
}

/** Gives rows of a picture as floats in the wanted channels. */
function rowReader(picture: Picture, channels: 1 | 3 | 4): (y: number) => Float32Array {
  const { width, data } = picture;
  const scale = data instanceof Uint16Array ? 1 / 65535 : 1 / 255;
  const row = new Float32Array(width * channels);
  const convert = converters[channels];
  return (y) => {
    convert(picture, y * width * picture.channels, row, scale);
    return row;
  };
}

type Convert = (picture: Picture, start: number, row: Float32Array, scale: number) => void;

const converters: Readonly<Record<1 | 3 | 4, Convert>> = {
  1: ({ width, channels, data }, start, row, scale) => {
    for (let x = 0, at = start; x < width; x++, at += channels) {
      const grey =
        channels < 3 ? data[at] : 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
      row[x] = grey * scale;
    }
  },
  3: ({ width, channels, data }, start, row, scale) => {
    const [g, b] = channels < 3 ? [0, 0] : [1, 2];
    for (let x = 0, at = start; x < width; x++, at += channels) {
      row[3 * x] = data[at] * scale;
      row[3 * x + 1] = data[at + g] * scale;
      row[3 * x + 2] = data[at + b] * scale;
    }
  },
  4: ({ width, channels, data }, start, row, scale) => {
    const [g, b] = channels < 3 ? [0, 0] : [1, 2];
    for (let x = 0, at = start; x < width; x++, at += channels) {
      row[4 * x] = data[at] * scale;
      row[4 * x + 1] = data[at + g] * scale;
      row[4 * x + 2] = data[at + b] * scale;
      row[4 * x + 3] = channels % 2 === 0 ? data[at + channels - 1] * scale : 1;
    }
  },
};
