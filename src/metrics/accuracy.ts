// Share of right predictions, as graph.

import { isFloat } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { sameShape, showShape } from "../core/shape.ts";
import type { Tensor } from "../ir/tensor.ts";

/** The class with the largest score; the first among equals. Shape: `[B, C, ...] → int32 [B, ...]`. */
export function predictions(scores: Tensor): Tensor {
  return scores.argMax({ axis: Math.min(1, scores.rank - 1) });
}

/** Number of right predictions. Shape: `[B, C, ...], int32 [B, ...] → int32 []`; the target may be one-hot too. */
export function correct(scores: Tensor, target: Tensor): Tensor {
  const oneHot = sameShape(scores.shape, target.shape) && isFloat(target.dtype);
  const classes = oneHot ? predictions(target) : target;
  const found = predictions(scores);
  if (sameShape(found.shape, classes.shape) && classes.dtype === "int32") {
    return found.equal(classes).sum();
  }
  throw new ChainruleError({
    code: classes.dtype === "int32" ? "SHAPE_MISMATCH" : "DTYPE_MISMATCH",
    op: "accuracy",
    problem: `scores ${showShape(scores.shape)} need int32${showShape(found.shape)} or one-hot ${showShape(scores.shape)}; received ${target.dtype}${showShape(target.shape)}`,
    fix: "Give one class index per sample.",
    detail: { expected: found.shape, received: target.shape },
  });
}

/** Share of right predictions, 0 … 1. Shape: `[B, C, ...], int32 [B, ...] → []`. */
export function accuracy(scores: Tensor, target: Tensor): Tensor {
  const samples = scores.size / scores.shape[Math.min(1, scores.rank - 1)];
  return correct(scores, target).div(samples);
}
