// Whether probabilities mean what they say: of the samples that a model is 80 % sure of, 80 % should be right.

import { checkChoice } from "../core/checks.ts";
import type { HostTensor } from "../core/host.ts";
import type { OptionNames } from "../core/option-names.ts";
import { checkWhole } from "../core/shape.ts";
import { checkOptions } from "../ir/arguments.ts";
import type { Tensor } from "../ir/tensor.ts";
import { bincount } from "../ops/compose/counting.ts";
import { type DecisionOptions, type Decisions, decisionNames, decisions } from "./decisions.ts";
import type { Metric, MetricFacts } from "./metric.ts";

/** Options of `CalibrationError`. */
export interface CalibrationOptions extends Omit<DecisionOptions, "threshold"> {
  /** Bins of equal width from 0 to 1; default 15. */
  readonly bins?: number;
  /** `l1`: the expected error (the default), `l2`: root mean square, `max`: the worst bin's. */
  readonly norm?: "l1" | "l2" | "max";
}

const { threshold: _, ...readings } = decisionNames;
const calibrationNames: OptionNames<CalibrationOptions> = { ...readings, bins: true, norm: true };

/**
 * Calibration error, `Σ_b n_b/N · |accuracy_b − confidence_b|` over bins of confidence. Confidence is the largest
 * probability; a binary one is the probability of class 1, beside the share of class 1. Range 0 … 1, smaller is better.
 * Source: Guo et al., "On calibration of modern neural networks", ICML 2017.
 */
export class CalibrationError implements Metric {
  readonly better = "smaller";
  readonly options: CalibrationOptions;

  constructor(options: CalibrationOptions = {}) {
    checkOptions("CalibrationError", options, calibrationNames);
    checkWhole("CalibrationError", "bins", options.bins ?? 15, 1);
    checkChoice("CalibrationError", "norm", options.norm ?? "l1", ["l1", "l2", "max"]);
    this.options = options;
  }

  statistics(outputs: Tensor, targets: Tensor, facts: MetricFacts = {}): Record<string, Tensor> {
    const found = decisions("CalibrationError", outputs, targets, facts, this.options);
    const { bins = 15 } = this.options;
    const { confidence, right } = certainty(found);
    // A bin holds its upper edge: 0.8 belongs to 0.6 … 0.8.
    const place = confidence
      .mul(bins)
      .ceil()
      .sub(1)
      .clamp({ min: 0, max: bins - 1 });
    const weight = found.weights ?? confidence.onesLike().cast("float64");
    const sum = (x: Tensor): Tensor =>
      bincount(place, bins, { weights: x.cast("float64").mul(weight) });
    return { weight: sum(weight.onesLike()), confidence: sum(confidence), right: sum(right) };
  }

  value({ weight, confidence, right }: Readonly<Record<string, HostTensor>>): number {
    const { norm = "l1" } = this.options;
    const all = Array.from(weight.data).reduce((total, n) => total + n, 0);
    let [expected, squared, worst] = [0, 0, 0];
    for (const [k, n] of Array.from(weight.data).entries()) {
      if (n === 0) continue;
      const gap = Math.abs(right.data[k] - confidence.data[k]) / n;
      expected += (n / all) * gap;
      squared += (n / all) * gap ** 2;
      worst = Math.max(worst, gap);
    }
    return norm === "max" ? worst : norm === "l2" ? Math.sqrt(squared) : expected;
  }
}

/** How sure each decision is, and whether it is right. Shape: `→ [N], [N]`. */
function certainty({ task, probabilities, truth }: Decisions): {
  readonly confidence: Tensor;
  readonly right: Tensor;
} {
  if (task !== "multiclass") {
    return { confidence: probabilities.reshape([truth.size]), right: truth.reshape([truth.size]) };
  }
  const right = probabilities.argMax({ axis: 1 }).equal(truth);
  return { confidence: probabilities.max({ axis: 1 }), right };
}
