// What the optimizers with running means of g and of its size share: their options, and the mathematics of the two means.

import type { OptionNames } from "../core/option-names.ts";
import type { Tensor } from "../ir/tensor.ts";
import {
  biasCorrection,
  flushTiny,
  type MomentOf,
  Optimizer,
  type OptimizerOptions,
  optimizerNames,
} from "./optimizer.ts";
import { checkAtLeastZero, checkBetas } from "./options.ts";
import type { Trainable } from "./parameters.ts";

/** Options of the optimizers with two running means. */
export interface MomentOptions extends OptimizerOptions {
  /** Default 0.001; in NAdam and Adamax 0.002. */
  readonly learningRate?: number;
  /** Decay of the mean of g; default 0.9. */
  readonly beta1?: number;
  /** Decay of the mean of g² (Adamax: of |g|); default 0.999. */
  readonly beta2?: number;
  /** Added to the root; default 1e-8. */
  readonly eps?: number;
}

/** Names of these options. */
export const momentNames: OptionNames<MomentOptions> = {
  ...optimizerNames,
  beta1: true,
  beta2: true,
  eps: true,
};

/** What a concrete optimizer tells the shared part. */
export interface MomentSetup<Moment extends string> {
  readonly name: string;
  readonly moments: Readonly<Record<Moment, MomentOf>>;
  readonly learningRate?: number;
  readonly beta2?: number;
  readonly eps?: number;
  readonly weightDecay?: number;
  readonly running?: Readonly<Record<string, number>>;
}

/** Shared part of Adam and its relatives. */
export abstract class MomentOptimizer<
  Moment extends string,
  Scalar extends string,
> extends Optimizer<Moment, Scalar> {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;

  constructor(model: Trainable, options: MomentOptions, setup: MomentSetup<Moment>) {
    const { learningRate = setup.learningRate ?? 1e-3, beta1 = 0.9 } = options;
    const { beta2 = setup.beta2 ?? 0.999, eps = setup.eps ?? 1e-8 } = options;
    checkBetas(setup.name, { beta1, beta2 });
    checkAtLeastZero(setup.name, { eps });
    super(model, options, { ...setup, learningRate, counted: true });
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.eps = eps;
  }

  /** `β1 m + (1 − β1)g`. */
  protected meanOf(m: Tensor, g: Tensor): Tensor {
    return mix(m, g, this.beta1);
  }

  /** `β2 v + (1 − β2)g²`. */
  protected meanSquareOf(v: Tensor, g: Tensor): Tensor {
    return mix(v, g.mul(g), this.beta2);
  }

  /** η / (1 − β1ᵗ) and 1 / √(1 − β2ᵗ), the bias corrections of m and √v. */
  protected corrections(t: Tensor, rate: Tensor): { stepSize: Tensor; rootScale: Tensor } {
    return {
      stepSize: rate.div(biasCorrection(this.beta1, t)),
      rootScale: biasCorrection(this.beta2, t).sqrt().reciprocal(),
    };
  }
}

/** A running mean, `β·old + (1 − β)·fresh`, without subnormal numbers. */
export function mix(old: Tensor, fresh: Tensor, beta: number): Tensor {
  return flushTiny(old.mul(beta).add(fresh.mul(1 - beta)));
}
