// Perplexity of a language model: how many equally likely tokens it hesitates between.

import type { HostTensor } from "../core/host.ts";
import { checkOptions } from "../ir/arguments.ts";
import type { Tensor } from "../ir/tensor.ts";
import { type DecisionOptions, decisionNames, decisions } from "./decisions.ts";
import type { Metric, MetricFacts } from "./metric.ts";
import { mean, weightedSums } from "./sums.ts";

const { ignoreIndex, outputs } = decisionNames;

/**
 * `exp(−1/N · Σ log p(tokenₙ))` over all tokens of a data set; the number of classes for a model that knows nothing.
 * Shape: logits `[B, C, ...]`, int32 `[B, ...]`. `ignoreIndex` leaves padding out.
 */
export class Perplexity implements Metric {
  readonly better = "smaller";
  readonly #options: DecisionOptions;

  constructor(options: Pick<DecisionOptions, "ignoreIndex" | "outputs"> = {}) {
    checkOptions("Perplexity", options, { ignoreIndex, outputs });
    this.#options = { ...options, task: "multiclass" };
  }

  statistics(logits: Tensor, targets: Tensor, facts: MetricFacts = {}): Record<string, Tensor> {
    const wide = logits.cast("float64"); // a softmax in float32 has no logarithm where it underflows
    const found = decisions("Perplexity", wide, targets, facts, this.#options);
    const { probabilities, truth, weights, classes } = found;
    const known = truth.clamp({ min: 0, max: classes - 1 }).unsqueeze(1); // padding has any class, and weight 0
    const likelihood = probabilities.gather(known, 1).squeeze(1);
    return weightedSums(likelihood.log().neg(), weights);
  }

  value(statistics: Readonly<Record<string, HostTensor>>): number {
    return Math.exp(mean(statistics));
  }
}
