// Losses of segmentation: how far two soft masks are from overlapping. Sums run over the pixels of each sample and class, so
// that small objects count as much as large ones.

import type { OptionNames } from "../core/option-names.ts";
import { showShape } from "../core/shape.ts";
import { checkOptions } from "../ir/arguments.ts";
import type { Tensor } from "../ir/tensor.ts";
import {
  checkAlike,
  type LossOptions,
  lossError,
  lossNames,
  lossRegion,
  reduce,
} from "./reduction.ts";

/** Options of `dice`, `iou` and `tversky`. */
export interface OverlapOptions extends LossOptions {
  /** Added to numerator and denominator, so that two empty masks agree; default 1e-5. */
  readonly smooth?: number;
}

const overlapNames: OptionNames<OverlapOptions> = { ...lossNames, smooth: true };

/** Options of `tversky`. */
export interface TverskyOptions extends OverlapOptions {
  /** Weight of what the prediction has too much; default 0.5. */
  readonly alpha?: number;
  /** Weight of what it misses; default 0.5. */
  readonly beta?: number;
}

const tverskyNames: OptionNames<TverskyOptions> = {
  ...overlapNames,
  alpha: true,
  beta: true,
};

/**
 * Dice loss of probabilities p, `1 − (2Σpt + s) / (Σp + Σt + s)` per sample and class. Shape: `[B, C, pixels...] ×2 → []`;
 * not reduced `[B, C]`. Source: Milletari et al. 2016 (without squares).
 */
export function dice(input: Tensor, target: Tensor, options: OverlapOptions = {}): Tensor {
  checkOptions("dice", options, overlapNames);
  const { smooth = 1e-5, reduction } = options;
  return overlap("dice", input, target, { alpha: 0.5, beta: 0.5, smooth: smooth / 2, reduction });
}

/** Intersection over union, `1 − (Σpt + s) / (Σp + Σt − Σpt + s)` per sample and class. Shape: `[B, C, pixels...] ×2 → []`. */
export function iou(input: Tensor, target: Tensor, options: OverlapOptions = {}): Tensor {
  checkOptions("iou", options, overlapNames);
  return overlap("iou", input, target, { alpha: 1, beta: 1, ...options });
}

/**
 * Tversky loss, `1 − (Σpt + s) / (Σpt + αΣp(1 − t) + βΣ(1 − p)t + s)` per sample and class; β above α finds small objects.
 * Shape: `[B, C, pixels...] ×2 → []`. Source: Salehi et al. 2017.
 */
export function tversky(input: Tensor, target: Tensor, options: TverskyOptions = {}): Tensor {
  return overlap("tversky", input, target, options);
}

function overlap(loss: string, p: Tensor, t: Tensor, options: TverskyOptions): Tensor {
  const { alpha = 0.5, beta = 0.5, smooth = 1e-5, reduction } = options;
  return lossRegion(loss, options, tverskyNames, () => {
    checkAlike(loss, { input: p, target: t });
    checkMasks(loss, p);
    checkWeights(loss, { alpha, beta, smooth });
    const axis = p.shape.map((_, k) => k).slice(2);
    const both = p.mul(t).sum({ axis });
    const excess = p.sum({ axis }).sub(both).mul(alpha);
    const missed = t.sum({ axis }).sub(both).mul(beta);
    const share = both.add(smooth).div(both.add(excess).add(missed).add(smooth));
    return reduce(share.neg().add(1), reduction);
  });
}

function checkMasks(loss: string, p: Tensor): void {
  if (p.rank > 2) return;
  throw lossError("SHAPE_MISMATCH", loss, {
    problem: `needs masks [batch, classes, pixels...]; received ${showShape(p.shape)}`,
    fix: "Keep an axis of length 1 for a single class, e.g. with .unsqueeze(1).",
    detail: { shape: p.shape },
  });
}

function checkWeights(loss: string, weights: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(weights)) {
    if (value >= 0) continue;
    throw lossError("BAD_ARGUMENT", loss, {
      problem: `${name} must be ≥ 0; received ${value}`,
      fix: "Pass a number that is not negative.",
      detail: { [name]: value },
    });
  }
}
