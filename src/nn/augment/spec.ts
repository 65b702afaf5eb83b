// Bands of frequency and spans of time hidden in spectrograms (Park et al. 2019, SpecAugment, without its time warp).

import { type SpecOptions, specSettings } from "../../core/augmentation.ts";
import type { KeepsShape } from "../../core/shape-types.ts";
import { checkTensor } from "../../ir/arguments.ts";
import { inRegion } from "../../ir/region.ts";
import type { Tensor } from "../../ir/tensor.ts";
import type { Generator } from "../../ops/random.ts";
import { type Context, inputError } from "../layer.ts";
import { between } from "./erasing.ts";
import { drawing, perSample, places } from "./images.ts";

/**
 * In training, sets bands of frequency and spans of time of each spectrogram to `value`. The width of each is drawn from
 * 0 to the largest one, then its place; all channels of a sample have the same. Else passes the input on.
 * Shape: `[B, ..., F, T] → [B, ..., F, T]`.
 */
export class SpecAugment {
  declare readonly maps?: KeepsShape;
  readonly settings: Required<SpecOptions>;

  constructor(options: SpecOptions = {}) {
    this.settings = specSettings("SpecAugment", options);
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    checkTensor("SpecAugment", "the input", x);
    if (x.rank < 3) {
      throw inputError("SHAPE_MISMATCH", "SpecAugment", x, {
        expected: "[batch, …, frequency, time]",
        fix: "Give a single spectrogram a batch axis with .unsqueeze(0).",
      });
    }
    const generator = drawing("SpecAugment", context);
    if (generator === undefined) return x;
    const { frequencyMasks, frequencyWidth, timeMasks, timeWidth, value } = this.settings;
    return inRegion(this, "SpecAugment", () => {
      const masks = [
        ...Array.from({ length: frequencyMasks }, () => mask(x, -2, frequencyWidth, generator)),
        ...Array.from({ length: timeMasks }, () => mask(x, -1, timeWidth, generator)),
      ];
      return masks.reduce((y: Tensor, hidden) => hidden.where(value, y), x);
    });
  }
}

/** Which places of an axis are hidden, for each sample. */
function mask(x: Tensor, axis: number, widest: number, generator: Generator): Tensor {
  const at = x.rank + axis;
  const size = x.shape[at];
  const width = perSample(generator, x, 0, Math.min(widest, size) + 1).floor();
  const start = perSample(generator, x, 0, 1)
    .mul(width.neg().add(size + 1))
    .floor();
  return between(places(x, at), start, width);
}
