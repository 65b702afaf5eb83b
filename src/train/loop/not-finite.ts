// The errors for a loss that is no finite number. Labels that the model has no score for are the commonest cause, and
// lowering the learning rate does not cure them, so they are looked for first.

import { ChainruleError } from "../../core/errors.ts";
import type { Batch } from "../../data/dataset.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { tensor } from "../../ops/leaf.ts";
import type { Evaluation } from "../evaluate.ts";
import { hasOwnLoss, type Model, type Task } from "../task.ts";
import { noSamples } from "./feed.ts";
import type { LiveRun } from "./live-run.ts";
import { forwardOf } from "./measure.ts";

/** Where in a run a loss was measured. */
export interface LossPlace {
  readonly epoch: number;
  readonly step: number;
  readonly learningRate: number;
}

/** The error for a training loss that is no finite number: a wrong label in the batch, or else divergence. */
export function spoiledLoss(
  { loss, ...where }: LossPlace & { readonly loss: number },
  batch: Batch,
  task: Task,
  model: Model<unknown>,
): ChainruleError {
  const label = hasOwnLoss(task) ? undefined : wrongLabel(batch, task, model); // another loss may give other labels a meaning
  if (label !== undefined) return noSuchClass(label.found, label.classes, task.targets);
  const { epoch, step } = where;
  const what = Number.isFinite(loss) ? "gradients are not finite" : `loss became ${loss}`;
  return notFinite(`the ${what} in epoch ${epoch}, step ${step}`, loss, where);
}

/** Refuses a validation loss that is NaN: the last updates spoiled the weights. */
export function checkValidation(validation: Evaluation | undefined, run: LiveRun): void {
  if (validation === undefined) return;
  if (validation.samples === 0) throw noSamples("validation");
  if (!Number.isNaN(validation.scores.loss)) return;
  const { learningRate, cursor, done } = run;
  const where = { epoch: cursor.epoch + 1, step: done.steps, learningRate };
  throw notFinite(`the validation loss is NaN after epoch ${where.epoch}`, Number.NaN, where);
}

/** Finds the first label outside the classes that the model gives scores for. Graphs are lazy: this computes nothing. */
function wrongLabel(
  batch: Batch,
  task: Task,
  model: Model<unknown>,
): { readonly found: number; readonly classes: number } | undefined {
  const tensors = Object.entries(batch).map(([name, { data, shape, dtype }]) => {
    return [name, tensor(data, { shape, dtype })];
  });
  const outputs = forwardOf(task, model, Object.fromEntries(tensors), {}) as Tensor;
  const classes = outputs.shape[1];
  const found = Array.from(batch[task.targets].data).find((label) => label < 0 || label >= classes);
  return found === undefined ? undefined : { found, classes };
}

function noSuchClass(label: number, classes: number, field: string): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "fit",
    problem: `the field "${field}" has the label ${label}, but the model gives ${classes} scores, for classes 0 to ${classes - 1}`,
    fix: "Give the last layer one output per class, and number the classes from 0.",
    detail: { label, classes, field },
  });
}

function notFinite(problem: string, loss: number, where: LossPlace): ChainruleError {
  const { epoch, step, learningRate } = where;
  const rate = Number(learningRate.toPrecision(4));
  const lower = Number((learningRate / 10).toPrecision(2));
  return new ChainruleError({
    code: "NON_FINITE",
    op: "fit",
    problem: `${problem}, at learning rate ${rate}`,
    fix:
      `Lower the learning rate (try ${lower}), limit the gradients ` +
      "({ clip: 1 }), and look for NaN, infinities, huge numbers or wrong labels in the data. The model's weights are spoiled; " +
      "what was saved before is untouched.",
    detail: { loss, epoch, step, learningRate },
  });
}
