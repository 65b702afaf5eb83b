// What a diagnosis tries: a model on one batch, with the fields, the forward pass and the loss that `fit` would use for them.

import type { Gradients } from "../autodiff/gradients.ts";
import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import type { HostTensor } from "../core/host.ts";
import type { OptionNames } from "../core/option-names.ts";
import type { FieldType } from "../data/dataset.ts";
import { Tensor } from "../ir/tensor.ts";
import { crossEntropy } from "../losses/index.ts";
import type { Context, Layer } from "../nn/layer.ts";
import { constant } from "../ops/leaf.ts";
import { forwardOf, measure } from "../train/loop/measure.ts";
import {
  type Model,
  type Task,
  type TaskOptions,
  type TensorBatch,
  taskOf,
} from "../train/task.ts";

/** A batch: records of each field on axis 0. */
export type ProbeBatch = Readonly<Record<string, HostTensor | Tensor>>;

/** What a probe needs of an optimizer. */
export interface Stepping {
  step(gradients: Gradients): void;
}

/** What is learned, as `fit` takes it, and by which optimizer. */
export interface ProbeOptions
  extends Pick<TaskOptions, "fields" | "forward" | "loss" | "classWeights"> {
  /** For the size of updates and the learning rate. */
  readonly optimizer?: Stepping;
}

/** Names of the options of a probe. */
export const probeNames: OptionNames<ProbeOptions> = {
  fields: true,
  forward: true,
  loss: true,
  classWeights: true,
  optimizer: true,
};

/** What is tried: a model on one batch. */
export interface Probe {
  readonly model: Layer;
  readonly task: Task;
  /** All fields of the batch by name. */
  readonly batch: TensorBatch;
  readonly targets: Tensor;
  readonly forward: (context: Context) => unknown;
  /** A scalar; other targets may stand for those of the batch. */
  readonly loss: (outputs: unknown, targets: Tensor) => Tensor;
  readonly optimizer?: Stepping | undefined;
}

/** Reads what is tried from arguments. */
export async function probeOf(
  op: string,
  model: Layer,
  given: ProbeBatch,
  options: ProbeOptions,
): Promise<Probe> {
  if (typeof (model as Partial<Layer> | null)?.forward !== "function") throw notModel(op, model);
  if (typeof given !== "object" || given === null) throw noBatch(op, given);
  const { optimizer } = options;
  if (optimizer !== undefined && typeof optimizer?.step !== "function")
    throw notOptimizer(op, optimizer);
  const batch = await leavesOf(op, given);
  if (Object.keys(batch).length < 2 && options.fields === undefined) throw noBatch(op, given);
  const task = taskOfBatch(op, batch, options);
  const bare: Task = { ...task, metrics: {} };
  return {
    model,
    task,
    batch,
    targets: batch[task.targets],
    forward: (context) => {
      const outputs = forwardOf(task, model as Model<unknown>, batch, context);
      if (options.loss === undefined && !(outputs instanceof Tensor))
        throw notOneTensor(op, outputs);
      return outputs;
    },
    loss: (outputs, targets) =>
      measure(bare, outputs, { ...batch, [task.targets]: targets }).scores[0].value,
    optimizer,
  };
}

/** The task, with the cross-entropy for class numbers of any shape, such as those of pixels. */
function taskOfBatch(op: string, batch: TensorBatch, options: ProbeOptions): Task {
  const types = Object.entries(batch).map(([name, { dtype, shape }]): [string, FieldType] => {
    return [name, { dtype, shape: shape.slice(1) }];
  });
  const { fields, forward, loss, classWeights } = options;
  const task = taskOf(
    op,
    { fields: Object.fromEntries(types) },
    { fields, forward, loss, classWeights },
  );
  const { dtype, rank } = batch[task.targets];
  if (loss !== undefined || dtype !== "int32" || rank < 2) return task;
  const counted = [task.weights, task.mask, classWeights].some((weights) => weights !== undefined);
  const reduction = counted ? "none" : "mean";
  return { ...task, loss: (outputs: Tensor, t: Tensor) => crossEntropy(outputs, t, { reduction }) };
}

async function leavesOf(op: string, batch: ProbeBatch): Promise<TensorBatch> {
  const leaves = Object.entries(batch).map(async ([field, given]) => {
    const isTensor = given instanceof Tensor;
    if (!isTensor && !(ArrayBuffer.isView(given?.data) && Array.isArray(given.shape)))
      throw noBatch(op, batch);
    const data = isTensor ? await given.data() : given.data;
    const size = given.shape.reduce((product, extent) => product * extent, 1);
    if (size === 0 || data.length !== size) throw notWhole(op, field, given.shape, data.length);
    return [field, constant(data, given.shape, given.dtype)] as const;
  });
  return Object.fromEntries(await Promise.all(leaves));
}

/** The values of a field of the batch. */
export function hostOf({ shape, dtype, value }: Tensor): HostTensor {
  return { shape, dtype, data: value! };
}

function notModel(op: string, model: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `needs a model with a forward method; received ${showValue(model)}`,
    fix: `Write ${op}(model, batch), where batch is e.g. { images, labels }.`,
  });
}

function notOptimizer(op: string, optimizer: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `optimizer is ${showValue(optimizer)}, which has no step`,
    fix: "Pass one of optim, such as new optim.Adam(model), or leave it out.",
  });
}

function notOneTensor(op: string, made: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `the model gives ${showValue(made)}, and one tensor is needed where no loss is given`,
    fix: "Pass the loss that takes these outputs: { loss: (outputs, targets) => … }.",
  });
}

function notWhole(
  op: string,
  field: string,
  shape: readonly number[],
  elements: number,
): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `the batch's field ${JSON.stringify(field)} has ${elements} elements, and the shape [${shape.join(", ")}]`,
    fix: "Give it one or more records, and as many elements as its shape says.",
    detail: { field, shape, elements },
  });
}

function noBatch(op: string, batch: unknown): ChainruleError {
  const given =
    typeof batch === "object" && batch !== null ? Object.keys(batch).join(", ") : showValue(batch);
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `needs a batch with inputs and targets as tensors; received ${given === "" ? "no field" : given}`,
    fix: "Pass a record such as { images, labels }, inputs first, or name them with { fields: { inputs, targets } }.",
  });
}
