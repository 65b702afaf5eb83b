// Measuring a batch inside a compiled step: outputs, loss, scores and statistics of metrics as graph.

import { ChainruleError } from "../../core/errors.ts";
import { showShape } from "../../core/shape.ts";
import { Tensor } from "../../ir/tensor.ts";
import type { Metric } from "../../metrics/metric.ts";
import type { Context } from "../../nn/layer.ts";
import { constant } from "../../ops/leaf.ts";
import {
  isAccuracy,
  isMetric,
  type Loss,
  type Model,
  type Score,
  type Task,
  type TensorBatch,
} from "../task.ts";

/** A score of one batch, as graph. */
interface MeasuredScore {
  readonly name: string;
  /** Scalar. */
  readonly value: Tensor;
  /** What the batch counts for in the mean over batches, a scalar; undefined: its samples. */
  readonly weight: Tensor | undefined;
}

/** A batch measured, as graph. */
export interface Measured {
  readonly outputs: unknown;
  /** The loss first, then its terms and the scores. */
  readonly scores: readonly MeasuredScore[];
  /** Statistics of metrics: `metric` → `statistic` → tensor. */
  readonly statistics: ReadonlyMap<string, Readonly<Record<string, Tensor>>>;
}

/** Computes a model's outputs for a batch. Errors: `BAD_ARGUMENT` for a forward that gives nothing usable. */
export function forwardOf(
  task: Task,
  model: Model<unknown>,
  batch: TensorBatch,
  context: Context,
): unknown {
  if (task.forward !== undefined) return checkOutputs(task.forward(batch, context));
  const forward = model.forward as (...all: readonly unknown[]) => unknown;
  const inputs = task.inputs.map((name) => batch[name]);
  return checkOutputs(forward.call(model, ...inputs, context));
}

/** Computes loss, scores and statistics of a batch. */
export function measure(task: Task, outputs: unknown, batch: TensorBatch): Measured {
  const targets = batch[task.targets];
  const counts = weightsOf(task, batch);
  const perSample = lossWeights(task, outputs, targets, counts);
  const scores = lossScores(task, outputs, targets, batch, perSample);
  const statistics = new Map<string, Readonly<Record<string, Tensor>>>();
  for (const [name, metric] of Object.entries(task.metrics)) {
    if (isMetric(metric)) statistics.set(name, statisticsOf(metric, outputs, targets, counts));
    else if (!isAccuracy(metric) || hasScorePerClass(outputs))
      scores.push(metricScore(name, metric, outputs, targets, batch, counts));
  }
  const names = [...scores.map(({ name }) => name), ...statistics.keys()];
  const twice = names.find((name, k) => names.indexOf(name) !== k);
  if (twice !== undefined) throw sameName(twice);
  return { outputs, scores, statistics };
}

/** Whether outputs may be one score per class; of a single column, nobody knows what it says of two classes. */
export function hasScorePerClass(outputs: unknown): outputs is Tensor {
  return outputs instanceof Tensor && outputs.rank >= 2 && outputs.shape[1] > 1;
}

/** The loss, and before anything else its terms where it has several. */
function lossScores(
  { loss }: Task,
  outputs: unknown,
  targets: Tensor,
  batch: TensorBatch,
  weights: Tensor | undefined,
): MeasuredScore[] {
  const found = callLoss(loss, outputs, targets, batch);
  if (found instanceof Tensor)
    return [scoreOf("loss", checkCounted(found, weights, "loss"), weights)];
  const all = Object.entries(found);
  // Beside a term that is counted by sample, a scalar is a penalty, such as that on weights.
  if (all.every(([, term]) => term.rank === 0)) checkCounted(all[0][1], weights, all[0][0]);
  const terms = all.map(([name, term]) => scoreOf(name, term, weights));
  const value = terms.map((term) => term.value).reduce((sum, term) => sum.add(term));
  const weight = terms.find((term) => term.weight !== undefined)?.weight;
  return [{ name: "loss", value, weight }, ...terms];
}

/** A metric that is a mean. One that sees the batch may have counted weights and mask itself; one that does not cannot have. */
function metricScore(
  name: string,
  metric: Score<never>,
  outputs: unknown,
  targets: Tensor,
  batch: TensorBatch,
  weights: Tensor | undefined,
): MeasuredScore {
  const found = callScore(metric, outputs, targets, batch) as Tensor;
  if (!(found instanceof Tensor)) throw noTensor(found, `the metric ${name}`);
  return scoreOf(name, metric.length > 2 ? found : checkCounted(found, weights, name), weights);
}

function scoreOf(name: string, x: Tensor, weights: Tensor | undefined): MeasuredScore {
  if (weights === undefined || x.rank === 0)
    return { name, value: x.rank === 0 ? x : x.mean(), weight: undefined };
  const spread = spreadOver(x, weights);
  const weight = spread.sum();
  const total = weight.equal(0).where(1, weight); // where nothing counts the mean is 0
  const value = x.mul(spread).sum().div(total);
  return { name, value, weight };
}

function statisticsOf(
  metric: Metric,
  outputs: unknown,
  targets: Tensor,
  weights: Tensor | undefined,
): Readonly<Record<string, Tensor>> {
  if (!(outputs instanceof Tensor)) throw needsTensor();
  return metric.statistics(outputs, targets, weights === undefined ? {} : { weights });
}

