// Pooling as layers, for use in containers; each calls the function of the same name, and checks its sizes when it is made.

import type { OptionNames } from "../core/option-names.ts";
import type { MapsSpace } from "../core/shape-types.ts";
import { checkOptions } from "../ir/arguments.ts";
import { inRegion } from "../ir/region.ts";
import type { Tensor } from "../ir/tensor.ts";
import { checkPoolPadding, type PerAxis, perAxis } from "../ops/compose/convolution-checks.ts";
import {
  type AvgPoolOptions,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  avgPoolNames,
  globalAvgPool,
  globalMaxPool,
  type LpPoolOptions,
  lpPool1d,
  lpPool2d,
  lpPoolNames,
  type MaxPoolOptions,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  maxPoolNames,
} from "../ops/compose/pooling.ts";
import { checkNumbers } from "./layer.ts";

/** What the layers that pool by windows have, checked. */
abstract class WindowPool<Options extends object> {
  declare readonly maps?: MapsSpace;
  readonly kernel: PerAxis;
  readonly options: Options;

  constructor(
    layer: string,
    rank: number,
    kernel: PerAxis,
    options: Options,
    names: OptionNames<Options>,
  ) {
    checkOptions(layer, options, names);
    checkPool(layer, rank, kernel, options);
    this.kernel = kernel;
    this.options = options;
  }
}

/** Largest element of each window; windows tile the sequence unless a stride is given. Shape: `[B, C, L] → [B, C, L']`. */
export class MaxPool1d extends WindowPool<MaxPoolOptions> {
  constructor(kernel: PerAxis, options: MaxPoolOptions = {}) {
    super("MaxPool1d", 1, kernel, options, maxPoolNames);
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `MaxPool1d ${sizes(this.kernel)}`, () =>
      maxPool1d(x, this.kernel, this.options),
    );
  }
}

/** Largest element of each window; windows tile the image unless a stride is given. Shape: `[B, C, H, W] → [B, C, H', W']`. */
export class MaxPool2d extends WindowPool<MaxPoolOptions> {
  constructor(kernel: PerAxis, options: MaxPoolOptions = {}) {
    super("MaxPool2d", 2, kernel, options, maxPoolNames);
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `MaxPool2d ${sizes(this.kernel)}`, () =>
      maxPool2d(x, this.kernel, this.options),
    );
  }
}

/** Largest element of each window; windows tile the volume unless a stride is given. Shape: `[B, C, D, H, W] → [B, C, D', H', W']`. */
export class MaxPool3d extends WindowPool<MaxPoolOptions> {
  constructor(kernel: PerAxis, options: MaxPoolOptions = {}) {
    super("MaxPool3d", 3, kernel, options, maxPoolNames);
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `MaxPool3d ${sizes(this.kernel)}`, () =>
      maxPool3d(x, this.kernel, this.options),
    );
  }
}

/** Mean of each window; windows tile the sequence unless a stride is given. Shape: `[B, C, L] → [B, C, L']`. */
export class AvgPool1d extends WindowPool<AvgPoolOptions> {
  constructor(kernel: PerAxis, options: AvgPoolOptions = {}) {
    super("AvgPool1d", 1, kernel, options, avgPoolNames);
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `AvgPool1d ${sizes(this.kernel)}`, () =>
      avgPool1d(x, this.kernel, this.options),
    );
  }
}

/** Mean of each window; windows tile the image unless a stride is given. Shape: `[B, C, H, W] → [B, C, H', W']`. */
export class AvgPool2d extends WindowPool<AvgPoolOptions> {
  constructor(kernel: PerAxis, options: AvgPoolOptions = {}) {
    super("AvgPool2d", 2, kernel, options, avgPoolNames);
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `AvgPool2d ${sizes(this.kernel)}`, () =>
      avgPool2d(x, this.kernel, this.options),
    );
  }
}

/** Mean of each window; windows tile the volume unless a stride is given. Shape: `[B, C, D, H, W] → [B, C, D', H', W']`. */
export class AvgPool3d extends WindowPool<AvgPoolOptions> {
  constructor(kernel: PerAxis, options: AvgPoolOptions = {}) {
    super("AvgPool3d", 3, kernel, options, avgPoolNames);
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `AvgPool3d ${sizes(this.kernel)}`, () =>
      avgPool3d(x, this.kernel, this.options),
    );
  }
}

/** Norm of each window, `(Σ |x|ᵖ)^{1/p}`; windows tile the sequence unless a stride is given. Shape: `[B, C, L] → [B, C, L']`. */
export class LpPool1d extends WindowPool<LpPoolOptions> {
  readonly p: number;

  constructor(p: number, kernel: PerAxis, options: LpPoolOptions = {}) {
    super("LpPool1d", 1, kernel, options, lpPoolNames);
    checkNumbers("LpPool1d", { p }, { above: 0 });
    this.p = p;
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `LpPool1d ${this.p}, ${sizes(this.kernel)}`, () =>
      lpPool1d(x, this.p, this.kernel, this.options),
    );
  }
}

/** Norm of each window, `(Σ |x|ᵖ)^{1/p}`; windows tile the image unless a stride is given. Shape: `[B, C, H, W] → [B, C, H', W']`. */
export class LpPool2d extends WindowPool<LpPoolOptions> {
  readonly p: number;

  constructor(p: number, kernel: PerAxis, options: LpPoolOptions = {}) {
    super("LpPool2d", 2, kernel, options, lpPoolNames);
    checkNumbers("LpPool2d", { p }, { above: 0 });
    this.p = p;
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `LpPool2d ${this.p}, ${sizes(this.kernel)}`, () =>
      lpPool2d(x, this.p, this.kernel, this.options),
    );
  }
}

/** Mean of each channel. Shape: `[B, C, …space] → [B, C]`. */
export class GlobalAvgPool {
  forward(x: Tensor): Tensor {
    return inRegion(this, "GlobalAvgPool", () => globalAvgPool(x));
  }
}

/** Largest element of each channel. Shape: `[B, C, …space] → [B, C]`. */
export class GlobalMaxPool {
  forward(x: Tensor): Tensor {
    return inRegion(this, "GlobalMaxPool", () => globalMaxPool(x));
  }
}

function sizes(kernel: PerAxis): string {
  return [kernel].flat().join("×");
}

function checkPool(
  layer: string,
  rank: number,
  kernel: PerAxis,
  options: MaxPoolOptions & AvgPoolOptions,
): void {
  const window = perAxis(layer, "kernel", kernel, rank);
  perAxis(layer, "stride", options.stride ?? window, rank);
  perAxis(layer, "dilation", options.dilation ?? 1, rank);
  checkPoolPadding(layer, perAxis(layer, "padding", options.padding ?? 0, rank, 0), window);
  if (options.divisor !== undefined) checkNumbers(layer, { divisor: options.divisor });
}
