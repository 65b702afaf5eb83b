// Running statistics of normalisation layers: state that is not trained, which training moves towards each batch and
// inference uses. Variances are kept unbiased.

import type { OptionNames } from "../core/option-names.ts";
import type { Shape } from "../core/shape.ts";
import { assignAll, State } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import {
  checkNumbers,
  checkProbabilities,
  checkSizes,
  type LayerOptions,
  layerNames,
} from "./layer.ts";

/** Options of the layers that may keep running statistics. */
export interface RunningOptions extends LayerOptions {
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
  /** Share of the new batch in the running statistics; default 0.1. null: the average of all batches. */
  readonly momentum?: number | null;
}

/** Names of these options. */
export const runningNames: OptionNames<RunningOptions> = {
  ...layerNames,
  eps: true,
  momentum: true,
};

/** Mean and variance of each channel so far. */
export interface RunningStatistics {
  readonly runningMean: State;
  readonly runningVariance: State;
  readonly numBatchesTracked: State;
}

/** Checks the arguments that such layers share, and gives them with their defaults. */
export function checkRunning(
  layer: string,
  channels: number,
  options: RunningOptions,
): { readonly eps: number; readonly momentum: number | null } {
  const { eps = 1e-5, momentum = 0.1 } = options;
  checkSizes(layer, { channels });
  checkNumbers(layer, { eps }, { least: 0 });
  checkProbabilities(layer, { momentum: momentum ?? 0 });
  return { eps, momentum };
}

/** Statistics before the first batch: mean 0, variance 1. */
export function freshStatistics(channels: number, options: LayerOptions): RunningStatistics {
  const { dtype = "float32" } = options;
  return {
    runningMean: new State(new Float64Array(channels), [channels], dtype),
    runningVariance: new State(new Float64Array(channels).fill(1), [channels], dtype),
    numBatchesTracked: new State(new Int32Array(1), [], "int32"),
  };
}

/** Moves statistics towards the `mean` and biased `variance`, both `[C]`, of `count` values per channel. */
export function recordStatistics(
  { runningMean, runningVariance, numBatchesTracked }: RunningStatistics,
  momentum: number | null,
  now: { readonly mean: Tensor; readonly variance: Tensor; readonly count: number },
): void {
  const batches = numBatchesTracked.add(1);
  const toward = (old: Tensor, value: Tensor): Tensor => {
    const change = value.sub(old);
    return old.add(momentum === null ? change.div(batches.cast(old.dtype)) : change.mul(momentum));
  };
  const unbiased = now.variance.mul(now.count / (now.count - 1));
  assignAll([
    { slot: runningMean.slot, value: toward(runningMean.node, now.mean) },
    { slot: runningVariance.slot, value: toward(runningVariance.node, unbiased) },
    { slot: numBatchesTracked.slot, value: batches },
  ]);
}

/** Normalises by statistics of the past, `(x − mean) / √(variance + ε)`. */
export function byStatistics(
  x: Tensor,
  { runningMean, runningVariance }: RunningStatistics,
  eps: number,
): Tensor {
  const layout = perChannel(x);
  const deviation = runningVariance.add(eps).sqrt();
  return x.sub(runningMean.reshape(layout)).div(deviation.reshape(layout));
}

/** `x · weight + bias` by channel, where they are. */
export function scaleAndShift(x: Tensor, weight: Tensor | null, bias: Tensor | null): Tensor {
  const layout = perChannel(x);
  const scaled = weight === null ? x : x.mul(weight.reshape(layout));
  return bias === null ? scaled : scaled.add(bias.reshape(layout));
}

function perChannel(x: Tensor): Shape {
  return x.shape.map((n, k) => (k === 1 ? n : 1));
}
