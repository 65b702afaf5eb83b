// What is learned: which fields of a data set are inputs and targets, the loss, and the metrics beside it. Shared by
// `fit`, `evaluate` and whoever writes a loop of their own.

import { ChainruleError } from "../core/errors.ts";
import type { Dataset, FieldType } from "../data/dataset.ts";
import { Tensor } from "../ir/tensor.ts";
import { crossEntropy, meanSquaredError } from "../losses/index.ts";
import { accuracy } from "../metrics/index.ts";

/** A scalar computed from a model's outputs and the targets: a loss or a metric, as the mean over the batch. */
export type Score = (outputs: Tensor, targets: Tensor) => Tensor;

/** Means over all samples: `loss`, and one number per metric. */
export interface Scores {
  readonly loss: number;
  readonly [metric: string]: number;
}

export interface TaskOptions {
  /** Names of the fields that go in and that should come out; default: the first and the second field. */
  readonly fields?: { readonly inputs: string; readonly targets: string };
  /** Default: cross-entropy from logits where the targets are class numbers (int32), else the mean squared error. */
  readonly loss?: Score;
  /** Means over the batch to report beside the loss; default: `{ accuracy }` where the targets are class numbers. */
  readonly metrics?: Readonly<Record<string, Score>>;
}

/** A task with every default filled in for one data set. */
export interface Task {
  readonly inputs: string;
  readonly targets: string;
  readonly loss: Score;
  readonly metrics: Readonly<Record<string, Score>>;
  /** Whether the targets are class numbers and the outputs one score per class. */
  readonly classifies: boolean;
}

/** Fills in what the options leave open, from the fields of the data set. */
export function taskOf(op: string, dataset: Dataset, options: TaskOptions): Task {
  const names = Object.keys(dataset.fields);
  const { inputs, targets } = options.fields ?? { inputs: names[0], targets: names[1] };
  for (const field of [inputs, targets])
    if (!names.includes(field)) throw noSuchField(op, field, names);
  const classifies = isClassNumber(dataset.fields[targets]);
  return {
    inputs,
    targets,
    classifies,
    loss: options.loss ?? (classifies ? crossEntropyOf : meanSquaredErrorOf),
    metrics: options.metrics ?? (classifies ? { accuracy: accuracyOf } : {}),
  };
}

/** Computes loss and metrics of a batch, as a record of scalars. Errors: `BAD_ARGUMENT` for outputs that are no tensor. */
export function scoresOf(
  { loss, metrics }: Task,
  outputs: Tensor,
  targets: Tensor,
): Record<string, Tensor> & { loss: Tensor } {
  if (!(outputs instanceof Tensor)) throw noTensor(outputs);
  const others = Object.entries(metrics).map(([name, metric]) => [name, metric(outputs, targets)]);
  return { ...Object.fromEntries(others), loss: loss(outputs, targets) };
}

/** Means of scores over samples: a batch counts by its size, so a short last batch counts less. */
export class Means {
  #samples = 0;
  readonly #sums = new Map<string, number>();

  add(scores: Scores, samples: number): void {
    this.#samples += samples;
    for (const [name, score] of Object.entries(scores)) {
      this.#sums.set(name, (this.#sums.get(name) ?? 0) + score * samples);
    }
  }

  /** Number of samples added. */
  get samples(): number {
    return this.#samples;
  }

  /** The means so far; the loss comes first. */
  get scores(): Scores {
    const means = [...this.#sums].map(([name, sum]) => [name, sum / this.#samples] as const);
    const { loss, ...others } = Object.fromEntries(means);
    return { loss: loss ?? Number.NaN, ...others };
  }
}

/** Reads the scalars that a compiled step returned. */
export async function readScores(tensors: Readonly<Record<string, Tensor>>): Promise<Scores> {
  const scores: Record<string, number> = {};
  for (const [name, tensor] of Object.entries(tensors)) scores[name] = await tensor.item();
  return scores as Record<string, number> & { loss: number };
}

/** The default loss for class numbers: cross-entropy of logits. */
export const crossEntropyOf: Score = (outputs, targets) => crossEntropy(outputs, targets);
const meanSquaredErrorOf: Score = (outputs, targets) => meanSquaredError(outputs, targets);
const accuracyOf: Score = (outputs, targets) => accuracy(outputs, targets);

function isClassNumber({ dtype, shape }: FieldType): boolean {
  return dtype === "int32" && shape.length === 0;
}

function noTensor(outputs: unknown): ChainruleError {
  const promise = outputs instanceof Promise;
  const found = promise ? "a promise" : outputs === undefined ? "undefined" : typeof outputs;
  return new ChainruleError({
    code: promise ? "ASYNC_IN_TRACE" : "BAD_ARGUMENT",
    op: "forward",
    problem: `the model's forward must return a tensor; it returned ${found}`,
    fix: promise
      ? "Make forward synchronous: tensors are lazy, there is nothing to await."
      : "Return the outputs from forward.",
    detail: { found },
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
