// How variables go together: covariance, correlation, weighted means. A row is a variable, a column an observation.

import { ChainruleError } from "../../core/errors.ts";
import type { OptionNames } from "../../core/option-names.ts";
import { normalizeAxes, showShape, sizeOf } from "../../core/shape.ts";
import { checkOptions } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { toFloat } from "../operand.ts";
import { type ReduceOptions, reduceNames } from "../reduce.ts";

/** Options of the covariance. */
export interface CovarianceOptions {
  /** Subtracted from the count in the divisor: 1 (the default) gives the unbiased estimate. */
  readonly correction?: number;
  /** How often each observation counts. Shape: `[n]`. */
  readonly weights?: Tensor;
}

const covarianceNames: OptionNames<CovarianceOptions> = { correction: true, weights: true };

/**
 * Covariances of variables, `Σ w (x_i − mean_i)(x_j − mean_j) / (Σ w − correction)`; of one variable its variance.
 * Shape: `[v, n] → [v, v]`, `[n] → []`.
 */
export function cov(x: Tensor, options: CovarianceOptions = {}): Tensor {
  checkOptions("cov", options, covarianceNames);
  const { correction = 1, weights } = options;
  const rows = observations("cov", x, weights);
  const n = rows.shape[1];
  const w = weights?.cast(rows.dtype);
  const mean = average(rows, { axis: 1, keepDims: true, weights: w });
  const centred = rows.sub(mean);
  const weighed = w === undefined ? centred : centred.mul(w);
  const sums = weighed.matmul(centred.transpose());
  const divisor = w?.sum().sub(correction).clampMin(0) ?? Math.max(0, n - correction);
  return sums.div(divisor).reshape(x.rank < 2 ? [] : sums.shape);
}

/** Correlation coefficients of variables, the covariances divided by both standard deviations, within −1 … 1. Shape: `[v, n] → [v, v]`. */
export function corrcoef(x: Tensor): Tensor {
  const c = cov(observations("corrcoef", x, undefined));
  const deviation = c.diagonal().sqrt();
  const r = c.div(deviation.unsqueeze(1)).div(deviation).clamp({ min: -1, max: 1 });
  return r.reshape(x.rank < 2 ? [] : r.shape);
}

/** Mean over axes with weights, `Σ w x / Σ w`; the plain mean without. Shape: `[2, 3], {axis: 1} → [2]`. */
export function average(
  x: Tensor,
  options: ReduceOptions & {
    /** Of the shape of `x`, or a vector along the one axis. */
    readonly weights?: Tensor;
  } = {},
): Tensor {
  checkOptions("average", options, { ...reduceNames, weights: true });
  const { weights, ...reduction } = options;
  if (weights === undefined) return x.mean(reduction);
  const axes = normalizeAxes("average", reduction.axis, x.rank);
  const along = axes.length === 1 && weights.rank === 1;
  if (along ? weights.size !== x.shape[axes[0]] : weights.size !== sizeOf(x.shape)) {
    throw misfit("average", x, weights);
  }
  const w = weights.reshape(along ? x.shape.map((n, k) => (k === axes[0] ? n : 1)) : x.shape);
  const spread = w.broadcastTo(x.shape);
  return toFloat(x).mul(w).sum(reduction).div(spread.sum(reduction));
}

function observations(op: string, x: Tensor, weights: Tensor | undefined): Tensor {
  const rows = toFloat(x).reshape(x.rank < 2 ? [1, x.size] : x.shape);
  if (rows.rank === 2 && (weights === undefined || weights.size === rows.shape[1])) return rows;
  throw misfit(op, x, weights);
}

function misfit(op: string, x: Tensor, weights: Tensor | undefined): ChainruleError {
  const given = weights === undefined ? "" : ` with weights ${showShape(weights.shape)}`;
  return new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `received ${showShape(x.shape)}${given}`,
    fix:
      op === "average"
        ? "Weights have the shape of the tensor, or are a vector along the one axis."
        : "Pass a matrix, a row per variable and a column per observation, and one weight per column.",
    detail: { shape: x.shape, weights: weights?.shape },
  });
}
