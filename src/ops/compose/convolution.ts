// Convolution layers' functions, in one to three dimensions, with PyTorch's meaning: cross-correlation (the kernel is not
// flipped) of images [B, C, …space] with a weight [O, C/groups, …kernel]. Here are options and their checks; the
// products and their derivatives are in `correlation.ts`.

import { promote } from "../../core/dtype.ts";
import type { OptionNames } from "../../core/option-names.ts";
import { checkOptions } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import {
  checkBias,
  checkChannels,
  checkExtra,
  checkFits,
  checkOutput,
  checkPadding,
  checkRanks,
  checkTransposedChannels,
  type PerAxis,
  perAxis,
  sameNeedsStride1,
} from "./convolution-checks.ts";
import { correlation, type Geometry } from "./correlation.ts";

/** Zeros around the image: per axis a number for both sides or a pair; `same` keeps lengths (stride 1), `valid` is 0. */
export type ConvPadding =
  | number
  | "same"
  | "valid"
  | readonly (number | readonly [number, number])[];

/** Options of the convolutions. */
export interface ConvOptions {
  /** Added to each output channel. Shape: `[O]`. */
  readonly bias?: Tensor | null;
  /** Distance of neighbouring windows; default 1. */
  readonly stride?: PerAxis;
  /** Zeros around the image; default 0. */
  readonly padding?: ConvPadding;
  /** Distance of neighbouring places of the kernel; default 1. */
  readonly dilation?: PerAxis;
  /** Groups of channels that do not mix; default 1. `groups` = C with O = C is a depthwise convolution. */
  readonly groups?: number;
}

const convNames: OptionNames<ConvOptions> = {
  bias: true,
  stride: true,
  padding: true,
  dilation: true,
  groups: true,
};

/** Options of the transposed convolutions. */
export interface ConvTransposeOptions extends Omit<ConvOptions, "padding"> {
  /** Rows taken off at each side of the output; default 0. */
  readonly padding?: PerAxis;
  /** Rows added at the end of the output, fewer than the stride; default 0. */
  readonly outputPadding?: PerAxis;
}

const convTransposeNames: OptionNames<ConvTransposeOptions> = { ...convNames, outputPadding: true };

/** Convolves sequences. Shape: `[B, C, L], [O, C/groups, k] → [B, O, (L + 2p − d(k−1) − 1)/s + 1]`. */
export function conv1d(x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor {
  return convolve("conv1d", 1, x, weight, options);
}

/** Convolves images. Shape: `[B, C, H, W], [O, C/groups, kh, kw] → [B, O, H', W']`, with `n' = (n + 2p − d(k−1) − 1)/s + 1`. */
export function conv2d(x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor {
  return convolve("conv2d", 2, x, weight, options);
}

/** Convolves volumes. Shape: `[B, C, D, H, W], [O, C/groups, kd, kh, kw] → [B, O, D', H', W']`, as `conv2d`. */
export function conv3d(x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor {
  return convolve("conv3d", 3, x, weight, options);
}

/** The gradient of `conv1d` for its input, as a function. Shape: `[B, C, L], [C, O/groups, k] → [B, O, L']`. */
export function convTranspose1d(
  x: Tensor,
  weight: Tensor,
  options: ConvTransposeOptions = {},
): Tensor {
  return convolveTransposed("convTranspose1d", 1, x, weight, options);
}

/**
 * The gradient of `conv2d` for its input, as a function (also called deconvolution).
 * Shape: `[B, C, H, W], [C, O/groups, kh, kw] → [B, O, H', W']`, with `n' = (n − 1)s − 2p + d(k−1) + outputPadding + 1`.
 */
export function convTranspose2d(
  x: Tensor,
  weight: Tensor,
  options: ConvTransposeOptions = {},
): Tensor {
  return convolveTransposed("convTranspose2d", 2, x, weight, options);
}

/** As `convTranspose2d`, of volumes. Shape: `[B, C, D, H, W], [C, O/groups, kd, kh, kw] → [B, O, D', H', W']`. */
export function convTranspose3d(
  x: Tensor,
  weight: Tensor,
  options: ConvTransposeOptions = {},
): Tensor {
  return convolveTransposed("convTranspose3d", 3, x, weight, options);
}

function convolve(
  op: string,
  rank: number,
  x: Tensor,
  weight: Tensor,
  options: ConvOptions,
): Tensor {
  checkOptions(op, options, convNames);
  const { bias = null, groups = 1 } = options;
  checkRanks(op, rank, x, weight);
  checkChannels(op, x, weight, groups);
  const kernel = weight.shape.slice(2);
  const stride = perAxis(op, "stride", options.stride ?? 1, rank);
  const dilation = perAxis(op, "dilation", options.dilation ?? 1, rank);
  const geometry: Geometry = {
    lengths: x.shape.slice(2),
    kernel,
    stride,
    dilation,
    padding: resolvePadding(op, options.padding ?? 0, { kernel, stride, dilation }),
    groups,
  };
  checkFits(op, x.shape, geometry);
  const dtype = promote(x.dtype, weight.dtype);
  return withBias(op, correlation(geometry).output(x.cast(dtype), weight.cast(dtype)), bias);
}

function convolveTransposed(
  op: string,
  rank: number,
  x: Tensor,
  weight: Tensor,
  options: ConvTransposeOptions,
): Tensor {
  checkOptions(op, options, convTransposeNames);
  const { bias = null, groups = 1 } = options;
  checkRanks(op, rank, x, weight);
  checkTransposedChannels(op, x, weight, groups);
  const kernel = weight.shape.slice(2);
  const stride = perAxis(op, "stride", options.stride ?? 1, rank);
  const dilation = perAxis(op, "dilation", options.dilation ?? 1, rank);
  const padding = perAxis(op, "padding", options.padding ?? 0, rank, 0);
  const extra = perAxis(op, "outputPadding", options.outputPadding ?? 0, rank, 0);
  checkExtra(op, extra, stride);
  const lengths = x.shape.slice(2).map((n, k) => {
    return (n - 1) * stride[k] - 2 * padding[k] + dilation[k] * (kernel[k] - 1) + extra[k] + 1;
  });
  const pairs = padding.map((n) => [n, n] as const);
  const geometry: Geometry = { lengths, kernel, stride, dilation, padding: pairs, groups };
  checkOutput(op, x.shape, geometry);
  const dtype = promote(x.dtype, weight.dtype);
  return withBias(op, correlation(geometry).input(x.cast(dtype), weight.cast(dtype)), bias);
}

/** The padding before and after each axis. */
export function resolvePadding(
  op: string,
  padding: ConvPadding,
  { kernel, stride, dilation }: Pick<Geometry, "kernel" | "stride" | "dilation">,
): (readonly [number, number])[] {
  if (padding === "valid") return kernel.map(() => [0, 0]);
  if (padding === "same") {
    if (stride.some((step) => step !== 1)) throw sameNeedsStride1(op, stride);
    return kernel.map((size, k) => {
      const total = (size - 1) * dilation[k];
      return [Math.floor(total / 2), Math.ceil(total / 2)];
    });
  }
  const list = Array.isArray(padding) ? padding : kernel.map(() => padding as number);
  const pairs = list.map((entry): readonly [number, number] => {
    return Array.isArray(entry) ? (entry as [number, number]) : [entry, entry];
  });
  checkPadding(op, padding, pairs, kernel.length);
  return pairs;
}

function withBias(op: string, y: Tensor, bias: Tensor | null): Tensor {
  if (bias === null) return y;
  checkBias(op, y, bias);
  return y.add(bias.reshape([bias.size, ...y.shape.slice(2).map(() => 1)]));
}
