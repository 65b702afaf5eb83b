// Pooling as layers, for use in containers; each calls the function of the same name.

import { inRegion } from "../ir/region.ts";
import type { Tensor } from "../ir/tensor.ts";
import type { PerAxis } from "../ops/compose/convolution-checks.ts";
import {
  type AvgPoolOptions,
  avgPool2d,
  globalAvgPool,
  type MaxPoolOptions,
  maxPool2d,
} from "../ops/compose/pooling.ts";

/** Largest element of each window; windows tile the image unless a stride is given. Shape: `[B, C, H, W] → [B, C, H', W']`. */
export class MaxPool2d {
  readonly kernel: PerAxis;
  readonly options: MaxPoolOptions;

  constructor(kernel: PerAxis, options: MaxPoolOptions = {}) {
    this.kernel = kernel;
    this.options = options;
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `MaxPool2d ${sizes(this.kernel)}`, () =>
      maxPool2d(x, this.kernel, this.options),
    );
  }
}

/** Mean of each window; windows tile the image unless a stride is given. Shape: `[B, C, H, W] → [B, C, H', W']`. */
export class AvgPool2d {
  readonly kernel: PerAxis;
  readonly options: AvgPoolOptions;

  constructor(kernel: PerAxis, options: AvgPoolOptions = {}) {
    this.kernel = kernel;
    this.options = options;
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `AvgPool2d ${sizes(this.kernel)}`, () =>
      avgPool2d(x, this.kernel, this.options),
    );
  }
}

/** Mean of each channel. Shape: `[B, C, …space] → [B, C]`. */
export class GlobalAvgPool {
  forward(x: Tensor): Tensor {
    return inRegion(this, "GlobalAvgPool", () => globalAvgPool(x));
  }
}

function sizes(kernel: PerAxis): string {
  return [kernel].flat().join("×");
}
