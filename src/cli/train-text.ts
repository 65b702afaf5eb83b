// What `chainrule train` prints around its progress: what is about to be trained, and how well it turned out.

import { currentTarget, nn } from "../index.ts";
import { type Evaluation, type FitResult, libraryVersion } from "../train/node.ts";
import { confusionText } from "./confusion.ts";
import { modelLines } from "./model-text.ts";
import {
  colorsFor,
  duration,
  field,
  grouped,
  number,
  percent,
  plural,
  shownPath,
  widthOf,
  wrap,
} from "./text.ts";
import type { Run } from "./train.ts";

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
  const batches = `batch ${batchSize}, ${plural(epochs, "epoch")}, seed ${seed}`;
  const room = widthOf(stream) - 12;
  const fields = {
    data: wrap(dataText(run), room),
    model: modelLines(run.model, room),
    training: wrap(`${maker}, learning rate ${rate}, ${batches}`, room),
  };
  const lines = Object.entries(fields).flatMap(([label, texts]) =>
    texts.map((text, k) => field(k === 0 ? label : "", text, colors)),
  );
  return `\n  ${colors.bold(run.recipe.name)} ${facts}\n\n${lines.join("")}\n`;
}

/** Says that Ctrl-C was heard. */
export function interruptedText({ steps }: FitResult, stream: NodeJS.WriteStream): string {
  const colors = colorsFor(stream);
  return `\n  ${colors.yellow(`interrupted after ${plural(steps, "step")}; saving the weights so far`)}\n`;
}

/** Lines with the result on the test data, the confusion matrix, and where the run is. */
export function endingText(
  run: Run,
  numbers: Numbers,
  test: Evaluation,
  stream: NodeJS.WriteStream,
): string {
  const colors = colorsFor(stream);
  const { confusion, scores } = test;
  const matrix =
    confusion && confusionText(confusion, classNames(run.data.classes, confusion), stream);
  const speed = `${grouped(numbers.samplesPerSecond)} samples/s`;
  return [
    "\n",
    matrix === undefined ? "" : `${matrix}\n`,
    field("test", colors.bold(scoresText(scores, test.samples)), colors),
    field("time", `${duration(numbers.seconds)} of training, ${speed}`, colors),
    field("saved", shownPath(run.directory), colors),
    "\n",
  ].join("");
}

/** `accuracy 97.78 %, loss 0.0812, 360 samples`. */
export function scoresText(scores: Readonly<Record<string, number>>, samples: number): string {
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

function prefixed(part: string, scores: Readonly<Record<string, number>>): Numbers {
  const named = Object.entries(scores).map(([name, score]) => {
    return [`${part}${name[0].toUpperCase()}${name.slice(1)}`, score] as const;
  });
  return Object.fromEntries(named);
}

function dataText({ data: { train, test, classes, imageShape } }: Run): string {
  const kind = imageShape === undefined ? "samples" : `images of ${imageShape[1]}×${imageShape[2]}`;
  const many = classes === undefined ? "" : `, ${classes.length} classes`;
  return `${grouped(train.size)} ${kind} to learn from, ${grouped(test.size)} to test on${many}`;
}
