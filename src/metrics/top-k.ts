// Whether the true class is among the k most likely ones.

import type { HostTensor } from "../core/host.ts";
import { checkWhole } from "../core/shape.ts";
import { checkOptions } from "../ir/arguments.ts";
import type { Tensor } from "../ir/tensor.ts";
import { type DecisionOptions, decisionNames, decisions } from "./decisions.ts";
import type { Metric, MetricFacts } from "./metric.ts";
import { mean, weightedSums } from "./sums.ts";

/** Options of `TopKAccuracy`. */
export interface TopKOptions extends Pick<DecisionOptions, "ignoreIndex"> {
  /** How many classes may be guessed; default 5. */
  readonly k?: number;
}

/** Share of samples whose true class has one of the `k` largest scores. Shape: `[B, C, ...], int32 [B, ...]`. */
export class TopKAccuracy implements Metric {
  readonly k: number;
  readonly #options: DecisionOptions;

  constructor(options: TopKOptions = {}) {
    checkOptions("TopKAccuracy", options, { k: true, ignoreIndex: decisionNames.ignoreIndex });
    const { k = 5, ...decisions } = options;
    checkWhole("TopKAccuracy", "k", k, 1);
    this.k = k;
    this.#options = { ...decisions, task: "multiclass", outputs: "probabilities" };
  }

  statistics(outputs: Tensor, targets: Tensor, facts: MetricFacts = {}): Record<string, Tensor> {
    const found = decisions("TopKAccuracy", outputs, targets, facts, this.#options);
    const { probabilities, truth, classes, weights } = found;
    const likely = probabilities.topK(Math.min(this.k, classes)).indices;
    const hit = likely.equal(truth.unsqueeze(1)).any({ axis: 1 });
    return weightedSums(hit, weights);
  }

  value(statistics: Readonly<Record<string, HostTensor>>): number {
    return mean(statistics);
  }
}
