// Losses of yes-or-no targets: probabilities or logits against t in 0 … 1. Logits are the stable form.

import { broadcastShapes, sameShape } from "../core/shape.ts";
import type { Tensor } from "../ir/tensor.ts";
import { customVjp } from "../ops/alias.ts";
import type { Operand } from "../ops/operand.ts";
import { checkAlike, type LossOptions, lossError, lossRegion, reduce } from "./reduction.ts";

/** `log(1 + eˣ)` without overflow, whose derivative σ(x) is right at 0 too. */
export const softplus: (x: Tensor) => Tensor = customVjp(
  "softplus",
  (x) => x.relu().add(log1pExpNegAbs(x)),
  (g, [x]) => [g.mul(x.sigmoid())],
);

/** −t log x − (1 − t) log(1 − x), each logarithm at least −100. */
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
const logitEntropy = customVjp(
  "binaryCrossEntropyWithLogits",
  (x, t) => x.relu().sub(t.mul(x)).add(log1pExpNegAbs(x)),
  (g, [x, t]) => [g.mul(x.sigmoid().sub(t)), g.mul(x).neg()],
);

/** Options of the binary cross-entropies. */
export interface BinaryOptions extends LossOptions {
  /** Factor of each value; broadcasts. */
  readonly weight?: Operand;
}

/**
 * Binary cross-entropy of probabilities, `−(t log x + (1 − t) log(1 − x))`, logarithms cut at −100. Prefer
 * `binaryCrossEntropyWithLogits`, which keeps its precision. Shape: `[...], [...] → []`.
 */
export function binaryCrossEntropy(
  input: Tensor,
  target: Tensor,
  options: BinaryOptions = {},
): Tensor {
  return lossRegion("binaryCrossEntropy", () => {
    checkAlike("binaryCrossEntropy", { input, target });
    checkProbabilities(input);
    return reduce(weighted(clampedEntropy(input, target), options.weight), options.reduction);
  });
}

/** Options of `binaryCrossEntropyWithLogits`. */
export interface LogitOptions extends BinaryOptions {
  /** Factor of the positive part, e.g. negatives ÷ positives of unbalanced data; broadcasts. */
  readonly posWeight?: Operand;
}

/** Binary cross-entropy of logits, with p = σ(x): `−(posWeight·t log p + (1 − t) log(1 − p))`. Shape: `[...], [...] → []`. */
export function binaryCrossEntropyWithLogits(
  input: Tensor,
  target: Tensor,
  options: LogitOptions = {},
): Tensor {
  return lossRegion("binaryCrossEntropyWithLogits", () => {
    checkAlike("binaryCrossEntropyWithLogits", { input, target });
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

/** Options of `focal`. */
export interface FocalOptions extends LossOptions {
  /** Weight of the positive class, 1 − alpha of the negative; default 0.25. */
  readonly alpha?: number;
  /** Exponent that turns down easy samples; default 2. */
  readonly gamma?: number;
}

/** Focal loss of logits, `−a_t (1 − p_t)^γ log p_t` with p = σ(x) (Lin et al. 2017). Shape: `[...], [...] → []`. */
export function focal(input: Tensor, target: Tensor, options: FocalOptions = {}): Tensor {
  const { alpha = 0.25, gamma = 2, reduction } = options;
  return lossRegion("focal", () => {
    checkAlike("focal", { input, target });
    const p = input.sigmoid();
    const missed = p.add(target).sub(p.mul(target).mul(2)); // 1 − p_t
    const share = target.mul(2 * alpha - 1).add(1 - alpha); // a_t
    return reduce(share.mul(missed.pow(gamma)).mul(logitEntropy(input, target)), reduction);
  });
}

/** `mean log(1 + e^{−t·x})` for targets ±1. Shape: `[...], [...] → []`. */
export function softMargin(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  return lossRegion("softMargin", () => {
    checkAlike("softMargin", { input, target });
    return reduce(softplus(target.mul(input).neg()), options.reduction);
  });
}

function log1pExpNegAbs(x: Tensor): Tensor {
  return x.abs().neg().exp().log1p();
}

function clampedLog(x: Tensor): Tensor {
  return x.log().maximum(-100);
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

/** Probabilities known on the host are checked; others give NaN where outside 0 … 1. */
function checkProbabilities(input: Tensor): void {
  const at = input.node.value?.findIndex((x) => x < 0 || x > 1) ?? -1;
  if (at < 0) return;
  throw lossError("BAD_ARGUMENT", "binaryCrossEntropy", {
    problem: `probabilities lie from 0 to 1; received ${input.node.value![at]} at position ${at}`,
    fix: "Apply a sigmoid first, or use binaryCrossEntropyWithLogits.",
    detail: { position: at, value: input.node.value![at] },
  });
}
