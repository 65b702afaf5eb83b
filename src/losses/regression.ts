// Losses between numbers; d = input − target throughout.

import type { OptionNames } from "../core/option-names.ts";
import { sameShape } from "../core/shape.ts";
import type { Tensor } from "../ir/tensor.ts";
import { align, type Operand } from "../ops/operand.ts";
import { softplus } from "./logistic.ts";
import {
  checkAlike,
  type LossOptions,
  lossError,
  lossNames,
  lossRegion,
  reduce,
} from "./reduction.ts";

/** Options of `meanSquaredError`. */
export interface SquaredErrorOptions extends LossOptions {
  /** The textbook's form `½ Σ d²`, whose derivative is d itself; excludes `reduction`. */
  readonly halfSum?: boolean;
}

const squaredErrorNames: OptionNames<SquaredErrorOptions> = { ...lossNames, halfSum: true };

/** Mean squared error, `mean d²`. Shape: `[...], [...] → []`. */
export function meanSquaredError(
  input: Tensor,
  target: Operand,
  options: SquaredErrorOptions = {},
): Tensor {
  return lossRegion("meanSquaredError", options, squaredErrorNames, () => {
    const d = difference("meanSquaredError", input, target);
    const squares = d.mul(d);
    if (!options.halfSum) return reduce(squares, options.reduction);
    if (options.reduction === undefined || options.reduction === "sum")
      return squares.sum().mul(0.5);
    throw lossError("BAD_ARGUMENT", "meanSquaredError", {
      problem: `halfSum means ½ Σ d²; received it with reduction ${options.reduction}`,
      fix: "Pass one of the two.",
    });
  });
}

/** Mean absolute error, `mean |d|`; the derivative at 0 is 0. Shape: `[...], [...] → []`. */
export function meanAbsoluteError(
  input: Tensor,
  target: Operand,
  options: LossOptions = {},
): Tensor {
  return lossRegion("meanAbsoluteError", options, lossNames, () =>
    reduce(difference("meanAbsoluteError", input, target).abs(), options.reduction),
  );
}

/** Huber loss, `|d| ≤ δ ? ½d² : δ(|d| − ½δ)` (Huber 1964). Shape: `[...], [...] → []`. */
export function huber(
  input: Tensor,
  target: Operand,
  options: LossOptions & { readonly delta?: number } = {},
): Tensor {
  const { delta = 1, reduction } = options;
  checkPositive("huber", "delta", delta);
  return lossRegion("huber", options, { ...lossNames, delta: true }, () => {
    const d = difference("huber", input, target);
    const size = d.abs();
    const outside = size.sub(0.5 * delta).mul(delta);
    return reduce(size.lessEqual(delta).where(d.mul(d).mul(0.5), outside), reduction);
  });
}

/** Smooth L1, `|d| < β ? ½d²/β : |d| − ½β`; β = 0 is |d|. Shape: `[...], [...] → []`. */
export function smoothL1(
  input: Tensor,
  target: Operand,
  options: LossOptions & { readonly beta?: number } = {},
): Tensor {
  const { beta = 1, reduction } = options;
  if (beta === 0) return meanAbsoluteError(input, target, { reduction });
  checkPositive("smoothL1", "beta", beta);
  return lossRegion("smoothL1", options, { ...lossNames, beta: true }, () => {
    const d = difference("smoothL1", input, target);
    const size = d.abs();
    const inside = d.mul(d).mul(0.5 / beta);
    return reduce(size.less(beta).where(inside, size.sub(0.5 * beta)), reduction);
  });
}

/** `mean log cosh d`, as `d + softplus(−2d) − log 2`, which does not overflow. Shape: `[...], [...] → []`. */
export function logCosh(input: Tensor, target: Operand, options: LossOptions = {}): Tensor {
  return lossRegion("logCosh", options, lossNames, () => {
    const d = difference("logCosh", input, target);
    return reduce(d.add(softplus(d.mul(-2))).sub(Math.LN2), options.reduction);
  });
}

