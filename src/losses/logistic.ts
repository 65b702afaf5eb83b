// Losses of yes-or-no targets: probabilities or logits against t in 0 … 1. Logits are the stable form.

import type { OptionNames } from "../core/option-names.ts";
import { broadcastShapes, sameShape } from "../core/shape.ts";
import type { Tensor } from "../ir/tensor.ts";
import { customVjp } from "../ops/alias.ts";
import type { Operand } from "../ops/operand.ts";
import { checkSigns } from "./margin.ts";
import {
  checkAlike,
  type LossOptions,
  lossError,
  lossNames,
  lossRegion,
  reduce,
} from "./reduction.ts";

/** `log(1 + eˣ)` without overflow, whose derivative σ(x) is right at 0 too. */
export const softplus: (x: Tensor) => Tensor = customVjp(
  "softplus",
  (x) => x.relu().add(log1pExpNegAbs(x)),
  (g, [x]) => [g.mul(x.sigmoid())],
);

/**
 * −t log x − (1 − t) log(1 − x), each logarithm at least −100, also where rounding puts x outside 0 … 1; the derivative there
 * is steep and points back.
 */
const clampedEntropy = customVjp(
  "binaryCrossEntropy",
  (x, t) => {
    const logs = t.mul(clampedLog(x)).add(complement(t).mul(clampedLog(complement(x))));
    return logs.neg();
  },
  (g, [x, t]) => [
    g.mul(x.sub(t)).div(x.mul(complement(x)).maximum(1e-12)),
    g.mul(clampedLog(complement(x)).sub(clampedLog(x))),
  ],
);

/** −t log σ(x) − (1 − t) log(1 − σ(x)) = max(x, 0) − t·x + log(1 + e^{−|x|}); the derivative is σ(x) − t. */
export const logitEntropy: (x: Tensor, t: Tensor) => Tensor = customVjp(
  "binaryCrossEntropyWithLogits",
  (x, t) => x.relu().sub(t.mul(x)).add(log1pExpNegAbs(x)),
  (g, [x, t]) => [g.mul(x.sigmoid().sub(t)), g.mul(x).neg()],
);

/** Options of the binary cross-entropies. */
export interface BinaryOptions extends LossOptions {
  /** Factor of each value; broadcasts. */
  readonly weight?: Operand;
}

const binaryNames: OptionNames<BinaryOptions> = { ...lossNames, weight: true };

/**
 * Binary cross-entropy of probabilities, `−(t log x + (1 − t) log(1 − x))`, logarithms cut at −100. Prefer
 * `binaryCrossEntropyWithLogits`, which keeps its precision. Shape: `[...], [...] → []`.
 */
export function binaryCrossEntropy(
  input: Tensor,
  target: Tensor,
  options: BinaryOptions = {},
): Tensor {
  return lossRegion("binaryCrossEntropy", options, binaryNames, () => {
    checkAlike("binaryCrossEntropy", { input, target });
    checkShares("binaryCrossEntropy", "input", input);
    checkTargetShares("binaryCrossEntropy", target);
    return reduce(weighted(clampedEntropy(input, target), options.weight), options.reduction);
  });
}

/** Options of `binaryCrossEntropyWithLogits`. */
export interface LogitOptions extends BinaryOptions {
  /** Factor of the positive part, e.g. negatives ÷ positives of unbalanced data; broadcasts. */
  readonly posWeight?: Operand;
}

const logitNames: OptionNames<LogitOptions> = { ...binaryNames, posWeight: true };

/** Binary cross-entropy of logits, with p = σ(x): `−(posWeight·t log p + (1 − t) log(1 − p))`. Shape: `[...], [...] → []`. */
export function binaryCrossEntropyWithLogits(
  input: Tensor,
  target: Tensor,
  options: LogitOptions = {},
): Tensor {
  return lossRegion("binaryCrossEntropyWithLogits", options, logitNames, () => {
    checkAlike("binaryCrossEntropyWithLogits", { input, target });
    checkTargetShares("binaryCrossEntropyWithLogits", target);
    const { posWeight, weight, reduction } = options;
    const values =
      posWeight === undefined
        ? logitEntropy(input, target)
        : weighted(target.mul(softplus(input.neg())), posWeight).add(
            complement(target).mul(softplus(input)),
          );
    return reduce(weighted(values, weight), reduction);
  });
}

/** `mean log(1 + e^{−t·x})` for targets ±1. Shape: `[...], [...] → []`. */
export function softMargin(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  return lossRegion("softMargin", options, lossNames, () => {
    checkAlike("softMargin", { input, target });
    checkSigns("softMargin", target);
    return reduce(softplus(target.mul(input).neg()), options.reduction);
  });
}

/**
 * Binary cross-entropy of logits with one decision per class, its mean over the classes; weight per class.
 * Shape: `[..., C], [..., C] → []`; not reduced `[...]`.
 */
export function multiLabelSoftMargin(
  input: Tensor,
  target: Tensor,
  options: BinaryOptions = {},
): Tensor {
  return lossRegion("multiLabelSoftMargin", options, binaryNames, () => {
    checkAlike("multiLabelSoftMargin", { input, target });
    checkTargetShares("multiLabelSoftMargin", target);
    const values = weighted(logitEntropy(input, target), options.weight);
    return reduce(values.mean({ axis: -1 }), options.reduction);
  });
}

function log1pExpNegAbs(x: Tensor): Tensor {
  return x.abs().neg().exp().log1p();
}

function clampedLog(x: Tensor): Tensor {
  return x.maximum(0).log().maximum(-100);
}

function complement(x: Tensor): Tensor {
  return x.neg().add(1);
}

function weighted(values: Tensor, weight: Operand | undefined): Tensor {
  if (weight === undefined) return values;
  if (typeof weight === "number") return values.mul(weight);
  const shape = broadcastShapes("weight", values.shape, weight.shape);
  if (sameShape(shape, values.shape)) return values.mul(weight);
  throw lossError("SHAPE_MISMATCH", "weight", {
    problem: `a weight of shape [${weight.shape}] does not broadcast to values of shape [${values.shape}]`,
    fix: "Pass a weight whose axes are those of the values or 1.",
    detail: { shapes: [weight.shape, values.shape] },
  });
}

/** Checks that targets known on the host are probabilities. */
export function checkTargetShares(loss: string, target: Tensor): void {
  checkShares(loss, "target", target);
}

function checkShares(loss: string, name: "input" | "target", x: Tensor): void {
  const at = x.node.value?.findIndex((value) => value < 0 || value > 1) ?? -1;
  if (at < 0) return;
  const fixes = {
    input: "Apply a sigmoid first, or use binaryCrossEntropyWithLogits.",
    target: "Targets are 0, 1 or probabilities; divide masks of 0 and 255 by 255.",
  };
  throw lossError("BAD_ARGUMENT", loss, {
    problem: `${name} must lie from 0 to 1; received ${x.node.value![at]} at position ${at}`,
    fix: fixes[name],
    detail: { position: at, value: x.node.value![at] },
  });
}
