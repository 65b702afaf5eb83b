// Adadelta.

import type { OptionNames } from "../core/option-names.ts";
import { checkOptions } from "../ir/arguments.ts";
import type { Tensor } from "../ir/tensor.ts";
import { mix } from "./moments.ts";
import {
  Optimizer,
  type OptimizerOptions,
  optimizerNames,
  type Updated,
  type UpdateFacts,
  withDecay,
} from "./optimizer.ts";
import { checkAtLeastZero, checkBetas } from "./options.ts";
import type { Trainable } from "./parameters.ts";

/** Options of `Adadelta`. */
export interface AdadeltaOptions extends OptimizerOptions {
  /** Multiplies the step; default 1. */
  readonly learningRate?: number;
  /** Decay of both means; default 0.9. */
  readonly rho?: number;
  /** Added below both roots; default 1e-6. */
  readonly eps?: number;
}

const names: OptionNames<AdadeltaOptions> = { ...optimizerNames, rho: true, eps: true };

type Moment = "v" | "u";

/** Adadelta: `v = ρv + (1 − ρ)g²`, `Δ = √(u + ε) / √(v + ε)·g`, `u = ρu + (1 − ρ)Δ²`, `p ← p − η·Δ` (Zeiler 2012). */
export class Adadelta extends Optimizer<Moment, never> {
  readonly rho: number;
  readonly eps: number;

  constructor(model: Trainable, options: AdadeltaOptions = {}) {
    checkOptions("Adadelta", options, names);
    const { learningRate = 1, rho = 0.9, eps = 1e-6 } = options;
    checkBetas("Adadelta", { rho });
    checkAtLeastZero("Adadelta", { eps });
    super(model, options, { learningRate, moments: { v: 0, u: 0 } });
    this.rho = rho;
    this.eps = eps;
  }

  protected override update(
    p: Tensor,
    gradient: Tensor,
    { moments, rate, weightDecay }: UpdateFacts<Moment, never>,
  ): Updated<Moment> {
    const g = withDecay(gradient, p, weightDecay);
    const v = mix(moments.v, g.mul(g), this.rho);
    const d = moments.u.add(this.eps).sqrt().div(v.add(this.eps).sqrt()).mul(g);
    const u = mix(moments.u, d.mul(d), this.rho);
    return { parameter: p.sub(d.mul(rate)), moments: { v, u } };
  }
}
