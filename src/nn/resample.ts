// Resampling as layers: interpolation, pixels between channels and space, and images as columns.

import { inRegion } from "../ir/region.ts";
import type { Tensor } from "../ir/tensor.ts";
import { type ColumnOptions, col2im, im2col } from "../ops/compose/columns.ts";
import { type PerAxis, perAxis } from "../ops/compose/convolution-checks.ts";
import {
  checkUpsampleMode,
  checkUpsampleSize,
  pixelShuffle,
  pixelUnshuffle,
  type UpsampleOptions,
  upsample,
} from "../ops/compose/resampling.ts";
import { checkSizes } from "./layer.ts";

/** Interpolates to another size or by a scale; `mode` is `nearest` unless given. Shape: `[B, C, …lengths] → [B, C, …sizes]`. */
export class Upsample {
  readonly options: UpsampleOptions;

  constructor(options: UpsampleOptions) {
    checkUpsampleSize("Upsample", options);
    checkUpsampleMode("Upsample", options.mode ?? "nearest", options.alignCorners);
    this.options = options;
  }

  forward(x: Tensor): Tensor {
    const { size, scale, mode = "nearest" } = this.options;
    const amount = size === undefined ? `by ${[scale].flat()}` : `to ${[size].flat().join("×")}`;
    return inRegion(this, `Upsample ${amount}, ${mode}`, () => upsample(x, this.options));
  }
}

/** Moves channels into space (Shi et al. 2016). Shape: `[B, C·r², H, W] → [B, C, H·r, W·r]`. */
export class PixelShuffle {
  readonly factor: number;

  constructor(factor: number) {
    checkSizes("PixelShuffle", { factor });
    this.factor = factor;
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `PixelShuffle ${this.factor}`, () => pixelShuffle(x, this.factor));
  }
}

/** Moves space into channels, the reverse of `PixelShuffle`. Shape: `[B, C, H·r, W·r] → [B, C·r², H, W]`. */
export class PixelUnshuffle {
  readonly factor: number;

  constructor(factor: number) {
    checkSizes("PixelUnshuffle", { factor });
    this.factor = factor;
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `PixelUnshuffle ${this.factor}`, () => pixelUnshuffle(x, this.factor));
  }
}

/** The windows of images as columns, as the function `im2col`. Shape: `[B, C, H, W] → [B, C·kh·kw, L]`. */
export class Unfold {
  readonly kernel: readonly number[];
  readonly options: ColumnOptions;

  constructor(kernel: PerAxis, options: ColumnOptions = {}) {
    this.kernel = checkColumns("Unfold", kernel, options);
    this.options = options;
  }

  forward(x: Tensor): Tensor {
    const { kernel, options } = this;
    return inRegion(this, `Unfold ${kernel.join("×")}`, () => im2col(x, kernel, options));
  }
}

/** Adds columns back into images of a size, as the function `col2im`. Shape: `[B, C·kh·kw, L] → [B, C, H, W]`. */
export class Fold {
  readonly size: readonly number[];
  readonly kernel: readonly number[];
  readonly options: ColumnOptions;

  constructor(size: PerAxis, kernel: PerAxis, options: ColumnOptions = {}) {
    this.size = perAxis("Fold", "size", size, 2);
    this.kernel = checkColumns("Fold", kernel, options);
    this.options = options;
  }

  forward(x: Tensor): Tensor {
    const { size, kernel, options } = this;
    return inRegion(this, `Fold ${size.join("×")}`, () => col2im(x, size, kernel, options));
  }
}

function checkColumns(layer: string, kernel: PerAxis, options: ColumnOptions): number[] {
  perAxis(layer, "stride", options.stride ?? 1, 2);
  perAxis(layer, "padding", options.padding ?? 0, 2, 0);
  perAxis(layer, "dilation", options.dilation ?? 1, 2);
  return perAxis(layer, "kernel", kernel, 2);
}
