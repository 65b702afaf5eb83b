// Normalisation of each sample by itself, as layers; the functions of the same names compute them. Layers that look at the
// batch are in `batch-norm.ts`.

import { ChainruleError } from "../core/errors.ts";
import type { OptionNames } from "../core/option-names.ts";
import type { Shape } from "../core/shape.ts";
import type { KeepsShape } from "../core/shape-types.ts";
import { checkOptions } from "../ir/arguments.ts";
import { inRegion } from "../ir/region.ts";
import type { Parameter } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import {
  groupNorm,
  type LocalResponseOptions,
  layerNorm,
  localResponseNorm,
  rmsNorm,
} from "../ops/compose/normalization.ts";
import { ones, zeros } from "./init.ts";
import {
  checkInput,
  checkNumbers,
  checkSizes,
  initialized,
  inputError,
  type LayerOptions,
  layerNames,
  wrongType,
} from "./layer.ts";

/** Options of `LayerNorm`. */
export interface LayerNormOptions extends LayerOptions {
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
  /** Whether there are a weight and a bias; default true. */
  readonly affine?: boolean;
  /** Whether there is a bias beside the weight; default true. */
  readonly bias?: boolean;
}

const layerNormNames: OptionNames<LayerNormOptions> = {
  ...layerNames,
  eps: true,
  affine: true,
  bias: true,
};

/**
 * Normalises each sample over its trailing axes, `(x − E[x]) / √(Var[x] + ε) · w + b` (Ba et al. 2016).
 * Shape: `[..., ...shape] → [..., ...shape]`.
 */
export class LayerNorm {
  declare readonly maps?: KeepsShape;
  readonly shape: Shape;
  readonly eps: number;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;

  constructor(shape: number | Shape, options: LayerNormOptions = {}) {
    checkOptions("LayerNorm", options, layerNormNames);
    this.shape = trailingShape("LayerNorm", shape);
    this.eps = options.eps ?? 1e-5;
    checkNumbers("LayerNorm", { eps: this.eps }, { least: 0 });
    const { affine = true, bias = true } = options;
    this.weight = affine ? initialized(this.shape, ones, options) : null;
    this.bias = affine && bias ? initialized(this.shape, zeros, options) : null;
  }

  forward(x: Tensor): Tensor {
    const { shape, weight, bias, eps } = this;
    return inRegion(this, `LayerNorm ${shape.join("×")}`, () => {
      checkInput("LayerNorm", x, shape, weight ?? x);
      return layerNorm(x, shape, { weight, bias, eps });
    });
  }
}

/** Options of `RMSNorm`. */
export interface RMSNormOptions extends LayerOptions {
  /** Added to the mean square; default: the spacing of floats at 1, as in PyTorch (2⁻²³ in float32). */
  readonly eps?: number;
  /** Whether there is a weight; default true. */
  readonly affine?: boolean;
}

const rmsNormNames: OptionNames<RMSNormOptions> = {
  dtype: true,
  generator: true,
  eps: true,
  affine: true,
};

/**
 * Brings each sample to a mean square of 1 over its trailing axes, `x / √(E[x²] + ε) · w` (Zhang & Sennrich 2019).
 * Shape: `[..., ...shape] → [..., ...shape]`.
 */
export class RMSNorm {
  declare readonly maps?: KeepsShape;
  readonly shape: Shape;
  readonly eps: number | null;
  readonly weight: Parameter | null;

  constructor(shape: number | Shape, options: RMSNormOptions = {}) {
    checkOptions("RMSNorm", options, rmsNormNames);
    this.shape = trailingShape("RMSNorm", shape);
    this.eps = options.eps ?? null;
    checkNumbers("RMSNorm", { eps: this.eps ?? 0 }, { least: 0 });
    this.weight = (options.affine ?? true) ? initialized(this.shape, ones, options) : null;
  }

