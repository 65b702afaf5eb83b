// Cross-entropy between logits and classes. The loss of a row is log Σ eˣ − x_t, its derivative softmax(x) − onehot(t):
// both are given directly, so that a step records few nodes and nothing overflows.

import { isFloat } from "../core/dtype.ts";
import { type Shape, sameShape, showShape } from "../core/shape.ts";
import type { Tensor } from "../ir/tensor.ts";
import { customVjp } from "../ops/alias.ts";
import { iota, ones } from "../ops/leaf.ts";
import { type LossOptions, lossError, lossRegion, reduce } from "./reduction.ts";

/** Options of `crossEntropy`. */
export interface CrossEntropyOptions extends LossOptions {
  /** Share ε of the target that is spread evenly over all classes; default 0. */
  readonly labelSmoothing?: number;
  /** Factor per class. Shape: `[C]`. */
  readonly weight?: Tensor;
  /** Class index of elements that count nothing, in loss and mean. */
  readonly ignoreIndex?: number;
}

/**
 * Cross-entropy of logits (not of softmax outputs), `−log softmax(x)_t`. The target is int32 class indices, or float
 * probabilities of the logits' shape. The mean divides by the summed weights of the targets.
 * Shape: `[B, C, ...], int32 [B, ...] → []`, or `[B, C, ...], [B, C, ...] → []`; classes are axis 1 (axis 0 of a vector).
 */
export function crossEntropy(
  logits: Tensor,
  target: Tensor,
  options: CrossEntropyOptions = {},
): Tensor {
  return lossRegion("crossEntropy", () => {
    const axis = classAxis("crossEntropy", logits);
    checkOptions(logits, axis, options);
    if (sameShape(target.shape, logits.shape) && target.dtype !== "int32") {
      return ofProbabilities(logits, target, axis, options);
    }
    checkClasses("crossEntropy", logits, target, axis, options.ignoreIndex);
    const { weight, ignoreIndex, labelSmoothing = 0, reduction } = options;
    if (weight === undefined && ignoreIndex === undefined && labelSmoothing === 0) {
      return reduce(hardRows(logits, target.unsqueeze(axis)).squeeze(axis), reduction);
    }
    return ofWeightedClasses(logits, target, axis, options);
  });
}

/**
 * Negative log-likelihood of log-probabilities, `−x_t`. `crossEntropy` is this after a logSoftmax.
 * Shape: `[B, C, ...], int32 [B, ...] → []`.
 */
export function nll(
  logProbabilities: Tensor,
  target: Tensor,
  options: Omit<CrossEntropyOptions, "labelSmoothing"> = {},
): Tensor {
  return lossRegion("nll", () => {
    const axis = classAxis("nll", logProbabilities);
    checkOptions(logProbabilities, axis, options);
    checkClasses("nll", logProbabilities, target, axis, options.ignoreIndex);
    const { index, weights } = weigh(logProbabilities, target, axis, options);
    const picked = logProbabilities.gather(index, axis);
    const rows = weights.equal(0).where(0, picked.mul(weights).neg()).squeeze(axis);
    return weightedReduce(rows, weights, options.reduction);
  });
}

// --- class indices ---

/** log Σ eˣ − x_t per row; the class axis stays with length 1. An index out of range gives NaN. */
const hardRows = customVjp(
  "crossEntropy",
  (x, target) => {
    const axis = classAxis("crossEntropy", x);
    const { max, sum } = exponentials(x, axis);
    return sum.log().sub(x.gather(target, axis).sub(max));
  },
  (g, [x, target]) => {
    const axis = classAxis("crossEntropy", x);
    const { exp, sum } = exponentials(x, axis);
    return [
      exp
        .div(sum)
        .sub(oneHot(x, target, axis))
        .mul(g),
      null,
    ]; // softmax(x) − onehot(t)
  },
);

