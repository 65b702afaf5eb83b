// Losses on embeddings: they draw related vectors together and push others apart.

import { checkFinite } from "../core/checks.ts";
import type { OptionNames } from "../core/option-names.ts";
import { sameShape, showShape } from "../core/shape.ts";
import type { Tensor } from "../ir/tensor.ts";
import { concatenate } from "../ops/concatenate.ts";
import { iota } from "../ops/leaf.ts";
import { crossEntropy } from "./cross-entropy.ts";
import { checkSigns, type MarginOptions, marginNames, marginOf } from "./margin.ts";
import {
  checkAlike,
  type LossOptions,
  lossError,
  lossNames,
  lossRegion,
  reduce,
} from "./reduction.ts";

/** `1 − cos(a, b)` along the last axis. Shape: `[..., D], [..., D] → []`. */
export function cosineDistance(a: Tensor, b: Tensor, options: LossOptions = {}): Tensor {
  return lossRegion("cosineDistance", options, lossNames, () => {
    checkAlike("cosineDistance", { a, b });
    return reduce(cosine(a, b).neg().add(1), options.reduction);
  });
}

/** `t = 1: 1 − cos(a, b); t = −1: max(0, cos(a, b) − margin)`; margin 0. Shape: `[..., D], [..., D], [...] → []`. */
export function cosineEmbedding(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  options: MarginOptions = {},
): Tensor {
  return lossRegion("cosineEmbedding", options, marginNames, () => {
    checkAlike("cosineEmbedding", { input1, input2 });
    const cos = cosine(input1, input2);
    checkAlike("cosineEmbedding", { "the rows' cosine": cos, target });
    checkSigns("cosineEmbedding", target);
    const apart = cos.sub(marginOf("cosineEmbedding", options, 0)).relu();
    return reduce(target.greater(0).where(cos.neg().add(1), apart), options.reduction);
  });
}

/**
 * Contrastive loss of pairs, `½(t·d² + (1 − t)·max(0, margin − d)²)`, `d = ‖a − b‖₂`, t = 1 for related pairs and 0 for others;
 * margin 1. Shape: `[..., D], [..., D], [...] → []`. Source: Hadsell, Chopra & LeCun 2006 (their Y is 1 − t).
 */
