// The beginning of a run: checks of what `fit` was given, every default filled in, the compiled step, and the state that
// the run continues from.

import { checkFinite, checkMethod } from "../../core/checks.ts";
import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { checkWhole } from "../../data/order.ts";
import { named } from "../../nn/walk.ts";
import { Adam, ExponentialMovingAverage, LBFGS } from "../../optim/index.ts";
import { checkCallbacks, checkCanCapture, restoreState } from "../checkpoints/capture.ts";
import { checkCheckpoints } from "../checkpoints/checkpointing.ts";
import type { TrainingState } from "../checkpoints/training-state.ts";
import { type Evaluation, evaluator } from "../evaluate.ts";
import type { FitOptions, FitResult } from "../fit.ts";
import { type Model, taskOf } from "../task.ts";
import { FitControl } from "./control.ts";
import { checkData, type Data, fixForData, isData, isLoader, loaderOf } from "./feed.ts";
import { GradientNorms } from "./gradient-norms.ts";
import { LiveRun, type RunParts } from "./live-run.ts";
import { maskGenerator, trainStep } from "./step.ts";

/** A run that is ready for its first step. */
export interface Begun {
  readonly run: LiveRun;
  /** Measures the model on the validation data, where there are any. */
  readonly validate: (() => Promise<Evaluation>) | undefined;
  resultOf(saveError: unknown): FitResult;
  /** Lets go of control and signal. */
  end(): void;
}

const names: OptionNames<FitOptions> = {
  fields: true,
  forward: true,
  loss: true,
  metrics: true,
  classWeights: true,
  train: true,
  validation: true,
  optimizer: true,
  epochs: true,
  batchSize: true,
  accumulate: true,
  seed: true,
  schedule: true,
  warmup: true,
  clip: true,
  gradientNorm: true,
  ema: true,
  callbacks: true,
  control: true,
  checkpoints: true,
  resume: true,
  signal: true,
};

/** Makes a run of the arguments of `fit`. */
export async function beginRun<Outputs>(
  model: Model<unknown>,
  options: FitOptions<Outputs>,
): Promise<Begun> {
  checkCall(model, options);
  await prepared(options.train, options.validation);
  const parts = partsOf(model, options);
  named(model);
  const run = new LiveRun(parts);
  if (options.checkpoints !== undefined) checkCanCapture(run);
  const { control } = run.parts;
  const { signal } = options;
  try {
    const state = await stateToResume(options);
    if (state !== undefined) restoreState(run, state);
    run.plan(options);
    control.attach(run);
  } catch (error) {
    await options.checkpoints?.store.close?.(); // or its lock would be in the way of the next try
    throw error;
  }
  const abort = (): void => control.stop("the signal was aborted");
  signal?.addEventListener("abort", abort);
  if (signal?.aborted) abort();
  let reason: string | undefined;
  return {
    run,
    validate: validation(run, options),
    resultOf: (saveError) => resultOf(run, reason ?? control.reason, options, saveError),
    end() {
      reason = control.reason;
      signal?.removeEventListener("abort", abort);
      control.detach();
    },
  };
}

/** Lets pipelines read a record where they have to before they know their fields. */
export async function prepared(...all: readonly (Data | undefined)[]): Promise<void> {
  for (const data of all) if (isLoader(data)) await data.prepare?.();
}

/** Fills in the defaults and makes the compiled step. */
export function partsOf<Outputs>(model: Model<unknown>, options: FitOptions<Outputs>): RunParts {
  const { epochs = 10, accumulate = 1, seed = 0, callbacks = [], clip, ema } = options;
  const { batchSize, gradientNorm = false, control = new FitControl() } = options;
  const settings = { batchSize, defaultSize: 32, seed, shuffle: true };
  const data = loaderOf("fit", options.train, settings);
  const task = taskOf("fit", data, options);
  const optimizer = options.optimizer ?? new Adam(model);
  const average =
    ema === undefined ? undefined : new ExponentialMovingAverage(model, { decay: ema });
  const generator = maskGenerator(seed);
  const undoNonFinite = callbacks.some((callback) => callback.undoNonFinite === true);
  const areNormsWanted = callbacks.some((callback) => callback.gradientNorms === true);
  const gradientNorms = areNormsWanted ? new GradientNorms(model) : undefined;
  const step = trainStep({
    ...{ model, task, optimizer, generator, average },
    ...{ accumulate, clip, gradientNorm, gradientNorms, undoNonFinite },
  });
  return {
    ...{ model, optimizer, task, data, epochs, accumulate, seed, generator, average },
    ...{ step, gradientNorms, control, callbacks },
  };
}

function validation<Outputs>(
  run: LiveRun,
  options: FitOptions<Outputs>,
): (() => Promise<Evaluation>) | undefined {
  const { validation: data, fields, forward, loss, metrics, classWeights } = options;
  if (data === undefined) return undefined;
  const { average, model } = run.parts;
  const measure = evaluator(model, { fields, forward, loss, metrics, classWeights });
  return () => (average === undefined ? measure(data) : average.during(() => measure(data)));
}

