// Losses that ask for a margin between scores. Targets of ±1 where not stated otherwise.

import { checkChoice, checkFinite } from "../core/checks.ts";
import type { OptionNames } from "../core/option-names.ts";
import { sameShape, showShape } from "../core/shape.ts";
import { checkTensor } from "../ir/arguments.ts";
import type { Tensor } from "../ir/tensor.ts";
import { iota } from "../ops/leaf.ts";
import { checkClasses, checkWeight } from "./classes.ts";
import {
  checkAlike,
  type LossOptions,
  lossError,
  lossNames,
  lossRegion,
  reduce,
} from "./reduction.ts";

/** Options of the losses with a margin. */
export interface MarginOptions extends LossOptions {
  readonly margin?: number;
}

/** Names of these options. */
export const marginNames: OptionNames<MarginOptions> = { ...lossNames, margin: true };

/** Hinge loss, `max(0, margin − t·x)`; margin 1. Shape: `[...], [...] → []`. */
export function hinge(input: Tensor, target: Tensor, options: MarginOptions = {}): Tensor {
  return lossRegion("hinge", options, marginNames, () => {
    checkAlike("hinge", { input, target });
    checkSigns("hinge", target);
    const slack = target
      .mul(input)
      .neg()
      .add(marginOf("hinge", options, 1));
    return reduce(slack.relu(), options.reduction);
  });
}

/** `t = 1: x; t = −1: max(0, margin − x)`; margin 1. Shape: `[...], [...] → []`. */
export function hingeEmbedding(input: Tensor, target: Tensor, options: MarginOptions = {}): Tensor {
  return lossRegion("hingeEmbedding", options, marginNames, () => {
    checkAlike("hingeEmbedding", { input, target });
    checkSigns("hingeEmbedding", target);
    const apart = input
      .neg()
      .add(marginOf("hingeEmbedding", options, 1))
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
  return lossRegion("marginRanking", options, marginNames, () => {
    checkAlike("marginRanking", { input1, input2, target });
    checkSigns("marginRanking", target);
    const slack = target
      .neg()
      .mul(input1.sub(input2))
      .add(marginOf("marginRanking", options, 0));
    return reduce(slack.relu(), options.reduction);
  });
}

/** Options of `multiMargin`. */
export interface MultiMarginOptions extends MarginOptions {
  /** Exponent, 1 (the default) or 2. */
  readonly p?: 1 | 2;
  /** Factor of the target's class. Shape: `[C]`. */
  readonly weight?: Tensor;
}

const multiMarginNames: OptionNames<MultiMarginOptions> = {
  ...marginNames,
  p: true,
  weight: true,
};

/** `(w_t/C) Σ_{c≠t} max(0, margin − x_t + x_c)^p`; margin 1. Shape: `[B, C], int32 [B] → []`. */
export function multiMargin(
  input: Tensor,
  target: Tensor,
  options: MultiMarginOptions = {},
): Tensor {
  return lossRegion("multiMargin", options, multiMarginNames, () => {
    checkRows("multiMargin", input);
    checkClasses("multiMargin", input, target, 1, undefined);
    checkWeight("multiMargin", input, 1, options.weight);
    checkChoice("multiMargin", "exponent p", options.p ?? 1, [1, 2]);
    const index = target.unsqueeze(1); // [B, 1]
    const slack = input
      .sub(input.gather(index, 1))
      .add(marginOf("multiMargin", options, 1))
      .relu();
    const powered = options.p === 2 ? slack.mul(slack) : slack;
    const others = iota(input.shape, 1).notEqual(index);
    const rows = others.where(powered, 0).mean({ axis: 1 });
    const { weight, reduction } = options;
    return reduce(weight === undefined ? rows : rows.mul(weight.take(target)), reduction);
  });
}

/**
 * Margin between every class of the target and every other, `(1/C) Σ_{j∈t} Σ_{c∉t} max(0, 1 − x_j + x_c)`. A row of the target
 * lists classes and ends at the first −1. Shape: `[B, C], int32 [B, C] → []`.
 */
export function multiLabelMargin(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  return lossRegion("multiLabelMargin", options, lossNames, () => {
    checkRows("multiLabelMargin", input);
    checkLists(input, target);
    const listed = target.greaterEqual(0).cast(input.dtype).cumProd(1).greater(0); // up to the first −1
    const index = listed.where(target, 0);
    const isListed = listed.unsqueeze(2); // [B, J, 1]
    const same = index.unsqueeze(2).equal(iota([1, 1, input.shape[1]], 2)); // [B, J, C]
    const isTarget = same.logicalAnd(isListed).any({ axis: 1, keepDims: true }); // [B, 1, C]
    const slack = input.unsqueeze(1).sub(input.gather(index, 1).unsqueeze(2)).add(1).relu();
    const pairs = isListed.logicalAnd(isTarget.logicalNot()).where(slack, 0);
    return reduce(pairs.sum({ axis: [1, 2] }).div(input.shape[1]), options.reduction);
  });
}

function checkRows(loss: string, input: Tensor): void {
  checkTensor(loss, "the input", input);
  if (input.rank === 2) return;
  throw lossError("SHAPE_MISMATCH", loss, {
    problem: `needs scores [batch, classes]; received ${showShape(input.shape)}`,
    fix: "Give one row of scores per sample.",
    detail: { shape: input.shape },
  });
}

function checkLists(input: Tensor, target: Tensor): void {
  checkTensor("multiLabelMargin", "the target", target);
  const [, classes] = input.shape;
  if (target.dtype !== "int32" || !sameShape(target.shape, input.shape)) {
    throw lossError("SHAPE_MISMATCH", "multiLabelMargin", {
      problem: `needs int32${showShape(input.shape)}, class indices filled up with −1; received ${target.dtype}${showShape(target.shape)}`,
      fix: "List the classes of each sample first, then −1.",
      detail: { expected: input.shape, received: target.shape },
    });
  }
  const wrong = target.node.value?.find((t) => t >= classes);
  if (wrong === undefined) return;
  throw lossError("BAD_ARGUMENT", "multiLabelMargin", {
    problem: `class ${wrong} does not exist among ${classes} classes`,
    fix: `Classes count from 0 to ${classes - 1}.`,
    detail: { class: wrong, classes },
  });
}

/** The margin, which is a finite number. */
export function marginOf(loss: string, options: MarginOptions, standard: number): number {
  const { margin = standard } = options;
  checkFinite(loss, { margin });
  return margin;
}

/** Checks that targets known on the host are −1 or 1. */
export function checkSigns(loss: string, target: Tensor): void {
  const wrong = target.node.value?.find((t) => t !== 1 && t !== -1);
  if (wrong === undefined) return;
  throw lossError("BAD_ARGUMENT", loss, {
    problem: `targets are 1 or −1; received ${wrong}`,
    fix: "Turn 0 and 1 into −1 and 1 with target.mul(2).sub(1).",
    detail: { value: wrong },
  });
}
