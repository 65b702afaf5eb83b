// RMSprop.

import type { OptionNames } from "../core/option-names.ts";
import { checkOptions } from "../ir/arguments.ts";
import type { Tensor } from "../ir/tensor.ts";
import {
  flushTiny,
  Optimizer,
  type OptimizerOptions,
  optimizerNames,
  type Updated,
  type UpdateFacts,
  withDecay,
} from "./optimizer.ts";
import { checkAtLeastZero, checkBetas } from "./options.ts";
import type { Trainable } from "./parameters.ts";

/** Options of `RMSprop`. */
export interface RMSpropOptions extends OptimizerOptions {
  /** Default 0.01. */
  readonly learningRate?: number;
  /** Decay of the mean of g²; default 0.99. */
  readonly alpha?: number;
  /** Added to the root; default 1e-8. */
  readonly eps?: number;
  /** Share of the last update that is kept; default 0. */
  readonly momentum?: number;
  /** Whether to divide by the standard deviation of g instead of its root mean square; default false. */
  readonly centered?: boolean;
}

const names: OptionNames<RMSpropOptions> = {
  ...optimizerNames,
  alpha: true,
  eps: true,
  momentum: true,
  centered: true,
};

type Moment = "v" | "a" | "b";

/** RMSprop: `v = αv + (1 − α)g²`, `p ← p − η·g / (√v + ε)`; centered: v − (mean g)² for v (Hinton 2012; Graves 2013). */
export class RMSprop extends Optimizer<Moment, never> {
  readonly alpha: number;
  readonly eps: number;
  readonly momentum: number;
  readonly centered: boolean;

  constructor(model: Trainable, options: RMSpropOptions = {}) {
    checkOptions("RMSprop", options, names);
    const {
      learningRate = 0.01,
      alpha = 0.99,
      eps = 1e-8,
      momentum = 0,
      centered = false,
    } = options;
    checkBetas("RMSprop", { alpha, momentum });
    checkAtLeastZero("RMSprop", { eps });
    const moments = { v: 0, ...(centered ? { a: 0 } : {}), ...(momentum > 0 ? { b: 0 } : {}) };
    super(model, options, { learningRate, moments: moments as Record<Moment, number> });
    this.alpha = alpha;
    this.eps = eps;
    this.momentum = momentum;
    this.centered = centered;
  }

  protected override update(
    p: Tensor,
    gradient: Tensor,
    { moments, rate, weightDecay }: UpdateFacts<Moment, never>,
  ): Updated<Moment> {
    const { alpha, centered, momentum } = this;
    const g = withDecay(gradient, p, weightDecay);
    const v = flushTiny(moments.v.mul(alpha).add(g.mul(g).mul(1 - alpha)));
    const a = centered ? flushTiny(moments.a.mul(alpha).add(g.mul(1 - alpha))) : moments.a;
    const spread = centered ? v.sub(a.mul(a)).maximum(0) : v; // rounding may make it negative
    const u = g.div(spread.sqrt().add(this.eps));
    const b = momentum > 0 ? flushTiny(moments.b.mul(momentum).add(u)) : u;
    return { parameter: p.sub(b.mul(rate)), moments: { v, a, b } };
  }
}
