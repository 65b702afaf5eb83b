// Parts of images and spectrograms hidden in records: what the layers `RandomErasing` and `SpecAugment` do with batches.

import {
  type ErasingOptions,
  erasingSettings,
  type SpecOptions,
  specSettings,
} from "../../core/augmentation.ts";
import type { RandomStream } from "../../core/random.ts";
import {
  type Augmentation,
  badField,
  between,
  type FieldOption,
  onField,
  onImages,
  parted,
} from "./field.ts";

/** Sets a rectangle of the image to `value` with probability `p`. Shape: `[C, H, W] → [C, H, W]`. */
export function randomErasing(options: ErasingOptions & FieldOption = {}): Augmentation {
  const { field, rest } = parted(options);
  const { p, scale, ratio, value } = erasingSettings("augment.randomErasing", rest);
  return onImages("augment.randomErasing", field, { float: true }, (image, random) => {
    const { height, width } = image;
    const draws = random.uniform(5);
    if (draws[0] >= p) return image;
    const area = between(scale, draws[1]) * height * width;
    const form = Math.exp(between([Math.log(ratio[0]), Math.log(ratio[1])], draws[2]));
    const rows = Math.min(height, Math.round(Math.sqrt(area * form)));
    const columns = Math.min(width, Math.round(Math.sqrt(area / form)));
    const top = Math.floor(draws[3] * (height - rows + 1));
    const left = Math.floor(draws[4] * (width - columns + 1));
    const data = image.data.slice();
    for (let row = top; row < image.channels * height; row++) {
      const inside = row % height;
      if (inside < top || inside >= top + rows) continue;
      data.fill(value, row * width + left, row * width + left + columns);
    }
    return { ...image, data };
  });
}

/**
 * Sets bands of frequency and spans of time of the spectrogram to `value`, of random widths at random places.
 * Shape: `[..., F, T] → [..., F, T]`.
 */
export function specAugment(options: SpecOptions & FieldOption = {}): Augmentation {
  const { field, rest } = parted(options, "spectrograms");
  const settings = specSettings("augment.specAugment", rest);
  return onField("augment.specAugment", field, (tensor, random) => {
    if (tensor.shape.length < 2) throw badField("augment.specAugment", tensor, "[frequency, time]");
    const [bands, times] = tensor.shape.slice(-2);
    const data = tensor.data.slice();
    for (let k = 0; k < settings.frequencyMasks; k++) {
      const [start, end] = span(bands, settings.frequencyWidth, random);
      for (let first = 0; first < data.length; first += bands * times) {
        data.fill(settings.value, first + start * times, first + end * times);
      }
    }
    for (let k = 0; k < settings.timeMasks; k++) {
      const [start, end] = span(times, settings.timeWidth, random);
      for (let row = 0; row < data.length; row += times) {
        data.fill(settings.value, row + start, row + end);
      }
    }
    return { ...tensor, data };
  });
}

/** First place of a random span, and the one after its last. */
function span(size: number, widest: number, random: RandomStream): readonly [number, number] {
  const [u, v] = random.uniform(2);
  const width = Math.floor(u * (Math.min(widest, size) + 1));
  const start = Math.floor(v * (size - width + 1));
  return [start, start + width];
}
