// Instance normalisation: each channel of each sample over space, the same in training and inference unless running
// statistics are kept.

import { ChainruleError } from "../core/errors.ts";
import type { OptionNames } from "../core/option-names.ts";
import { showShape } from "../core/shape.ts";
import type { KeepsShape } from "../core/shape-types.ts";
import { checkOptions } from "../ir/arguments.ts";
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

/** Options of the instance norms. */
export interface InstanceNormOptions extends RunningOptions {
  /** Whether there are a weight and a bias; default false. */
  readonly affine?: boolean;
  /** Whether training records running statistics, which inference then uses; default false. */
  readonly trackRunningStats?: boolean;
}

const names: OptionNames<InstanceNormOptions> = {
  ...runningNames,
  affine: true,
  trackRunningStats: true,
};

/** Fields and construction of the layers of all ranks. */
abstract class InstanceNorm {
  declare readonly maps?: KeepsShape;
  readonly channels: number;
  readonly eps: number;
  readonly momentum: number | null;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly runningMean: State | null;
  readonly runningVariance: State | null;
  readonly numBatchesTracked: State | null;

  constructor(layer: InstanceNormLayer, channels: number, options: InstanceNormOptions = {}) {
    const made = makeInstanceNorm(layer, channels, options);
    this.channels = channels;
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
 * Normalises each channel of each sample over space, `(x − E[x]) / √(Var[x] + ε) · w + b` (Ulyanov et al. 2016).
 * Shape: `[B, C, L] → [B, C, L]`.
 */
export class InstanceNorm1d extends InstanceNorm {
  constructor(channels: number, options: InstanceNormOptions = {}) {
    super("InstanceNorm1d", channels, options);
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    return applyInstanceNorm("InstanceNorm1d", this, x, context);
  }
}

/** As `InstanceNorm1d`, of images. Shape: `[B, C, H, W] → [B, C, H, W]`. */
export class InstanceNorm2d extends InstanceNorm {
  constructor(channels: number, options: InstanceNormOptions = {}) {
    super("InstanceNorm2d", channels, options);
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    return applyInstanceNorm("InstanceNorm2d", this, x, context);
  }
}

/** As `InstanceNorm1d`, of volumes. Shape: `[B, C, D, H, W] → [B, C, D, H, W]`. */
export class InstanceNorm3d extends InstanceNorm {
  constructor(channels: number, options: InstanceNormOptions = {}) {
    super("InstanceNorm3d", channels, options);
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    return applyInstanceNorm("InstanceNorm3d", this, x, context);
  }
}

type Maybe<T> = { readonly [K in keyof T]: T[K] | null };

/** What the layers of all ranks have. */
interface InstanceNormParts extends Maybe<RunningStatistics> {
  readonly channels: number;
  readonly eps: number;
  readonly momentum: number | null;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
}

/** By layer: the axes after batch and channels. */
const spaces = {
  InstanceNorm1d: ["length"],
  InstanceNorm2d: ["height", "width"],
  InstanceNorm3d: ["depth", "height", "width"],
} as const;

type InstanceNormLayer = `InstanceNorm${1 | 2 | 3}d`;

const untracked = { runningMean: null, runningVariance: null, numBatchesTracked: null } as const;

function makeInstanceNorm(
  layer: InstanceNormLayer,
  channels: number,
  options: InstanceNormOptions,
): InstanceNormParts {
  checkOptions(layer, options, names);
  const { affine = false, trackRunningStats = false } = options;
  const checked = checkRunning(layer, channels, options);
  const weight = affine ? initialized([channels], ones, options) : null;
  const bias = affine ? initialized([channels], zeros, options) : null;
  const statistics = trackRunningStats ? freshStatistics(channels, options) : untracked;
  return { channels, ...checked, weight, bias, ...statistics };
}

function applyInstanceNorm(
  layer: InstanceNormLayer,
  parts: InstanceNormParts,
  x: Tensor,
  context: Context,
): Tensor {
  checkContext(layer, context);
  const { training = false } = context;
  return inRegion(parts, `${layer} ${parts.channels}`, () => {
    checkImages(layer, parts, x);
    const tracked = parts.runningMean === null ? null : (parts as RunningStatistics);
    const y =
      tracked !== null && !training
        ? byStatistics(x, tracked, parts.eps)
        : bySample(layer, parts, x, tracked);
    return scaleAndShift(y, parts.weight, parts.bias);
  });
}

function bySample(
  layer: InstanceNormLayer,
  parts: InstanceNormParts,
  x: Tensor,
  tracked: RunningStatistics | null,
): Tensor {
  const count = x.size / (x.shape[0] * x.shape[1]);
  if (count <= 1) throw singlePlace(layer, x);
  const space = x.shape.flatMap((_, k) => (k < 2 ? [] : [k]));
  const { y, mean, variance } = standardize(x, space, parts.eps);
  if (tracked !== null) {
    const ofBatch = (t: Tensor): Tensor =>
      t.reshape([x.shape[0], parts.channels]).mean({ axis: 0 });
    const now = { mean: ofBatch(mean), variance: ofBatch(variance), count };
    recordStatistics(tracked, parts.momentum, now);
  }
  return y;
}

function checkImages(
  layer: InstanceNormLayer,
  { channels, ...parts }: InstanceNormParts,
  x: Tensor,
): void {
  const space = spaces[layer];
  if (x.rank !== space.length + 2 || x.shape[1] !== channels) {
    throw inputError("SHAPE_MISMATCH", layer, x, {
      expected: `[batch, ${channels}, ${space.join(", ")}]`,
      fix: "Channels are axis 1; permute the input or make the layer for its channels.",
    });
  }
  const like = parts.weight ?? parts.runningMean;
  if (like !== null && x.dtype !== like.dtype) throw wrongType(layer, x, like.dtype);
}

/** One place in space is its own mean; the result would be the bias, whatever the input. */
function singlePlace(layer: string, x: Tensor): ChainruleError {
  return new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: layer,
    problem: `needs more than one place in space; received ${showShape(x.shape)}`,
    fix: "Use larger images, or another norm where space has shrunk to one place.",
    detail: { shape: x.shape },
  });
}
