// Adam and AdamW.

import type { OptionNames } from "../core/option-names.ts";
import { checkOptions } from "../ir/arguments.ts";
import type { Tensor } from "../ir/tensor.ts";
import { MomentOptimizer, type MomentOptions, momentNames } from "./moments.ts";
import { decayed, type Updated, type UpdateFacts, withDecay } from "./optimizer.ts";
import type { Trainable } from "./parameters.ts";

/** Options of `Adam` and `AdamW`. */
export interface AdamOptions extends MomentOptions {
  /** Whether v is replaced by its largest value so far (Reddi et al. 2018); default false. */
  readonly amsgrad?: boolean;
}

const names: OptionNames<AdamOptions> = { ...momentNames, amsgrad: true };

type Moment = "m" | "v" | "vMax";
type Scalar = "stepSize" | "rootScale";

abstract class AnyAdam extends MomentOptimizer<Moment, Scalar> {
  readonly amsgrad: boolean;

  constructor(name: string, model: Trainable, options: AdamOptions, weightDecay: number) {
    const { amsgrad = false } = options;
    const moments = (amsgrad ? { m: 0, v: 0, vMax: 0 } : { m: 0, v: 0 }) as Record<Moment, number>;
    super(model, options, { name, moments, weightDecay });
    this.amsgrad = amsgrad;
  }

  /** Adam's update from p, which may have been decayed already. */
  protected adam(
    p: Tensor,
    g: Tensor,
    { moments, scalars }: UpdateFacts<Moment, Scalar>,
  ): Updated<Moment> {
    const m = this.meanOf(moments.m, g);
    const v = this.meanSquareOf(moments.v, g);
    const vMax = this.amsgrad ? moments.vMax.maximum(v) : v;
    const root = vMax.sqrt().mul(scalars.rootScale).add(this.eps); // √v̂ + ε
    return { parameter: p.sub(m.mul(scalars.stepSize).div(root)), moments: { m, v, vMax } };
  }

  protected override scalars(t: Tensor, rate: Tensor): Record<Scalar, Tensor> {
    return this.corrections(t, rate);
  }

  protected override get proportional(): readonly Scalar[] {
    return ["stepSize"];
  }
}

/** Adam: `m = β1 m + (1 − β1)g`, `v = β2 v + (1 − β2)g²`, `p ← p − η·m̂ / (√v̂ + ε)` (Kingma & Ba 2015). */
export class Adam extends AnyAdam {
  constructor(model: Trainable, options: AdamOptions = {}) {
    checkOptions("Adam", options, names);
    super("Adam", model, options, 0);
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    facts: UpdateFacts<Moment, Scalar>,
  ): Updated<Moment> {
    return this.adam(p, withDecay(g, p, facts.weightDecay), facts);
  }
}

/** Adam with decoupled weight decay: `p ← p − η·λ·p` before Adam's update; λ 0.01 (Loshchilov & Hutter 2019). */
export class AdamW extends AnyAdam {
  constructor(model: Trainable, options: AdamOptions = {}) {
    checkOptions("AdamW", options, names);
    super("AdamW", model, options, 0.01);
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    facts: UpdateFacts<Moment, Scalar>,
  ): Updated<Moment> {
    return this.adam(decayed(p, facts.rate, facts.weightDecay), g, facts);
  }
}