  forward(x: Tensor): Tensor {
    const { shape, weight, eps } = this;
    return inRegion(this, `RMSNorm ${shape.join("×")}`, () => {
      checkInput("RMSNorm", x, shape, weight ?? x);
      return rmsNorm(x, shape, { weight, eps: eps ?? undefined });
    });
  }
}

/** Options of `GroupNorm`. */
export interface GroupNormOptions extends LayerOptions {
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
  /** Whether there are a weight and a bias; default true. */
  readonly affine?: boolean;
}

const groupNormNames: OptionNames<GroupNormOptions> = {
  dtype: true,
  generator: true,
  eps: true,
  affine: true,
};

/**
 * Normalises each sample over groups of channels and all of space, `(x − E[x]) / √(Var[x] + ε) · w + b` (Wu & He 2018).
 * Shape: `[B, C, …space] → [B, C, …space]`; weight and bias `[C]`.
 */
export class GroupNorm {
  declare readonly maps?: KeepsShape;
  readonly groups: number;
  readonly channels: number;
  readonly eps: number;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;

  constructor(groups: number, channels: number, options: GroupNormOptions = {}) {
    checkOptions("GroupNorm", options, groupNormNames);
    checkSizes("GroupNorm", { groups, channels });
    if (channels % groups !== 0) throw unevenGroups(groups, channels);
    this.groups = groups;
    this.channels = channels;
    this.eps = options.eps ?? 1e-5;
    checkNumbers("GroupNorm", { eps: this.eps }, { least: 0 });
    const { affine = true } = options;
    this.weight = affine ? initialized([channels], ones, options) : null;
    this.bias = affine ? initialized([channels], zeros, options) : null;
  }

  forward(x: Tensor): Tensor {
    const { groups, channels, weight, bias, eps } = this;
    return inRegion(this, `GroupNorm ${groups} of ${channels}`, () => {
      if (x.rank < 2 || x.shape[1] !== channels) {
        throw inputError("SHAPE_MISMATCH", "GroupNorm", x, {
          expected: `[batch, ${channels}, …]`,
          fix: "Channels are axis 1; permute the input or make the layer for its channels.",
        });
      }
      if (weight !== null && x.dtype !== weight.dtype)
        throw wrongType("GroupNorm", x, weight.dtype);
      return groupNorm(x, groups, { weight, bias, eps });
    });
  }
}

/**
 * Divides by what neighbouring channels have, `x / (k + α · mean of x² over size channels)^β` (Krizhevsky et al. 2012,
 * with PyTorch's α). Shape: `[B, C, …space] → [B, C, …space]`.
 */
export class LocalResponseNorm {
  declare readonly maps?: KeepsShape;
  readonly size: number;
  readonly options: LocalResponseOptions;

  constructor(size: number, options: LocalResponseOptions = {}) {
    checkOptions("LocalResponseNorm", options, { alpha: true, beta: true, k: true });
    checkSizes("LocalResponseNorm", { size });
    const { alpha = 1e-4, beta = 0.75, k = 1 } = options;
    checkNumbers("LocalResponseNorm", { alpha, beta, k });
    this.size = size;
    this.options = { alpha, beta, k };
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `LocalResponseNorm ${this.size}`, () =>
      localResponseNorm(x, this.size, this.options),
    );
  }
}

function trailingShape(layer: string, shape: number | Shape): Shape {
  const trailing = Array.isArray(shape) ? [...shape] : [shape as number];
  for (const [axis, size] of trailing.entries()) checkSizes(layer, { [`size ${axis}`]: size });
  if (trailing.length > 0) return trailing;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: layer,
    problem: "received an empty shape",
    fix: "Pass the lengths of the axes to normalise over, e.g. the number of features.",
  });
}

function unevenGroups(groups: number, channels: number): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "GroupNorm",
    problem: `${groups} groups do not divide ${channels} channels`,
    fix: "Choose a number of groups that divides the channels.",
    detail: { groups, channels },
  });
}
