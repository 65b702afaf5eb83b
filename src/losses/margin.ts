// Losses that ask for a margin between scores or distances. Targets of ±1 where not stated otherwise.

import { sameShape, showShape } from "../core/shape.ts";
import type { Tensor } from "../ir/tensor.ts";
import { iota } from "../ops/leaf.ts";
import { checkAlike, type LossOptions, lossError, lossRegion, reduce } from "./reduction.ts";

/** Options of the losses with a margin. */
export interface MarginOptions extends LossOptions {
  readonly margin?: number;
}

/** Hinge loss, `max(0, margin − t·x)`; margin 1. Shape: `[...], [...] → []`. */
export function hinge(input: Tensor, target: Tensor, options: MarginOptions = {}): Tensor {
  return lossRegion("hinge", () => {
    checkAlike("hinge", { input, target });
    const slack = target
      .mul(input)
      .neg()
      .add(options.margin ?? 1);
    return reduce(slack.relu(), options.reduction);
  });
}

/** `t = 1: x; t = −1: max(0, margin − x)`; margin 1. Shape: `[...], [...] → []`. */
export function hingeEmbedding(input: Tensor, target: Tensor, options: MarginOptions = {}): Tensor {
  return lossRegion("hingeEmbedding", () => {
    checkAlike("hingeEmbedding", { input, target });
    const apart = input
      .neg()
      .add(options.margin ?? 1)
      .relu();
    return reduce(target.greater(0).where(input, apart), options.reduction);
  });
}

/** `max(0, −t·(input1 − input2) + margin)`; margin 0. Shape: `[...] ×3 → []`. */
export function marginRanking(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  options: MarginOptions = {},
): Tensor {
  return lossRegion("marginRanking", () => {
    checkAlike("marginRanking", { input1, input2, target });
    const slack = target
      .neg()
      .mul(input1.sub(input2))
      .add(options.margin ?? 0);
    return reduce(slack.relu(), options.reduction);
  });
}

/** Options of `multiMargin`. */
export interface MultiMarginOptions extends MarginOptions {
  /** Exponent, 1 (the default) or 2. */
  readonly p?: 1 | 2;
}

/** `(1/C) Σ_{c≠t} max(0, margin − x_t + x_c)^p`; margin 1. Shape: `[B, C], int32 [B] → []`. */
export function multiMargin(
  input: Tensor,
  target: Tensor,
  options: MultiMarginOptions = {},
): Tensor {
  return lossRegion("multiMargin", () => {
    if (
      input.rank !== 2 ||
      target.dtype !== "int32" ||
      !sameShape(target.shape, [input.shape[0]])
    ) {
      throw lossError("SHAPE_MISMATCH", "multiMargin", {
        problem: `needs scores [batch, classes] and int32[batch]; received ${showShape(input.shape)} and ${target.dtype}${showShape(target.shape)}`,
        fix: "Give one class index per row.",
      });
    }
    const index = target.unsqueeze(1); // [B, 1]
    const slack = input
      .sub(input.gather(index, 1))
      .add(options.margin ?? 1)
      .relu();
    const powered = options.p === 2 ? slack.mul(slack) : slack;
    const others = iota(input.shape, 1).notEqual(index);
    return reduce(others.where(powered, 0).mean({ axis: 1 }), options.reduction);
  });
}

/** `t = 1: 1 − cos(a, b); t = −1: max(0, cos(a, b) − margin)`; margin 0. Shape: `[B, D], [B, D], [B] → []`. */
export function cosineEmbedding(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  options: MarginOptions = {},
): Tensor {
  return lossRegion("cosineEmbedding", () => {
    checkAlike("cosineEmbedding", { input1, input2 });
    checkAlike("cosineEmbedding", {
      "the rows' cosine": input1.mul(input2).sum({ axis: -1 }),
      target,
    });
    const along = (a: Tensor, b: Tensor): Tensor => a.mul(b).sum({ axis: -1 });
    const norms = along(input1, input1).add(1e-12).mul(along(input2, input2).add(1e-12)).sqrt();
    const cosine = along(input1, input2).div(norms);
    const apart = cosine.sub(options.margin ?? 0).relu();
    return reduce(target.greater(0).where(cosine.neg().add(1), apart), options.reduction);
  });
}

/** Options of `tripletMargin`. */
export interface TripletOptions extends MarginOptions {
  /** Which norm measures distance; default 2. */
  readonly p?: number;
  /** Added to each difference, so that equal points have a derivative; default 1e-6. */
  readonly eps?: number;
  /** Whether the nearer of anchor and positive measures the distance to the negative; default false. */
  readonly swap?: boolean;
}

/** `max(0, d(anchor, positive) − d(anchor, negative) + margin)`, `d(a, b) = ‖a − b + eps‖_p`; margin 1. Shape: `[..., D] ×3 → []`. */
export function tripletMargin(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletOptions = {},
): Tensor {
  const { margin = 1, p = 2, eps = 1e-6, swap = false, reduction } = options;
  return lossRegion("tripletMargin", () => {
    checkAlike("tripletMargin", { anchor, positive, negative });
    const distance = (a: Tensor, b: Tensor): Tensor => normOf(a.sub(b).add(eps), p);
    const near = distance(anchor, positive);
    const plain = distance(anchor, negative);
    const far = swap ? plain.minimum(distance(positive, negative)) : plain;
    return reduce(near.sub(far).add(margin).relu(), reduction);
  });
}

/** p-norm along the last axis. */
function normOf(x: Tensor, p: number): Tensor {
  if (p === 1) return x.abs().sum({ axis: -1 });
  if (p === 2) return x.mul(x).sum({ axis: -1 }).sqrt();
  if (p === Number.POSITIVE_INFINITY) return x.abs().max({ axis: -1 });
  return x
    .abs()
    .pow(p)
    .sum({ axis: -1 })
    .pow(1 / p);
}
