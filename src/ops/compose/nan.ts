// Reductions that leave out NaN.

import { checkFinite } from "../../core/checks.ts";
import { checkOptions } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { toFloat } from "../operand.ts";
import { type ReduceOptions, reduceNames } from "../reduce.ts";
import { type VarianceOptions, varianceNames } from "./statistics.ts";

/** Sum over axes that takes NaN as 0. Shape: `[2, 3], {axis: 1} → [2]`. */
export function nanSum(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkOptions("nanSum", options, reduceNames);
  return x.isNaN().where(0, x).sum(options);
}

/** Mean over axes of the elements that are not NaN; NaN where there are none. Shape: `[2, 3], {axis: 1} → [2]`. */
export function nanMean(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkOptions("nanMean", options, reduceNames);
  const float = toFloat(x);
  return nanSum(float, options).div(float.equal(float).sum(options));
}

/** Variance over axes of the elements that are not NaN. Shape: `[2, 3], {axis: 1} → [2]`. */
export function nanVar(x: Tensor, options: VarianceOptions = {}): Tensor {
  checkOptions("nanVar", options, varianceNames);
  const { correction = 1, axis, keepDims } = options;
  checkFinite("nanVar", { correction });
  const float = toFloat(x);
  const count = float.equal(float).sum({ axis, keepDims });
  const centred = float.sub(nanMean(float, { axis, keepDims: true }));
  const squares = nanSum(centred.square(), { axis, keepDims });
  return squares.div(count.sub(correction).clampMin(0));
}

/** Largest element over axes that is not NaN; −∞ where there is none. Shape: `[2, 3], {axis: 1} → [2]`. */
export function nanMax(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkOptions("nanMax", options, reduceNames);
  return x.isNaN().where(Number.NEGATIVE_INFINITY, x).max(options);
}

/** Smallest element over axes that is not NaN; ∞ where there is none. Shape: `[2, 3], {axis: 1} → [2]`. */
export function nanMin(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkOptions("nanMin", options, reduceNames);
  return x.isNaN().where(Number.POSITIVE_INFINITY, x).min(options);
}