/** Class weights, ignored elements and smoothing turn indices into weights per class. */
function ofWeightedClasses(
  logits: Tensor,
  target: Tensor,
  axis: number,
  options: CrossEntropyOptions,
): Tensor {
  const { index, weights, valid } = weigh(logits, target, axis, options);
  const e = options.labelSmoothing ?? 0;
  const classes = logits.shape[axis];
  const hard = oneHot(logits, index, axis)
    .mul(weights)
    .mul(1 - e);
  const spread = perClass(logits, axis, options.weight)
    .mul(valid)
    .mul(e / classes);
  const rows = softRows(logits, e === 0 ? hard : hard.add(spread));
  return weightedReduce(rows.squeeze(axis), weights, options.reduction);
}

interface Weighed {
  /** Indices with the class axis kept; 0 where ignored. */
  readonly index: Tensor;
  /** Weight of each target, 0 where ignored; NaN where the index is out of range. */
  readonly weights: Tensor;
  /** 1, or 0 where ignored. */
  readonly valid: Tensor;
}

function weigh(x: Tensor, target: Tensor, axis: number, options: CrossEntropyOptions): Weighed {
  const kept = target.unsqueeze(axis);
  const { ignoreIndex } = options;
  const counts = ignoreIndex === undefined ? undefined : kept.notEqual(ignoreIndex);
  const index = counts === undefined ? kept : counts.where(kept, 0);
  const all = perClass(x, axis, options.weight).broadcastTo(x.shape).gather(index, axis);
  if (counts === undefined) return { index, weights: all, valid: ones(index.shape, x.dtype) };
  return { index, weights: counts.where(all, 0), valid: counts.cast(x.dtype) };
}

/** The mean divides by the summed weights. */
function weightedReduce(
  rows: Tensor,
  weights: Tensor,
  reduction: LossOptions["reduction"] = "mean",
): Tensor {
  return reduction === "mean" ? rows.sum().div(weights.sum()) : reduce(rows, reduction);
}

// --- probabilities ---

/** −Σ q log softmax(x) per row, 0 where q is 0; the derivative is softmax(x)·Σq − q. */
const softRows = customVjp(
  "softCrossEntropy",
  (x, q) => {
    const axis = classAxis("crossEntropy", x);
    const terms = q.equal(0).where(0, q.mul(logProbabilitiesOf(x, axis)));
    return terms.sum({ axis, keepDims: true }).neg();
  },
  (g, [x, q]) => {
    const axis = classAxis("crossEntropy", x);
    const { exp, sum } = exponentials(x, axis);
    const total = q.sum({ axis, keepDims: true });
    return [exp.div(sum).mul(total).sub(q).mul(g), logProbabilitiesOf(x, axis).mul(g).neg()];
  },
);

function ofProbabilities(
  logits: Tensor,
  target: Tensor,
  axis: number,
  options: CrossEntropyOptions,
): Tensor {
  const { weight, labelSmoothing: e = 0, reduction } = options;
  const classes = logits.shape[axis];
  const p = target.cast(logits.dtype);
  const smooth = e === 0 ? p : p.mul(1 - e).add(e / classes);
  const q = weight === undefined ? smooth : smooth.mul(perClass(logits, axis, weight));
  return reduce(softRows(logits, q).squeeze(axis), reduction);
}

// --- shared ---

/** Parts of the softmax, shifted by the maximum so that nothing overflows; its value is a constant for the derivative. */
function exponentials(x: Tensor, axis: number): { max: Tensor; exp: Tensor; sum: Tensor } {
  const max = x.stopGradient().max({ axis, keepDims: true });
  const exp = x.sub(max).exp();
  return { max, exp, sum: exp.sum({ axis, keepDims: true }) };
}

function logProbabilitiesOf(x: Tensor, axis: number): Tensor {
  const { max, sum } = exponentials(x, axis);
  return x.sub(max).sub(sum.log());
}

/** 1 at the target's class, 0 elsewhere. */
function oneHot(x: Tensor, index: Tensor, axis: number): Tensor {
  return iota(x.shape, axis).equal(index).cast(x.dtype);
}