/** How much each sample or element counts: sample weights times mask. */
function weightsOf(task: Task, batch: TensorBatch): Tensor | undefined {
  const all = [task.weights, task.mask].flatMap((name) =>
    name === undefined ? [] : [batch[name].cast("float32")],
  );
  return all.length === 0 ? undefined : all.reduce(timesRows);
}

/** The same for the loss, where classes count differently. */
function lossWeights(
  { classWeights, classifies }: Task,
  outputs: unknown,
  targets: Tensor,
  weights: Tensor | undefined,
): Tensor | undefined {
  if (classWeights === undefined) return weights;
  const classes = classifies && outputs instanceof Tensor ? outputs.shape[1] : undefined;
  if (classes !== undefined && classes !== classWeights.length)
    throw otherClasses(classWeights.length, classes);
  const table = constant(Float32Array.from(classWeights), [classWeights.length]);
  const perClass = table.gather(targets.flatten(), 0).reshape(targets.shape);
  return weights === undefined ? perClass : timesRows(weights, perClass);
}

/** Product where the tensor of lower rank belongs to leading axes. */
function timesRows(a: Tensor, b: Tensor): Tensor {
  const rank = Math.max(a.rank, b.rank);
  return lifted(a, rank).mul(lifted(b, rank));
}

/** Appends axes of length 1. */
function lifted(x: Tensor, rank: number): Tensor {
  return x.rank === rank ? x : x.reshape([...x.shape, ...Array(rank - x.rank).fill(1)]);
}

/** Weights of the shape of what they weigh: one per sample serves all of its elements. */
function spreadOver(x: Tensor, weights: Tensor): Tensor {
  const rank = Math.min(weights.rank, x.rank);
  const isSame = weights.shape.every((n, k) => (k < rank ? n === x.shape[k] : n === 1));
  if (!isSame) throw unfit(x, weights);
  return lifted(weights.reshape(weights.shape.slice(0, rank)), x.rank)
    .broadcastTo(x.shape)
    .cast(x.dtype);
}

/** The losses of this library have options where one's own has the batch, so only who declares a third parameter gets it. */
function callScore(
  score: Loss<never> | Score<never>,
  outputs: unknown,
  targets: Tensor,
  batch: TensorBatch,
): Tensor | Readonly<Record<string, Tensor>> {
  const call = score as (...all: readonly unknown[]) => Tensor;
  return call.length > 2 ? call(outputs, targets, batch) : call(outputs, targets);
}

function callLoss(
  loss: Loss<never>,
  outputs: unknown,
  targets: Tensor,
  batch: TensorBatch,
): Tensor | Readonly<Record<string, Tensor>> {
  const found = callScore(loss, outputs, targets, batch);
  if (found instanceof Tensor) return found;
  const isTerms = typeof found === "object" && found !== null && Object.keys(found).length > 0;
  if (isTerms && Object.values(found).every((term) => term instanceof Tensor)) return found;
  throw noTensor(found, "the loss");
}

function checkCounted(x: Tensor, weights: Tensor | undefined, name: string): Tensor {
  if (weights === undefined || x.rank > 0) return x;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "fit",
    problem: `with weights or a mask, ${name} needs one number per sample; its function returned a scalar`,
    fix:
      'Return numbers that are not reduced, e.g. losses.crossEntropy(outputs, targets, { reduction: "none" }); ' +
      "a metric may also be an object such as new metrics.Accuracy().",
    detail: { name },
  });
}

function otherClasses(weights: number, classes: number): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "fit",
    problem: `there are ${weights} classWeights, and the model gives ${classes} scores`,
    fix: "Give one weight per class.",
    detail: { weights, classes },
  });
}

/** Outputs may be a tensor, or tensors in lists and records. */
function checkOutputs(outputs: unknown): unknown {
  const isTree = typeof outputs === "object" && outputs !== null && !(outputs instanceof Promise);
  if (isTree) return outputs;
  throw noTensor(outputs, "the model's forward");
}

function noTensor(outputs: unknown, what: string): ChainruleError {
  const promise = outputs instanceof Promise;
  const found = promise ? "a promise" : outputs === undefined ? "undefined" : typeof outputs;
  return new ChainruleError({
    code: promise ? "ASYNC_IN_TRACE" : "BAD_ARGUMENT",
    op: "forward",
    problem: `${what} must return a tensor; it returned ${found}`,
    fix: promise
      ? "Make it synchronous: tensors are lazy, there is nothing to await."
      : "Return the tensor.",
    detail: { found },
  });
}

function needsTensor(): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "fit",
    problem: "a metric made of statistics takes one tensor of outputs; the model gives several",
    fix: "Wrap it: { ...metric, statistics: (outputs, targets, facts) => metric.statistics(outputs.logits, targets, facts) }.",
  });
}

function sameName(name: string): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "fit",
    problem: `two scores are called "${name}"`,
    fix: 'Give loss terms and metrics different names; "loss" is the sum of the terms.',
    detail: { name },
  });
}

function unfit(x: Tensor, weights: Tensor): ChainruleError {
  return new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "fit",
    problem: `weights or mask ${showShape(weights.shape)} do not fit losses or scores ${showShape(x.shape)}`,
    fix: "They belong to the first axes: one weight per sample [B], one mask element per step [B, T].",
    detail: { values: x.shape, weights: weights.shape },
  });
}
