// Metrics of the order that scores put samples into: area under the ROC curve and average precision. Exact ones keep every
// score of a pass; with `bins` only a histogram is kept, and equal scores are what falls into one bin.

import { checkChoice } from "../core/checks.ts";
import type { HostTensor } from "../core/host.ts";
import type { OptionNames } from "../core/option-names.ts";
import { checkWhole } from "../core/shape.ts";
import { checkOptions } from "../ir/arguments.ts";
import type { Tensor } from "../ir/tensor.ts";
import { bincount } from "../ops/compose/counting.ts";
import { stack } from "../ops/concatenate.ts";
import { full } from "../ops/leaf.ts";
import { weightedMean } from "./counts.ts";
import { type DecisionOptions, type Decisions, decisionNames, decisions } from "./decisions.ts";
import type { Metric, MetricFacts } from "./metric.ts";

/** Options of metrics of rankings. */
export interface RankingOptions extends Omit<DecisionOptions, "threshold"> {
  /**
   * How one class against the rest becomes one number: `macro` (mean, the default), `weighted` (by frequency), or `none`
   * (a record). A binary metric is that of class 1.
   */
  readonly average?: "macro" | "weighted" | "none";
  /** Bins of probability, for memory that does not grow with the data; default: exact. */
  readonly bins?: number;
}

const { threshold: _, ...readings } = decisionNames;
const rankingNames: OptionNames<RankingOptions> = { ...readings, average: true, bins: true };

/** Weight of the positive and negative samples of one score; groups are ordered from the largest score down. */
interface Tie {
  readonly positive: number;
  readonly negative: number;
}

abstract class RankingMetric implements Metric {
  readonly options: RankingOptions;
  readonly gather: "sum" | "join";

  constructor(options: RankingOptions = {}) {
    checkOptions(this.constructor.name, options, rankingNames);
    checkChoice(this.constructor.name, "average", options.average ?? "macro", [
      ...(["macro", "weighted", "none"] as const),
    ]);
    if (options.bins !== undefined) checkWhole(this.constructor.name, "bins", options.bins, 2);
    this.options = options;
    this.gather = options.bins === undefined ? "join" : "sum";
  }

  statistics(outputs: Tensor, targets: Tensor, facts: MetricFacts = {}): Record<string, Tensor> {
    const found = decisions(this.constructor.name, outputs, targets, facts, this.options);
    const { probabilities, weights } = found;
    const positive = positives(found).cast("float32");
    const { bins } = this.options;
    if (bins !== undefined) return binned(probabilities, positive, weights, bins);
    const weight = (weights ?? full([probabilities.shape[0]], 1, "float64")).unsqueeze(1);
    return { probabilities, positive, weight: weight.broadcastTo(probabilities.shape) };
  }

  value(statistics: Readonly<Record<string, HostTensor>>): number | Record<string, number> {
    const classes = "histogram" in statistics ? fromHistogram(statistics) : fromScores(statistics);
    const each = classes.map((ties) => this.ofTies(ties));
    if (each.length === 1) return each[0];
    const { average = "macro" } = this.options;
    if (average === "none") return Object.fromEntries(each.entries());
    const share = classes.map((ties) => (average === "weighted" ? totalOf(ties, "positive") : 1));
    return weightedMean(each, share);
  }

  protected abstract ofTies(ties: readonly Tie[]): number;
}

/**
 * Area under the ROC curve: the probability that a positive sample scores higher than a negative one, ties counting half.
 * NaN where there are only positive or only negative samples. Source: Hanley and McNeil, Radiology 143, 1982.
 */
export class RocAuc extends RankingMetric {
  protected ofTies(ties: readonly Tie[]): number {
    let [above, area] = [0, 0];
    for (const { positive, negative } of ties) {
      area += negative * (above + positive / 2);
      above += positive;
    }
    return area / (above * totalOf(ties, "negative"));
  }
}

/** Average precision, `Σ (Rₙ − Rₙ₋₁) Pₙ` over falling scores: the area under the precision-recall steps. NaN without positives. */
export class AveragePrecision extends RankingMetric {
  protected ofTies(ties: readonly Tie[]): number {
    const all = totalOf(ties, "positive");
    let [hits, taken, area] = [0, 0, 0];
    for (const { positive, negative } of ties) {
      hits += positive;
      taken += positive + negative;
      if (positive > 0) area += positive * (hits / taken);
    }
    return area / all;
  }
}

/** Which rows are positive, class by class. Shape: `→ bool [N, classes]`; binary `[N, 1]`. */
function positives({ task, truth, probabilities, classes }: Decisions): Tensor {
  if (task !== "multiclass") return truth.equal(1).reshape(probabilities.shape);
  return truth.oneHot(classes, { dtype: "bool" });
}

/** Weights of positives and negatives by bin of probability. Shape: `→ [classes, 2, bins]`. */
function binned(
  probabilities: Tensor,
  positive: Tensor,
  weights: Tensor | undefined,
  bins: number,
): Record<string, Tensor> {
  const weight = weights ?? full([probabilities.shape[0]], 1, "float64");
  const place = probabilities
    .mul(bins)
    .clamp({ min: 0, max: bins - 1 })
    .cast("int32");
  const tables = Array.from({ length: probabilities.shape[1] }, (_, k) => {
    const here = place.select(1, k);
    const yes = positive.select(1, k).cast("float64");
    const count = (share: Tensor): Tensor => bincount(here, bins, { weights: weight.mul(share) });
    return stack([count(yes), count(yes.neg().add(1))], 0);
  });
  return { histogram: stack(tables, 0) };
}

function fromHistogram({ histogram }: Readonly<Record<string, HostTensor>>): Tie[][] {
  const [classes, , bins] = histogram.shape;
  return Array.from({ length: classes }, (_, k) => {
    const at = (sign: number, bin: number): number => histogram.data[(2 * k + sign) * bins + bin];
    const falling = Array.from({ length: bins }, (_, b) => bins - 1 - b);
    return falling.map((bin) => ({ positive: at(0, bin), negative: at(1, bin) }));
  });
}

function fromScores({
  probabilities,
  positive,
  weight,
}: Readonly<Record<string, HostTensor>>): Tie[][] {
  const [rows, classes] = probabilities.shape;
  return Array.from({ length: classes }, (_, k) => {
    const order = Array.from({ length: rows }, (_, row) => row * classes + k);
    order.sort((a, b) => probabilities.data[b] - probabilities.data[a]);
    return tiesOf(order, probabilities.data, positive.data, weight.data);
  });
}

/** Joins samples of equal score, given in falling order. */
function tiesOf(
  order: readonly number[],
  scores: ArrayLike<number>,
  positive: ArrayLike<number>,
  weight: ArrayLike<number>,
): Tie[] {
  const ties: { positive: number; negative: number }[] = [];
  let last: number | undefined;
  for (const place of order) {
    if (weight[place] === 0) continue;
    if (scores[place] !== last) ties.push({ positive: 0, negative: 0 });
    last = scores[place];
    ties[ties.length - 1][positive[place] === 1 ? "positive" : "negative"] += weight[place];
  }
  return ties;
}

function totalOf(ties: readonly Tie[], side: keyof Tie): number {
  return ties.reduce((total, tie) => total + tie[side], 0);
}
