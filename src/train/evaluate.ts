// Measuring a model: mean loss and metrics over a data set, its predictions, and which class it takes for which.

import { hostArray } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import type { HostTensor } from "../core/host.ts";
import { sizeOf } from "../core/shape.ts";
import { batches } from "../data/batches.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Tensor } from "../ir/tensor.ts";
import { ConfusionMatrix, predictions } from "../metrics/index.ts";
import type { Layer } from "../nn/layer.ts";
import { compile } from "../runtime/compile.ts";
import { pauser } from "./pause.ts";
import { Means, readScores, type Scores, scoresOf, type TaskOptions, taskOf } from "./task.ts";

export interface EvaluateOptions extends TaskOptions {
  /** Samples at a time; default 250, which changes speed and memory but no result. */
  readonly batchSize?: number;
}

/** A model measured on a data set. */
export interface Evaluation {
  readonly samples: number;
  /** Means over the samples. */
  readonly scores: Scores;
  /** For classification: the class of each sample as the model sees it. */
  readonly predicted?: Int32Array;
  /** For classification: which class was taken for which. */
  readonly confusion?: ConfusionMatrix;
}

/**
 * Measures a model on a data set, in inference mode.
 *
 * `const { scores, confusion } = await evaluate(model, test);`
 */
export function evaluate(
  model: Layer,
  dataset: Dataset,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  return evaluator(model, options)(dataset);
}

/** Makes an `evaluate` that keeps its compiled forward pass from call to call. */
export function evaluator(
  model: Layer,
  options: EvaluateOptions = {},
): (dataset: Dataset) => Promise<Evaluation> {
  let forward: ((inputs: HostTensor, targets: HostTensor) => Outcome) | undefined;
  return async (dataset) => {
    const task = taskOf("evaluate", dataset, options);
    forward ??= compile(
      (inputs: Tensor, targets: Tensor): Outcome => {
        const outputs = model.forward(inputs);
        const scores = scoresOf(task, outputs, targets);
        if (!task.classifies) return { scores };
        return { scores, classes: outputs.shape[1], predicted: predictions(outputs) };
      },
      { name: "evaluate's forward pass" },
    );
    const means = new Means();
    const predicted = new Int32Array(task.classifies ? dataset.size : 0);
    let confusion: ConfusionMatrix | undefined;
    const pause = pauser();
    for (const batch of batches(dataset, { batchSize: options.batchSize ?? 250 })) {
      const { [task.inputs]: inputs, [task.targets]: targets } = batch;
      const outcome = forward(inputs, targets);
      if (outcome.predicted !== undefined) {
        const found = await outcome.predicted.data();
        predicted.set(found, means.samples);
        confusion ??= new ConfusionMatrix(outcome.classes!);
        confusion.add(targets.data, found);
      }
      means.add(await readScores(outcome.scores), targets.shape[0]);
      await pause();
    }
    const { samples, scores } = means;
    if (confusion === undefined) return { samples, scores };
    // Counted, where the mean over batches would be rounded.
    const exact = scores.accuracy === undefined ? scores : withAccuracy(scores, confusion.accuracy);
    return { samples, scores: exact, predicted, confusion };
  };
}

export interface PredictOptions {
  /** Samples at a time; default 250. */
  readonly batchSize?: number;
}

/**
 * Computes a model's outputs for inputs that need not fit into one batch, in inference mode.
 *
 * Shape: `[N, …] → [N, …outputs]`.
 */
export async function predict(
  model: Layer,
  inputs: HostTensor,
  { batchSize = 250 }: PredictOptions = {},
): Promise<HostTensor> {
  const count = inputs.shape[0] ?? 0;
  if (count === 0) throw nothingToPredict(inputs);
  const forward = compile((x: Tensor): Tensor => model.forward(x), {
    name: "predict's forward pass",
  });
  const width = sizeOf(inputs.shape.slice(1));
  const parts: Tensor[] = [];
  for (let start = 0; start < count; start += batchSize) {
    const rows = Math.min(batchSize, count - start);
    const data = inputs.data.slice(start * width, (start + rows) * width);
    parts.push(forward({ dtype: inputs.dtype, shape: [rows, ...inputs.shape.slice(1)], data }));
  }
  const [{ dtype, shape }] = parts;
  const data = hostArray(dtype, count * sizeOf(shape.slice(1)));
  let filled = 0;
  for (const part of parts) {
    data.set(await part.data(), filled);
    filled += part.size;
  }
  return { dtype, shape: [count, ...shape.slice(1)], data };
}

function withAccuracy(scores: Scores, accuracy: number): Scores {
  return { ...scores, accuracy };
}

interface Outcome {
  readonly scores: Record<string, Tensor>;
  readonly classes?: number;
  readonly predicted?: Tensor;
}

function nothingToPredict({ dtype, shape }: HostTensor): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "predict",
    problem: `needs samples on axis 0; received ${dtype}[${shape.join(", ")}]`,
    fix: "Pass inputs of shape [samples, …], with at least one sample.",
    detail: { shape },
  });
}
