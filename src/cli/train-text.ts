// What `chainrule train` prints around its progress: what is about to be trained, and how well it turned out.

import { dirname, join } from "node:path";
import { currentTarget, nn } from "../index.ts";
import { type Data, isLoader } from "../train/loop/feed.ts";
import {
  type Evaluation,
  type FitResult,
  libraryVersion,
  type RecipeOptions,
  type RunDescription,
  type TrainingState,
} from "../train/node.ts";
import { confusionText } from "./confusion.ts";
import { modelLines } from "./model-text.ts";
import type { PreparedRun, Run } from "./run.ts";
import {
  colorsFor,
  duration,
  field,
  fieldLines,
  fieldRoom,
  grouped,
  number,
  percent,
  plural,
  quoted,
  shownPath,
  widthOf,
  wrap,
} from "./text.ts";

/** The numbers that a run ends with; `--json` prints them and `run.json` keeps them. */
export type Numbers = Readonly<Record<string, number>>;

/**
 * Collects the final numbers: `trainLoss` is the mean over the last epoch, each batch measured before its own update;
 * accuracies are fractions, missing where nothing is classified; `seconds` is training without loading and testing.
 */
export function numbersOf({ model }: Run, result: FitResult, test: Evaluation): Numbers {
  const { train, seconds, samples } = result;
  return {
    ...prefixed("train", train),
    ...prefixed("test", test.scores),
    seconds: Number(seconds.toFixed(3)),
    samplesPerSecond: Math.round(samples / Math.max(seconds, 1e-3)),
    parameters: nn.countParameters(model),
  };
}

/** Lines that say what is trained on what. */
export function headingText(run: Run, stream: NodeJS.WriteStream): string {
  const colors = colorsFor(stream);
  const facts = colors.dim(`· chainrule ${libraryVersion()} · ${currentTarget()}`);
  const { optimizer, learningRate, batchSize, epochs, seed } = run.options;
  const maker = run.recipe.optimizer === undefined ? optimizer : "the recipe's optimizer";
  const rate = run.recipe.schedule === undefined ? learningRate : `${learningRate} falling`;
  const size = isLoader(run.data.train) ? "" : `batch ${batchSize}, `; // a loader may have its own
  const passes = `${size}${plural(epochs, "epoch")}, seed ${seed}`;
  const room = fieldRoom(stream);
  const fields = {
    data: wrap(dataText(run), room),
    model: modelLines(run.model, room),
    training: wrap(`${maker}, learning rate ${rate}, ${passes}`, room),
  };
  const lines = Object.entries(fields).map(([label, texts]) => fieldLines(label, texts, colors));
  return `\n  ${colors.bold(run.recipe.name)} ${facts}\n\n${lines.join("")}\n`;
}

/** Says where a run goes on, and what is not as it was. */
export function continuedText(run: Run, state: TrainingState, stream: NodeJS.WriteStream): string {
  const colors = colorsFor(stream);
  const at = `continued after step ${grouped(state.facts.step)}`;
  const notes = [epochsNote(run, state.facts.step), ...surroundingsNotes(run)].filter(Boolean);
  const room = widthOf(stream) - 2;
  const lines = notes.flatMap((note) => wrap(note, room)).map((line) => `  ${line}\n`);
  return `  ${colors.green(at)}\n${colors.yellow(lines.join(""))}\n`;
}

/** What more epochs do to a learning rate that is scheduled over the whole run. */
function epochsNote({ recipe, options, past, data }: PreparedRun, step: number): string {
  if (past === undefined || options.epochs === past.options.epochs) return "";
  const rates = [past.options, options].map((each) => {
    const batches = batchesOf(data.train, each);
    return batches && recipe.schedule?.(each, each.epochs * batches)(step);
  });
  const planned = `${plural(options.epochs, "epoch")} in all, ${past.options.epochs} were planned`;
  if (rates[0] === undefined || rates[1] === undefined) return `${planned}.`;
  return `${planned}: the schedule is one for all of them now. The next learning rate is ${number(rates[1])}; it was to be ${number(rates[0])}.`;
}

/** What was computed elsewhere, or by other code, does not give the bits of a run in one go. */
function surroundingsNotes({ facts, past }: PreparedRun): string[] {
  const notes: string[] = [];
  if (past?.device !== undefined && past.device !== facts.device) {
    notes.push(
      `It was computed on ${past.device} so far and is on ${facts.device} now: close, not equal to the last bit.`,
    );
  }
  if (past?.code !== undefined && past.code.commit !== facts.code?.commit) {
    const now = facts.code?.commit.slice(0, 10) ?? "no commit";
    notes.push(`Its code was at commit ${past.code.commit.slice(0, 10)} and is at ${now} now.`);
  }
  return notes;
}

