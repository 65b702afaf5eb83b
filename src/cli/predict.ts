// `chainrule predict`: what a saved run makes of test samples, or of values from a JSON file.

import { type Batch, gather } from "../data/node.ts";
import { ChainruleError, type HostTensor } from "../index.ts";
import { type PredictOptions, predict, probabilitiesOf, type Recipe } from "../train/node.ts";
import { type Task, taskOf } from "../train/task.ts";
import { predictionText } from "./predict-text.ts";
import { readSamples } from "./samples.ts";
import { type RevivedRun, revive, type SavedArguments, tellUnfinished } from "./saved.ts";

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
  /** All fields of test samples; of samples from a file the one that goes in. */
  readonly fields: Batch;
  /** The field that is shown. */
  readonly inputs: HostTensor;
  readonly indices: readonly number[];
  readonly labels?: ArrayLike<number>;
}

/** Runs the command. */
export async function predictRun(directory: string, given: PredictArguments): Promise<void> {
  const run = await revive(directory, given);
  tellUnfinished(run);
  const { recipe, model } = run;
  const task = taskOf("predict", run.data.test, recipe);
  const samples = await samplesOf(run, task, given);
  const forward = forwardOf(recipe, given);
  const outputs = await predict(model, samples.fields, { inputs: task.inputs, forward });
  const classes = classesOf(run, task, outputs);
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
  { data: { test } }: RevivedRun,
  { inputs, targets }: Task,
  { index = [0], input }: PredictArguments,
): Promise<Samples> {
  if (input !== undefined) {
    if (inputs.length > 1) throw severalFields(inputs);
    const read = await readSamples(input, test.fields[inputs[0]]);
    const indices = Array.from({ length: read.shape[0] }, (_, k) => k);
    return { fields: { [inputs[0]]: read }, inputs: read, indices };
  }
  checkIndices(index, test.size);
  const fields = gather(test, index);
  const labels = fields[targets];
  const known = labels.dtype === "int32" && labels.shape.length === 1;
  return {
    fields,
    inputs: fields[inputs[0]],
    indices: index,
    ...(known ? { labels: labels.data } : {}),
  };
}

/** The recipe's own forward pass; of samples from a file it has only the field that goes in. */
function forwardOf({ forward }: Recipe, { input }: PredictArguments): PredictOptions["forward"] {
  if (forward === undefined || input === undefined) return forward;
  return (batch, context) => {
    const guarded = new Proxy(batch, {
      get: (fields, name) => {
        if (typeof name === "symbol" || Object.hasOwn(fields, name))
          return Reflect.get(fields, name);
        throw severalFields([...Object.keys(fields), name]);
      },
    });
    return forward(guarded, context);
  };
}

/** Names of the classes; undefined where the model does not classify. */
function classesOf(
  { recipe, data }: RevivedRun,
  { targets }: Task,
  outputs: HostTensor,
): readonly string[] | undefined {
  if (recipe.outputs === "values" || outputs.shape.length !== 2) return undefined;
  const target = data.test.fields[targets];
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

function severalFields(names: readonly string[]): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "predict",
    problem: `a file holds the values of one field, and the model takes ${names.join(", ")}`,
    fix: "Use samples of the test data: --index 0 1 2.",
    detail: { fields: names },
  });
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
