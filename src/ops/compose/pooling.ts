// Pooling: the largest element or the mean of each window of an image [B, C, …space], with PyTorch's meaning. Max pooling
// is in `max-pooling.ts`. A mean runs along one axis after the other; where windows tile the image it is a sum over a
// reshaped image, whose gradient is one kernel.

import { ChainruleError } from "../../core/errors.ts";
import type { OptionNames } from "../../core/option-names.ts";
import { showShape, sizeOf } from "../../core/shape.ts";
import { checkOptions } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { tensor } from "../leaf.ts";
import { toFloat } from "../operand.ts";
import {
  checkFits,
  checkPoolInput,
  checkPoolPadding,
  type PerAxis,
  perAxis,
} from "./convolution-checks.ts";
import { type Geometry, outputLengths } from "./correlation.ts";
import { indicesOf, maxPool } from "./max-pooling.ts";
import type { Picked } from "./statistics.ts";

/** Options of pooling. */
export interface PoolOptions {
  /** Distance of neighbouring windows; default: the kernel's size, so that windows tile the image. */
  readonly stride?: PerAxis;
  /** Rows added around the image, at most half the kernel's size; default 0. */
  readonly padding?: PerAxis;
  /** Whether a last window may reach beyond the image rather than be left out; default false. */
  readonly ceilMode?: boolean;
}

/** Options of max pooling. */
export interface MaxPoolOptions extends PoolOptions {
  /** Distance of neighbouring places of a window; default 1. */
  readonly dilation?: PerAxis;
}

/** Names of these options. */
export const maxPoolNames: OptionNames<MaxPoolOptions> = {
  stride: true,
  padding: true,
  ceilMode: true,
  dilation: true,
};

/** Options of average pooling. */
export interface AvgPoolOptions extends PoolOptions {
  /** Whether padding counts in the divisor; default true. */
  readonly countIncludePad?: boolean;
  /** Divides the sums, instead of the number of elements. */
  readonly divisor?: number;
}

/** Names of these options. */
export const avgPoolNames: OptionNames<AvgPoolOptions> = {
  stride: true,
  padding: true,
  ceilMode: true,
  countIncludePad: true,
  divisor: true,
};

/** Largest element of each window; the first of equal ones gets the whole gradient. Shape: `[B, C, L] → [B, C, L']`. */
export function maxPool1d(x: Tensor, kernel: PerAxis, options: MaxPoolOptions = {}): Tensor {
  return maxPool(geometryOf("maxPool1d", 1, x, kernel, options), x);
}

/**
 * Largest element of each window; the first of equal ones, row by row, gets the whole gradient. Padding is −∞.
 * Shape: `[B, C, H, W] → [B, C, H', W']`, with `n' = (n + 2p − d(k−1) − 1)/s + 1`.
 */
export function maxPool2d(x: Tensor, kernel: PerAxis, options: MaxPoolOptions = {}): Tensor {
  return maxPool(geometryOf("maxPool2d", 2, x, kernel, options), x);
}

/** Largest element of each window, as `maxPool2d`. Shape: `[B, C, D, H, W] → [B, C, D', H', W']`. */
export function maxPool3d(x: Tensor, kernel: PerAxis, options: MaxPoolOptions = {}): Tensor {
  return maxPool(geometryOf("maxPool3d", 3, x, kernel, options), x);
}

/** As `maxPool1d`, also with the positions of the elements. */
export function maxPool1dWithIndex(
  x: Tensor,
  kernel: PerAxis,
  options: MaxPoolOptions = {},
): Picked {
  return maxPoolWithIndex("maxPool1dWithIndex", 1, x, kernel, options);
}

/** As `maxPool2d`, also with the indices of the elements in their image, counted row by row. */
export function maxPool2dWithIndex(
  x: Tensor,
  kernel: PerAxis,
  options: MaxPoolOptions = {},
): Picked {
  return maxPoolWithIndex("maxPool2dWithIndex", 2, x, kernel, options);
}

/** As `maxPool3d`, also with the indices of the elements in their volume, counted row by row. */
export function maxPool3dWithIndex(
  x: Tensor,
  kernel: PerAxis,
  options: MaxPoolOptions = {},
): Picked {
  return maxPoolWithIndex("maxPool3dWithIndex", 3, x, kernel, options);
}

