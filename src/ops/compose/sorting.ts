// What an order gives: sorted values, the k largest, quantiles. All pick elements by their indices, so that the elements
// picked get the whole gradient.

import { checkChoice } from "../../core/checks.ts";
import { ChainruleError } from "../../core/errors.ts";
import type { OptionNames } from "../../core/option-names.ts";
import { normalizeAxis, showShape } from "../../core/shape.ts";
import { checkOptions } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { stack } from "../concatenate.ts";
import { argSort, type SortOptions, sortNames } from "../sort.ts";
import type { Picked } from "./statistics.ts";

/** Sorts along `axis`; stable, NaN counts as the largest. Shape: `[...] → [...]`, both. */
export function sort(x: Tensor, options: SortOptions = {}): Picked {
  checkOptions("sort", options, sortNames);
  const indices = argSort(x, options);
  if (x.rank === 0) return { values: x.node, indices };
  return { values: x.gather(indices, options.axis ?? -1), indices };
}

/** Options of `topK`. */
export interface TopKOptions {
  /** Default −1, the last. */
  readonly axis?: number;
  /** Whether the largest or the smallest; default true. */
  readonly largest?: boolean;
}

const topKNames: OptionNames<TopKOptions> = { axis: true, largest: true };

/** The `k` largest elements along `axis`, in descending order, and their indices. Shape: `[4, 9], 3 → [4, 3]`, both. */
export function topK(x: Tensor, k: number, options: TopKOptions = {}): Picked {
  checkOptions("topK", options, topKNames);
  const { axis = -1, largest = true } = options;
  const at = axisOf("topK", x, axis);
  checkCount("topK", x, at, k, 0);
  const indices = part(argSort(x, { axis: at, descending: largest }), at, 0, k);
  return { values: x.gather(indices, at), indices };
}

/** Options of functions that pick one element along an axis. */
export interface PickOptions {
  /** Default −1, the last. */
  readonly axis?: number;
  /** Whether the axis stays, with length 1; default false. */
  readonly keepDims?: boolean;
}

const pickNames: OptionNames<PickOptions> = { axis: true, keepDims: true };

/** The `k`-th smallest element along `axis`, counted from 1, and its index. Shape: `[4, 9], 2 → [4]`, both. */
export function kthValue(x: Tensor, k: number, options: PickOptions = {}): Picked {
  checkOptions("kthValue", options, pickNames);
  const at = axisOf("kthValue", x, options.axis ?? -1);
  checkCount("kthValue", x, at, k, 1);
  return pickedAt(x, at, part(argSort(x, { axis: at }), at, k - 1, k), options);
}

/**
 * Median along `axis`, the lower of the two in the middle of an even number, and its index; NaN where there is one, as in
 * PyTorch. Shape: `[4, 9] → [4]`, both.
 */
export function medianWithIndex(x: Tensor, options: PickOptions = {}): Picked {
  checkOptions("medianWithIndex", options, pickNames);
  const at = axisOf("median", x, options.axis ?? -1);
  const n = x.shape[at];
  checkNotEmpty("median", x, at);
  const order = argSort(x, { axis: at });
  const missing = x.notEqual(x).sum({ axis: at, keepDims: true });
  const place = missing.greater(0).where(missing.neg().add(n), (n - 1) >> 1);
  return pickedAt(x, at, order.gather(place.cast("int32"), at), options);
}

/** Options of `median`. */
export interface MedianOptions extends PickOptions {
  /** Default: none, the median of all elements. */
  readonly axis?: number;
}

/** Median over one axis, or of all elements; see `medianWithIndex`. Shape: `[4, 9], {axis: 1} → [4]`. */
export function median(x: Tensor, options: MedianOptions = {}): Tensor {
  checkOptions("median", options, pickNames);
  if (options.axis !== undefined) return medianWithIndex(x, options).values;
  const all = medianWithIndex(x.reshape([x.size])).values;
  return options.keepDims ? all.reshape(x.shape.map(() => 1)) : all;
}

/** How a quantile between two elements is found. */
export type Interpolation = "linear" | "lower" | "higher" | "nearest" | "midpoint";

const interpolations: readonly Interpolation[] = [
  "linear",
  "lower",
  "higher",
  "nearest",
  "midpoint",
];

