// Normalisation: elements brought to mean 0 and variance 1 over some axes, or to a mean square or a norm of 1. These are
// the functions; the layers of the same names, in `nn/`, hold their weights and running statistics. ε stands inside the
// root, so that a constant input gives 0 and not NaN.

import { checkFinite } from "../../core/checks.ts";
import type { DType } from "../../core/dtype.ts";
import { ChainruleError } from "../../core/errors.ts";
import type { OptionNames } from "../../core/option-names.ts";
import { normalizeAxis, type Shape, sameShape, showShape } from "../../core/shape.ts";
import { checkOptions } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { toFloat } from "../operand.ts";

/** A factor and a summand after normalisation, and what keeps the root from 0. */
export interface NormOptions {
  /** Multiplies the result; default: none. */
  readonly weight?: Tensor | null;
  /** Is added to the result; default: none. */
  readonly bias?: Tensor | null;
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
}

const normNames: OptionNames<NormOptions> = { weight: true, bias: true, eps: true };

/** `x` at mean 0 and variance 1, with the statistics it had (the biased variance, divided by n). */
export interface Standardized {
  readonly y: Tensor;
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/** Brings `x` to mean 0 and variance 1 over `axes`, `(x − E[x]) / √(Var[x] + ε)`; also gives the statistics. */
export function standardize(x: Tensor, axes: readonly number[], eps: number): Standardized {
  const mean = x.mean({ axis: axes, keepDims: true });
  const centered = x.sub(mean);
  const variance = centered.mul(centered).mean({ axis: axes, keepDims: true });
  return { y: centered.div(variance.add(eps).sqrt()), mean, variance };
}

/**
 * Normalises each sample over its trailing axes, `(x − E[x]) / √(Var[x] + ε) · w + b` (Ba et al. 2016), with weight and
 * bias of `shape`. Shape: `[..., ...shape], shape → [..., ...shape]`.
 */
export function layerNorm(x: Tensor, shape: number | Shape, options: NormOptions = {}): Tensor {
  checkOptions("layerNorm", options, normNames);
  const trailing = typeof shape === "number" ? [shape] : shape;
  checkTrailing("layerNorm", x, trailing);
  const float = toFloat(x.node);
  const { y } = standardize(float, trailingAxes(x, trailing), options.eps ?? 1e-5);
  return scaleAndShift("layerNorm", y, trailing, options);
}

/**
 * Normalises each sample over groups of channels and all of space, `(x − E[x]) / √(Var[x] + ε) · w + b` (Wu & He 2018),
 * with weight and bias `[C]`. Shape: `[B, C, …space], groups → [B, C, …space]`.
 */
export function groupNorm(x: Tensor, groups: number, options: NormOptions = {}): Tensor {
  checkOptions("groupNorm", options, normNames);
  checkGroups(x, groups);
  const grouped = toFloat(x.node).reshape([x.shape[0], groups, groupSize(x, groups)]);
  const { y } = standardize(grouped, [2], options.eps ?? 1e-5);
  return byChannel("groupNorm", y.reshape(x.shape), options);
}

/**
 * Normalises each channel of each sample over space, `(x − E[x]) / √(Var[x] + ε) · w + b` (Ulyanov et al. 2016), with
 * weight and bias `[C]`. Shape: `[B, C, …space] → [B, C, …space]`.
 */
export function instanceNorm(x: Tensor, options: NormOptions = {}): Tensor {
  checkOptions("instanceNorm", options, normNames);
  checkRank("instanceNorm", x, 3);
  const space = x.shape.flatMap((_, k) => (k < 2 ? [] : [k]));
  const { y } = standardize(toFloat(x.node), space, options.eps ?? 1e-5);
  return byChannel("instanceNorm", y, options);
}

/**
 * Brings each sample to a mean square of 1 over its trailing axes, `x / √(E[x²] + ε) · w` (Zhang & Sennrich 2019). ε is
 * the spacing of floats at 1 unless given, as in PyTorch. Shape: `[..., ...shape], shape → [..., ...shape]`.
 */
export function rmsNorm(
  x: Tensor,
  shape: number | Shape,
  options: Omit<NormOptions, "bias"> = {},
): Tensor {
  checkOptions("rmsNorm", options, { weight: true, eps: true });
  const trailing = typeof shape === "number" ? [shape] : shape;
  checkTrailing("rmsNorm", x, trailing);
  const float = toFloat(x.node);
  const { eps = epsilonOf(float.dtype), weight } = options;
  const square = float.mul(float).mean({ axis: trailingAxes(x, trailing), keepDims: true });
  const y = float.div(square.add(eps).sqrt());
  return scaleAndShift("rmsNorm", y, trailing, { weight });
}

/** Options of `localResponseNorm`. */
export interface LocalResponseOptions {
  /** Weight of the mean of squares; default 1e-4. */
  readonly alpha?: number;
  /** Exponent of the divisor; default 0.75. */
  readonly beta?: number;
  /** What the divisor starts from; default 1. */
  readonly k?: number;
}

const localResponseNames: OptionNames<LocalResponseOptions> = { alpha: true, beta: true, k: true };

/**
 * Divides by what neighbouring channels have, `x / (k + α · mean of x² over size channels)^β`, with zeros beyond the first
 * and the last channel (Krizhevsky et al. 2012, with PyTorch's α). Shape: `[B, C, …space], size → [B, C, …space]`.
 */
export function localResponseNorm(
  x: Tensor,
  size: number,
  options: LocalResponseOptions = {},
): Tensor {
  checkOptions("localResponseNorm", options, localResponseNames);
  checkRank("localResponseNorm", x, 2);
  checkSize(size);
  const { alpha = 1e-4, beta = 0.75, k = 1 } = options;
  checkFinite("localResponseNorm", { alpha, beta, k });
  const around = x.shape.map((_, axis) => {
    return axis === 1
      ? ([Math.floor(size / 2), Math.floor((size - 1) / 2)] as const)
      : ([0, 0] as const);
  });
  const float = toFloat(x.node);
  const windows = float.square().pad(around).unfold(1, size); // [B, C, …space, size]
  const sums = windows.sum({ axis: x.rank });
  return float.div(
    sums
      .mul(alpha / size)
      .add(k)
      .pow(beta),
  );
}

/** Divides by the norm along an axis, `x / max(‖x‖ₚ, ε)`. Shape: `[...] → [...]`. */
export function normalize(
  x: Tensor,
  options: {
    /** Which norm; default 2. */
    readonly p?: number;
    /** Default 1. */
    readonly axis?: number;
    /** Least divisor; default 1e-12. */
    readonly eps?: number;
  } = {},
): Tensor {
  checkOptions("normalize", options, { p: true, axis: true, eps: true });
  const { p = 2, axis = 1, eps = 1e-12 } = options;
  const at = normalizeAxis("normalize", axis, x.rank);
  return x.div(x.norm({ p, axis: at, keepDims: true }).clamp({ min: eps }));
}

/** Spacing of the numbers of a float type at 1. */
function epsilonOf(dtype: DType): number {
  return dtype === "float64" ? Number.EPSILON : 2 ** -23;
}

function trailingAxes(x: Tensor, trailing: Shape): number[] {
  return trailing.map((_, k) => x.rank - trailing.length + k);
}

function groupSize(x: Tensor, groups: number): number {
  return x.shape.slice(1).reduce((n, length) => n * length, 1) / groups;
}

/** Weight and bias `[C]` along axis 1. */
function byChannel(op: string, y: Tensor, options: NormOptions): Tensor {
  const channels = y.shape[1];
  const space = y.shape.slice(2).map(() => 1);
  return scaleAndShift(op, y, [channels], options, [channels, ...space]);
}

/** `y · weight + bias`, both of `shape`, laid out as `layout` to broadcast. */
function scaleAndShift(
  op: string,
  y: Tensor,
  shape: Shape,
  { weight = null, bias = null }: NormOptions,
  layout: Shape = shape,
): Tensor {
  for (const [name, tensor] of Object.entries({ weight, bias })) {
    if (tensor !== null && !sameShape(tensor.shape, shape)) throw misfit(op, name, tensor, shape);
  }
  const scaled = weight === null ? y : y.mul(weight.reshape(layout));
  return bias === null ? scaled : scaled.add(bias.reshape(layout));
}

function misfit(op: string, name: string, tensor: Tensor, shape: Shape): ChainruleError {
  return new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `the ${name} has shape ${showShape(tensor.shape)}; ${showShape(shape)} is needed`,
    fix: `Pass one number for each normalised position: shape ${showShape(shape)}.`,
    detail: { expected: shape, received: tensor.shape },
  });
}