/** Mean of each window. Shape: `[B, C, L] → [B, C, L']`. */
export function avgPool1d(x: Tensor, kernel: PerAxis, options: AvgPoolOptions = {}): Tensor {
  return avgPool("avgPool1d", 1, x, kernel, options);
}

/** Mean of each window, with zeros as padding. Shape: `[B, C, H, W] → [B, C, H', W']`, with `n' = (n + 2p − k)/s + 1`. */
export function avgPool2d(x: Tensor, kernel: PerAxis, options: AvgPoolOptions = {}): Tensor {
  return avgPool("avgPool2d", 2, x, kernel, options);
}

/** Mean of each window, as `avgPool2d`. Shape: `[B, C, D, H, W] → [B, C, D', H', W']`. */
export function avgPool3d(x: Tensor, kernel: PerAxis, options: AvgPoolOptions = {}): Tensor {
  return avgPool("avgPool3d", 3, x, kernel, options);
}

/** Mean of each channel. Shape: `[B, C, …space] → [B, C]`. */
export function globalAvgPool(x: Tensor): Tensor {
  return x.mean({ axis: spaceOf("globalAvgPool", x) });
}

/** Largest element of each channel; equal ones share the gradient. Shape: `[B, C, …space] → [B, C]`. */
export function globalMaxPool(x: Tensor): Tensor {
  return x.max({ axis: spaceOf("globalMaxPool", x) });
}

/** Options of pooling by norms. */
export interface LpPoolOptions {
  /** Distance of neighbouring windows; default: the kernel's size. */
  readonly stride?: PerAxis;
  /** Whether a last window may reach beyond the image; default false. */
  readonly ceilMode?: boolean;
}

/** Names of these options. */
export const lpPoolNames: OptionNames<LpPoolOptions> = { stride: true, ceilMode: true };

/** Norm of each window, `(Σ |x|ᵖ)^{1/p}`, with derivative 0 where all is 0. Shape: `[B, C, L], p → [B, C, L']`. */
export function lpPool1d(
  x: Tensor,
  p: number,
  kernel: PerAxis,
  options: LpPoolOptions = {},
): Tensor {
  return lpPool("lpPool1d", 1, x, p, kernel, options);
}

/** Norm of each window, `(Σ |x|ᵖ)^{1/p}`, with derivative 0 where all is 0. Shape: `[B, C, H, W], p → [B, C, H', W']`. */
export function lpPool2d(
  x: Tensor,
  p: number,
  kernel: PerAxis,
  options: LpPoolOptions = {},
): Tensor {
  return lpPool("lpPool2d", 2, x, p, kernel, options);
}

/** The spatial axes, of which there must be one or more. */
function spaceOf(op: string, x: Tensor): number[] {
  if (x.rank > 2) return x.shape.flatMap((_, k) => (k < 2 ? [] : [k]));
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `takes an input [B, C, …space]; received ${showShape(x.shape)}`,
    fix: "Give a single image a batch axis with .unsqueeze(0); features without space need no pooling.",
    detail: { shape: x.shape },
  });
}

/** As max pooling with any number of spatial axes, also with the indices in the image. */
export function maxPoolWithIndex(
  op: string,
  rank: number,
  x: Tensor,
  kernel: PerAxis,
  options: MaxPoolOptions,
): Picked {
  const geometry = geometryOf(op, rank, x, kernel, options);
  const values = maxPool(geometry, x);
  return { values, indices: indicesOf(geometry, x, values) };
}

function geometryOf(
  op: string,
  rank: number,
  x: Tensor,
  kernel: PerAxis,
  options: MaxPoolOptions,
  known: Readonly<Record<string, true>> = maxPoolNames,
): Geometry {
  checkPoolInput(op, rank, x);
  checkOptions(op, options, known);
  const sizes = perAxis(op, "kernel", kernel, rank);
  const amounts = perAxis(op, "padding", options.padding ?? 0, rank, 0);
  checkPoolPadding(op, amounts, sizes);
  const exact: Geometry = {
    lengths: x.shape.slice(2),
    kernel: sizes,
    stride: perAxis(op, "stride", options.stride ?? sizes, rank),
    dilation: perAxis(op, "dilation", options.dilation ?? 1, rank),
    padding: amounts.map((n) => [n, n] as const),
    groups: 1,
  };
  const geometry = options.ceilMode ? reachingBeyond(exact) : exact;
  checkFits(op, x.shape, geometry);
  return geometry;
}

