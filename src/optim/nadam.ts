// NAdam: Adam with Nesterov's look-ahead.

import type { OptionNames } from "../core/option-names.ts";
import { checkOptions } from "../ir/arguments.ts";
import type { Tensor } from "../ir/tensor.ts";
import { MomentOptimizer, type MomentOptions, momentNames } from "./moments.ts";
import { biasCorrection, decayed, type Updated, type UpdateFacts, withDecay } from "./optimizer.ts";
import { checkAtLeastZero } from "./options.ts";
import type { Trainable } from "./parameters.ts";

/** Options of `NAdam`. */
export interface NAdamOptions extends MomentOptions {
  /** How fast the momentum grows to beta1, ψ; default 0.004. */
  readonly momentumDecay?: number;
  /** Whether weights decay directly, as in AdamW; default false. */
  readonly decoupledWeightDecay?: boolean;
}

const names: OptionNames<NAdamOptions> = {
  ...momentNames,
  momentumDecay: true,
  decoupledWeightDecay: true,
};

type Moment = "m" | "v";
/** What `NAdam` computes for each parameter and step. */
export type NAdamScalar = "meanShare" | "gradientShare" | "rootScale" | "momentumProduct";

/**
 * NAdam: `μ_t = β1(1 − ½·0.96^{tψ})`, `p ← p − η(μ_{t+1} m / (1 − Π_{i≤t+1} μ_i) + (1 − μ_t)g / (1 − Π_{i≤t} μ_i)) / (√v̂ + ε)`;
 * η 0.002 (Dozat 2016).
 */
export class NAdam extends MomentOptimizer<Moment, NAdamScalar> {
  readonly momentumDecay: number;
  readonly decoupledWeightDecay: boolean;

  constructor(model: Trainable, options: NAdamOptions = {}) {
    checkOptions("NAdam", options, names);
    const { momentumDecay = 4e-3, decoupledWeightDecay = false } = options;
    checkAtLeastZero("NAdam", { momentumDecay });
    const running = { momentumProduct: 1 };
    super(model, options, {
      name: "NAdam",
      learningRate: 2e-3,
      moments: { m: 0, v: 0 },
      running,
    });
    this.momentumDecay = momentumDecay;
    this.decoupledWeightDecay = decoupledWeightDecay;
  }

  protected override update(
    before: Tensor,
    gradient: Tensor,
    { moments, scalars, rate, weightDecay }: UpdateFacts<Moment, NAdamScalar>,
  ): Updated<Moment> {
    const { decoupledWeightDecay: direct } = this;
    const p = direct ? decayed(before, rate, weightDecay) : before;
    const g = direct ? gradient : withDecay(gradient, p, weightDecay);
    const m = this.meanOf(moments.m, g);
    const v = this.meanSquareOf(moments.v, g);
    const ahead = m.mul(scalars.meanShare).add(g.mul(scalars.gradientShare));
    const root = v.sqrt().mul(scalars.rootScale).add(this.eps); // √v̂ + ε
    return { parameter: p.sub(ahead.div(root)), moments: { m, v } };
  }

  protected override scalars(
    t: Tensor,
    rate: Tensor,
    running: Readonly<Record<string, Tensor>>,
  ): Record<NAdamScalar, Tensor> {
    const now = this.momentumAt(t);
    const next = this.momentumAt(t.add(1));
    const momentumProduct = running.momentumProduct.mul(now);
    const rest = (product: Tensor): Tensor => product.neg().add(1);
    return {
      meanShare: rate.mul(next).div(rest(momentumProduct.mul(next))),
      gradientShare: rate.mul(rest(now)).div(rest(momentumProduct)),
      rootScale: biasCorrection(this.beta2, t).sqrt().reciprocal(),
      momentumProduct,
    };
  }

  /** `μ_t = β1(1 − ½·0.96^{tψ})`. */
  protected momentumAt(t: Tensor): Tensor {
    const decay = t.mul(this.momentumDecay * Math.log(0.96)).exp();
    return decay.mul(-0.5).add(1).mul(this.beta1);
  }

  protected override get proportional(): readonly NAdamScalar[] {
    return ["meanShare", "gradientShare"];
  }
}
