// Adam and AdamW.

import type { Tensor } from "../ir/tensor.ts";
import {
  biasCorrection,
  checkBeta,
  flushTiny,
  Optimizer,
  type OptimizerOptions,
  type Trainable,
  type Updated,
  type UpdateFacts,
  withDecay,
} from "./optimizer.ts";

/** Options of `Adam` and `AdamW`. */
export interface AdamOptions extends OptimizerOptions {
  /** Default 0.001. */
  readonly learningRate?: number;
  /** Decay of the mean of g; default 0.9. */
  readonly beta1?: number;
  /** Decay of the mean of g²; default 0.999. */
  readonly beta2?: number;
  /** Added to the root; default 1e-8. */
  readonly eps?: number;
  /** Whether v is replaced by its largest value so far (Reddi et al. 2018); default false. */
  readonly amsgrad?: boolean;
}

type Moment = "m" | "v" | "vMax";
type Scalar = "stepSize" | "rootScale";

/** Adam: `m = β1 m + (1 − β1)g`, `v = β2 v + (1 − β2)g²`, `p ← p − η·m̂ / (√v̂ + ε)` (Kingma & Ba 2015). */
export class Adam extends Optimizer<Moment, Scalar> {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly amsgrad: boolean;

  constructor(model: Trainable, options: AdamOptions = {}) {
    const settings = settingsOf("Adam", options);
    super(model, options, { ...settings.facts });
    this.beta1 = settings.beta1;
    this.beta2 = settings.beta2;
    this.eps = settings.eps;
    this.amsgrad = settings.amsgrad;
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    facts: UpdateFacts<Moment, Scalar>,
  ): Updated<Moment> {
    return adamUpdate(p, withDecay(g, p, facts.weightDecay), facts, this);
  }

  protected override scalars(t: Tensor, rate: Tensor): Record<Scalar, Tensor> {
    return adamScalars(t, rate, this);
  }

  protected override get proportional(): readonly Scalar[] {
    return ["stepSize"];
  }
}

/** Adam with decoupled weight decay: `p ← p − η·λ·p` before Adam's update; λ 0.01 (Loshchilov & Hutter 2019). */
export class AdamW extends Optimizer<Moment, Scalar> {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly amsgrad: boolean;

  constructor(model: Trainable, options: AdamOptions = {}) {
    const settings = settingsOf("AdamW", options);
    super(model, options, { ...settings.facts, weightDecay: 0.01 });
    this.beta1 = settings.beta1;
    this.beta2 = settings.beta2;
    this.eps = settings.eps;
    this.amsgrad = settings.amsgrad;
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    facts: UpdateFacts<Moment, Scalar>,
  ): Updated<Moment> {
    const { rate, weightDecay } = facts;
    const decayed = weightDecay === 0 ? p : p.sub(p.mul(rate.mul(weightDecay)));
    return adamUpdate(decayed, g, facts, this);
  }

  protected override scalars(t: Tensor, rate: Tensor): Record<Scalar, Tensor> {
    return adamScalars(t, rate, this);
  }

  protected override get proportional(): readonly Scalar[] {
    return ["stepSize"];
  }
}

interface AdamSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly amsgrad: boolean;
}

function adamUpdate(
  p: Tensor,
  g: Tensor,
  { moments, scalars }: UpdateFacts<Moment, Scalar>,
  { beta1, beta2, eps, amsgrad }: AdamSettings,
): Updated<Moment> {
  const m = flushTiny(moments.m.mul(beta1).add(g.mul(1 - beta1)));
  const v = flushTiny(moments.v.mul(beta2).add(g.mul(g).mul(1 - beta2)));
  const vMax = amsgrad ? moments.vMax.maximum(v) : v;
  const root = vMax.sqrt().mul(scalars.rootScale).add(eps); // √v̂ + ε
  return { parameter: p.sub(m.mul(scalars.stepSize).div(root)), moments: { m, v, vMax } };
}

/** η / (1 − β1ᵗ) and 1 / √(1 − β2ᵗ), the bias corrections of m and √v. */
function adamScalars(
  t: Tensor,
  rate: Tensor,
  { beta1, beta2 }: AdamSettings,
): Record<Scalar, Tensor> {
  return {
    stepSize: rate.div(biasCorrection(beta1, t)),
    rootScale: biasCorrection(beta2, t).sqrt().reciprocal(),
  };
}

function settingsOf(
  name: string,
  options: AdamOptions,
): AdamSettings & {
  readonly facts: { learningRate: number; moments: Record<Moment, number>; counted: true };
} {
  const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, amsgrad = false } = options;
  checkBeta(name, "beta1", beta1);
  checkBeta(name, "beta2", beta2);
  const moments = (amsgrad ? { m: 0, v: 0, vMax: 0 } : { m: 0, v: 0 }) as Record<Moment, number>;
  return { beta1, beta2, eps, amsgrad, facts: { learningRate, moments, counted: true } };
}