function checkTrailing(op: string, x: Tensor, trailing: Shape): void {
  const tail = x.shape.slice(Math.max(0, x.rank - trailing.length));
  if (trailing.length > 0 && sameShape(tail, trailing)) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `expected an input that ends in ${showShape(trailing)}; received ${showShape(x.shape)}`,
    fix: "Give the lengths of the last axes, those that are normalised together.",
    detail: { expected: trailing, received: x.shape },
  });
}

function checkGroups(x: Tensor, groups: number): void {
  checkRank("groupNorm", x, 2);
  if (Number.isInteger(groups) && groups >= 1 && x.shape[1] % groups === 0) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "groupNorm",
    problem: `${groups} groups do not divide ${x.shape[1]} channels of ${showShape(x.shape)}`,
    fix: "Choose a number of groups that divides axis 1.",
    detail: { groups, shape: x.shape },
  });
}

function checkRank(op: string, x: Tensor, least: 2 | 3): void {
  if (x.rank >= least) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `takes an input [batch, channels, ${least === 3 ? "space, " : ""}…]; received ${showShape(x.shape)}`,
    fix: "Give a single sample a batch axis with .unsqueeze(0).",
    detail: { shape: x.shape },
  });
}

function checkSize(size: number): void {
  if (Number.isInteger(size) && size >= 1) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "localResponseNorm",
    problem: `size must be a whole number ≥ 1; received ${size}`,
    fix: "Pass how many neighbouring channels count, itself included.",
    detail: { size },
  });
}
