// Parts of images at random places.

import { type CropOptions, type CropSettings, cropSettings } from "../../core/augmentation.ts";
import { inRegion } from "../../ir/region.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { iota } from "../../ops/leaf.ts";
import type { Generator } from "../../ops/random.ts";
import { type Context, inputError } from "../layer.ts";
import { checkImages, drawing } from "./images.ts";

/**
 * In training, puts `padding` around each image and cuts a part of `size` out of it at a random place. In inference it passes
 * images of that size on and cuts the middle out of larger ones. Shape: `[B, C, H, W] → [B, C, …size]`.
 */
export class RandomCrop {
  readonly size: readonly [height: number, width: number];
  readonly padding: number;
  readonly fill: number;

  constructor(size: number | readonly [height: number, width: number], options: CropOptions = {}) {
    const settings: CropSettings = cropSettings("RandomCrop", size, options);
    this.size = settings.size;
    this.padding = settings.padding;
    this.fill = settings.fill;
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    checkImages("RandomCrop", x, { float: false });
    const generator = drawing("RandomCrop", context);
    const { size, padding } = this;
    this.#checkRoom(x, generator === undefined ? 0 : padding);
    const free = size.map((n, k) => x.shape[k + 2] - n);
    if (generator === undefined && free.every((n) => n === 0)) return x;
    return inRegion(this, `RandomCrop ${size.join("×")}`, () => {
      if (generator !== undefined) return this.#cutAnywhere(x, generator);
      const [top, left] = free.map((n) => Math.floor(n / 2));
      return x.slice([
        null,
        null,
        { start: top, end: top + size[0] },
        { start: left, end: left + size[1] },
      ]);
    });
  }

  #cutAnywhere(x: Tensor, generator: Generator): Tensor {
    const { size, padding, fill } = this;
    const around = [padding, padding] as const;
    const padded = padding === 0 ? x : x.pad([[0, 0], [0, 0], around, around], { value: fill });
    return size.reduce((part: Tensor, length, k) => {
      const axis = k + 2;
      const free = part.shape[axis] - length;
      if (free === 0) return part;
      const start: Tensor = generator.integers([x.shape[0], 1, 1, 1], 0, free + 1);
      const shape = [1, 1, 1, 1].with(axis, length);
      const places: Tensor = iota(shape, axis);
      return part.takeAlong(places.add(start), axis);
    }, padded);
  }

  #checkRoom(x: Tensor, padding: number): void {
    if (this.size.every((n, k) => n <= x.shape[k + 2] + 2 * padding)) return;
    throw inputError("SHAPE_MISMATCH", "RandomCrop", x, {
      expected: `images of at least ${this.size.join("×")} with a padding of ${padding}`,
      fix: "Crop a smaller part, or pad more.",
    });
  }
}
