// The errors for a loss that is no finite number. Labels that the model has no score for are the commonest cause, and
// lowering the learning rate does not cure them, so they are looked for first.

import { ChainruleError } from "../core/errors.ts";
import type { HostTensor } from "../core/host.ts";
import type { Layer } from "../nn/layer.ts";
import { tensor } from "../ops/leaf.ts";
import { crossEntropyOf, type Task } from "./task.ts";

/** Where in a run a loss was measured. */
export interface LossPlace {
  readonly epoch: number;
  readonly step: number;
  readonly learningRate: number;
}

/** The error for a training loss that is no finite number: a wrong label in the batch, or else divergence. */
export function spoiledLoss(
  loss: number,
  where: LossPlace,
  batch: { readonly [field: string]: HostTensor },
  { classifies, inputs, targets, loss: score }: Task,
  model: Layer,
): ChainruleError {
  const own = classifies && score === crossEntropyOf; // another loss may give other labels a meaning
  const label = own ? wrongLabel(batch[inputs], batch[targets], model) : undefined;
  if (label !== undefined) return noSuchClass(label.found, label.classes, targets);
  const { epoch, step } = where;
  return notFinite(`the loss became ${loss} in epoch ${epoch}, step ${step}`, loss, where);
}

/** The error for a validation loss that is NaN: the last updates spoiled the weights. */
export function spoiledValidation(where: LossPlace): ChainruleError {
  return notFinite(`the validation loss is NaN after epoch ${where.epoch}`, Number.NaN, where);
}

/** Finds the first label outside the classes that the model gives scores for. Graphs are lazy: this computes nothing. */
function wrongLabel(
  inputs: HostTensor,
  targets: HostTensor,
  model: Layer,
): { readonly found: number; readonly classes: number } | undefined {
  const { data, shape, dtype } = inputs;
  const classes = model.forward(tensor(data, { shape, dtype })).shape[1];
  const found = Array.from(targets.data).find((label) => label < 0 || label >= classes);
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
