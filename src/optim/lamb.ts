// LAMB: Adam with a learning rate per parameter in proportion to its norm, for very large batches.

import { checkOptions } from "../ir/arguments.ts";
import type { Tensor } from "../ir/tensor.ts";
import { MomentOptimizer, type MomentOptions, momentNames } from "./moments.ts";
import { biasCorrection, type Updated, type UpdateFacts } from "./optimizer.ts";
import type { Trainable } from "./parameters.ts";

type Moment = "m" | "v";
type Scalar = "meanScale" | "rootScale";

/**
 * LAMB: `r = m̂ / (√v̂ + ε) + λp`, `p ← p − η·(‖p‖ / ‖r‖)·r`, the ratio 1 where a norm is 0; ε 1e-6, λ 0.01 (You et al. 2020).
 * Norms are those of each parameter.
 */
export class LAMB extends MomentOptimizer<Moment, Scalar> {
  constructor(model: Trainable, options: MomentOptions = {}) {
    checkOptions("LAMB", options, momentNames);
    super(model, options, {
      name: "LAMB",
      eps: 1e-6,
      weightDecay: 0.01,
      moments: { m: 0, v: 0 },
    });
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    { moments, scalars, rate, weightDecay }: UpdateFacts<Moment, Scalar>,
  ): Updated<Moment> {
    const m = this.meanOf(moments.m, g);
    const v = this.meanSquareOf(moments.v, g);
    const root = v.sqrt().mul(scalars.rootScale).add(this.eps); // √v̂ + ε
    const adam = m.mul(scalars.meanScale).div(root);
    const r = weightDecay === 0 ? adam : adam.add(p.mul(weightDecay));
    const ratio = trustRatio(lengthOf(p), lengthOf(r));
    return { parameter: p.sub(r.mul(rate.mul(ratio))), moments: { m, v } };
  }

  protected override scalars(t: Tensor): Record<Scalar, Tensor> {
    return {
      meanScale: biasCorrection(this.beta1, t).reciprocal(),
      rootScale: biasCorrection(this.beta2, t).sqrt().reciprocal(),
    };
  }
}

function lengthOf(x: Tensor): Tensor {
  return x.mul(x).sum().sqrt();
}

function trustRatio(weights: Tensor, update: Tensor): Tensor {
  const defined = weights.greater(0).logicalAnd(update.greater(0));
  return defined.where(weights.div(defined.where(update, 1)), 1);
}
