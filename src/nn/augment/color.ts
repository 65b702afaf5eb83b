// Colours changed at random: brightness, contrast, saturation and hue, as torchvision's functions change them.

import { type ColorOptions, type ColorSettings, colorSettings } from "../../core/augmentation.ts";
import type { KeepsShape } from "../../core/shape-types.ts";
import { inRegion } from "../../ir/region.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { concatenate } from "../../ops/concatenate.ts";
import { type Context, inputError } from "../layer.ts";
import { checkImages, drawing, perSample } from "./images.ts";

/**
 * In training, changes brightness, contrast, saturation and hue of each image, in this order, by numbers drawn for it;
 * else passes the input on. Images have values in [0, 1], and 1 or 3 channels; grey ones keep saturation and hue.
 * Shape: `[B, C, H, W] → [B, C, H, W]`.
 */
export class ColorJitter {
  declare readonly maps?: KeepsShape;
  readonly settings: ColorSettings;

  constructor(options: ColorOptions = {}) {
    this.settings = colorSettings("ColorJitter", options);
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    checkImages("ColorJitter", x, { float: true });
    if (x.shape[1] !== 1 && x.shape[1] !== 3) {
      throw inputError("SHAPE_MISMATCH", "ColorJitter", x, {
        expected: "[batch, 1 or 3 channels, height, width]",
        fix: "Pass grey images or red, green and blue.",
      });
    }
    const generator = drawing("ColorJitter", context);
    if (generator === undefined) return x;
    const { brightness, contrast, saturation, hue } = this.settings;
    const draw = ([low, high]: readonly [number, number]): Tensor =>
      perSample(generator, x, low, high);
    const changes = (range: readonly [number, number], none: number): boolean =>
      range[0] !== none || range[1] !== none;
    return inRegion(this, "ColorJitter", () => {
      let y = x;
      if (changes(brightness, 1)) y = clipped(y.mul(draw(brightness)));
      if (changes(contrast, 1)) {
        y = blended(y, grey(y).mean({ axis: [1, 2, 3], keepDims: true }), draw(contrast));
      }
      if (x.shape[1] === 1) return y;
      if (changes(saturation, 1)) y = blended(y, grey(y), draw(saturation));
      return changes(hue, 0) ? shifted(y, draw(hue)) : y;
    });
  }
}

const clipped = (x: Tensor): Tensor => x.clamp({ min: 0, max: 1 });

/** `factor · x + (1 − factor) · other`, in [0, 1]. */
function blended(x: Tensor, other: Tensor, factor: Tensor): Tensor {
  return clipped(x.sub(other).mul(factor).add(other));
}

/** How bright colours seem (ITU-R BT.601). Shape: `[B, C, H, W] → [B, 1, H, W]`. */
function grey(x: Tensor): Tensor {
  if (x.shape[1] === 1) return x;
  const [red, green, blue] = x.split(1, 1);
  return red.mul(0.2989).add(green.mul(0.587)).add(blue.mul(0.114));
}

/** Turns the circle of hues. Shape: `[B, 3, H, W], [B, 1, 1, 1] → [B, 3, H, W]`. */
function shifted(x: Tensor, turns: Tensor): Tensor {
  const [red, green, blue] = x.split(1, 1);
  const most = red.maximum(green).maximum(blue);
  const least = red.minimum(green).minimum(blue);
  const spread = most.sub(least);
  const safe = spread.equal(0).where(1, spread);
  const sixth = red
    .equal(most)
    .where(
      green.sub(blue).div(safe),
      green.equal(most).where(blue.sub(red).div(safe).add(2), red.sub(green).div(safe).add(4)),
    );
  const hue = sixth.add(turns.mul(6)); // in sixths of the circle
  const parts = [5, 3, 1].map((first) => {
    const place = hue.add(first);
    const k = place.sub(place.div(6).floor().mul(6)); // in [0, 6)
    const share = k.minimum(k.neg().add(4)).clamp({ min: 0, max: 1 });
    return most.sub(spread.mul(share));
  });
  return concatenate(parts, 1);
}
