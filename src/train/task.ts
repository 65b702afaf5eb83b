// What is learned: which fields of the data go in and what should come out, the loss, the metrics beside it, and how much
// each sample counts. Shared by `fit`, `evaluate` and whoever writes a loop of their own. Measuring is in `measure.ts`.

import { checkFunction } from "../core/checks.ts";
import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import { checkOptionNames, type OptionNames } from "../core/option-names.ts";
import { sameShape } from "../core/shape.ts";
import type { FieldType } from "../data/dataset.ts";
import { Tensor } from "../ir/tensor.ts";
import { crossEntropy, meanSquaredError } from "../losses/index.ts";
import { accuracy, predictions } from "../metrics/index.ts";
import type { Metric } from "../metrics/metric.ts";
import type { Context } from "../nn/layer.ts";

/** A batch inside a compiled step: all fields of the data by name. */
export type TensorBatch = Readonly<Record<string, Tensor>>;

/** What `fit` and `evaluate` ask of a model: `forward` takes the inputs and then the context. */
export interface Model<Outputs = Tensor> {
  forward(...inputsAndContext: never): Outputs;
}

/**
 * A number per batch from a model's outputs and the targets: a mean, or one number per sample, which is averaged. A function
 * with a third parameter gets the other fields in it.
 */
export type Score<Outputs = Tensor> = (
  outputs: Outputs,
  targets: Tensor,
  batch: TensorBatch,
) => Tensor;

/** As a score; a record of terms is summed, and each term is reported by its name. */
export type Loss<Outputs = Tensor> = (
  outputs: Outputs,
  targets: Tensor,
  batch: TensorBatch,
) => Tensor | Readonly<Record<string, Tensor>>;

/** Means over all samples: `loss`, and one number per loss term and metric. */
export interface Scores {
  readonly loss: number;
  readonly [metric: string]: number;
}

/** Which fields of the data are what. */
export interface Fields {
  /** What goes into `forward`, several in their order; default: the first field. */
  readonly inputs?: string | readonly string[];
  /** What should come out; default: the first field that is nothing else. */
  readonly targets?: string;
  /** How much each sample counts. Shape of the field: `[]`. */
  readonly weights?: string;
  /** 1 or true where the targets count, for sequences of different lengths. Shape of the field: `[]` or `[T]`. */
  readonly mask?: string;
}

/** What is learned: fields, loss and metrics. */
export interface TaskOptions<Outputs = Tensor> {
  /** Names of fields; default: the first goes in and the second should come out. */
  readonly fields?: Fields;
  /** How outputs come from a batch; default: `model.forward(...inputs, context)`. */
  readonly forward?: (batch: TensorBatch, context: Context) => Outputs;
  /**
   * Default: cross-entropy from logits where the targets are class numbers (int32), else the mean squared error. With
   * weights or a mask a loss of your own returns one number per sample or element (`reduction: "none"`); of several terms at
   * least one does, and scalars beside it, such as a penalty on weights, count as they are.
   */
  readonly loss?: Loss<Outputs>;
  /** What to report beside the loss; default: `{ accuracy }` where the targets are class numbers. */
  readonly metrics?: Readonly<Record<string, Score<Outputs> | Metric>>;
  /** How much each class counts in the loss, for classes of different frequency: the mean is `Σ w·l / Σ w`. */
  readonly classWeights?: readonly number[];
}

/** A task with every default filled in for one kind of data. */
export interface Task {
  /** Names of all fields, in the order in which compiled steps take them. */
  readonly names: readonly string[];
  readonly inputs: readonly string[];
  readonly targets: string;
  readonly weights?: string;
  readonly mask?: string;
  readonly classWeights?: readonly number[];
  readonly forward?: (batch: TensorBatch, context: Context) => unknown;
  readonly loss: Loss<never>;
  readonly metrics: Readonly<Record<string, Score<never> | Metric>>;
  /** Whether the targets are class numbers and the outputs one score per class. */
  readonly classifies: boolean;
}

/** Fills in what the options leave open, from the fields of the data. */
export function taskOf<Outputs = Tensor>(
  op: string,
  { fields }: { readonly fields: Readonly<Record<string, FieldType>> },
  options: TaskOptions<Outputs>,
): Task {
  const names = Object.keys(fields ?? {});
  const { loss, forward } = options;
  if (options.fields !== undefined) checkOptionNames(`${op} fields`, options.fields, fieldNames);
  if (loss !== undefined) checkFunction(op, "loss", loss);
  if (forward !== undefined) checkFunction(op, "forward", forward);
  const chosen = chooseFields(op, names, options.fields ?? {});
  const { weights, mask } = chosen;
  const classifies = isClassNumber(fields[chosen.targets]);
  const counted = weights !== undefined || mask !== undefined || options.classWeights !== undefined;
  if (options.classWeights !== undefined)
    checkClassWeights(op, options.classWeights, fields[chosen.targets]);
  for (const [name, metric] of Object.entries(options.metrics ?? {})) checkMetric(op, name, metric);
  const share: Score = counted ? isRight : accuracyOf;
  return {
    names,
    ...chosen,
    classWeights: options.classWeights,
    classifies,
    forward,
    loss: loss ?? defaultLoss(classifies, counted),
    metrics: options.metrics ?? (classifies ? { accuracy: share } : {}),
  };
}

/** Whether a metric is made of statistics, and not a mean. */
export function isMetric(metric: Score<never> | Metric): metric is Metric {
  return typeof metric !== "function";
}

