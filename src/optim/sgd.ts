// Gradient descent, with momentum and Nesterov's look-ahead.

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
import { badOption, checkBetas } from "./options.ts";
import type { Trainable } from "./parameters.ts";

/** Options of `SGD`. */
export interface SGDOptions extends OptimizerOptions {
  /** Default 1e-3. */
  readonly learningRate?: number;
  /** Share μ of the last update that is kept; default 0. */
  readonly momentum?: number;
  /** Share δ of the gradient that is held back after the first step; default 0. */
  readonly dampening?: number;
  /** Whether to look ahead (Sutskever et al. 2013); needs momentum and no dampening. */
  readonly nesterov?: boolean;
}

const names: OptionNames<SGDOptions> = {
  ...optimizerNames,
  momentum: true,
  dampening: true,
  nesterov: true,
};

/** Gradient descent: `b = μb + (1 − δ)g` (b = g at first), `p ← p − η·b`; Nesterov: `p ← p − η(g + μb)`. */
export class SGD extends Optimizer<"b", "share"> {
  readonly momentum: number;
  readonly dampening: number;
  readonly nesterov: boolean;

  constructor(model: Trainable, options: SGDOptions = {}) {
    checkOptions("SGD", options, names);
    const { learningRate = 1e-3, momentum = 0, dampening = 0, nesterov = false } = options;
    checkBetas("SGD", { momentum });
    if (!(dampening <= 1)) throw badOption("SGD", "dampening", dampening, "≤ 1");
    if (nesterov && (momentum === 0 || dampening !== 0)) {
      throw badOption("SGD", "nesterov", nesterov, "used with momentum > 0 and dampening 0");
    }
    const moments = (momentum === 0 ? {} : { b: 0 }) as { readonly b: number };
    super(model, options, { learningRate, moments, counted: momentum !== 0 && dampening !== 0 });
    this.momentum = momentum;
    this.dampening = dampening;
    this.nesterov = nesterov;
  }

  protected override update(
    p: Tensor,
    gradient: Tensor,
    { moments, rate, scalars, weightDecay }: UpdateFacts<"b", "share">,
  ): Updated<"b"> {
    const { momentum } = this;
    const g = withDecay(gradient, p, weightDecay);
    if (momentum === 0) return { parameter: p.sub(g.mul(rate)), moments };
    const fresh = this.dampening === 0 ? g : g.mul(scalars.share);
    const b = flushTiny(moments.b.mul(momentum).add(fresh));
    const direction = this.nesterov ? b.mul(momentum).add(g) : b;
    return { parameter: p.sub(direction.mul(rate)), moments: { b } };
  }

  /** 1 at a parameter's first step, then 1 − δ. */
  protected override scalars(t: Tensor): { share: Tensor } {
    return { share: t.less(1.5).where(1, t.mul(0).add(1 - this.dampening)) };
  }
}