/** Options of `poissonNLL`. */
export interface PoissonOptions extends LossOptions {
  /** Whether the input is the logarithm of the rate (the default) or the rate. */
  readonly logInput?: boolean;
  /** Whether Stirling's approximation of log t! is added where t > 1; default false. */
  readonly full?: boolean;
  /** Added to the rate inside the logarithm; default 1e-8. */
  readonly eps?: number;
}

const poissonNames: OptionNames<PoissonOptions> = {
  ...lossNames,
  logInput: true,
  full: true,
  eps: true,
};

/** Negative log-likelihood of counts t, `eˣ − t·x` (up to `log t!`). Shape: `[...], [...] → []`. */
export function poissonNLL(input: Tensor, target: Tensor, options: PoissonOptions = {}): Tensor {
  const { logInput = true, full = false, eps = 1e-8 } = options;
  checkPositive("poissonNLL", "eps", eps);
  return lossRegion("poissonNLL", options, poissonNames, () => {
    checkAlike("poissonNLL", { input, target });
    const values = logInput
      ? input.exp().sub(target.mul(input))
      : input.sub(target.mul(input.add(eps).log()));
    return reduce(full ? values.add(logFactorial(target)) : values, options.reduction);
  });
}

/** Options of `gaussianNLL`. */
export interface GaussianOptions extends LossOptions {
  /** Whether `½ log 2π` is added; default false. */
  readonly full?: boolean;
  /** Smallest variance (the gradient ignores this bound); default 1e-6. */
  readonly eps?: number;
}

const gaussianNames: OptionNames<GaussianOptions> = { ...lossNames, full: true, eps: true };

/**
 * Negative log-likelihood under a normal distribution, `½(log var + d²/var)`. The variance may be a number, or have one value
 * per row. Shape: `[...] ×3 → []`, or `[..., D], [..., D], [..., 1] → []`.
 */
export function gaussianNLL(
  input: Tensor,
  target: Tensor,
  given: Operand,
  options: GaussianOptions = {},
): Tensor {
  const { full = false, eps = 1e-6 } = options;
  checkPositive("gaussianNLL", "eps", eps);
  return lossRegion("gaussianNLL", options, gaussianNames, () => {
    const variance = varianceLike(input, given);
    checkAlike("gaussianNLL", { input, target, variance });
    const d = input.sub(target);
    const bounded = variance.add(variance.maximum(eps).sub(variance).stopGradient());
    const values = bounded.log().add(d.mul(d).div(bounded)).mul(0.5);
    return reduce(full ? values.add(0.5 * Math.log(2 * Math.PI)) : values, options.reduction);
  });
}

/** The variance of each value; those known on the host must not be negative. */
function varianceLike(input: Tensor, given: Operand): Tensor {
  const [, variance] =
    typeof given === "number" ? align("gaussianNLL", [input, given]) : [0, given];
  const wrong = variance.node.value?.find((value) => value < 0);
  if (wrong !== undefined) {
    throw lossError("BAD_ARGUMENT", "gaussianNLL", {
      problem: `a variance must not be negative; received ${wrong}`,
      fix: "Predict its logarithm and apply exp, or apply softplus.",
      detail: { variance: wrong },
    });
  }
  const perRow = [...input.shape.slice(0, -1), 1];
  const spreads = variance.rank === 0 || sameShape(variance.shape, perRow);
  return spreads ? variance.broadcastTo(input.shape) : variance;
}

/** Stirling: `t log t − t + ½ log 2πt` where t > 1, else 0. */
function logFactorial(t: Tensor): Tensor {
  const large = t.greater(1);
  const safe = large.where(t, 1);
  const stirling = safe
    .mul(safe.log())
    .sub(safe)
    .add(
      safe
        .mul(2 * Math.PI)
        .log()
        .mul(0.5),
    );
  return large.where(stirling, 0);
}

function difference(loss: string, input: Tensor, target: Operand): Tensor {
  const [, t] = typeof target === "number" ? align(loss, [input, target]) : [input, target];
  checkAlike(loss, { input, target: t });
  return input.sub(t);
}

function checkPositive(loss: string, name: string, value: number): void {
  if (value > 0) return;
  throw lossError("BAD_ARGUMENT", loss, {
    problem: `${name} must be positive; received ${value}`,
    fix: "Pass a number above 0.",
  });
}