/** Options of `quantile`. */
export interface QuantileOptions extends PickOptions {
  /** Default: none, the quantiles of all elements. */
  readonly axis?: number;
  /** What stands for a place between two elements; default `linear`. */
  readonly interpolation?: Interpolation;
}

const quantileNames: OptionNames<QuantileOptions> = { ...pickNames, interpolation: true };

/**
 * Quantiles for `q` in 0 … 1: the element at place `q (n − 1)` of the sorted ones, interpolated; NaN where there is one. A
 * list of `q` gives an axis in front. Shape: `[4, 9], 0.5, {axis: 1} → [4]`; `[4, 9], [0.1, 0.9], {axis: 1} → [2, 4]`.
 */
export function quantile(
  x: Tensor,
  q: number | readonly number[],
  options: QuantileOptions = {},
): Tensor {
  checkOptions("quantile", options, quantileNames);
  const { axis, keepDims = false, interpolation = "linear" } = options;
  checkChoice("quantile", "interpolation", interpolation, interpolations);
  const flat = axis === undefined ? x.reshape([x.size]) : x.node;
  const at = axisOf("quantile", flat, axis ?? 0);
  const kept = x.shape.map((n, k) => (axis === undefined || k === at ? 1 : n));
  const shape = keepDims ? kept : axis === undefined ? [] : kept.filter((_, k) => k !== at);
  checkNotEmpty("quantile", flat, at);
  checkFractions(q);
  const { values } = sort(flat, { axis: at });
  const last = part(values, at, flat.shape[at] - 1, flat.shape[at]);
  const one = (fraction: number): Tensor => {
    const found = between(values, at, fraction * (flat.shape[at] - 1), interpolation);
    return last.notEqual(last).where(last, found).reshape(shape);
  };
  return typeof q === "number" ? one(q) : stack(q.map(one));
}

/** The element at a place between two along the sorted axis. */
function between(values: Tensor, at: number, place: number, how: Interpolation): Tensor {
  const element = (k: number): Tensor => part(values, at, k, k + 1);
  const [low, high] = [Math.floor(place), Math.ceil(place)];
  if (how === "lower" || low === high) return element(low);
  if (how === "higher") return element(high);
  if (how === "nearest") return element(roundToEven(place));
  const weight = how === "midpoint" ? 0.5 : place - low;
  return element(low).lerp(element(high), weight);
}

/** Halves go to the even neighbour. */
function roundToEven(x: number): number {
  const near = Math.round(x);
  return near - x === 0.5 && near % 2 === 1 ? near - 1 : near;
}

function part(x: Tensor, axis: number, start: number, end: number): Tensor {
  return x.slice(x.shape.map((_, k) => (k === axis ? { start, end } : null)));
}

function pickedAt(x: Tensor, at: number, indices: Tensor, { keepDims }: PickOptions): Picked {
  const values = x.gather(indices, at);
  return keepDims
    ? { values, indices }
    : { values: values.squeeze(at), indices: indices.squeeze(at) };
}

function axisOf(op: string, x: Tensor, axis: number): number {
  return normalizeAxis(op, axis, x.rank);
}

/** Refuses a `k` that the axis does not have. */
function checkCount(op: string, x: Tensor, axis: number, k: number, least: number): void {
  if (Number.isInteger(k) && k >= least && k <= x.shape[axis]) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `k = ${k} of axis ${axis} in ${showShape(x.shape)}`,
    fix: `Pass a whole number from ${least} to ${x.shape[axis]}, the length of the axis.`,
    detail: { k, axis, shape: x.shape },
  });
}

function checkNotEmpty(op: string, x: Tensor, axis: number): void {
  if (x.shape[axis] > 0) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `there is no ${op} of no elements: received ${showShape(x.shape)}`,
    fix: "Check that the data are not empty.",
    detail: { shape: x.shape, axis },
  });
}

function checkFractions(q: number | readonly number[]): void {
  const wrong = [q]
    .flat()
    .find((fraction) => !(typeof fraction === "number" && fraction >= 0 && fraction <= 1));
  if (wrong === undefined) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "quantile",
    problem: `q = ${wrong}`,
    fix: "Pass fractions from 0 to 1; 0.5 is the median.",
    detail: { q: wrong },
  });
}
