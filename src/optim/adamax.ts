// Adamax.

import { checkOptions } from "../ir/arguments.ts";
import type { Tensor } from "../ir/tensor.ts";
import { MomentOptimizer, type MomentOptions, momentNames } from "./moments.ts";
import {
  biasCorrection,
  flushTiny,
  type Updated,
  type UpdateFacts,
  withDecay,
} from "./optimizer.ts";
import type { Trainable } from "./parameters.ts";

type Moment = "m" | "u";

/** Adamax, Adam with the largest |g| in place of the root: `u = max(β2 u, |g| + ε)`, `p ← p − η·m̂ / u`; η 0.002 (Kingma & Ba 2015). */
export class Adamax extends MomentOptimizer<Moment, "stepSize"> {
  constructor(model: Trainable, options: MomentOptions = {}) {
    checkOptions("Adamax", options, momentNames);
    super(model, options, { name: "Adamax", learningRate: 2e-3, moments: { m: 0, u: 0 } });
  }

  protected override update(
    p: Tensor,
    gradient: Tensor,
    { moments, scalars, weightDecay }: UpdateFacts<Moment, "stepSize">,
  ): Updated<Moment> {
    const g = withDecay(gradient, p, weightDecay);
    const m = this.meanOf(moments.m, g);
    const u = flushTiny(moments.u.mul(this.beta2).maximum(g.abs().add(this.eps)));
    return { parameter: p.sub(m.mul(scalars.stepSize).div(u)), moments: { m, u } };
  }

  protected override scalars(t: Tensor, rate: Tensor): { stepSize: Tensor } {
    return { stepSize: rate.div(biasCorrection(this.beta1, t)) };
  }

  protected override get proportional(): readonly "stepSize"[] {
    return ["stepSize"];
  }
}