/** The default loss for class numbers: cross-entropy of logits. */
const crossEntropyOf: Score = (outputs, targets) => crossEntropy(outputs, targets);
/** The same for each target, to be weighted. */
const crossEntropiesOf: Score = (outputs, targets) =>
  crossEntropy(outputs, targets, { reduction: "none" });
/** The default metric for class numbers: the share of right ones. */
export const accuracyOf: Score = (outputs, targets) => accuracy(outputs, targets);

/** The default loss for numbers: the mean squared error. */
const meanSquaredErrorOf: Score = (outputs, targets) =>
  meanSquaredError(outputs, comparable(outputs, targets));
const squaredErrorsOf: Score = (outputs, targets) =>
  meanSquaredError(outputs, comparable(outputs, targets), { reduction: "none" });

/** Targets of the outputs' shape. Errors: `SHAPE_MISMATCH`, which says what is mostly meant. */
function comparable(outputs: Tensor, targets: Tensor): Tensor {
  if (!(outputs instanceof Tensor) || sameShape(outputs.shape, targets.shape)) return targets;
  const { shape } = outputs;
  const isColumn =
    shape.length === targets.rank + 1 && sameShape(shape.slice(0, -1), targets.shape);
  const isClass = isColumn && shape.at(-1)! > 1;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "loss",
    problem: `the model gives ${showValue(outputs)} and the targets are ${showValue(targets)}, which the default loss, the mean squared error, cannot compare`,
    fix: isClass
      ? 'Targets that are numbers of classes need the element type int32, { data, dtype: "int32" }, and cross-entropy is the default.'
      : isColumn
        ? "Give each target the shape of an output, { data, shape: [1] }, or take the last axis from the outputs in a `forward`."
        : "Change the model's last layer or the targets, or pass a loss.",
    detail: { outputs: shape, targets: targets.shape },
  });
}

const isRight: Score = (outputs, targets) => predictions(outputs).equal(targets).cast("float32");

/** Whether a task has another loss than the cross-entropy that class numbers have by default. */
export function hasOwnLoss({ loss }: Task): boolean {
  return loss !== crossEntropyOf && loss !== crossEntropiesOf;
}

/** Whether a metric is the one that class numbers have by default. */
export function isAccuracy(metric: Score<never> | Metric): boolean {
  return metric === accuracyOf || metric === isRight;
}

function defaultLoss(classifies: boolean, counted: boolean): Score {
  if (classifies) return counted ? crossEntropiesOf : crossEntropyOf;
  return counted ? squaredErrorsOf : meanSquaredErrorOf;
}

const fieldNames: OptionNames<Fields> = { inputs: true, targets: true, weights: true, mask: true };

type ChosenFields = Pick<Task, "inputs" | "targets" | "weights" | "mask">;

function chooseFields(op: string, names: readonly string[], fields: Fields): ChosenFields {
  const { weights, mask } = fields;
  const free = names.filter((name) => name !== weights && name !== mask);
  const given = fields.inputs ?? free[0];
  const inputs = (typeof given === "string" || given === undefined ? [given] : given) as string[];
  const targets = fields.targets ?? free.find((name) => !inputs.includes(name));
  const optional = [weights, mask].filter((name) => name !== undefined);
  for (const field of [...inputs, targets, ...optional])
    if (field === undefined || !names.includes(field)) throw noSuchField(op, field, names);
  return { inputs, targets: targets!, weights, mask };
}

function isClassNumber({ dtype, shape }: FieldType): boolean {
  return dtype === "int32" && shape.length === 0;
}

/** A class in place of a metric would be called without `new`. */
function checkMetric(op: string, name: string, metric: unknown): void {
  const isClass = typeof (metric as Partial<{ prototype: Metric }>)?.prototype?.statistics;
  const isOne = typeof (metric as Partial<Metric> | null)?.statistics === "function";
  if (isOne || (typeof metric === "function" && isClass !== "function")) return;
  const className = typeof metric === "function" ? metric.name : undefined;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `the metric "${name}" is ${className === undefined ? showValue(metric) : `the class ${className}`}`,
    fix:
      className === undefined
        ? "Pass a function (outputs, targets) => tensor, or a metric such as new metrics.FScore()."
        : `Write new ${className}().`,
    detail: { metric: name },
  });
}

function checkClassWeights(op: string, weights: readonly number[], targets: FieldType): void {
  const usable =
    typeof weights === "object" &&
    Array.from(weights ?? []).some((w) => w > 0) &&
    Array.from(weights).every((w) => Number.isFinite(w) && w >= 0);
  if (usable && targets.dtype === "int32") return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: usable
      ? `classWeights need targets that are class numbers (int32); the targets are ${targets.dtype}`
      : `classWeights are finite numbers ≥ 0, one per class, and not all 0; received ${showValue(weights)}`,
    fix: usable
      ? "Name the field with class numbers: { fields: { targets: … } }."
      : "Pass for instance 1 / (frequency of the class).",
    detail: { classWeights: weights },
  });
}

function noSuchField(
  op: string,
  field: string | undefined,
  names: readonly string[],
): ChainruleError {
  const had = names.length === 0 ? "none" : names.join(", ");
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem:
      field === undefined
        ? `the data set needs two fields, inputs and targets; it has ${had}`
        : `the data set has no field "${field}"; its fields are ${had}`,
    fix: 'Name them: { fields: { inputs: "images", targets: "labels" } }.',
    detail: { field, fields: names },
  });
}
