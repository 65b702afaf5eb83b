// Lion: the sign of a momentum.

import type { OptionNames } from "../core/option-names.ts";
import { checkOptions } from "../ir/arguments.ts";
import type { Tensor } from "../ir/tensor.ts";
import { mix } from "./moments.ts";
import {
  decayed,
  Optimizer,
  type OptimizerOptions,
  optimizerNames,
  type Updated,
  type UpdateFacts,
} from "./optimizer.ts";
import { checkBetas } from "./options.ts";
import type { Trainable } from "./parameters.ts";

/** Options of `Lion`. */
export interface LionOptions extends OptimizerOptions {
  /** A third to a tenth of AdamW's, with as much more weight decay; default 1e-4. */
  readonly learningRate?: number;
  /** Share of the momentum in the step; default 0.9. */
  readonly beta1?: number;
  /** Decay of the momentum; default 0.99. */
  readonly beta2?: number;
}

const names: OptionNames<LionOptions> = { ...optimizerNames, beta1: true, beta2: true };

/** Lion: `p ← p − η(sign(β1 m + (1 − β1)g) + λp)`, then `m = β2 m + (1 − β2)g` (Chen et al. 2023). */
export class Lion extends Optimizer<"m", never> {
  readonly beta1: number;
  readonly beta2: number;

  constructor(model: Trainable, options: LionOptions = {}) {
    checkOptions("Lion", options, names);
    const { learningRate = 1e-4, beta1 = 0.9, beta2 = 0.99 } = options;
    checkBetas("Lion", { beta1, beta2 });
    super(model, options, { learningRate, moments: { m: 0 } });
    this.beta1 = beta1;
    this.beta2 = beta2;
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    { moments, rate, weightDecay }: UpdateFacts<"m", never>,
  ): Updated<"m"> {
    const direction = mix(moments.m, g, this.beta1).sign();
    const parameter = decayed(p, rate, weightDecay).sub(direction.mul(rate));
    return { parameter, moments: { m: mix(moments.m, g, this.beta2) } };
  }
}
