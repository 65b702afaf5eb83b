// Adagrad.

import type { OptionNames } from "../core/option-names.ts";
import { checkOptions } from "../ir/arguments.ts";
import type { Tensor } from "../ir/tensor.ts";
import {
  Optimizer,
  type OptimizerOptions,
  optimizerNames,
  type Updated,
  type UpdateFacts,
  withDecay,
} from "./optimizer.ts";
import { checkAtLeastZero } from "./options.ts";
import type { Trainable } from "./parameters.ts";

/** Options of `Adagrad`. */
export interface AdagradOptions extends OptimizerOptions {
  /** Default 0.01. */
  readonly learningRate?: number;
  /** Decay of the learning rate per step; default 0. */
  readonly learningRateDecay?: number;
  /** Where the sum of squares starts; default 0. */
  readonly initialAccumulator?: number;
  /** Added to the root; default 1e-10. */
  readonly eps?: number;
}

const names: OptionNames<AdagradOptions> = {
  ...optimizerNames,
  learningRateDecay: true,
  initialAccumulator: true,
  eps: true,
};

/** Adagrad: `s += g²`, `p ← p − η/(1 + (t − 1)·decay) · g / (√s + ε)` (Duchi et al. 2011). */
export class Adagrad extends Optimizer<"s", "decayed"> {
  readonly learningRateDecay: number;
  readonly eps: number;

  constructor(model: Trainable, options: AdagradOptions = {}) {
    checkOptions("Adagrad", options, names);
    const {
      learningRate = 0.01,
      learningRateDecay = 0,
      initialAccumulator = 0,
      eps = 1e-10,
    } = options;
    checkAtLeastZero("Adagrad", { learningRateDecay, initialAccumulator, eps });
    const moments = { s: initialAccumulator };
    super(model, options, { learningRate, moments, counted: learningRateDecay !== 0 });
    this.learningRateDecay = learningRateDecay;
    this.eps = eps;
  }

  protected override update(
    p: Tensor,
    gradient: Tensor,
    { moments, rate, scalars, weightDecay }: UpdateFacts<"s", "decayed">,
  ): Updated<"s"> {
    const g = withDecay(gradient, p, weightDecay);
    const s = moments.s.add(g.mul(g));
    const stepSize = this.learningRateDecay === 0 ? rate : scalars.decayed;
    return { parameter: p.sub(g.mul(stepSize).div(s.sqrt().add(this.eps))), moments: { s } };
  }

  protected override scalars(t: Tensor, rate: Tensor): { decayed: Tensor } {
    return { decayed: rate.div(t.sub(1).mul(this.learningRateDecay).add(1)) };
  }

  protected override get proportional(): readonly "decayed"[] {
    return ["decayed"];
  }
}
