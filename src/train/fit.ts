// The training loop on one screen: get a batch, forward, backward, clip, update, log, evaluate, save. Nothing in it is
// private: whoever needs another loop writes these lines with `compile`, `loss.backward()` and `optimizer.step`.

import type { Gradients } from "../autodiff/gradients.ts";
import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import { batches } from "../data/batches.ts";
import type { Dataset } from "../data/dataset.ts";
import { checkWhole } from "../data/order.ts";
import type { Tensor } from "../ir/tensor.ts";
import type { Layer } from "../nn/layer.ts";
import { named } from "../nn/walk.ts";
import { Generator } from "../ops/random.ts";
import { Adam, clipByGlobalNorm } from "../optim/index.ts";
import { type Compiled, compile } from "../runtime/compile.ts";
import { evaluator } from "./evaluate.ts";
import { spoiledLoss, spoiledValidation } from "./not-finite.ts";
import { pauser } from "./pause.ts";
import {
  Means,
  readScores,
  type Scores,
  scoresOf,
  type Task,
  type TaskOptions,
  taskOf,
} from "./task.ts";

/** What `fit` asks of an optimizer; all of `optim` have it. */
export interface Optimizer {
  learningRate: number;
  step(gradients: Gradients): void;
}

export interface FitOptions extends TaskOptions {
  /** Data to learn from. */
  readonly train: Dataset;
  /** Data that `fit` evaluates after each epoch and never learns from. */
  readonly validation?: Dataset;
  /** Default: `new Adam(model)`, which needs the least tuning. */
  readonly optimizer?: Optimizer;
  /** Passes over the data; default 10. */
  readonly epochs?: number;
  /** Samples per step; default 32, small enough for small data sets. */
  readonly batchSize?: number;
  /** Seed of the order of samples and of dropout; default 0. Initial weights come from the default generator. */
  readonly seed?: number;
  /** Learning rate of each step, counted from 0 over the whole run; default: the optimizer's own, unchanged. */
  readonly schedule?: (step: number) => number;
  /** Largest global norm of the gradients, `‖g‖₂`; larger ones are scaled down. Default: no limit. */
  readonly clip?: number;
  /** Functions called on the way; see `Hooks`. */
  readonly hooks?: Hooks;
  /** Ends the run after the step in progress. */
  readonly signal?: AbortSignal;
}

/** Functions that `fit` calls and waits for. */
export interface Hooks {
  /** After each step. */
  readonly onBatch?: (report: BatchReport) => unknown;
  /** After each epoch and its validation; the answer `"stop"` ends the run. */
  readonly onEpoch?: (record: EpochRecord) => unknown;
}