/** Class weights along the class axis; ones where none are given. */
function perClass(x: Tensor, axis: number, weight: Tensor | undefined): Tensor {
  const shape = x.shape.map((length, k) => (k === axis ? length : 1));
  return weight === undefined ? ones(shape, x.dtype) : weight.reshape(shape);
}

// --- checks ---

function classAxis(loss: string, x: Tensor): number {
  if (x.rank > 0 && isFloat(x.dtype)) return Math.min(1, x.rank - 1);
  throw lossError(x.rank === 0 ? "SHAPE_MISMATCH" : "DTYPE_MISMATCH", loss, {
    problem: `scores must be float [batch, classes, ...]; received ${x.dtype}${showShape(x.shape)}`,
    fix: "Pass the last layer's output, without softmax.",
    detail: { dtype: x.dtype, shape: x.shape },
  });
}

function checkOptions(x: Tensor, axis: number, options: CrossEntropyOptions): void {
  const { weight, labelSmoothing: e = 0 } = options;
  if (!(e >= 0 && e <= 1)) {
    throw lossError("BAD_ARGUMENT", "crossEntropy", {
      problem: `labelSmoothing is a share from 0 to 1; received ${e}`,
      fix: "Pass for instance 0.1.",
    });
  }
  if (weight === undefined) return;
  if (sameShape(weight.shape, [x.shape[axis]]) && weight.dtype === x.dtype) return;
  throw lossError(weight.dtype === x.dtype ? "SHAPE_MISMATCH" : "DTYPE_MISMATCH", "crossEntropy", {
    problem: `weight must be ${x.dtype}[${x.shape[axis]}], one per class; received ${weight.dtype}${showShape(weight.shape)}`,
    fix: "Pass one weight per class, of the scores' type.",
    detail: { expected: [x.shape[axis]], received: weight.shape },
  });
}

function checkClasses(
  loss: string,
  x: Tensor,
  target: Tensor,
  axis: number,
  ignoreIndex: number | undefined,
): void {
  const expected = x.shape.filter((_, k) => k !== axis);
  if (target.dtype !== "int32") throw notClasses(loss, x, target, expected);
  if (!sameShape(target.shape, expected)) throw wrongTarget(loss, x, target, expected);
  const classes = x.shape[axis];
  const at =
    target.node.value?.findIndex((t) => (t < 0 || t >= classes) && t !== ignoreIndex) ?? -1;
  if (at < 0) return;
  throw lossError("BAD_ARGUMENT", loss, {
    problem: `class ${target.node.value![at]} at position ${at} does not exist among ${classes} classes`,
    fix: `Classes count from 0 to ${classes - 1}; mark elements to skip with { ignoreIndex }.`,
    detail: { position: at, class: target.node.value![at], classes },
  });
}

function notClasses(loss: string, x: Tensor, target: Tensor, expected: Shape): Error {
  return lossError("DTYPE_MISMATCH", loss, {
    problem: `class indices must be int32${showShape(expected)}; received ${target.dtype}${showShape(target.shape)}`,
    fix: `Make them with tensor(labels, { dtype: "int32" }) or .cast("int32"); float targets are probabilities and need the shape of the logits, ${showShape(x.shape)}.`,
    detail: { dtype: target.dtype, expected, received: target.shape },
  });
}

function wrongTarget(loss: string, x: Tensor, target: Tensor, expected: Shape): Error {
  const oneHotInts = sameShape(target.shape, x.shape);
  return lossError("SHAPE_MISMATCH", loss, {
    problem: `logits ${showShape(x.shape)} need class indices ${showShape(expected)}; received int32${showShape(target.shape)}`,
    fix: oneHotInts
      ? 'One-hot rows are probabilities: convert them with .cast("float32").'
      : "Give one class index per sample; classes are axis 1 of the logits.",
    detail: { expected, received: target.shape },
  });
}