/** Says that a run has reached its end already. */
export function doneText(
  { epochs, options }: RunDescription,
  directory: string,
  stream: NodeJS.WriteStream,
): string {
  const colors = colorsFor(stream);
  const done = epochs ?? options.epochs;
  const more = `--epochs ${2 * done} would go on from there.`;
  return `\n  ${colors.green(`nothing to continue: ${shownPath(directory)} has all its ${plural(done, "epoch")}`)}\n  ${more}\n\n`;
}

/** Says that Ctrl-C was heard. */
export function interruptedText({ steps }: FitResult, stream: NodeJS.WriteStream): string {
  const colors = colorsFor(stream);
  return `\n  ${colors.yellow(`interrupted after ${plural(steps, "step")}; saving the weights so far`)}\n`;
}

/** The command that continues a run. */
export function howToContinue(
  { directory }: Run,
  word: string,
  stream: NodeJS.WriteStream,
): string {
  const words = ["npx", "chainrule", "train", word, "--out", shownPath(directory), "--resume"];
  return `${field("continue", words.map(quoted).join(" "), colorsFor(stream))}\n`;
}

/** Lines with the result on the test data, the confusion matrix, and where the run is. */
export function endingText(
  run: Run,
  numbers: Numbers,
  test: Evaluation,
  stream: NodeJS.WriteStream,
): string {
  const colors = colorsFor(stream);
  const { confusion } = test;
  const matrix =
    confusion && confusionText(confusion, classNames(run.data.classes, confusion), stream);
  const speed = `${grouped(numbers.samplesPerSecond)} samples/s`;
  return [
    "\n",
    matrix === undefined ? "" : `${matrix}\n`,
    testText(test, stream),
    field("time", `${duration(numbers.seconds)} of training, ${speed}`, colors),
    field("saved", shownPath(run.directory), colors),
    field("report", join(shownPath(run.directory), "report.html"), colors),
    field("studio", `npx chainrule studio ${quoted(shownPath(dirname(run.directory)))}`, colors),
    "\n",
  ].join("");
}

/** The field with the scores on the test data. */
export function testText({ scores, samples }: Evaluation, stream: NodeJS.WriteStream): string {
  const colors = colorsFor(stream);
  const lines = wrap(scoresText(scores, samples), fieldRoom(stream));
  return fieldLines("test", lines.map(colors.bold), colors);
}

/** `accuracy 97.78 %, loss 0.0812, 360 samples`. */
function scoresText(scores: Readonly<Record<string, number>>, samples: number): string {
  const { loss, accuracy, ...others } = scores;
  return [
    ...(accuracy === undefined ? [] : [`accuracy ${percent(accuracy)}`]),
    ...Object.entries(others).map(([name, score]) => `${name} ${number(score)}`),
    `loss ${number(loss)}`,
    plural(samples, "sample"),
  ].join(", ");
}

/** The names of the classes, or their numbers where the recipe gives no names. */
export function classNames(
  names: readonly string[] | undefined,
  { classes }: { readonly classes: number },
): readonly string[] {
  return names ?? Array.from({ length: classes }, (_, k) => String(k));
}

/** Scores as `testLoss`, `testAccuracy`, …. */
export function prefixed(part: string, scores: Readonly<Record<string, number>>): Numbers {
  const named = Object.entries(scores).map(([name, score]) => {
    return [`${part}${name[0].toUpperCase()}${name.slice(1)}`, score] as const;
  });
  return Object.fromEntries(named);
}

function dataText({ data: { train, test, classes, imageShape } }: Run): string {
  const kind = imageShape === undefined ? "samples" : `images of ${imageShape[1]}×${imageShape[2]}`;
  const many = classes === undefined ? "" : `, ${classes.length} classes`;
  const tested = `${grouped(test.size)}${isLoader(train) ? ` ${kind}` : ""}`;
  return `${learnedText(train, kind)} to learn from, ${tested} to test on${many}`;
}

function learnedText(train: Data, kind: string): string {
  if (!isLoader(train)) return `${grouped(train.size)} ${kind}`;
  return train.length === undefined ? "a stream" : plural(train.length, "batch", "batches");
}

/** Batches in a pass, where that is known. */
function batchesOf(train: Data, { batchSize }: RecipeOptions): number | undefined {
  return isLoader(train) ? train.length : Math.ceil(train.size / batchSize);
}
