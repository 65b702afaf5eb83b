// What happens around the steps of a run: functions that `fit` calls and waits for, with the live run that they may steer.
// A callback that remembers something gives its memory to checkpoints, so that a continued run goes on as if it had not
// been interrupted.

import type { HostTensor } from "../core/host.ts";
import type { Json } from "../core/json.ts";
import type { Layer } from "../nn/layer.ts";
import type { ExponentialMovingAverage } from "../optim/index.ts";
import type { EpochRecord, FitResult, Optimizer } from "./fit.ts";
import type { Scores } from "./task.ts";

/** The run in progress, as callbacks see and steer it. */
export interface TrainingRun {
  readonly model: Layer;
  readonly optimizer: Optimizer;
  /** Passes over the data in the whole run, and steps where that is known. */
  readonly epochs: number;
  readonly steps: number | undefined;
  /** What is done so far: whole epochs, steps, samples, and seconds spent on steps. */
  readonly done: {
    readonly epochs: number;
    readonly steps: number;
    readonly samples: number;
    readonly seconds: number;
  };
  readonly history: readonly EpochRecord[];
  readonly status: "running" | "paused" | "stopping";
  /** The averages of the weights, where `fit` was asked for them. */
  readonly average?: ExponentialMovingAverage | undefined;
  /** The learning rate of the next step; setting it also replaces the schedule's choice from there on. */
  learningRate: number;
  /** Waits before the next step until `resume` or `step`. */
  pause(): void;
  resume(): void;
  /** While paused: does one step and pauses again. */
  step(): void;
  /** Ends the run after the step in progress. */
  stop(reason?: string): void;
  /** Asks for a checkpoint after the step in progress. */
  save(reason?: string): void;
}

/** One step that was done. */
export interface StepEvent {
  /** The epoch in progress, counted from 1. */
  readonly epoch: number;
  /** Steps done in the whole run, this one included. */
  readonly step: number;
  readonly samples: number;
  readonly learningRate: number;
  /** Loss and other scalars of this batch. */
  readonly batch: Scores;
  /** Means over the epoch so far; computed when it is read. */
  readonly mean: Scores;
  /** Global norm of the gradients before clipping, where `fit` was asked for it. */
  readonly gradientNorm?: number;
  /**
   * Norm of each parameter's gradient before clipping, `‖∂loss/∂p‖₂` by the path of p, where a callback has asked for it;
   * over all batches of the step. Read from the device when it is called. Frozen parameters, and those that the loss does
   * not depend on, have none.
   */
  readonly gradientNorms?: () => Promise<Readonly<Record<string, number>>>;
}

/** A step whose loss or gradients are no finite numbers. */
export interface NonFiniteEvent {
  /** The epoch in progress, counted from 1. */
  readonly epoch: number;
  readonly step: number;
  readonly loss: number;
  readonly learningRate: number;
  readonly gradientNorm?: number;
}

/** What a callback wants kept in checkpoints. */
export interface CallbackState {
  readonly data?: Json;
  readonly tensors?: ReadonlyMap<string, HostTensor>;
}

/** Functions called on the way; each may return a promise, which is awaited. */
export interface Callback {
  /** Names the callback's state in checkpoints; callbacks with state need different names. */
  readonly name?: string;
  readonly onStart?: (run: TrainingRun) => unknown;
  readonly onStep?: (event: StepEvent, run: TrainingRun) => unknown;
  /** After each epoch and its validation. */
  readonly onEpoch?: (record: EpochRecord, run: TrainingRun) => unknown;
  /** After a checkpoint is safely stored. */
  readonly onCheckpoint?: (
    checkpoint: { readonly name: string; readonly step: number },
    run: TrainingRun,
  ) => unknown;
  /** Asks `fit` to leave everything as it was where a step's loss or gradients are not finite. */
  readonly undoNonFinite?: boolean;
  /** Asks `fit` for the norm of each parameter's gradient, `event.gradientNorms()`; a step then computes them in a little more time. */
  readonly gradientNorms?: boolean;
  /** After a step with numbers that are not finite, in place of `onStep`; unless one answers `"continue"`, the run ends with an error. */
  readonly onNonFinite?: (event: NonFiniteEvent, run: TrainingRun) => unknown;
  /** When the run is over, whatever ended it; `error` is what broke it. */
  readonly onEnd?: (result: FitResult, run: TrainingRun, error?: unknown) => unknown;
  state?(): CallbackState;
  restore?(state: CallbackState): void;
}
