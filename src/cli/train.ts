// `chainrule train`: recipe → data → model → fit → test → run directory. `--resume` goes on where a run stands.

import { dirname, resolve } from "node:path";
import { ChainruleError, currentTarget, setTarget } from "../index.ts";
import { isLoader } from "../train/loop/feed.ts";
import {
  type CheckpointOptions,
  checkRunDirectory,
  type Evaluation,
  evaluate,
  FitControl,
  type FitResult,
  fit,
  type Progress,
  type RecipeOptions,
  type RunDescription,
  remoteControl,
} from "../train/node.ts";
import { checkSameRun, isDone, runToContinue } from "../train/runs/node-continue.ts";
import { taskOptionsOf } from "../train/runs/recipe.ts";
import { findingsText } from "./findings-text.ts";
import { type Interruption, interruption } from "./interruption.ts";
import { loadRecipe } from "./load-recipe.ts";
import { type Notice, showNotice } from "./notice.ts";
import { sayAbove, showProgress, silent, warning } from "./progress.ts";
import { recording, reportAgain, reportIfOld } from "./recording.ts";
import { defaultDirectory, fitOptionsOf, openPlace, prepare, type Run, settingsOf } from "./run.ts";
import { save, saving } from "./run-saving.ts";
import {
  continuedText,
  doneText,
  endingText,
  headingText,
  howToContinue,
  interruptedText,
  type Numbers,
  numbersOf,
} from "./train-text.ts";

/** What the command line gives. */
export interface TrainArguments extends Partial<RecipeOptions> {
  readonly target?: string;
  readonly out?: string;
  readonly overwrite?: boolean;
  readonly resume?: boolean;
  readonly checkpointEvery?: Rhythm;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly studio?: boolean;
  readonly open?: boolean;
}

/** When checkpoints are due. */
export type Rhythm = Pick<CheckpointOptions, "everySteps" | "everySeconds">;

/** The command as it was given, and where it prints. */
interface Call {
  readonly word: string;
  readonly given: TrainArguments;
  readonly stream: NodeJS.WriteStream;
  readonly write: (text: string) => unknown;
}

/** What watches and steers a run while it learns. */
interface Learning {
  readonly rhythm: Rhythm;
  readonly progress: Progress;
  readonly control: FitControl;
  /** Where `progress` writes. */
  readonly stream: NodeJS.WriteStream;
}

/** Default of `--checkpoint-every`: a crash costs at most so much. */
const usualRhythm: Rhythm = { everySeconds: 10 };

const unseen: Notice = { say: () => {}, end: () => {} };

/** Runs the command. */
export async function train(word: string, given: TrainArguments): Promise<void> {
  const directory = await trainRun(word, given);
  const isInterrupted = Boolean(process.exitCode);
  if (!given.studio || isInterrupted) return;
  const { serveTrained } = await import("./studio.ts");
  const folder = given.out === undefined ? dirname(directory) : directory;
  await serveTrained(folder, given.open ?? true);
}

/** Trains, saves, and returns the run's directory. */
async function trainRun(word: string, given: TrainArguments): Promise<string> {
  const { json = false, quiet = false, resume = false, overwrite = false } = given;
  const stream = json ? process.stderr : process.stdout;
  const call: Call = { word, given, stream, write: (text) => quiet || stream.write(text) };
  if (resume && given.out === undefined) throw needsOut();
  const past = resume ? await runToContinue(given.out!) : undefined;
  const target = given.target ?? past?.target;
  if (target !== undefined) setTarget(target);
  const loaded = await loadRecipe(word);
  const directory = resolve(given.out ?? defaultDirectory(loaded.recipe.name));
  const options = settingsOf(given);
  if (past === undefined) await checkRunDirectory(directory, { overwrite });
  else {
    const recipe = { name: loaded.recipe.name };
    checkSameRun(directory, past, { recipe, options, target: given.target });
    if (isDone(past, options.epochs)) {
      await reportIfOld(directory);
      tellDone(past, directory, call);
      return directory;
    }
  }
  const notice = quiet ? unseen : showNotice(stream);
  const prepared = await prepare(loaded, options, past, notice);
  const run = await openPlace(prepared, { directory, overwrite });
  try {
    await learnAndSave(run, call);
  } finally {
    await run.place.close();
    if (isLoader(run.data.train)) await run.data.train.close?.();
  }
  return directory;
}

