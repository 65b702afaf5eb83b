// Normalisation layers and the functions behind them. ε stands inside the root.

import { ChainruleError } from "../core/errors.ts";
import { type Shape, showShape } from "../core/shape.ts";
import { inRegion } from "../ir/region.ts";
import { assignAll, type Parameter, State } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import { ones, zeros } from "./init.ts";
import {
  type Context,
  checkInput,
  checkSizes,
  initialized,
  inputError,
  type LayerOptions,
  wrongType,
} from "./layer.ts";

/** Brings `x` to mean 0 and variance 1 over `axes`, `(x − E[x]) / √(Var[x] + ε)`; also gives the statistics. */
export function standardize(x: Tensor, axes: readonly number[], eps: number): Standardized {
  const mean = x.mean({ axis: axes, keepDims: true });
  const centered = x.sub(mean);
  const variance = centered.mul(centered).mean({ axis: axes, keepDims: true }); // biased: divides by n
  return { y: centered.div(variance.add(eps).sqrt()), mean, variance };
}

interface Standardized {
  readonly y: Tensor;
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/** Options of `LayerNorm`. */
export interface LayerNormOptions extends LayerOptions {
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
  /** Whether there are a weight and a bias; default true. */
  readonly affine?: boolean;
  /** Whether there is a bias beside the weight; default true. */
  readonly bias?: boolean;
}

/**
 * Normalises each sample over its trailing axes, `(x − E[x]) / √(Var[x] + ε) · w + b` (Ba et al. 2016).
 * Shape: `[..., ...shape] → [..., ...shape]`.
 */
export class LayerNorm {
  readonly shape: Shape;
  readonly eps: number;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;

  constructor(shape: number | Shape, options: LayerNormOptions = {}) {
    this.shape = typeof shape === "number" ? [shape] : [...shape];
    for (const [axis, size] of this.shape.entries())
      checkSizes("LayerNorm", { [`size ${axis}`]: size });
    this.eps = options.eps ?? 1e-5;
    const { affine = true, bias = true } = options;
    this.weight = affine ? initialized(this.shape, ones, options) : null;
    this.bias = affine && bias ? initialized(this.shape, zeros, options) : null;
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `LayerNorm ${this.shape.join("×")}`, () => {
      checkInput("LayerNorm", x, this.shape, this.weight ?? x);
      const axes = this.shape.map((_, k) => x.rank - this.shape.length + k);
      const { y } = standardize(x, axes, this.eps);
      return scaleAndShift(y, this.weight, this.bias);
    });
  }
}

/** Options of `BatchNorm1d`. */
export interface BatchNormOptions extends LayerOptions {
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
  /** Share of the new batch in the running statistics; default 0.1. null: the average of all batches. */
  readonly momentum?: number | null;
  /** Whether there are a weight and a bias; default true. */
  readonly affine?: boolean;
}

/**
 * Normalises each channel over the batch, `(x − E[x]) / √(Var[x] + ε) · w + b` (Ioffe & Szegedy 2015). Training uses the
 * batch's statistics and records running ones (with the unbiased variance); inference uses the running ones.
 * Shape: `[B, C] → [B, C]` or `[B, C, L] → [B, C, L]`.
 */
export class BatchNorm1d {
  readonly eps: number;
  readonly momentum: number | null;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly runningMean: State;
  readonly runningVariance: State;
  readonly numBatchesTracked: State;

  constructor(channels: number, options: BatchNormOptions = {}) {
    checkSizes("BatchNorm1d", { channels });
    const { dtype = "float32", affine = true } = options;
    this.eps = options.eps ?? 1e-5;
    this.momentum = options.momentum === undefined ? 0.1 : options.momentum;
    this.weight = affine ? initialized([channels], ones, options) : null;
    this.bias = affine ? initialized([channels], zeros, options) : null;
    this.runningMean = new State(new Float64Array(channels), [channels], dtype);
    this.runningVariance = new State(new Float64Array(channels).fill(1), [channels], dtype);
    this.numBatchesTracked = new State(new Int32Array(1), [], "int32");
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    const [channels] = this.runningMean.shape;
    return inRegion(this, `BatchNorm1d ${channels}`, () => {
      this.#check(x, channels);
      const perChannel = x.rank === 2 ? [1, channels] : [1, channels, 1];
      const y = context.training ? this.#byBatch(x) : this.#byRunning(x, perChannel);
      const weight = this.weight?.reshape(perChannel) ?? null;
      return scaleAndShift(y, weight, this.bias?.reshape(perChannel) ?? null);
    });
  }

  #byBatch(x: Tensor): Tensor {
    const axes = x.rank === 2 ? [0] : [0, 2];
    checkBatch(x, x.size / x.shape[1]);
    const { y, mean, variance } = standardize(x, axes, this.eps);
    this.#record(mean.reshape([-1]), variance.reshape([-1]), x.size / x.shape[1]);
    return y;
  }

  #byRunning(x: Tensor, perChannel: Shape): Tensor {
    const deviation = this.runningVariance.add(this.eps).sqrt();
    return x.sub(this.runningMean.reshape(perChannel)).div(deviation.reshape(perChannel));
  }

  /** Moves the running statistics towards those of a batch of `count` values per channel. */
  #record(mean: Tensor, variance: Tensor, count: number): void {
    const batches = this.numBatchesTracked.add(1);
    const toward = (old: Tensor, now: Tensor): Tensor => {
      const change = now.sub(old);
      const { momentum } = this;
      return old.add(
        momentum === null ? change.div(batches.cast(old.dtype)) : change.mul(momentum),
      );
    };
    const unbiased = variance.mul(count / (count - 1));
    assignAll([
      { slot: this.runningMean.slot, value: toward(this.runningMean.node, mean) },
      { slot: this.runningVariance.slot, value: toward(this.runningVariance.node, unbiased) },
      { slot: this.numBatchesTracked.slot, value: batches },
    ]);
  }

  #check(x: Tensor, channels: number): void {
    if ((x.rank !== 2 && x.rank !== 3) || x.shape[1] !== channels) {
      throw inputError("SHAPE_MISMATCH", "BatchNorm1d", x, {
        expected: `[batch, ${channels}] or [batch, ${channels}, length]`,
        fix: "Channels are axis 1; permute the input or make the layer for its channels.",
      });
    }
    if (x.dtype !== this.runningMean.dtype)
      throw wrongType("BatchNorm1d", x, this.runningMean.dtype);
  }
}

function scaleAndShift(x: Tensor, weight: Tensor | null, bias: Tensor | null): Tensor {
  const scaled = weight === null ? x : x.mul(weight);
  return bias === null ? scaled : scaled.add(bias);
}

/** In training one value per channel has no variance; the result would be the bias, whatever the input. */
function checkBatch(x: Tensor, count: number): void {
  if (count > 1) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "BatchNorm1d",
    problem: `training needs more than one value per channel; received ${showShape(x.shape)}`,
    fix: "Use batches of two or more samples; drop a last batch of one.",
    detail: { shape: x.shape },
  });
}
