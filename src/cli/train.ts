// `chainrule train`: recipe → data → model → fit → test → run directory.

import { join, resolve } from "node:path";
import { ChainruleError, currentTarget, type nn, seed, setTarget } from "../index.ts";
import {
  allHooks,
  checkRecipeData,
  checkRunDirectory,
  checkTrainable,
  type EpochRecord,
  type Evaluation,
  evaluate,
  type FitResult,
  fit,
  type Optimizer,
  optimizerNamed,
  optionsOf,
  type RecipeData,
  type RecipeOptions,
  type RunDescription,
  saveRun,
} from "../train/node.ts";
import { interruption } from "./interruption.ts";
import { type LoadedRecipe, loadRecipe } from "./load-recipe.ts";
import { type Notice, showNotice } from "./notice.ts";
import { type Progress, showProgress, silent } from "./progress.ts";
import { endingText, headingText, interruptedText, type Numbers, numbersOf } from "./train-text.ts";

/** What the command line gives. */
export interface TrainArguments extends Partial<RecipeOptions> {
  readonly target?: string;
  readonly out?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Everything that a run consists of. */
export interface Run extends LoadedRecipe {
  readonly options: RecipeOptions;
  readonly data: RecipeData;
  readonly model: nn.Layer;
  readonly optimizer: Optimizer;
  readonly directory: string;
}

/** Seconds between two savings of a run in progress. */
const savingPause = 5;

const unseen: Notice = { say: () => {}, end: () => {} };

/** Runs the command. */
export async function train(word: string, given: TrainArguments): Promise<void> {
  const { target, out, overwrite, json = false, quiet = false, ...settings } = given;
  const stream = json ? process.stderr : process.stdout;
  const write = (text: string): unknown => quiet || stream.write(text);
  if (target !== undefined) setTarget(target);
  const loaded = await loadRecipe(word);
  const directory = resolve(out ?? defaultDirectory(loaded.recipe.name));
  await checkRunDirectory(directory, { overwrite });
  const notice = quiet ? unseen : showNotice(stream);
  const run = await prepare(loaded, settings, directory, notice);
  write(headingText(run, stream));
  const progress = quiet ? silent : showProgress(stream, run.options.epochs);
  const interrupt = interruption(() => progress.end());
  try {
    const result = await learn(run, progress, interrupt.signal);
    const interrupted = result.ended === "aborted";
    if (interrupted) write(interruptedText(result, stream));
    const test = await evaluate(run.model, run.data.test, run.recipe);
    checkTest(test);
    const numbers = numbersOf(run, result, test);
    await save(run, interrupted ? "interrupted" : "finished", numbers, result.history);
    write(endingText(run, numbers, test, stream));
    if (json) process.stdout.write(`${JSON.stringify(summary(run, result, numbers))}\n`);
    if (interrupted) process.exitCode = 130;
  } finally {
    interrupt.end(); // not before: a Ctrl-C while the finished model is tested and saved must not lose it
  }
}

async function prepare(
  loaded: LoadedRecipe,
  settings: Partial<RecipeOptions>,
  directory: string,
  notice: Notice,
): Promise<Run> {
  const { recipe } = loaded;
  const dataDir = settings.dataDir === undefined ? undefined : resolve(settings.dataDir);
  const options = optionsOf(recipe, { ...settings, dataDir });
  const found = await Promise.resolve(
    recipe.data({ ...options, onProgress: (line) => notice.say(line) }),
  ).finally(() => notice.end());
  const data = checkRecipeData(found, recipe.name);
  seed(options.seed); // initial weights come from here
  const model = recipe.model(options, data);
  checkTrainable(model, recipe.name);
  const optimizer =
    recipe.optimizer?.(model, options) ??
    optimizerNamed(options.optimizer, model, options.learningRate);
  return { ...loaded, options, data, model, optimizer, directory };
}

/** Trains until the end or Ctrl-C, and saves on the way. */
async function learn(run: Run, progress: Progress, signal: AbortSignal): Promise<FitResult> {
  const { recipe, options, data, model, optimizer } = run;
  const { epochs, batchSize } = options;
  const steps = epochs * Math.ceil(data.train.size / batchSize);
  try {
    return await fit(model, {
      ...{ fields: recipe.fields, loss: recipe.loss, metrics: recipe.metrics, clip: recipe.clip },
      ...{ train: data.train, validation: data.test, optimizer, epochs, batchSize },
      seed: options.seed,
      schedule: recipe.schedule?.(options, steps),
      hooks: allHooks(progress.hooks, saving(run)),
      signal,
    });
  } finally {
    progress.end();
  }
}

/** Refuses to save weights that Ctrl-C left spoiled, before the end of an epoch could find out. */
function checkTest({ samples, scores }: Evaluation): void {
  if (samples === 0 || !Number.isNaN(scores.loss)) return;
  throw new ChainruleError({
    code: "NON_FINITE",
    op: "train",
    problem: "the test loss is NaN: the last steps spoiled the weights",
    fix: "They are not saved; what was saved before is untouched. Lower the learning rate and train again.",
  });
}

/** Saves the run after an epoch when the last saving is some seconds ago, so that a crash costs little. */
function saving(run: Run): { onEpoch: (record: EpochRecord) => Promise<void> } {
  const history: EpochRecord[] = [];
  let last = performance.now();
  return {
    async onEpoch(record) {
      history.push(record);
      if (performance.now() - last < savingPause * 1000) return;
      await save(run, "training", {}, history);
      last = performance.now();
    },
  };
}

function save(
  { recipe, module, options, data, model, directory }: Run,
  status: RunDescription["status"],
  results: Numbers,
  history: readonly EpochRecord[],
): Promise<void> {
  const facts = {
    recipe: module === undefined ? { name: recipe.name } : { name: recipe.name, module },
    ...{ options, target: currentTarget(), classes: data.classes, status, results },
  };
  return saveRun(directory, model, facts, history);
}

/** The line that `--json` prints. */
function summary(run: Run, result: FitResult, numbers: Numbers): Record<string, unknown> {
  return {
    recipe: run.recipe.name,
    target: currentTarget(),
    seed: run.options.seed,
    epochs: result.history.length,
    ...numbers,
    interrupted: result.ended === "aborted",
    runDirectory: run.directory,
  };
}

/** `runs/digits-2025-03-04-170859`, in local time. */
function defaultDirectory(name: string): string {
  const now = new Date();
  const two = (n: number): string => String(n).padStart(2, "0");
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join("");
  return join("runs", `${name.replace(/[^\w.-]+/g, "-")}-${day}-${time}`);
}
