// The training loop on one screen: get a batch, forward, backward, clip, update, log, evaluate, save. Nothing in it is
// private: whoever needs another loop writes these lines with `compile`, `loss.backward()` and `optimizer.step`.

import type { Gradients } from "../autodiff/gradients.ts";
import type { StateTensor } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import type { ExponentialMovingAverage } from "../optim/index.ts";
import type { Callback } from "./callback.ts";
import { Checkpointing, type CheckpointOptions } from "./checkpoints/checkpointing.ts";
import type { TrainingState } from "./checkpoints/training-state.ts";
import { beginRun } from "./loop/begin.ts";
import type { FitControl } from "./loop/control.ts";
import { type Data, Feed, noSamples } from "./loop/feed.ts";
import { Listeners } from "./loop/listeners.ts";
import type { LiveRun } from "./loop/live-run.ts";
import { checkValidation } from "./loop/not-finite.ts";
import { type Pauser, pauser, stopwatch } from "./loop/pause.ts";
import type { FitSchedule } from "./loop/run-schedule.ts";
import type { Model, Scores, TaskOptions } from "./task.ts";

/** What `fit` asks of an optimizer; all of `optim` have it that take gradients. */
export interface Optimizer {
  learningRate: number;
  step(gradients: Gradients): void;
  /** All that it remembers, for checkpoints. */
  stateTensors?(): ReadonlyMap<string, StateTensor>;
}

/** What a run consists of; only `train` is needed. */
export interface FitOptions<Outputs = Tensor> extends TaskOptions<Outputs> {
  /** Data to learn from: a data set, or a loader that makes its own batches. */
  readonly train: Data;
  /** Data that `fit` evaluates after each epoch and never learns from. */
  readonly validation?: Data;
  /** Default: `new Adam(model)`, which needs the least tuning. */
  readonly optimizer?: Optimizer;
  /** Passes over the data; default 10. */
  readonly epochs?: number;
  /** Samples per batch of a data set; default 32, small enough for small data sets. */
  readonly batchSize?: number;
  /** Batches per step, whose gradients are averaged: the step of a batch so many times as large; default 1. */
  readonly accumulate?: number;
  /** Seed of the order of samples and of dropout; default 0. Initial weights come from the default generator. */
  readonly seed?: number;
  /** Learning rate of each step or epoch; default: the optimizer's own, unchanged. */
  readonly schedule?: FitSchedule;
  /** Steps in which the learning rate grows linearly to what it is else; default 0. */
  readonly warmup?: number;
  /** Largest global norm of the gradients, `‖g‖₂`; larger ones are scaled down. Default: no limit. */
  readonly clip?: number;
  /** Whether callbacks hear of the gradients' norm also without `clip`; default false. */
  readonly gradientNorm?: boolean;
  /** Decay of an exponential moving average of the weights, e.g. 0.999; validation uses the averages. Default: none. */
  readonly ema?: number;
  /** What happens around the steps; see `Callback`. */
  readonly callbacks?: readonly Callback[];
  /** Steers the run from outside. */
  readonly control?: FitControl;
  /** Where and when the run's state is saved. */
  readonly checkpoints?: CheckpointOptions;
  /** Continues a run to the same bits: a state, a checkpoint of the store by name, or `"newest"`, which begins where there is none. */
  readonly resume?: TrainingState | "newest" | (string & {});
  /** Ends the run after the step in progress. */
  readonly signal?: AbortSignal;
}

/** The state of a run after an epoch, as data. */
export interface EpochRecord {
  /** Epochs count from 1. */
  readonly epoch: number;
  /** Learning rate of the epoch's last step. */
  readonly learningRate: number;
  /** Steps done, samples seen and seconds spent on steps in the whole run so far. */
  readonly steps: number;
  readonly samples: number;
  readonly seconds: number;
  /** Means over the batches of the epoch, each measured before its own update. */
  readonly train: Scores;
  /** Means over the validation data after the epoch. */
  readonly validation?: Scores;
}

/** An epoch of a run with validation data. */
export interface ValidatedEpoch extends EpochRecord {
  readonly validation: Scores;
}

