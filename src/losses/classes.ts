// Targets that are classes: which axis counts them, the weight of each target, and the checks that they exist.

import { isFloat } from "../core/dtype.ts";
import type { OptionNames } from "../core/option-names.ts";
import { type Shape, sameShape, showShape } from "../core/shape.ts";
import { checkTensor } from "../ir/arguments.ts";
import type { Tensor } from "../ir/tensor.ts";
import { iota, ones } from "../ops/leaf.ts";
import { type LossOptions, lossError, lossNames, reduce } from "./reduction.ts";

/** Options of the losses whose targets are class indices. */
export interface ClassOptions extends LossOptions {
  /** Factor per class. Shape: `[C]`. */
  readonly weight?: Tensor;
  /** Class index of elements that count nothing, in loss and mean. */
  readonly ignoreIndex?: number;
}

/** Names of these options. */
export const classNames: OptionNames<ClassOptions> = {
  ...lossNames,
  weight: true,
  ignoreIndex: true,
};

/** Targets ready to be picked by, and what each counts. */
export interface Weighed {
  /** Indices with the class axis kept; 0 where ignored. */
  readonly index: Tensor;
  /** Weight of each target, 0 where ignored; NaN where the index is out of range. */
  readonly weights: Tensor;
  /** 1, or 0 where ignored. */
  readonly valid: Tensor;
}

/** Turns class weights and ignored elements into a weight per target. */
export function weigh(x: Tensor, target: Tensor, axis: number, options: ClassOptions): Weighed {
  const kept = target.unsqueeze(axis);
  const { ignoreIndex } = options;
  const counts = ignoreIndex === undefined ? undefined : kept.notEqual(ignoreIndex);
  const index = counts === undefined ? kept : counts.where(kept, 0);
  const all = perClass(x, axis, options.weight).broadcastTo(x.shape).gather(index, axis);
  if (counts === undefined) return { index, weights: all, valid: ones(index.shape, x.dtype) };
  return { index, weights: counts.where(all, 0), valid: counts.cast(x.dtype) };
}

/** The mean divides by the summed weights. */
export function weightedReduce(
  rows: Tensor,
  weights: Tensor,
  reduction: LossOptions["reduction"] = "mean",
): Tensor {
  return reduction === "mean" ? rows.sum().div(weights.sum()) : reduce(rows, reduction);
}

/** 1 at the target's class, 0 elsewhere. */
export function oneHot(x: Tensor, index: Tensor, axis: number): Tensor {
  return iota(x.shape, axis).equal(index).cast(x.dtype);
}

/** Class weights along the class axis; ones where none are given. */
export function perClass(x: Tensor, axis: number, weight: Tensor | undefined): Tensor {
  const shape = x.shape.map((length, k) => (k === axis ? length : 1));
  return weight === undefined ? ones(shape, x.dtype) : weight.reshape(shape);
}

/** The axis of the classes: 1, or 0 of a vector. */
export function classAxis(loss: string, x: Tensor): number {
  checkTensor(loss, "scores", x);
  if (x.rank > 0 && isFloat(x.dtype)) return Math.min(1, x.rank - 1);
  throw lossError(x.rank === 0 ? "SHAPE_MISMATCH" : "DTYPE_MISMATCH", loss, {
    problem: `scores must be float [batch, classes, ...]; received ${x.dtype}${showShape(x.shape)}`,
    fix: "Pass the last layer's output, without softmax.",
    detail: { dtype: x.dtype, shape: x.shape },
  });
}

/** Checks the type and shape of class indices, and that those known on the host exist. */
export function checkClasses(
  loss: string,
  x: Tensor,
  target: Tensor,
  axis: number,
  ignoreIndex: number | undefined,
): void {
  checkTensor(loss, "the target", target);
  const expected = x.shape.filter((_, k) => k !== axis);
  if (target.dtype !== "int32") throw notClasses(loss, x, target, expected);
  if (!sameShape(target.shape, expected)) throw wrongTarget(loss, x, target, expected);
  checkIndices(loss, target, x.shape[axis], ignoreIndex);
}

/** Checks that class indices known on the host exist. */
export function checkIndices(
  loss: string,
  target: Tensor,
  classes: number,
  ignoreIndex: number | undefined,
): void {
  const known = target.node.value;
  const at = known?.findIndex((t) => (t < 0 || t >= classes) && t !== ignoreIndex) ?? -1;
  if (at < 0) return;
  throw lossError("BAD_ARGUMENT", loss, {
    problem: `class ${known![at]} at position ${at} does not exist among ${classes} classes`,
    fix: `Classes count from 0 to ${classes - 1}; mark elements to skip with { ignoreIndex }.`,
    detail: { position: at, class: known![at], classes },
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

/** Checks that there is one weight per class, of the scores' type. */
export function checkWeight(
  loss: string,
  x: Tensor,
  axis: number,
  weight: Tensor | undefined,
): void {
  if (weight === undefined) return;
  checkTensor(loss, "weight", weight);
  if (sameShape(weight.shape, [x.shape[axis]]) && weight.dtype === x.dtype) return;
  throw lossError(weight.dtype === x.dtype ? "SHAPE_MISMATCH" : "DTYPE_MISMATCH", loss, {
    problem: `weight must be ${x.dtype}[${x.shape[axis]}], one per class; received ${weight.dtype}${showShape(weight.shape)}`,
    fix: "Pass one weight per class, of the scores' type.",
    detail: { expected: [x.shape[axis]], received: weight.shape },
  });
}
