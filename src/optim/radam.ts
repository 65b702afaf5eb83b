// RAdam: Adam that trusts the mean of g² only once enough gradients have been seen.

import type { OptionNames } from "../core/option-names.ts";
import { checkOptions } from "../ir/arguments.ts";
import type { Tensor } from "../ir/tensor.ts";
import { MomentOptimizer, type MomentOptions, momentNames } from "./moments.ts";
import { biasCorrection, decayed, type Updated, type UpdateFacts, withDecay } from "./optimizer.ts";
import type { Trainable } from "./parameters.ts";

/** Options of `RAdam`. */
export interface RAdamOptions extends MomentOptions {
  /** Whether weights decay directly, as in AdamW; default false. */
  readonly decoupledWeightDecay?: boolean;
}

const names: OptionNames<RAdamOptions> = { ...momentNames, decoupledWeightDecay: true };

type Moment = "m" | "v";
type Scalar = "stepSize" | "adaptive" | "plain";

/**
 * RAdam: with `ρ∞ = 2/(1 − β2) − 1` and `ρ = ρ∞ − 2tβ2ᵗ/(1 − β2ᵗ)`, Adam's step times
 * `√((ρ − 4)(ρ − 2)ρ∞ / ((ρ∞ − 4)(ρ∞ − 2)ρ))` where ρ > 5, else `p ← p − η·m̂` (Liu et al. 2020).
 */
export class RAdam extends MomentOptimizer<Moment, Scalar> {
  readonly decoupledWeightDecay: boolean;

  constructor(model: Trainable, options: RAdamOptions = {}) {
    checkOptions("RAdam", options, names);
    super(model, options, { name: "RAdam", moments: { m: 0, v: 0 } });
    this.decoupledWeightDecay = options.decoupledWeightDecay ?? false;
  }

  protected override update(
    before: Tensor,
    gradient: Tensor,
    { moments, scalars, rate, weightDecay }: UpdateFacts<Moment, Scalar>,
  ): Updated<Moment> {
    const { decoupledWeightDecay: direct } = this;
    const p = direct ? decayed(before, rate, weightDecay) : before;
    const g = direct ? gradient : withDecay(gradient, p, weightDecay);
    const m = this.meanOf(moments.m, g);
    const v = this.meanSquareOf(moments.v, g);
    const scale = scalars.adaptive.div(v.sqrt().add(this.eps)).add(scalars.plain);
    return { parameter: p.sub(m.mul(scalars.stepSize).mul(scale)), moments: { m, v } };
  }

  protected override scalars(t: Tensor, rate: Tensor): Record<Scalar, Tensor> {
    const length = averageLength(this.beta2, t);
    const isLong = length.greater(5);
    const all = 2 / (1 - this.beta2) - 1;
    const most = all > 5 ? all / ((all - 4) * (all - 2)) : 0; // else never reached
    const safe = length.maximum(5);
    const share = safe.sub(4).mul(safe.sub(2)).div(safe).mul(most).sqrt();
    return {
      stepSize: rate.div(biasCorrection(this.beta1, t)),
      adaptive: isLong.where(share.mul(biasCorrection(this.beta2, t).sqrt()), 0),
      plain: isLong.where(t.mul(0), 1),
    };
  }

  protected override get proportional(): readonly Scalar[] {
    return ["stepSize"];
  }
}

/**
 * `ρ = ρ∞ − 2tβᵗ/(1 − βᵗ)`, where two large numbers cancel while t is small. With L = −log β and u = tL it is
 * `ρ∞ − 2/L + t − (2/L)·B(u)`, `B(u) = (u/2)·coth(u/2) − 1 = u²/12 − u⁴/720 + …`, which does not cancel.
 */
function averageLength(beta: number, t: Tensor): Tensor {
  if (beta === 0) return t.mul(0).add(1);
  const scale = -Math.log(beta);
  const u = t.mul(scale);
  const s = u.mul(u);
  const series = s.mul(s.mul(s.mul(s.mul(-1 / 1209600).add(1 / 30240)).sub(1 / 720)).add(1 / 12));
  const shrunk = u.neg().exp();
  const closed = u.mul(0.5).mul(shrunk.add(1)).div(u.neg().expm1().neg()).sub(1);
  const bend = u.less(0.25).where(series, closed);
  const offset = 2 / (1 - beta) - 1 - 2 / scale;
  return t.add(offset).sub(bend.mul(2 / scale));
}