/** What a run came to. */
export interface FitResult<Epoch extends EpochRecord = EpochRecord> {
  readonly history: readonly Epoch[];
  readonly steps: number;
  /** Samples seen, counted each time. */
  readonly samples: number;
  /** Seconds spent on steps, without validation and callbacks after epochs. */
  readonly seconds: number;
  /** Means over the last epoch, as far as it came; NaN where no step was done. */
  readonly train: Scores;
  /** Why the run ended: all epochs done, a callback or a control stopped it, or the signal. */
  readonly ended: "finished" | "stopped" | "aborted";
  /** What `stop` was told. */
  readonly reason?: string;
  /** The averages of the weights, with `ema`; `average.apply()` puts them into the model. */
  readonly average?: ExponentialMovingAverage;
  /** What went wrong with the newest checkpoint; undefined when it is safe. */
  readonly saveError?: unknown;
}

/**
 * Trains a model on data and returns the history. It yields to the event loop every 16 ms.
 *
 * `const { history } = await fit(model, { train, validation, epochs: 5, batchSize: 64, seed: 1 });`
 * Errors: `NON_FINITE` when the loss stops being a finite number, with epoch, step and learning rate; `BAD_ARGUMENT` when
 * that is because of a label that the model has no score for; `BAD_CHECKPOINT` for a state of another run.
 */
export async function fit<Outputs, Own = Outputs>(
  model: Model<Outputs>,
  options: FitOptions<Own> & { readonly validation: Data },
): Promise<FitResult<ValidatedEpoch>>;
export async function fit<Outputs, Own = Outputs>(
  model: Model<Outputs>,
  options: FitOptions<Own>,
): Promise<FitResult>;
export async function fit<Outputs, Own = Outputs>(
  model: Model<Outputs>,
  options: FitOptions<Own>,
): Promise<FitResult> {
  const { run, validate, resultOf, end } = await beginRun(model, options);
  const saving = new Checkpointing(options.checkpoints, run);
  const callbacks = new Listeners(run);
  const pause = pauser(); // one for all epochs: each may be shorter than the stretch between two pauses
  try {
    await callbacks.start();
    while (run.cursor.epoch < run.epochs && (await learn(run, callbacks, saving, pause))) {
      // Evaluate.
      if (run.done.steps === 0) throw noSamples("training");
      const validation = await validate?.();
      checkValidation(validation, run);
      const record = run.finishEpoch(validation?.scores);
      await callbacks.epoch(record);
      // Save.
      await callbacks.stored(await saving.afterEpoch(record));
    }
    await callbacks.stored(await saving.finish());
  } catch (error) {
    await saving.settle();
    await callbacks.end(resultOf(saving.error), error);
    throw error;
  } finally {
    end();
    await saving.close();
  }
  const result = resultOf(saving.error);
  await callbacks.end(result);
  return result;
}

/** Learns from what is left of a pass; false where the run was stopped before its end. */
async function learn(
  run: LiveRun,
  callbacks: Listeners,
  saving: Checkpointing,
  pause: Pauser,
): Promise<boolean> {
  const { data, accumulate, step, control } = run.parts;
  if (run.cursor.batch === 0) run.tally.clear();
  const feed = new Feed(data, run.cursor, accumulate);
  const clock = stopwatch();
  try {
    while (control.status !== "stopping") {
      // Get a batch, or the several that make one step.
      const coming = feed.next();
      const batches = coming instanceof Promise ? await coming : coming;
      if (batches.length === 0) return true;
      run.done.seconds += clock.lap();
      if (!control.mayStep() && !(await saving.waitForStep(callbacks))) return false;
      clock.lap();
      // Forward, backward, clip, update: one compiled step, see step.ts.
      run.follow();
      const running = step.run(batches);
      const result = running instanceof Promise ? await running : running;
      run.done.seconds += clock.lap();
      // Log.
      const isSound = callbacks.isSound(result);
      if (isSound) run.count(result);
      const heard = isSound ? callbacks.step(result) : callbacks.nonFinite(result, batches);
      if (heard !== undefined) await heard;
      // Save, beside the steps that follow.
      const stored = saving.afterStep();
      if (stored.length > 0) await callbacks.stored(stored);
      if (pause.isDue()) await pause.now();
      clock.lap();
    }
    return false;
  } finally {
    await feed.end();
  }
}