export interface BatchReport {
  /** Epochs count from 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done in the whole run, and how many there will be. */
  readonly step: number;
  readonly steps: number;
  /** Samples seen in the whole run. */
  readonly samples: number;
  readonly learningRate: number;
  /** Loss and metrics of this batch. */
  readonly batch: Scores;
  /** Means over the epoch so far. */
  readonly mean: Scores;
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

export interface FitResult {
  readonly history: readonly EpochRecord[];
  readonly steps: number;
  /** Samples seen, counted each time. */
  readonly samples: number;
  /** Seconds spent on steps, without validation and hooks after epochs. */
  readonly seconds: number;
  /** Means over the last epoch, as far as it came; NaN where no step was done. */
  readonly train: Scores;
  /** Why the run ended: all epochs done, a hook said "stop", or the signal. */
  readonly ended: "finished" | "stopped" | "aborted";
}

/**
 * Trains a model on a data set and returns the history. It yields to the event loop every 16 ms.
 *
 * `const { history } = await fit(model, { train, validation, epochs: 5, batchSize: 64, seed: 1 });`
 * Errors: `NON_FINITE` when the loss stops being a finite number, with epoch, step and learning rate; `BAD_ARGUMENT` when
 * that is because of a label that the model has no score for.
 */
export async function fit(model: Layer, options: FitOptions): Promise<FitResult> {
  checkCall(model, options);
  const { train, validation, epochs = 10, batchSize = 32, seed = 0, hooks = {} } = options;
  checkData(train, epochs);
  named(model);
  const task = taskOf("fit", train, options);
  const optimizer = options.optimizer ?? new Adam(model);
  const trainStep = compileStep(model, task, optimizer, options);
  const measure = evaluator(model, pick(options));
  const order = batches(train, { batchSize, seed, shuffle: true });
  const steps = epochs * order.length;
  const history: EpochRecord[] = [];
  const done = { steps: 0, samples: 0, seconds: 0 };
  const pause = pauser();
  let last = new Means();
  const result = (ended: FitResult["ended"]): FitResult => {
    return { history, ...done, train: last.scores, ended };
  };

  for (let epoch = 1; epoch <= epochs; epoch++) {
    const clock = stopwatch();
    const means = new Means();
    // Get a batch: `pass` shuffles by seed and epoch.
    for (const record of order.pass(epoch - 1)) {
      if (options.signal?.aborted) return result("aborted");
      const { [task.inputs]: inputs, [task.targets]: targets } = record;
      if (options.schedule !== undefined) optimizer.learningRate = options.schedule(done.steps);
      // Forward, backward, clip, update: one compiled step, below.
      const batch = await readScores(trainStep(inputs, targets));
      done.steps++;
      done.samples += targets.shape[0];
      done.seconds += clock.lap();
      // Log.
      const { learningRate } = optimizer;
      const here = { epoch, epochs, step: done.steps, steps, samples: done.samples, learningRate };
      if (!Number.isFinite(batch.loss)) throw spoiledLoss(batch.loss, here, record, task, model);
      means.add(batch, targets.shape[0]);
      last = means;
      await hooks.onBatch?.({ ...here, batch, mean: means.scores });
      await pause();
      clock.lap();
    }
    // Evaluate.
    const { learningRate } = optimizer;
    const measured = validation && (await measure(validation));
    if (measured && measured.samples > 0 && Number.isNaN(measured.scores.loss)) {
      throw spoiledValidation({ epoch, step: done.steps, learningRate });
    }
    const scores = measured && { validation: measured.scores };
    history.push({ epoch, learningRate, ...done, train: means.scores, ...scores });
    // Save: a hook's work, with the record and the model.
    if ((await hooks.onEpoch?.(history[epoch - 1])) === "stop") return result("stopped");
  }
  return result("finished");
}

type TrainStep = Compiled<[inputs: Tensor, targets: Tensor], Record<string, Tensor>>;

function compileStep(
  model: Layer,
  task: Task,
  optimizer: Optimizer,
  options: FitOptions,
): TrainStep {
  const generator = maskGenerator(options.seed ?? 0);
  const trainStep = (inputs: Tensor, targets: Tensor): Record<string, Tensor> => {
    const outputs = model.forward(inputs, { training: true, generator }); // forward
    const scores = scoresOf(task, outputs, targets);
    const gradients = scores.loss.backward(); // backward
    optimizer.step(clipped(gradients, options.clip)); // clip, update
    return scores;
  };
  return compile(trainStep, { name: "fit's training step" });
}

function clipped(gradients: Gradients, limit: number | undefined): Gradients {
  return limit === undefined ? gradients : clipByGlobalNorm(gradients, limit).gradients;
}

/** First draw of masks: far from the draws of initial weights, shuffles and splits of the same seed. */
const firstMaskDraw = 0x102 * 2 ** 32;

function maskGenerator(seed: number): Generator {
  const generator = new Generator();
  generator.restore({ seed, draw: firstMaskDraw });
  return generator;
}

/** Measures the time between laps, in seconds. */
function stopwatch(): { lap(): number } {
  let last = performance.now();
  return {
    lap() {
      const now = performance.now();
      const seconds = (now - last) / 1000;
      last = now;
      return seconds;
    },
  };
}

function pick({ fields, loss, metrics }: TaskOptions): TaskOptions {
  return { fields, loss, metrics };
}

function checkCall(model: unknown, options: unknown): void {
  const hasForward = typeof (model as Partial<Layer> | null)?.forward === "function";
  const { train } = (options ?? {}) as Partial<FitOptions>;
  const hasData = typeof train?.read === "function";
  if (hasForward && hasData) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "fit",
    problem: hasForward
      ? `needs data to learn from; received the options ${showValue(options)}`
      : `needs a model with a forward method; received ${showValue(model)}`,
    fix: "Write fit(model, { train, epochs: 5 }), where train is a Dataset.",
  });
}

function checkData(train: Dataset, epochs: number): void {
  checkWhole("fit", "epochs", epochs, 1);
  if (train.size > 0) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "fit",
    problem: "the training data has no samples",
    fix: "Pass a data set with at least one record.",
  });
}
