// Batch normalisation: each channel over the batch and space. Training uses the batch's statistics and records running
// ones, inference uses those.

import { ChainruleError } from "../core/errors.ts";
import type { OptionNames } from "../core/option-names.ts";
import { showShape } from "../core/shape.ts";
import type { KeepsShape } from "../core/shape-types.ts";
import { checkOptions } from "../ir/arguments.ts";
import { inInference } from "../ir/inference.ts";
import { inRegion } from "../ir/region.ts";
import type { Parameter, State } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import { standardize } from "../ops/compose/normalization.ts";
import { ones, zeros } from "./init.ts";
import { type Context, checkContext, initialized, inputError, wrongType } from "./layer.ts";
import {
  byStatistics,
  checkRunning,
  freshStatistics,
  type RunningOptions,
  type RunningStatistics,
  recordStatistics,
  runningNames,
  scaleAndShift,
} from "./running.ts";

/** Options of the batch norms. */
export interface BatchNormOptions extends RunningOptions {
  /** Whether there are a weight and a bias; default true. */
  readonly affine?: boolean;
}

const names: OptionNames<BatchNormOptions> = { ...runningNames, affine: true };

/** Fields and construction of the layers of all ranks. */
abstract class BatchNorm {
  declare readonly maps?: KeepsShape;
  readonly eps: number;
  readonly momentum: number | null;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly runningMean: State;
  readonly runningVariance: State;
  readonly numBatchesTracked: State;

  constructor(layer: BatchNormLayer, channels: number, options: BatchNormOptions = {}) {
    const made = makeBatchNorm(layer, channels, options);
    this.eps = made.eps;
    this.momentum = made.momentum;
    this.weight = made.weight;
    this.bias = made.bias;
    this.runningMean = made.runningMean;
    this.runningVariance = made.runningVariance;
    this.numBatchesTracked = made.numBatchesTracked;
  }
}

/**
 * Normalises each channel over the batch, `(x − E[x]) / √(Var[x] + ε) · w + b` (Ioffe & Szegedy 2015). Training uses the
 * batch's statistics and records running ones (with the unbiased variance); inference uses the running ones.
 * Shape: `[B, C] → [B, C]` or `[B, C, L] → [B, C, L]`.
 */
export class BatchNorm1d extends BatchNorm {
  constructor(channels: number, options: BatchNormOptions = {}) {
    super("BatchNorm1d", channels, options);
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    return applyBatchNorm("BatchNorm1d", this, x, context);
  }
}

/** As `BatchNorm1d`, of images. Shape: `[B, C, H, W] → [B, C, H, W]`. */
export class BatchNorm2d extends BatchNorm {
  constructor(channels: number, options: BatchNormOptions = {}) {
    super("BatchNorm2d", channels, options);
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    return applyBatchNorm("BatchNorm2d", this, x, context);
  }
}

/** As `BatchNorm1d`, of volumes. Shape: `[B, C, D, H, W] → [B, C, D, H, W]`. */
export class BatchNorm3d extends BatchNorm {
  constructor(channels: number, options: BatchNormOptions = {}) {
    super("BatchNorm3d", channels, options);
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    return applyBatchNorm("BatchNorm3d", this, x, context);
  }
}

/** What the layers of all ranks have. */
interface BatchNormParts extends RunningStatistics {
  readonly eps: number;
  readonly momentum: number | null;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
}

/** By layer: what it takes, after batch and channels. */
const kinds = {
  BatchNorm1d: { ranks: [2, 3], space: "] or [batch, channels, length" },
  BatchNorm2d: { ranks: [4], space: ", height, width" },
  BatchNorm3d: { ranks: [5], space: ", depth, height, width" },
} as const;

type BatchNormLayer = `BatchNorm${1 | 2 | 3}d`;

function makeBatchNorm(
  layer: BatchNormLayer,
  channels: number,
  options: BatchNormOptions,
): BatchNormParts {
  checkOptions(layer, options, names);
  const { affine = true } = options;
  const checked = checkRunning(layer, channels, options);
  const weight = affine ? initialized([channels], ones, options) : null;
  const bias = affine ? initialized([channels], zeros, options) : null;
  return { ...checked, weight, bias, ...freshStatistics(channels, options) };
}

function applyBatchNorm(
  layer: BatchNormLayer,
  parts: BatchNormParts,
  x: Tensor,
  context: Context,
): Tensor {
  checkContext(layer, context);
  const { training = false } = context;
  const label = `${layer} ${parts.runningMean.size}`;
  return inRegion(parts, label, () => {
    checkImages(layer, parts, x);
    const y = training ? byBatch(layer, parts, x) : byStatistics(x, parts, parts.eps);
    const shifted = scaleAndShift(y, parts.weight, parts.bias);
    return training ? shifted : inInference(shifted, parts, label);
  });
}

function byBatch(layer: BatchNormLayer, parts: BatchNormParts, x: Tensor): Tensor {
  const count = x.size / x.shape[1];
  if (count <= 1) throw singleValue(layer, x);
  const axes = x.shape.flatMap((_, k) => (k === 1 ? [] : [k]));
  const { y, mean, variance } = standardize(x, axes, parts.eps);
  const flat = { mean: mean.reshape([-1]), variance: variance.reshape([-1]), count };
  recordStatistics(parts, parts.momentum, flat);
  return y;
}

function checkImages(layer: BatchNormLayer, parts: BatchNormParts, x: Tensor): void {
  const { ranks, space } = kinds[layer];
  const channels = parts.runningMean.size;
  if (!(ranks as readonly number[]).includes(x.rank) || x.shape[1] !== channels) {
    throw inputError("SHAPE_MISMATCH", layer, x, {
      expected: `[batch, ${channels}${space.replace("channels", String(channels))}]`,
      fix: "Channels are axis 1; permute the input or make the layer for its channels.",
    });
  }
  if (x.dtype !== parts.runningMean.dtype) throw wrongType(layer, x, parts.runningMean.dtype);
}

/** In training one value per channel has no variance; the result would be the bias, whatever the input. */
function singleValue(layer: string, x: Tensor): ChainruleError {
  return new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: layer,
    problem: `training needs more than one value per channel; received ${showShape(x.shape)}`,
    fix: "Use batches of two or more samples; drop a last batch of one.",
    detail: { shape: x.shape },
  });
}
