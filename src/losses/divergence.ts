// Divergence between distributions.

import type { OptionNames } from "../core/option-names.ts";
import type { Tensor } from "../ir/tensor.ts";
import { checkAlike, lossRegion, type Reduction, reduce } from "./reduction.ts";

/** Options of `klDivergence`. */
export interface DivergenceOptions {
  /** Default batchMean, the sum divided by the length of axis 0: the divergence itself. */
  readonly reduction?: Reduction | "batchMean";
  /** Whether the target is given as log-probabilities; default false. */
  readonly logTarget?: boolean;
}

const divergenceNames: OptionNames<DivergenceOptions> = { reduction: true, logTarget: true };

/**
 * Kullback–Leibler divergence of log-probabilities x from probabilities t, `Σ t (log t − x)`, 0 where t = 0.
 * Shape: `[B, ...], [B, ...] → []`.
 */
export function klDivergence(
  input: Tensor,
  target: Tensor,
  options: DivergenceOptions = {},
): Tensor {
  const { reduction = "batchMean", logTarget = false } = options;
  return lossRegion("klDivergence", options, divergenceNames, () => {
    checkAlike("klDivergence", { input, target });
    const values = logTarget ? target.exp().mul(target.sub(input)) : ofTargets(input, target);
    if (reduction !== "batchMean") return reduce(values, reduction);
    return values.sum().div(input.rank === 0 ? 1 : input.shape[0]);
  });
}

function ofTargets(x: Tensor, t: Tensor): Tensor {
  const positive = t.greater(0);
  const logT = positive.where(t, 1).log();
  return positive.where(t.mul(logT.sub(x)), 0);
}
