// Activations made of straight lines, and those that shrink towards 0, as layers; each calls the function of the same name.

import { ChainruleError } from "../core/errors.ts";
import type { OptionNames } from "../core/option-names.ts";
import type { KeepsShape } from "../core/shape-types.ts";
import { checkOptions } from "../ir/arguments.ts";
import { inRegion } from "../ir/region.ts";
import type { Parameter } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import { constant } from "./init.ts";
import {
  type Context,
  checkContext,
  checkNumbers,
  checkSizes,
  initialized,
  type LayerOptions,
  layerNames,
} from "./layer.ts";

/** Options of `PReLU`. */
export interface PReLUOptions extends LayerOptions {
  /** Slopes to learn: one for all elements (1, the default), or one for each channel of axis 1. */
  readonly channels?: number;
  /** Slopes at first; default 0.25. */
  readonly init?: number;
}

const preluNames: OptionNames<PReLUOptions> = { ...layerNames, channels: true, init: true };

/** Rectifier with learned slopes, `x > 0 ? x : w·x` (He et al. 2015). Shape: `[B, C, …] → [B, C, …]`; weight `[C]` or `[1]`. */
export class PReLU {
  declare readonly maps?: KeepsShape;
  readonly weight: Parameter;

  constructor(options: PReLUOptions = {}) {
    checkOptions("PReLU", options, preluNames);
    const { channels = 1, init = 0.25 } = options;
    checkSizes("PReLU", { channels });
    checkNumbers("PReLU", { init });
    this.weight = initialized([channels], constant(init), options);
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `PReLU ${this.weight.size}`, () => x.prelu(this.weight));
  }
}

/**
 * Rectifier with slopes drawn anew for each element in training, from `lower` to `upper` (⅛ and ⅓ unless given); inference
 * takes their mean (Xu et al. 2015). Shape: `[...] → [...]`.
 */
export class RReLU {
  declare readonly maps?: KeepsShape;
  readonly lower: number;
  readonly upper: number;

  constructor(options: { readonly lower?: number; readonly upper?: number } = {}) {
    checkOptions("RReLU", options, { lower: true, upper: true });
    this.lower = options.lower ?? 1 / 8;
    this.upper = options.upper ?? 1 / 3;
    checkOrder("RReLU", { lower: this.lower, upper: this.upper });
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    checkContext("RReLU", context);
    const { training, generator } = context;
    const { lower, upper } = this;
    return inRegion(this, "RReLU", () => x.rrelu({ lower, upper, training, generator }));
  }
}

/** Rectifier clipped at 6, `min(max(x, 0), 6)`. Shape: `[...] → [...]`. */
export class ReLU6 {
  declare readonly maps?: KeepsShape;
  forward(x: Tensor): Tensor {
    return inRegion(this, "ReLU6", () => x.relu6());
  }
}

/** Clips to `min … max`, −1 and 1 unless given. Shape: `[...] → [...]`. */
export class Hardtanh {
  declare readonly maps?: KeepsShape;
  readonly min: number;
  readonly max: number;

  constructor(options: { readonly min?: number; readonly max?: number } = {}) {
    checkOptions("Hardtanh", options, { min: true, max: true });
    this.min = options.min ?? -1;
    this.max = options.max ?? 1;
    checkOrder("Hardtanh", { min: this.min, max: this.max });
  }

  forward(x: Tensor): Tensor {
    const { min, max } = this;
    return inRegion(this, `Hardtanh ${min}…${max}`, () => x.hardTanh({ min, max }));
  }
}

/** Piecewise linear sigmoid, `min(max(x + 3, 0), 6) / 6`. Shape: `[...] → [...]`. */
export class Hardsigmoid {
  declare readonly maps?: KeepsShape;
  forward(x: Tensor): Tensor {
    return inRegion(this, "Hardsigmoid", () => x.hardSigmoid());
  }
}

/** `x · min(max(x + 3, 0), 6) / 6` (Howard et al. 2019). Shape: `[...] → [...]`. */
export class Hardswish {
  declare readonly maps?: KeepsShape;
  forward(x: Tensor): Tensor {
    return inRegion(this, "Hardswish", () => x.hardSwish());
  }
}

/** `x` where `|x| > λ`, else 0; λ is ½ unless given. Shape: `[...] → [...]`. */
export class Hardshrink {
  declare readonly maps?: KeepsShape;
  readonly lambda: number;

  constructor(lambda = 0.5) {
    checkNumbers("Hardshrink", { lambda }, { least: 0 });
    this.lambda = lambda;
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `Hardshrink ${this.lambda}`, () => x.hardShrink(this.lambda));
  }
}

/** `sign(x) · max(|x| − λ, 0)`; λ is ½ unless given. Shape: `[...] → [...]`. */
export class Softshrink {
  declare readonly maps?: KeepsShape;
  readonly lambda: number;

  constructor(lambda = 0.5) {
    checkNumbers("Softshrink", { lambda }, { least: 0 });
    this.lambda = lambda;
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `Softshrink ${this.lambda}`, () => x.softShrink(this.lambda));
  }
}

/** `x − tanh x`. Shape: `[...] → [...]`. */
export class Tanhshrink {
  declare readonly maps?: KeepsShape;
  forward(x: Tensor): Tensor {
    return inRegion(this, "Tanhshrink", () => x.tanhShrink());
  }
}

/** `x` above `limit`, `value` elsewhere. Shape: `[...] → [...]`. */
export class Threshold {
  declare readonly maps?: KeepsShape;
  readonly limit: number;
  readonly value: number;

  constructor(limit: number, value: number) {
    checkNumbers("Threshold", { limit, value });
    this.limit = limit;
    this.value = value;
  }

  forward(x: Tensor): Tensor {
    const { limit, value } = this;
    return inRegion(this, `Threshold ${limit}`, () => x.threshold(limit, value));
  }
}

/** Checks two numbers, the first of which is not above the second. */
function checkOrder(layer: string, bounds: Readonly<Record<string, number>>): void {
  checkNumbers(layer, bounds);
  const [[low, a], [high, b]] = Object.entries(bounds);
  if (a <= b) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: layer,
    problem: `${low} must not be above ${high}; received ${a} and ${b}`,
    fix: "Exchange them.",
    detail: bounds,
  });
}
