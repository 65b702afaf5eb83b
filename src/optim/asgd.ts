// Averaged stochastic gradient descent.

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

/** Options of `ASGD`. */
export interface ASGDOptions extends OptimizerOptions {
  /** Default 0.01. */
  readonly learningRate?: number;
  /** Decay λ of weights and learning rate; default 1e-4. */
  readonly lambda?: number;
  /** Exponent of the decay of the learning rate; default 0.75. */
  readonly alpha?: number;
  /** The step after which the average starts; default 1e6. */
  readonly start?: number;
}

const names: OptionNames<ASGDOptions> = {
  ...optimizerNames,
  lambda: true,
  alpha: true,
  start: true,
};

type Scalar = "stepSize" | "share";

/**
 * Averaged gradient descent: `η_t = η / (1 + λη(t − 1))^α`, `p ← p(1 − λη_t) − η_t·g`, and the moment `average` holds the mean
 * of p from step `start` on (Polyak & Juditsky 1992).
 */
export class ASGD extends Optimizer<"average", Scalar> {
  readonly lambda: number;
  readonly alpha: number;
  readonly start: number;

  constructor(model: Trainable, options: ASGDOptions = {}) {
    checkOptions("ASGD", options, names);
    const { learningRate = 0.01, lambda = 1e-4, alpha = 0.75, start = 1e6 } = options;
    checkAtLeastZero("ASGD", { lambda, alpha, start });
    super(model, options, { learningRate, moments: { average: 0 }, counted: true });
    this.lambda = lambda;
    this.alpha = alpha;
    this.start = start;
  }

  protected override update(
    before: Tensor,
    gradient: Tensor,
    { moments, scalars, weightDecay }: UpdateFacts<"average", Scalar>,
  ): Updated<"average"> {
    const g = withDecay(gradient, before, weightDecay);
    const shrunk = before.sub(before.mul(scalars.stepSize.mul(this.lambda)));
    const p = shrunk.sub(g.mul(scalars.stepSize));
    const average = moments.average.add(p.sub(moments.average).mul(scalars.share));
    return { parameter: p, moments: { average } };
  }

  protected override scalars(t: Tensor, rate: Tensor): Record<Scalar, Tensor> {
    const before = t.sub(1);
    const decay = rate.mul(before).mul(this.lambda).add(1).pow(this.alpha);
    return { stepSize: rate.div(decay), share: before.sub(this.start).maximum(1).reciprocal() };
  }

  protected override get proportional(): readonly Scalar[] {
    return ["stepSize"];
  }
}
