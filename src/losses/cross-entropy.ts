// Cross-entropy between logits and classes. The loss of a row is log Σ eˣ − x_t, its derivative softmax(x) − onehot(t):
// both are given directly, so that a step records few nodes and nothing overflows.

import type { OptionNames } from "../core/option-names.ts";
import { sameShape } from "../core/shape.ts";
import { checkTensor } from "../ir/arguments.ts";
import type { Tensor } from "../ir/tensor.ts";
import { customVjp } from "../ops/alias.ts";
import {
  type ClassOptions,
  checkClasses,
  checkWeight,
  classAxis,
  classNames,
  oneHot,
  perClass,
  weigh,
  weightedReduce,
} from "./classes.ts";
import { lossError, lossRegion, reduce } from "./reduction.ts";

/** Options of `crossEntropy`. */
export interface CrossEntropyOptions extends ClassOptions {
  /** Share ε of the target that is spread evenly over all classes; default 0. */
  readonly labelSmoothing?: number;
}

const crossEntropyNames: OptionNames<CrossEntropyOptions> = {
  ...classNames,
  labelSmoothing: true,
};

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
  return lossRegion("crossEntropy", options, crossEntropyNames, () => {
    const axis = classAxis("crossEntropy", logits);
    checkSmoothing(options.labelSmoothing);
    checkWeight("crossEntropy", logits, axis, options.weight);
    checkTensor("crossEntropy", "the target", target);
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
export function nll(logProbabilities: Tensor, target: Tensor, options: ClassOptions = {}): Tensor {
  return lossRegion("nll", options, classNames, () => {
    const axis = classAxis("nll", logProbabilities);
    checkWeight("nll", logProbabilities, axis, options.weight);
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

function checkSmoothing(e = 0): void {
  if (e >= 0 && e <= 1) return;
  throw lossError("BAD_ARGUMENT", "crossEntropy", {
    problem: `labelSmoothing is a share from 0 to 1; received ${e}`,
    fix: "Pass for instance 0.1.",
  });
}