/** The geometry with so much padding at the end that a last window, begun inside the image, is whole. */
function reachingBeyond(geometry: Geometry): Geometry {
  const { lengths, kernel, stride, dilation, padding } = geometry;
  const reach = padding.map(([before, after], k): readonly [number, number] => {
    const room = lengths[k] + before + after - (kernel[k] - 1) * dilation[k] - 1;
    const windows = Math.ceil(room / stride[k]);
    const begun = windows * stride[k] < lengths[k] + before ? windows : windows - 1;
    return [before, after + Math.max(0, begun * stride[k] - room)];
  });
  return { ...geometry, padding: reach };
}

// --- means and norms ---

/** The mean of each window, of images with any number of spatial axes. */
export function avgPool(
  op: string,
  rank: number,
  x: Tensor,
  kernel: PerAxis,
  options: AvgPoolOptions,
): Tensor {
  const { countIncludePad = true, divisor, padding = 0 } = options;
  const geometry = geometryOf(op, rank, x, kernel, options, avgPoolNames);
  const amounts = perAxis(op, "padding", padding, rank, 0);
  const sums = sumWindows(geometry, x);
  if (divisor !== undefined) return sums.div(divisor);
  const counts = geometry.lengths.map((_, k) =>
    countsAlong(geometry, k, countIncludePad ? amounts[k] : 0),
  );
  const full = sizeOf(geometry.kernel);
  if (counts.every((list, k) => list.every((n) => n === geometry.kernel[k]))) return sums.div(full);
  return counts.reduce((y, list, k) => {
    const shape = y.shape.map((n, axis) => (axis === k + 2 ? n : 1));
    return y.div(tensor(list, { shape, dtype: y.dtype }));
  }, sums);
}

/** How many elements each window along spatial axis `k` holds of the image with `margin` rows around it. */
function countsAlong(geometry: Geometry, k: number, margin: number): number[] {
  const { lengths, kernel, stride, padding } = geometry;
  return Array.from({ length: outputLengths(geometry)[k] }, (_, i) => {
    const start = i * stride[k] - padding[k][0];
    return Math.min(start + kernel[k], lengths[k] + margin) - Math.max(start, -margin);
  });
}

/** Sums of all windows, along one axis after the other. */
function sumWindows(geometry: Geometry, x: Tensor): Tensor {
  const { kernel, stride, padding } = geometry;
  const tiling = kernel.every((size, k) => stride[k] === size);
  if (tiling && padding.flat().every((n) => n === 0)) return sumTiles(geometry, x);
  const padded = x.pad([[0, 0], [0, 0], ...padding]);
  return kernel.reduce((y, size, k) => {
    return y.unfold(k + 2, size, stride[k]).sum({ axis: y.rank });
  }, padded);
}

function sumTiles(geometry: Geometry, x: Tensor): Tensor {
  const { kernel } = geometry;
  const outputs = outputLengths(geometry);
  const whole = x.slice([null, null, ...outputs.map((n, k) => ({ end: n * kernel[k] }))]);
  const apart = outputs.flatMap((n, k) => [n, kernel[k]]); // [H', kh, W', kw]
  const places = kernel.map((_, k) => 2 * k + 3);
  return whole.reshape([...x.shape.slice(0, 2), ...apart]).sum({ axis: places });
}

function lpPool(
  op: string,
  rank: number,
  x: Tensor,
  p: number,
  kernel: PerAxis,
  options: LpPoolOptions,
): Tensor {
  checkOptions(op, options, lpPoolNames);
  checkNorm(op, p);
  const powers = toFloat(x.node).abs().pow(p);
  const sums = avgPool(op, rank, powers, kernel, { ...options, divisor: 1 });
  const zero = sums.equal(0);
  return zero.where(0, zero.where(1, sums).pow(1 / p));
}

function checkNorm(op: string, p: number): void {
  if (Number.isFinite(p) && p > 0) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `p must be a number above 0; received ${String(p)}`,
    fix: "Use 2 for the Euclidean norm, 1 for sums, or maxPool for the largest element.",
    detail: { p },
  });
}
