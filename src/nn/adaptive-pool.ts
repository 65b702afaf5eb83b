// Adaptive pooling as layers: whatever the input's size, the output's is given.

import type { MapsSpace } from "../core/shape-types.ts";
import { inRegion } from "../ir/region.ts";
import type { Tensor } from "../ir/tensor.ts";
import {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
} from "../ops/compose/adaptive-pooling.ts";
import { type PerAxis, perAxis } from "../ops/compose/convolution-checks.ts";

/** Means over parts of nearly equal size, as many as asked for. Shape: `[B, C, L] → [B, C, n]`. */
export class AdaptiveAvgPool1d {
  declare readonly maps?: MapsSpace;
  readonly size: readonly number[];

  constructor(size: PerAxis) {
    this.size = perAxis("AdaptiveAvgPool1d", "size", size, 1);
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `AdaptiveAvgPool1d ${this.size.join("×")}`, () =>
      adaptiveAvgPool1d(x, this.size),
    );
  }
}

/** Means over parts of nearly equal size, as many as asked for. Shape: `[B, C, H, W] → [B, C, h, w]`. */
export class AdaptiveAvgPool2d {
  declare readonly maps?: MapsSpace;
  readonly size: readonly number[];

  constructor(size: PerAxis) {
    this.size = perAxis("AdaptiveAvgPool2d", "size", size, 2);
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `AdaptiveAvgPool2d ${this.size.join("×")}`, () =>
      adaptiveAvgPool2d(x, this.size),
    );
  }
}

/** Means over parts of nearly equal size, as many as asked for. Shape: `[B, C, D, H, W] → [B, C, d, h, w]`. */
export class AdaptiveAvgPool3d {
  declare readonly maps?: MapsSpace;
  readonly size: readonly number[];

  constructor(size: PerAxis) {
    this.size = perAxis("AdaptiveAvgPool3d", "size", size, 3);
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `AdaptiveAvgPool3d ${this.size.join("×")}`, () =>
      adaptiveAvgPool3d(x, this.size),
    );
  }
}

/** Largest elements of parts of nearly equal size, as many as asked for. Shape: `[B, C, L] → [B, C, n]`. */
export class AdaptiveMaxPool1d {
  declare readonly maps?: MapsSpace;
  readonly size: readonly number[];

  constructor(size: PerAxis) {
    this.size = perAxis("AdaptiveMaxPool1d", "size", size, 1);
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `AdaptiveMaxPool1d ${this.size.join("×")}`, () =>
      adaptiveMaxPool1d(x, this.size),
    );
  }
}

/** Largest elements of parts of nearly equal size, as many as asked for. Shape: `[B, C, H, W] → [B, C, h, w]`. */
export class AdaptiveMaxPool2d {
  declare readonly maps?: MapsSpace;
  readonly size: readonly number[];

  constructor(size: PerAxis) {
    this.size = perAxis("AdaptiveMaxPool2d", "size", size, 2);
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `AdaptiveMaxPool2d ${this.size.join("×")}`, () =>
      adaptiveMaxPool2d(x, this.size),
    );
  }
}

/** Largest elements of parts of nearly equal size, as many as asked for. Shape: `[B, C, D, H, W] → [B, C, d, h, w]`. */
export class AdaptiveMaxPool3d {
  declare readonly maps?: MapsSpace;
  readonly size: readonly number[];

  constructor(size: PerAxis) {
    this.size = perAxis("AdaptiveMaxPool3d", "size", size, 3);
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `AdaptiveMaxPool3d ${this.size.join("×")}`, () =>
      adaptiveMaxPool3d(x, this.size),
    );
  }
}
