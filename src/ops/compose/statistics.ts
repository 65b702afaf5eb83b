// Reductions made of sums, maxima and scalar functions.

import { checkFinite } from "../../core/checks.ts";
import { ChainruleError } from "../../core/errors.ts";
import type { OptionNames } from "../../core/option-names.ts";
import { normalizeAxes, normalizeAxis, sizeOf } from "../../core/shape.ts";
import { checkOptions } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { type Operand, toFloat } from "../operand.ts";
import { type ReduceOptions, reduceNames } from "../reduce.ts";

/** Options of variance and standard deviation. */
export interface VarianceOptions extends ReduceOptions {
  /** Subtracted from the count in the divisor: 1 (the default) gives the unbiased estimate, 0 the mean square. */
  readonly correction?: number;
}

/** Names of the options of variances. */
export const varianceNames: OptionNames<VarianceOptions> = { ...reduceNames, correction: true };
const normNames = { ...reduceNames, p: true } as const;

/** Variance over axes, `Σ (x − mean)² / (n − correction)`. Shape: `[2, 3], {axis: 1} → [2]`. */
export function variance(x: Tensor, options: VarianceOptions = {}): Tensor {
  checkOptions("variance", options, varianceNames);
  const { axis, keepDims, correction = 1 } = options;
  checkFinite("variance", { correction });
  const count = sizeOf(normalizeAxes("variance", axis, x.rank).map((k) => x.shape[k]));
  const centred = x.sub(x.mean({ axis, keepDims: true }));
  return centred
    .square()
    .sum({ axis, keepDims })
    .div(Math.max(0, count - correction));
}

/** Standard deviation over axes, the root of the variance; its derivative is 0 where all elements are equal. */
export function std(x: Tensor, options: VarianceOptions = {}): Tensor {
  checkOptions("std", options, varianceNames);
  return powerOrZero(variance(x, options), 0.5);
}

/** Variance and mean over axes. */
export function varMean(
  x: Tensor,
  options: VarianceOptions = {},
): { readonly variance: Tensor; readonly mean: Tensor } {
  checkOptions("varMean", options, varianceNames);
  const { axis, keepDims } = options;
  return { variance: variance(x, options), mean: x.mean({ axis, keepDims }) };
}

/** Standard deviation and mean over axes. */
export function stdMean(
  x: Tensor,
  options: VarianceOptions = {},
): { readonly std: Tensor; readonly mean: Tensor } {
  checkOptions("stdMean", options, varianceNames);
  const { axis, keepDims } = options;
  return { std: std(x, options), mean: x.mean({ axis, keepDims }) };
}

/** `v^exponent` for v ≥ 0, with derivative 0 at 0. */
function powerOrZero(v: Tensor, exponent: number): Tensor {
  const zero = v.equal(0);
  return zero.where(0, zero.where(1, v).pow(exponent));
}

/** Norm over axes, `(Σ |x|ᵖ)^{1/p}`; p = ±∞ gives the largest or smallest |x|, p = 0 counts; its derivative at 0 is 0. */
export function norm(x: Tensor, options: ReduceOptions & { readonly p?: number } = {}): Tensor {
  checkOptions("norm", options, normNames);
  const { p = 2, ...reduction } = options;
  checkOrder(p);
  const float = toFloat(x);
  if (p === Number.POSITIVE_INFINITY) return float.abs().max(reduction);
  if (p === Number.NEGATIVE_INFINITY) return float.abs().min(reduction);
  if (p === 0) return float.notEqual(0).cast(float.dtype).sum(reduction);
  if (p === 1) return float.abs().sum(reduction);
  if (p === 2) return powerOrZero(float.square().sum(reduction), 0.5);
  const zero = float.equal(0);
  const powers = p < 0 ? float.abs().pow(p) : zero.where(0, zero.where(1, float).abs().pow(p));
  const sum = powers.sum(reduction);
  return p < 0 ? sum.pow(1 / p) : powerOrZero(sum, 1 / p);
}

function checkOrder(p: number): void {
  if (!Number.isNaN(p)) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "norm",
    problem: "the order p is NaN",
    fix: "Use a number: 2 (default), 1, 0, ∞ or −∞ as Number.POSITIVE_INFINITY or NEGATIVE_INFINITY, or another.",
  });
}

/** Norm of the difference, `(Σ |a − b|ᵖ)^{1/p}`. Shape: broadcast, then `→ []`. */
export function dist(a: Tensor, b: Operand, p = 2): Tensor {
  return norm(a.sub(b), { p });
}

/** Product over axes; differentiable everywhere, zeros included. Shape: `[2, 3], {axis: 1} → [2]`. */
export function prod(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkOptions("prod", options, reduceNames);
  const axes = normalizeAxes("prod", options.axis, x.rank);
  const rest = x.shape.flatMap((_, k) => (axes.includes(k) ? [] : [k]));
  const kept = rest.map((k) => x.shape[k]);
  const numbers = x.dtype === "bool" ? x.cast("int32") : x.node;
  const length = sizeOf(axes.map((k) => x.shape[k]));
  let factors = numbers.permute([...rest, ...axes]).reshape([...kept, length]);
  // Halving keeps every factor apart from every other, so that no derivative divides by one.
  const padded = 2 ** Math.ceil(Math.log2(Math.max(1, length)));
  factors = factors.pad([...kept.map(() => [0, 0] as const), [0, padded - length]], { value: 1 });
  for (let half = padded / 2; half >= 1; half /= 2) {
    const all = kept.map(() => null);
    factors = factors.slice([...all, { end: half }]).mul(factors.slice([...all, { start: half }]));
  }
  return factors.reshape(
    options.keepDims ? x.shape.map((n, k) => (axes.includes(k) ? 1 : n)) : kept,
  );
}

/** Smallest and largest element over axes; ties share the gradient evenly. */
export function aminmax(
  x: Tensor,
  options: ReduceOptions = {},
): { readonly min: Tensor; readonly max: Tensor } {
  checkOptions("aminmax", options, reduceNames);
  return { min: x.min(options), max: x.max(options) };
}

/** Whether all elements are true (not 0) over axes; true for none. */
export function all(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkOptions("all", options, reduceNames);
  return x.logicalNot().sum(options).equal(0);
}

/** Whether any element is true (not 0) over axes; false for none. */
export function any(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkOptions("any", options, reduceNames);
  return x.cast("bool").sum(options).notEqual(0);
}

/** Values picked along an axis, and where they were. */
export interface Picked {
  readonly values: Tensor;
  readonly indices: Tensor;
}

/** Largest elements along `axis` and the indices of the first of them, which get the whole gradient. */
export function maxWithIndex(
  x: Tensor,
  axis: number,
  options: { readonly keepDims?: boolean } = {},
): Picked {
  checkOptions("maxWithIndex", options, { keepDims: true });
  return picked(x, axis, options, x.argMax({ axis, keepDims: true }));
}

/** Smallest elements along `axis` and the indices of the first of them, which get the whole gradient. */
export function minWithIndex(
  x: Tensor,
  axis: number,
  options: { readonly keepDims?: boolean } = {},
): Picked {
  checkOptions("minWithIndex", options, { keepDims: true });
  return picked(x, axis, options, x.argMin({ axis, keepDims: true }));
}

function picked(
  x: Tensor,
  axis: number,
  { keepDims }: { readonly keepDims?: boolean },
  index: Tensor,
): Picked {
  const at = normalizeAxis("maxWithIndex", axis, x.rank);
  const values = x.gather(index, at);
  return keepDims
    ? { values, indices: index }
    : { values: values.squeeze(at), indices: index.squeeze(at) };
}