function resultOf<Outputs>(
  { history, done, tally, cursor, parts }: LiveRun,
  reason: string | undefined,
  { signal }: FitOptions<Outputs>,
  saveError: unknown,
): FitResult {
  const { steps, samples, seconds } = done;
  const isFinished = cursor.epoch >= parts.epochs || reason === undefined;
  const stopped = signal?.aborted ? "aborted" : "stopped";
  return {
    ...{ history, steps, samples, seconds },
    train: tally.samples > 0 ? tally.scores : (history.at(-1)?.train ?? { loss: Number.NaN }),
    ended: isFinished ? "finished" : stopped,
    ...(isFinished ? {} : { reason }),
    ...(parts.average && { average: parts.average }),
    ...(saveError !== undefined && { saveError }),
  };
}

async function stateToResume<Outputs>({
  resume,
  checkpoints,
}: FitOptions<Outputs>): Promise<TrainingState | undefined> {
  if (typeof resume === "object" || resume === undefined) return resume;
  if (typeof resume !== "string") throw badResume(resume);
  if (checkpoints === undefined) throw noStore(resume);
  const { store } = checkpoints;
  if (resume === "newest") return store.load();
  const state = await store.load(resume);
  if (state !== undefined) return state;
  throw noCheckpoint(
    resume,
    (await store.list()).map(({ name }) => name),
  );
}

/** Refuses what cannot be a call of `fit`, or of `findRate`, which takes some of its options. */
export function checkCall<Outputs>(model: unknown, options: FitOptions<Outputs>): void {
  const hasForward = typeof (model as Partial<Model> | null)?.forward === "function";
  if (!hasForward || !isData((options as Partial<FitOptions> | undefined)?.train))
    throw badCall(hasForward, model, options);
  checkOptionNames("fit", options, names);
  const { epochs = 10, accumulate = 1, warmup = 0, clip, callbacks = [], checkpoints } = options;
  checkWhole("fit", "epochs", epochs, 1);
  checkWhole("fit", "accumulate", accumulate, 1);
  checkWhole("fit", "warmup", warmup, 0);
  if (clip !== undefined) checkClip(clip);
  if ((options.optimizer as unknown) instanceof LBFGS) throw takesFunctions();
  checkData("fit", options.train);
  if (options.validation !== undefined) checkData("fit", options.validation);
  if (options.optimizer !== undefined) {
    const fix = "Make one for the model: new optim.Adam(model, { learningRate: 1e-3 }).";
    checkMethod("fit", "optimizer", options.optimizer, "step", fix);
  }
  if (options.control !== undefined) checkMethod("fit", "control", options.control, "attach");
  if (options.signal !== undefined)
    checkMethod("fit", "signal", options.signal, "addEventListener");
  checkCallbacks(callbacks);
  if (checkpoints !== undefined) checkCheckpoints(checkpoints);
}

/** A largest norm of 0 would leave nothing of the gradients. */
function checkClip(clip: number): void {
  checkFinite("fit", { clip }, 0);
  if (clip > 0) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "fit",
    problem: "clip is 0, and gradients of norm 0 change nothing",
    fix: "Use a norm above 0, such as 1, or leave clip out for no limit.",
  });
}

function takesFunctions(): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "fit",
    problem:
      "L-BFGS evaluates the loss several times a step, and fit hands optimizers gradients once",
    fix: "Use another optimizer, or a loop of your own: await lbfgs.step(() => loss).",
  });
}

function badCall(hasForward: boolean, model: unknown, options: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "fit",
    problem: hasForward
      ? `needs data to learn from; received the options ${showValue(options)}`
      : `needs a model with a forward method; received ${showValue(model)}`,
    fix: fixForData(
      hasForward ? (options as Partial<FitOptions> | undefined)?.train : undefined,
      "Write fit(model, { train, epochs: 5 }), where train is a Dataset or a Loader.",
    ),
  });
}

function badResume(resume: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "fit",
    problem: `resume is ${showValue(resume)}`,
    fix: 'Pass "newest", the name of a checkpoint, or a state.',
  });
}

function noStore(resume: string): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "fit",
    problem: `there is no store to read the checkpoint ${showValue(resume)} from`,
    fix: "Pass checkpoints: { store } as well, or a state as `resume`.",
  });
}

function noCheckpoint(name: string, known: readonly string[]): ChainruleError {
  return new ChainruleError({
    code: "BAD_CHECKPOINT",
    op: "fit",
    problem: `the store has no checkpoint ${showValue(name)}; it has ${known.join(", ") || "none"}`,
    fix: 'Use one of these names, or resume: "newest".',
    detail: { name, known },
  });
}