export function contrastive(
  a: Tensor,
  b: Tensor,
  target: Tensor,
  options: MarginOptions = {},
): Tensor {
  return lossRegion("contrastive", options, marginNames, () => {
    checkAlike("contrastive", { a, b });
    const d = distance(a, b, 2, 1e-6);
    checkAlike("contrastive", { "the pairs' distance": d, target });
    const apart = d
      .neg()
      .add(marginOf("contrastive", options, 1))
      .relu();
    const pulled = target.mul(d.mul(d));
    const pushed = target.neg().add(1).mul(apart.mul(apart));
    return reduce(pulled.add(pushed).mul(0.5), options.reduction);
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
  /** Another distance in place of the norm. Shape: `[..., D], [..., D] → [...]`. */
  readonly distance?: (a: Tensor, b: Tensor) => Tensor;
}

const tripletNames: OptionNames<TripletOptions> = {
  ...marginNames,
  p: true,
  eps: true,
  swap: true,
  distance: true,
};

/** `max(0, d(anchor, positive) − d(anchor, negative) + margin)`, `d(a, b) = ‖a − b + eps‖_p`; margin 1. Shape: `[..., D] ×3 → []`. */
export function tripletMargin(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletOptions = {},
): Tensor {
  const { margin = 1, p = 2, eps = 1e-6, swap = false, reduction } = options;
  return lossRegion("tripletMargin", options, tripletNames, () => {
    checkFinite("tripletMargin", { margin, eps });
    checkAlike("tripletMargin", { anchor, positive, negative });
    const between = options.distance ?? ((a: Tensor, b: Tensor) => distance(a, b, p, eps));
    const near = between(anchor, positive);
    const plain = between(anchor, negative);
    const far = swap ? plain.minimum(between(positive, negative)) : plain;
    return reduce(near.sub(far).add(margin).relu(), reduction);
  });
}

/** Options of `infoNCE` and `ntXent`. */
export interface ContrastOptions extends LossOptions {
  /** Divides the cosines; the smaller, the more the hardest negatives count. Default 0.1 (`ntXent` 0.5). */
  readonly temperature?: number;
  /** Whether keys also look for their queries, as in CLIP: the mean of both directions. Default false. */
  readonly symmetric?: boolean;
}

const contrastNames: OptionNames<ContrastOptions> = {
  ...lossNames,
  temperature: true,
  symmetric: true,
};

/**
 * InfoNCE: row i of the queries belongs to row i of the keys and to no other,
 * `−log(e^{cos(q_i, k_i)/τ} / Σ_j e^{cos(q_i, k_j)/τ})`. Shape: `[B, D], [B, D] → []`. Source: van den Oord et al. 2018.
 */
export function infoNCE(queries: Tensor, keys: Tensor, options: ContrastOptions = {}): Tensor {
  const { temperature = 0.1, symmetric = false, reduction } = options;
  return lossRegion("infoNCE", options, contrastNames, () => {
    checkPairs("infoNCE", queries, keys, temperature);
    const scores = unit(queries).matmul(unit(keys).transpose(0, 1)).div(temperature); // [B, B]
    const own = iota([queries.shape[0]], 0);
    const there = crossEntropy(scores, own, { reduction });
    if (!symmetric) return there;
    return there.add(crossEntropy(scores.transpose(0, 1), own, { reduction })).mul(0.5);
  });
}

/**
 * NT-Xent of two views of a batch: each of the 2B rows looks for the other view of its sample among all other rows of both,
 * as `infoNCE`. Shape: `[B, D], [B, D] → []`. Source: Chen et al. 2020 (SimCLR).
 */
export function ntXent(
  a: Tensor,
  b: Tensor,
  options: Omit<ContrastOptions, "symmetric"> = {},
): Tensor {
  const { temperature = 0.5, reduction } = options;
  return lossRegion("ntXent", options, { ...lossNames, temperature: true }, () => {
    checkPairs("ntXent", a, b, temperature);
    const [batch] = a.shape;
    const rows = unit(concatenate([a, b], 0)); // [2B, D]
    const scores = rows.matmul(rows.transpose(0, 1)).div(temperature);
    const itself = iota(scores.shape, 0).equal(iota(scores.shape, 1));
    const partner = iota([2 * batch], 0)
      .add(batch)
      .remainder(2 * batch);
    return crossEntropy(itself.where(-1e30, scores), partner, { reduction });
  });
}

function cosine(a: Tensor, b: Tensor): Tensor {
  const along = (x: Tensor, y: Tensor): Tensor => x.mul(y).sum({ axis: -1 });
  const norms = along(a, a).add(1e-12).mul(along(b, b).add(1e-12)).sqrt();
  return along(a, b).div(norms);
}

function unit(x: Tensor): Tensor {
  return x.mul(x.mul(x).sum({ axis: -1, keepDims: true }).add(1e-12).rsqrt());
}

/** p-norm of a − b + eps along the last axis. */
function distance(a: Tensor, b: Tensor, p: number, eps: number): Tensor {
  const x = a.sub(b).add(eps);
  if (p === 1) return x.abs().sum({ axis: -1 });
  if (p === 2) return x.mul(x).sum({ axis: -1 }).sqrt();
  if (p === Number.POSITIVE_INFINITY) return x.abs().max({ axis: -1 });
  return x
    .abs()
    .pow(p)
    .sum({ axis: -1 })
    .pow(1 / p);
}

function checkPairs(loss: string, a: Tensor, b: Tensor, temperature: number): void {
  checkAlike(loss, { a, b });
  if (!(temperature > 0)) {
    throw lossError("BAD_ARGUMENT", loss, {
      problem: `temperature must be positive; received ${temperature}`,
      fix: "Pass for instance 0.1.",
      detail: { temperature },
    });
  }
  if (a.rank === 2 && sameShape(a.shape, b.shape)) return;
  throw lossError("SHAPE_MISMATCH", loss, {
    problem: `needs two batches of embeddings [batch, features]; received ${showShape(a.shape)} and ${showShape(b.shape)}`,
    fix: "Flatten the features of each sample.",
    detail: { shapes: [a.shape, b.shape] },
  });
}
