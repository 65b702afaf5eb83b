// `chainrule predict`: what a saved run makes of test samples, or of values from a JSON file.

import { ChainruleError, type HostTensor } from "../index.ts";
import { predict, probabilitiesOf } from "../train/node.ts";
import { predictionText } from "./predict-text.ts";
import { readSamples } from "./samples.ts";
import { type RevivedRun, revive, type SavedArguments } from "./saved.ts";

/** What the command line gives. */
export interface PredictArguments extends SavedArguments {
  readonly index?: readonly number[];
  readonly input?: string;
}

/** One sample with what the model says of it. */
export interface Prediction {
  /** Number of the sample in the test data, or in the file. */
  readonly index: number;
  /** Name of its class, where it is known. */
  readonly actual?: string;
  /** Name of the most probable class and all probabilities, where the model classifies. */
  readonly predicted?: string;
  readonly probabilities?: readonly number[];
  /** What the model gives, where it does not classify. */
  readonly outputs?: readonly number[];
}

/** Samples, and what is known of them. */
interface Samples {
  readonly inputs: HostTensor;
  readonly indices: readonly number[];
  readonly labels?: ArrayLike<number>;
}

/** Runs the command. */
export async function predictRun(directory: string, given: PredictArguments): Promise<void> {
  const run = await revive(directory, given);
  const samples = await samplesOf(run, given);
  const outputs = await predict(run.model, samples.inputs);
  const classes = classesOf(run, outputs);
  const predictions = samples.indices.map((_, k) =>
    predictionOf(run, samples, outputs, classes, k),
  );
  if (given.json) {
    const line = { recipe: run.recipe.name, classes, predictions, runDirectory: run.directory };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  const { imageShape } = run.data;
  const texts = predictions.map((prediction, k) => {
    const image = imageShape && { pixels: row(samples.inputs, k), imageShape };
    return predictionText(prediction, classes, image, process.stdout);
  });
  process.stdout.write(`\n${texts.join("\n")}\n`);
}

async function samplesOf(
  run: RevivedRun,
  { index = [0], input }: PredictArguments,
): Promise<Samples> {
  const { test } = run.data;
  const names = Object.keys(test.fields);
  const { inputs, targets } = run.recipe.fields ?? { inputs: names[0], targets: names[1] };
  if (input !== undefined) {
    const read = await readSamples(input, test.fields[inputs]);
    return { inputs: read, indices: Array.from({ length: read.shape[0] }, (_, k) => k) };
  }
  checkIndices(index, test.size);
  const labels = test.read(targets, index);
  const known = labels.dtype === "int32" && labels.shape.length === 1;
  return {
    inputs: test.read(inputs, index),
    indices: index,
    ...(known ? { labels: labels.data } : {}),
  };
}

/** Names of the classes; undefined where the model does not classify. */
function classesOf(
  { recipe, data }: RevivedRun,
  outputs: HostTensor,
): readonly string[] | undefined {
  if (recipe.outputs === "values" || outputs.shape.length !== 2) return undefined;
  const { fields } = data.test;
  const target = fields[recipe.fields?.targets ?? Object.keys(fields)[1]];
  const labelled =
    data.classes !== undefined || (target.dtype === "int32" && target.shape.length === 0);
  if (!labelled && recipe.outputs === undefined) return undefined;
  return data.classes ?? Array.from({ length: outputs.shape[1] }, (_, k) => String(k));
}

function predictionOf(
  { recipe }: RevivedRun,
  { indices, labels }: Samples,
  outputs: HostTensor,
  classes: readonly string[] | undefined,
  k: number,
): Prediction {
  const index = indices[k];
  if (classes === undefined) return { index, outputs: Array.from(row(outputs, k)) };
  const known = labels === undefined ? {} : { actual: classes[labels[k]] };
  const one = { ...outputs, shape: [1, outputs.shape[1]], data: row(outputs, k) };
  const [probabilities] = probabilitiesOf(one, recipe);
  const best = probabilities.indexOf(Math.max(...probabilities));
  return { index, ...known, predicted: classes[best], probabilities };
}

/** The elements of one sample. */
function row({ data, shape }: HostTensor, k: number): HostTensor["data"] {
  const width = data.length / shape[0];
  return data.subarray(k * width, (k + 1) * width);
}

function checkIndices(indices: readonly number[], size: number): void {
  const outside = indices.find((index) => index >= size);
  if (outside === undefined) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "predict",
    problem: `there is no test sample ${outside}: the test data has ${size} samples`,
    fix: `Use --index 0 to ${size - 1}.`,
    detail: { index: outside, size },
  });
}
