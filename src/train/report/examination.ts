// The model on data it has not learnt from, sample by sample: which class is taken for which, and on which samples it does
// worst. What a report shows of it; `evaluate` gives the exact means.

import type { HostTensor } from "../../core/host.ts";
import { sizeOf } from "../../core/shape.ts";
import { type Dataset, gather } from "../../data/dataset.ts";
import { Tensor } from "../../ir/tensor.ts";
import { ConfusionMatrix } from "../../metrics/index.ts";
import type { Layer } from "../../nn/layer.ts";
import { compile } from "../../runtime/compile.ts";
import { forwardOf, hasScorePerClass } from "../loop/measure.ts";
import { pauser } from "../loop/pause.ts";
import { probabilitiesOf, type Recipe, type RecipeData } from "../runs/recipe.ts";
import { type TensorBatch, taskOf } from "../task.ts";
import type { Examination, WorstExample } from "./report-data.ts";

/** Data to examine a model on, how outputs come from it, and how they are to be read; a recipe with its data fits. */
export interface ExaminationData
  extends Pick<RecipeData, "classes" | "imageShape">,
    Pick<Recipe, "outputs" | "fields" | "forward"> {
  readonly test: Dataset;
}

/** Gives a `data:` URL of a picture of shape `[C, H, W]`. */
export type DrawPicture = (picture: HostTensor) => string;

/** Samples that are looked at, at most; the first of the data. */
const samplesLookedAt = 10_000;
const samplesAtOnce = 250;
const worstKept = 24;

/** A sample and how wrong the model is on it. */
interface Judged {
  readonly index: number;
  readonly loss: number;
  readonly label: string;
  readonly predicted: string;
  readonly probability?: number;
}

/**
 * Examines a model in inference mode, by the recipe's own forward pass where it has one; undefined where outputs are neither
 * scores of the targets' classes nor as many numbers as the targets. Yields to the event loop every 16 ms.
 */
export async function examine(
  model: Layer,
  data: ExaminationData,
  draw?: DrawPicture,
): Promise<Examination | undefined> {
  const { test } = data;
  const task = taskOf("examine", test, data);
  const forward = compile(
    (batch: TensorBatch): Tensor[] => {
      const outputs = forwardOf(task, model, batch, {});
      return outputs instanceof Tensor ? [outputs] : [];
    },
    { name: "examination" },
  );
  const samples = Math.min(test.size, samplesLookedAt);
  const judged: Judged[] = [];
  let confusion: ConfusionMatrix | undefined;
  const pause = pauser();
  for (let start = 0; start < samples; start += samplesAtOnce) {
    const indices = rangeOf(start, Math.min(samples, start + samplesAtOnce));
    const batch = gather(test, indices);
    const [made] = forward(batch);
    if (made === undefined) return undefined;
    const outputs = await hostOf(made);
    const targets = batch[task.targets];
    if (task.classifies && hasScorePerClass(made) && made.rank === 2) {
      confusion ??= new ConfusionMatrix(outputs.shape[1]);
      judged.push(...judgeClasses(outputs, targets, start, data, confusion));
    } else if (outputs.data.length === targets.data.length)
      judged.push(...judgeValues(outputs, targets, start));
    else return undefined;
    judged.sort((a, b) => b.loss - a.loss);
    judged.splice(worstKept);
    if (pause.isDue()) await pause.now();
  }
  const worst = judged.map((sample) => withPicture(sample, data, task.inputs[0], draw));
  if (confusion === undefined) return { samples, worst };
  const classes = classNames(data, confusion.classes);
  return { samples, classes, confusion: Array.from(confusion.counts), worst };
}

function judgeClasses(
  outputs: HostTensor,
  targets: HostTensor,
  start: number,
  data: ExaminationData,
  confusion: ConfusionMatrix,
): Judged[] {
  const names = classNames(data, confusion.classes);
  const all = probabilitiesOf(outputs, data);
  const predicted = all.map((row) => row.indexOf(Math.max(...row)));
  // Labels that are no class, to which a loss of one's own gives a meaning such as "ignore", are left out.
  const isClass = (k: number): boolean =>
    targets.data[k] >= 0 && targets.data[k] < confusion.classes;
  confusion.add(
    targets.data.filter((_: number, k: number) => isClass(k)),
    predicted.filter((_, k) => isClass(k)),
  );
  return all.flatMap((row, k) => {
    if (!isClass(k)) return [];
    const loss = -Math.log(Math.max(row[targets.data[k]], 1e-30));
    const said = predicted[k];
    const [label, guess] = [names[targets.data[k]], names[said]];
    return [{ index: start + k, loss, label, predicted: guess, probability: row[said] }];
  });
}

function judgeValues(outputs: HostTensor, targets: HostTensor, start: number): Judged[] {
  const samples = targets.shape[0];
  const width = outputs.data.length / samples;
  return Array.from({ length: samples }, (_, k) => {
    const said = Array.from(outputs.data.subarray(k * width, (k + 1) * width));
    const truth = Array.from(targets.data.subarray(k * width, (k + 1) * width));
    const loss = said.reduce((sum, y, j) => sum + (y - truth[j]) ** 2, 0) / width;
    return { index: start + k, loss, label: valuesText(truth), predicted: valuesText(said) };
  });
}

function valuesText(values: readonly number[]): string {
  const shown = values.slice(0, 4).map((value) => String(Number(value.toPrecision(4))));
  return values.length > 4 ? `${shown.join(", ")}, …` : shown.join(", ");
}

function classNames({ classes }: ExaminationData, count: number): readonly string[] {
  return Array.from({ length: count }, (_, k) => classes?.[k] ?? String(k));
}

function withPicture(
  sample: Judged,
  data: ExaminationData,
  inputsName: string,
  draw: DrawPicture | undefined,
): WorstExample {
  const { shape } = data.test.fields[inputsName];
  const isPicture =
    shape.length === 3 && [1, 3].includes(shape[0]) && Math.min(...shape.slice(1)) > 3;
  const size = data.imageShape ?? (isPicture ? shape : undefined);
  if (draw === undefined || size === undefined || sizeOf(size) !== sizeOf(shape)) return sample;
  const { dtype, data: pixels } = data.test.read(inputsName, [sample.index]);
  return { ...sample, picture: draw({ dtype, shape: size, data: pixels }) };
}

function rangeOf(start: number, end: number): Int32Array {
  return Int32Array.from({ length: end - start }, (_, k) => start + k);
}

async function hostOf(tensor: Tensor): Promise<HostTensor> {
  return { dtype: tensor.dtype, shape: tensor.shape, data: await tensor.data() };
}
