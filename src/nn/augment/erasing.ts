// Rectangles that hide a part of each image (Zhong et al. 2017; as "cutout", DeVries and Taylor 2017).

import { type ErasingOptions, erasingSettings } from "../../core/augmentation.ts";
import type { KeepsShape } from "../../core/shape-types.ts";
import { inRegion } from "../../ir/region.ts";
import type { Tensor } from "../../ir/tensor.ts";
import type { Generator } from "../../ops/random.ts";
import type { Context } from "../layer.ts";
import { checkImages, drawing, perSample, places } from "./images.ts";

/**
 * In training, sets a rectangle of each image to `value` with probability `p`; its share of the image and its form are drawn
 * as torchvision's `RandomErasing` does, and sides longer than the image are cut to it. Else passes the input on.
 * Shape: `[B, C, H, W] → [B, C, H, W]`.
 */
export class RandomErasing {
  declare readonly maps?: KeepsShape;
  readonly settings: Required<ErasingOptions>;

  constructor(options: ErasingOptions = {}) {
    this.settings = erasingSettings("RandomErasing", options);
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    checkImages("RandomErasing", x, { float: true });
    const generator = drawing("RandomErasing", context);
    if (generator === undefined || this.settings.p === 0) return x;
    return inRegion(this, `RandomErasing ${this.settings.p}`, () => this.#erased(x, generator));
  }

  #erased(x: Tensor, generator: Generator): Tensor {
    const { p, scale, ratio, value } = this.settings;
    const [height, width] = x.shape.slice(2);
    const area = perSample(generator, x, scale[0], scale[1]).mul(height * width);
    const form = perSample(generator, x, Math.log(ratio[0]), Math.log(ratio[1])).exp();
    const rows = area.mul(form).sqrt().round().clamp({ max: height });
    const columns = area.div(form).sqrt().round().clamp({ max: width });
    const [top, left] = [
      perSample(generator, x, 0, 1)
        .mul(rows.neg().add(height + 1))
        .floor(),
      perSample(generator, x, 0, 1)
        .mul(columns.neg().add(width + 1))
        .floor(),
    ];
    const chosen = perSample(generator, x, 0, 1).less(p);
    const hidden = between(places(x, 2), top, rows).logicalAnd(
      between(places(x, 3), left, columns),
    );
    return hidden.logicalAnd(chosen).where(value, x);
  }
}

/** Whether places are among `count` from `first` on. */
export function between(place: Tensor, first: Tensor, count: Tensor): Tensor {
  return place.greaterEqual(first).logicalAnd(place.less(first.add(count)));
}
