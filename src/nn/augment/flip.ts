// Images turned round at random, left for right or top for bottom.

import { type FlipOptions, flipSettings } from "../../core/augmentation.ts";
import type { KeepsShape } from "../../core/shape-types.ts";
import { inRegion } from "../../ir/region.ts";
import type { Tensor } from "../../ir/tensor.ts";
import type { Generator } from "../../ops/random.ts";
import type { Context } from "../layer.ts";
import { checkImages, drawing } from "./images.ts";

/**
 * In training, flips each image with probability `p`; else passes the input on. Shape: `[B, C, H, W] → [B, C, H, W]`.
 */
export class RandomFlip {
  declare readonly maps?: KeepsShape;
  readonly p: number;
  readonly direction: Required<FlipOptions>["direction"];

  constructor(options: FlipOptions = {}) {
    const { p, direction } = flipSettings("RandomFlip", options);
    this.p = p;
    this.direction = direction;
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    checkImages("RandomFlip", x, { float: false });
    const generator = drawing("RandomFlip", context);
    if (generator === undefined || this.p === 0) return x;
    return inRegion(this, `RandomFlip ${this.direction} ${this.p}`, () => {
      const across = this.direction === "vertical" ? x : flipped(x, 3, this.p, generator);
      return this.direction === "horizontal" ? across : flipped(across, 2, this.p, generator);
    });
  }
}

function flipped(x: Tensor, axis: number, p: number, generator: Generator): Tensor {
  const chosen: Tensor = generator.bernoulli([x.shape[0], 1, 1, 1], p);
  return chosen.where(x.flip(axis), x);
}
