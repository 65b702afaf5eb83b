// Metrics of predicted numbers. All are sums over samples in float64, so that they are those of the whole data set and not
// means of batches' values.

import { checkChoice } from "../core/checks.ts";
import { ChainruleError } from "../core/errors.ts";
import type { HostTensor } from "../core/host.ts";
import { sameShape, showShape } from "../core/shape.ts";
import { checkOptions, checkTensor } from "../ir/arguments.ts";
import type { Tensor } from "../ir/tensor.ts";
import { full } from "../ops/leaf.ts";
import { weightedMean } from "./counts.ts";
import { rowWeights } from "./decisions.ts";
import type { Metric, MetricFacts } from "./metric.ts";
import { mean, weightedSums } from "./sums.ts";

/** Shared part: the mean of a function of each error. */
abstract class MeanOfErrors implements Metric {
  readonly better = "smaller";

  statistics(outputs: Tensor, targets: Tensor, facts: MetricFacts = {}): Record<string, Tensor> {
    const name = this.constructor.name;
    const { predicted, truth, weights } = columns(name, outputs, targets, facts);
    const width = predicted.shape[1];
    const each = weights?.unsqueeze(1).broadcastTo(predicted.shape).reshape([predicted.size]);
    const values = this.ofError(predicted.sub(truth), truth);
    return weightedSums(width === 0 ? values : values.reshape([predicted.size]), each);
  }

  value(statistics: Readonly<Record<string, HostTensor>>): number {
    return mean(statistics);
  }

  protected abstract ofError(error: Tensor, truth: Tensor): Tensor;
}

/** Mean absolute error, `Σ w·|ŷ − y| / Σ w`. */
export class MeanAbsoluteError extends MeanOfErrors {
  protected ofError(error: Tensor): Tensor {
    return error.abs();
  }
}

/** Mean squared error, `Σ w·(ŷ − y)² / Σ w`. */
export class MeanSquaredError extends MeanOfErrors {
  protected ofError(error: Tensor): Tensor {
    return error.square();
  }
}

/** Root of the mean squared error, in the unit of the target. */
export class RootMeanSquaredError extends MeanSquaredError {
  override value(statistics: Readonly<Record<string, HostTensor>>): number {
    return Math.sqrt(mean(statistics));
  }
}

/** Mean of `|ŷ − y| / max(|y|, ε)` with ε = 1.17e−6; 0.1 is an error of ten percent. */
export class MeanAbsolutePercentageError extends MeanOfErrors {
  protected ofError(error: Tensor, truth: Tensor): Tensor {
    return error.abs().div(truth.abs().clampMin(1.17e-6));
  }
}

/** Options of metrics of the share of variance. */
export interface VarianceMetricOptions {
  /** How several outputs become one number: their mean (the default), or a record by number. */
  readonly average?: "macro" | "none";
}

/** Shared part: sums of targets, predictions, their squares and products, per output. */
abstract class MomentMetric implements Metric {
  readonly average: "macro" | "none";

  constructor(options: VarianceMetricOptions = {}) {
    checkOptions(this.constructor.name, options, { average: true });
    this.average = options.average ?? "macro";
    checkChoice(this.constructor.name, "average", this.average, ["macro", "none"]);
  }

  statistics(outputs: Tensor, targets: Tensor, facts: MetricFacts = {}): Record<string, Tensor> {
    const name = this.constructor.name;
    const { predicted: p, truth: y, weights } = columns(name, outputs, targets, facts);
    const w = (weights ?? full([p.shape[0]], 1, "float64")).unsqueeze(1);
    const sums = [y.onesLike(), y, p, y.mul(y), p.mul(p), y.mul(p), y.sub(p).square()];
    const [weight, ofY, ofP, yy, pp, yp, error] = sums.map((x) => x.mul(w).sum({ axis: 0 }));
    return { weight, ofY, ofP, yy, pp, yp, error };
  }

  value(statistics: Readonly<Record<string, HostTensor>>): number | Record<string, number> {
    const outputs = Array.from({ length: statistics.weight.data.length }, (_, k) => {
      const at = (name: string): number => statistics[name].data[k];
      return this.ofOutput(momentsOf(at), at);
    });
    if (this.average === "none") return Object.fromEntries(outputs.entries());
    return weightedMean(
      outputs,
      outputs.map(() => 1),
    );
  }

  protected abstract ofOutput(moments: Moments, sum: (name: string) => number): number;
}

/** Sums of squares and products about the means. */
interface Moments {
  readonly ofY: number;
  readonly ofP: number;
  readonly both: number;
}

function momentsOf(at: (name: string) => number): Moments {
  const n = at("weight");
  return {
    ofY: at("yy") - at("ofY") ** 2 / n,
    ofP: at("pp") - at("ofP") ** 2 / n,
    both: at("yp") - (at("ofY") * at("ofP")) / n,
  };
}

/** Coefficient of determination, `R² = 1 − Σ (y − ŷ)² / Σ (y − ȳ)²`: 1 is perfect, 0 as good as the mean. */
export class R2Score extends MomentMetric {
  protected ofOutput({ ofY }: Moments, sum: (name: string) => number): number {
    return 1 - sum("error") / ofY;
  }
}

/** Share of the variance that is explained, `1 − Var(y − ŷ) / Var(y)`: R² without the mean error. */
export class ExplainedVariance extends MomentMetric {
  protected ofOutput({ ofY }: Moments, sum: (name: string) => number): number {
    const bias = sum("ofY") - sum("ofP");
    return 1 - (sum("error") - bias ** 2 / sum("weight")) / ofY;
  }
}

/** Pearson's correlation between predictions and targets, −1 … 1. */
export class PearsonCorrelation extends MomentMetric {
  protected ofOutput({ ofY, ofP, both }: Moments): number {
    return both / Math.sqrt(ofY * ofP);
  }
}

/** Predictions and targets as float64 tables `[N, outputs]`, with weights `[N]`. */
function columns(
  op: string,
  outputs: Tensor,
  targets: Tensor,
  { weights }: MetricFacts,
): { readonly predicted: Tensor; readonly truth: Tensor; readonly weights: Tensor | undefined } {
  checkTensor(op, "outputs", outputs);
  checkTensor(op, "targets", targets);
  const alike =
    sameShape(outputs.shape, targets.shape) ||
    sameShape(outputs.shape, [...targets.shape, 1]) ||
    sameShape([...outputs.shape, 1], targets.shape);
  if (!alike) throw misfit(op, outputs, targets);
  const rows = targets.shape[0] ?? 1;
  const shape = [rows, targets.size / Math.max(1, rows)];
  return {
    predicted: outputs.cast("float64").reshape(shape),
    truth: targets.cast("float64").reshape(shape),
    weights: rowWeights(op, weights, targets.shape.slice(0, 1), rows),
  };
}

function misfit(op: string, outputs: Tensor, targets: Tensor): ChainruleError {
  return new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `outputs ${showShape(outputs.shape)} and targets ${showShape(targets.shape)} differ in shape`,
    fix: "Give one prediction per target.",
    detail: { outputs: outputs.shape, targets: targets.shape },
  });
}
