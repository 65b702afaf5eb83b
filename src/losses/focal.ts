// Focal losses (Lin et al. 2017): cross-entropies in which samples that are right already count little.

import { checkFinite } from "../core/checks.ts";
import type { OptionNames } from "../core/option-names.ts";
import type { Tensor } from "../ir/tensor.ts";
import {
  type ClassOptions,
  checkClasses,
  checkWeight,
  classAxis,
  classNames,
  weigh,
  weightedReduce,
} from "./classes.ts";
import { checkTargetShares, logitEntropy } from "./logistic.ts";
import {
  checkAlike,
  type LossOptions,
  lossError,
  lossNames,
  lossRegion,
  reduce,
} from "./reduction.ts";

/** Options of `focal`. */
export interface FocalOptions extends LossOptions {
  /** Weight of the positive class, 1 − alpha of the negative; default 0.25. */
  readonly alpha?: number;
  /** Exponent that turns down easy samples; default 2. */
  readonly gamma?: number;
}

const focalNames: OptionNames<FocalOptions> = { ...lossNames, alpha: true, gamma: true };

/** Focal loss of logits, `−a_t (1 − p_t)^γ log p_t` with p = σ(x). Shape: `[...], [...] → []`. */
export function focal(input: Tensor, target: Tensor, options: FocalOptions = {}): Tensor {
  const { alpha = 0.25, gamma = 2, reduction } = options;
  return lossRegion("focal", options, focalNames, () => {
    checkAlike("focal", { input, target });
    checkTargetShares("focal", target);
    checkGamma("focal", gamma);
    checkFinite("focal", { alpha });
    const p = input.sigmoid();
    const missed = p.add(target).sub(p.mul(target).mul(2)); // 1 − p_t
    const share = target.mul(2 * alpha - 1).add(1 - alpha); // a_t
    return reduce(share.mul(missed.pow(gamma)).mul(logitEntropy(input, target)), reduction);
  });
}

/** Options of `focalCrossEntropy`. */
export interface FocalClassOptions extends ClassOptions {
  /** Exponent that turns down easy samples; 0 is `crossEntropy`. Default 2. */
  readonly gamma?: number;
}

const focalClassNames: OptionNames<FocalClassOptions> = { ...classNames, gamma: true };

/**
 * Focal loss of several classes, `−w_t (1 − p_t)^γ log p_t` with p = softmax(x); the mean divides by the summed weights of the
 * targets. Shape: `[B, C, ...], int32 [B, ...] → []`.
 */
export function focalCrossEntropy(
  logits: Tensor,
  target: Tensor,
  options: FocalClassOptions = {},
): Tensor {
  const { gamma = 2 } = options;
  return lossRegion("focalCrossEntropy", options, focalClassNames, () => {
    const axis = classAxis("focalCrossEntropy", logits);
    checkClasses("focalCrossEntropy", logits, target, axis, options.ignoreIndex);
    checkWeight("focalCrossEntropy", logits, axis, options.weight);
    checkGamma("focalCrossEntropy", gamma);
    const { index, weights } = weigh(logits, target, axis, options);
    const logP = logits.logSoftmax(axis).gather(index, axis);
    const missed = logP.expm1().neg(); // 1 − p_t
    const values = missed.pow(gamma).mul(logP).neg();
    const rows = weights.equal(0).where(0, values.mul(weights)).squeeze(axis);
    return weightedReduce(rows, weights, options.reduction);
  });
}

function checkGamma(loss: string, gamma: number): void {
  if (gamma >= 0) return;
  throw lossError("BAD_ARGUMENT", loss, {
    problem: `gamma must be ≥ 0; received ${gamma}`,
    fix: "Pass for instance 2.",
    detail: { gamma },
  });
}
