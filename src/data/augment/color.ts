// Colours and noise in records: what the layers `ColorJitter` and `GaussianNoise` do with batches.

import { type ColorOptions, colorSettings } from "../../core/augmentation.ts";
import { checkFinite } from "../../core/checks.ts";
import { isFloat } from "../../core/dtype.ts";
import { ChainruleError } from "../../core/errors.ts";
import { checkOptionNames } from "../../core/option-names.ts";
import {
  type Augmentation,
  badField,
  between,
  type FieldOption,
  type Image,
  likeArray,
  onField,
  onImages,
  parted,
} from "./field.ts";

/**
 * Changes brightness, contrast, saturation and hue of the image, in this order; values are in [0, 1]. Grey images keep
 * saturation and hue. Shape: `[C, H, W] → [C, H, W]`, C 1 or 3.
 */
export function colorJitter(options: ColorOptions & FieldOption = {}): Augmentation {
  const { field, rest } = parted(options);
  const { brightness, contrast, saturation, hue } = colorSettings("augment.colorJitter", rest);
  return onImages("augment.colorJitter", field, { float: true }, (image, random) => {
    if (image.channels !== 1 && image.channels !== 3) throw notColors(image);
    const draws = random.uniform(4);
    const result = { ...image, data: image.data.slice() };
    blend(result, () => 0, between(brightness, draws[0]));
    blend(result, constant(meanOf(result)), between(contrast, draws[1]));
    if (image.channels === 1) return result;
    blend(result, (at) => greyAt(result, at), between(saturation, draws[2]));
    const turns = between(hue, draws[3]);
    if (turns !== 0) shiftHue(result, turns);
    return result;
  });
}

const constant = (value: number) => (): number => value;

/** `factor · x + (1 − factor) · other`, in [0, 1], in place. */
function blend(image: Image, otherAt: (at: number) => number, factor: number): void {
  const { data, channels } = image;
  if (factor === 1) return;
  const size = data.length / channels;
  for (let at = 0; at < size; at++) {
    const other = otherAt(at);
    for (let k = at; k < data.length; k += size) {
      data[k] = Math.min(1, Math.max(0, (data[k] - other) * factor + other));
    }
  }
}

/** How bright a pixel seems (ITU-R BT.601). */
function greyAt({ data, channels }: Image, at: number): number {
  if (channels === 1) return data[at];
  const size = data.length / 3;
  return 0.2989 * data[at] + 0.587 * data[at + size] + 0.114 * data[at + 2 * size];
}

function meanOf(image: Image): number {
  const size = image.data.length / image.channels;
  let sum = 0;
  for (let at = 0; at < size; at++) sum += greyAt(image, at);
  return sum / size;
}

/** Turns the circle of hues, in place. */
function shiftHue({ data }: Image, turns: number): void {
  const size = data.length / 3;
  for (let at = 0; at < size; at++) {
    const [red, green, blue] = [data[at], data[at + size], data[at + 2 * size]];
    const most = Math.max(red, green, blue);
    const spread = most - Math.min(red, green, blue);
    if (spread === 0) continue;
    const sixth =
      red === most
        ? (green - blue) / spread
        : green === most
          ? (blue - red) / spread + 2
          : (red - green) / spread + 4;
    for (const [channel, first] of [5, 3, 1].entries()) {
      const place = sixth + 6 * turns + first;
      const k = place - 6 * Math.floor(place / 6); // in [0, 6)
      data[at + channel * size] = most - spread * Math.min(1, Math.max(0, Math.min(k, 4 - k)));
    }
  }
}

function notColors({ channels, height, width }: Image): ChainruleError {
  return new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "augment.colorJitter",
    problem: `expected 1 or 3 channels; received [${channels}, ${height}, ${width}]`,
    fix: "Pass grey images or red, green and blue.",
    detail: { channels },
  });
}

/** Adds noise: `x + N(0, std²)`. Shape: `[...] → [...]`. */
export function gaussianNoise(std: number, options: FieldOption = {}): Augmentation {
  const { field, rest } = parted(options);
  checkOptionNames("augment.gaussianNoise", rest, { field: true });
  checkFinite("augment.gaussianNoise", { std }, 0);
  return onField("augment.gaussianNoise", field, (tensor, random) => {
    const { dtype, shape, data } = tensor;
    if (!isFloat(dtype)) throw badField("augment.gaussianNoise", tensor, "floats");
    const noise = random.normal(data.length);
    const noisy = likeArray(data, data.length);
    for (let k = 0; k < data.length; k++) noisy[k] = data[k] + std * noise[k];
    return { dtype, shape, data: noisy };
  });
}