/** From the first step to the last file. */
async function learnAndSave(run: Run, { word, given, stream, write }: Call): Promise<void> {
  const progress = given.quiet ? silent : showProgress(stream);
  const control = new FitControl();
  const interrupt = interruption(control, () => progress.end());
  try {
    write(headingText(run, stream));
    if (run.state !== undefined) write(continuedText(run, run.state, stream));
    const rhythm = given.checkpointEvery ?? usualRhythm;
    const says = given.quiet ? process.stderr : stream; // as `silent` does
    const result = await learn(run, { rhythm, progress, control, stream: says });
    const interrupted = result.ended !== "finished";
    if (interrupted) write(interruptedText(result, stream));
    const test = await evaluate(run.model, run.data.test, taskOptionsOf(run.recipe));
    checkTest(test);
    const numbers = numbersOf(run, result, test);
    await save(run, interrupted ? "interrupted" : "finished", result.history, numbers);
    await reportAgain(run);
    write(endingText(run, numbers, test, stream));
    if (interrupted) write(howToContinue(run, word, stream));
    if (given.json) process.stdout.write(`${JSON.stringify(summary(run, result, numbers))}\n`);
    if (interrupted) process.exitCode = exitCodeOf(interrupt);
  } catch (error) {
    const isSaving = error instanceof ChainruleError && error.code === "WRITE_FAILED";
    if (isSaving) write(`\n${howToContinue(run, word, stream)}`); // when there is room again
    throw error;
  } finally {
    interrupt.end(); // not before: a Ctrl-C while the finished model is tested and saved must not lose it
  }
}

/** Trains until the end or Ctrl-C, and saves on the way; a run that breaks before its first checkpoint leaves nothing. */
async function learn(
  run: Run,
  { rhythm, progress, control, stream }: Learning,
): Promise<FitResult> {
  const { data, model, place, state } = run;
  const watch = saving(run, (text) => progress.say(warning(text, stream)));
  const record = recording(run, (findings) => {
    const text = findingsText(findings, stream);
    if (text !== "") progress.say(text);
  });
  const giveBack = sayAbove(progress, stream);
  const discard = (): void => place.discardUnlessSaved();
  process.on("exit", discard); // a promise of the recipe's that nobody catches ends the process at once
  try {
    return await fit(model, {
      ...fitOptionsOf(run),
      validation: data.test,
      callbacks: [progress, watch.callback, record, remoteControl(run.directory)],
      checkpoints: { store: place.checkpoints, ...rhythm, onError: watch.onError },
      ...{ control, resume: state },
    });
  } catch (error) {
    discard();
    throw error;
  } finally {
    process.off("exit", discard);
    giveBack();
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

function exitCodeOf({ exitCode }: Interruption): number {
  return exitCode ?? 0; // stopped by a callback of the recipe
}

/** The line that `--json` prints. */
function summary(run: Run, result: FitResult, numbers: Numbers): Record<string, unknown> {
  return {
    recipe: run.recipe.name,
    target: currentTarget(),
    seed: run.options.seed,
    epochs: result.history.length,
    ...numbers,
    interrupted: result.ended !== "finished",
    runDirectory: run.directory,
  };
}

/** Says that there is nothing left to do. */
function tellDone(past: RunDescription, directory: string, { given, stream, write }: Call): void {
  write(doneText(past, directory, stream));
  if (!given.json) return;
  const { recipe, target, options, results } = past;
  const facts = { recipe: recipe.name, target, seed: options.seed, epochs: past.epochs };
  const line = { ...facts, ...results, interrupted: false, runDirectory: directory };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function needsOut(): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "train",
    problem: "--resume does not say which run",
    fix: "Name its directory: --out runs/… --resume.",
  });
}
