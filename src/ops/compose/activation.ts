// Activation functions: ordinary functions of the scalar vocabulary. Where one has a kink, its doc says which branch the
// derivative takes; the branch that is not taken sees a harmless operand, so that its gradient is 0 and never NaN.

import { checkChoice, checkFinite } from "../../core/checks.ts";
import { ChainruleError } from "../../core/errors.ts";
import type { OptionNames } from "../../core/option-names.ts";
import { normalizeAxis, showShape } from "../../core/shape.ts";
import { checkOptions } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { customVjp } from "../alias.ts";
import { softplus1 } from "../hyperbolic.ts";
import { type Generator, random } from "../random.ts";

/** Leaky rectifier: `x` above 0, `slope · x` elsewhere; at 0 its derivative is the slope. */
export function leakyRelu(x: Tensor, slope = 0.01): Tensor {
  checkFinite("leakyRelu", { slope });
  return x.greater(0).where(x, x.mul(slope));
}

/** Options of the randomized leaky rectifier. */
export interface RreluOptions {
  /** Ends of the slopes below 0; default ⅛ and ⅓. */
  readonly lower?: number;
  readonly upper?: number;
  /** Whether each element draws its slope; else all have their mean. Default false. */
  readonly training?: boolean;
  /** Default: the library's. */
  readonly generator?: Generator;
}

const rreluNames: OptionNames<RreluOptions> = {
  lower: true,
  upper: true,
  training: true,
  generator: true,
};

/** Leaky rectifier with random slopes below 0 (Xu et al. 2015). */
export function rrelu(x: Tensor, options: RreluOptions = {}): Tensor {
  checkOptions("rrelu", options, rreluNames);
  const { lower = 1 / 8, upper = 1 / 3, training = false, generator = random } = options;
  checkFinite("rrelu", { lower, upper });
  if (!training) return leakyRelu(x, (lower + upper) / 2);
  const slopes = generator.uniform(x.shape, lower, upper).cast(x.dtype);
  return x.greater(0).where(x, x.mul(slopes));
}

/** Leaky rectifier with a learned slope: one for all, or one per channel (axis 1). */
export function prelu(x: Tensor, weight: Tensor): Tensor {
  const slope = weight.size === 1 ? weight.reshape([]) : perChannel("prelu", weight, x);
  return x.greater(0).where(x, x.mul(slope));
}

/** Exponential linear unit: `x` above 0, `α (eˣ − 1)` elsewhere; at 0 its derivative is α. */
export function elu(x: Tensor, alpha = 1): Tensor {
  checkFinite("elu", { alpha });
  const above = x.greater(0);
  return above.where(x, above.where(0, x).expm1().mul(alpha));
}

/** Self-normalising unit, `1.0507 · elu(x, 1.6733)` (Klambauer et al. 2017). */
export function selu(x: Tensor): Tensor {
  return elu(x, 1.6732632423543772).mul(1.0507009873554805);
}

/** Continuously differentiable ELU: `x` above 0, `α (e^{x/α} − 1)` elsewhere. */
export function celu(x: Tensor, alpha = 1): Tensor {
  checkFinite("celu", { alpha });
  const above = x.greater(0);
  return above.where(x, above.where(0, x).div(alpha).expm1().mul(alpha));
}

/** Gaussian error linear unit, `x Φ(x) = x · ½(1 + erf(x/√2))`; `"tanh"` takes the approximation by tanh. */
export function gelu(x: Tensor, options: { readonly approximate?: "none" | "tanh" } = {}): Tensor {
  checkOptions("gelu", options, { approximate: true });
  const { approximate = "none" } = options;
  checkChoice("gelu", "approximation", approximate, ["none", "tanh"]);
  return approximate === "tanh" ? tanhGelu(x) : erfGelu(x);
}

// Both forms write their derivative out: it needs x and the slow function. What it has in common with the value beyond
// these would be kept for it, so there is no such part: ½(1 + t) is ½t + ½ here.

const erfGelu = customVjp(
  "gelu",
  (x) => x.mul(0.5).mul(x.mul(Math.SQRT1_2).erf().add(1)),
  (g, [x]) => {
    const density = x
      .square()
      .mul(-0.5)
      .exp()
      .mul(1 / Math.sqrt(2 * Math.PI));
    return [g.mul(x.mul(Math.SQRT1_2).erf().mul(0.5).add(0.5).add(x.mul(density)))];
  },
);

const tanhGelu = customVjp(
  "gelu by tanh",
  (x) => x.mul(0.5).mul(innerOfGelu(x).tanh().add(1)),
  (g, [x]) => {
    const t = innerOfGelu(x).tanh();
    const slope = x
      .square()
      .mul(3 * geluCubic)
      .add(1)
      .mul(geluScale);
    const bend = x.mul(slope).mul(t.square().neg().add(1));
    return [g.mul(t.add(bend).mul(0.5).add(0.5))];
  },
);

const geluCubic = 0.044715;
const geluScale = Math.sqrt(2 / Math.PI);

function innerOfGelu(x: Tensor): Tensor {
  return x.square().mul(geluCubic).add(1).mul(x).mul(geluScale);
}

/** Sigmoid linear unit (swish), `x σ(x)`. */
export function silu(x: Tensor): Tensor {
  return x.mul(x.sigmoid());
}

/** Mish, `x tanh(log(1 + eˣ))`. */
export function mish(x: Tensor): Tensor {
  return x.mul(softplus1(x).tanh());
}

/** Softplus, `log(1 + e^{βx}) / β`, but `x` where `βx` exceeds the threshold. */
export function softplus(
  x: Tensor,
  options: { readonly beta?: number; readonly threshold?: number } = {},
): Tensor {
  checkOptions("softplus", options, { beta: true, threshold: true });
  const { beta = 1, threshold: limit = Number.POSITIVE_INFINITY } = options;
  checkFinite("softplus", { beta });
  const smooth = beta === 1 ? softplus1(x) : softplus1(x.mul(beta)).div(beta);
  return limit === Number.POSITIVE_INFINITY ? smooth : x.mul(beta).greater(limit).where(x, smooth);
}

/** Softsign, `x / (1 + |x|)`. */
export function softsign(x: Tensor): Tensor {
  return x.div(x.abs().add(1));
}

/** Logarithm of the logistic function, `log σ(x)`, without underflow. */
export function logSigmoid(x: Tensor): Tensor {
  return softplus1(x.neg()).neg();
}

/** Clips to `min … max`; the derivative is 0 at both bounds (unlike `clamp`). */
export function hardTanh(
  x: Tensor,
  options: { readonly min?: number; readonly max?: number } = {},
): Tensor {
  const { min = -1, max = 1 } = options;
  return x.lessEqual(min).where(min, x.greaterEqual(max).where(max, x));
}

/** Piecewise linear sigmoid, `min(max(x + 3, 0), 6) / 6`; the derivative is 0 at −3 and 3. */
export function hardSigmoid(x: Tensor): Tensor {
  return x.lessEqual(-3).where(0, x.greaterEqual(3).where(1, x.add(3).div(6)));
}

/** `x · hardSigmoid(x)`; the derivative at −3 and 3 is `x/3 + ½`. */
export function hardSwish(x: Tensor): Tensor {
  return x.less(-3).where(0, x.greater(3).where(x, x.mul(x.add(3)).div(6)));
}

/** Rectifier clipped at 6; the derivative is 0 at 0 and at 6. */
export function relu6(x: Tensor): Tensor {
  return x.greaterEqual(6).where(6, x.relu());
}

/** Shrinks towards 0 by λ: `sign(x) max(|x| − λ, 0)`. */
export function softShrink(x: Tensor, lambda = 0.5): Tensor {
  checkFinite("softShrink", { lambda });
  return x.greater(lambda).where(x.sub(lambda), x.less(-lambda).where(x.add(lambda), 0));
}

/** `x` where `|x| > λ`, else 0. */
export function hardShrink(x: Tensor, lambda = 0.5): Tensor {
  checkFinite("hardShrink", { lambda });
  return x.abs().lessEqual(lambda).where(0, x);
}

/** `x − tanh x`. */
export function tanhShrink(x: Tensor): Tensor {
  return x.sub(x.tanh());
}

/** `x` above `limit`, `value` elsewhere. */
export function threshold(x: Tensor, limit: number, value: number): Tensor {
  checkFinite("threshold", { limit });
  return x.lessEqual(limit).where(value, x);
}

/** Gated linear unit: the first half along `axis` times the sigmoid of the second. Shape: `[…, 2n] → […, n]`. */
export function glu(x: Tensor, axis = -1): Tensor {
  const at = normalizeAxis("glu", axis, x.rank);
  if (x.shape[at] % 2 !== 0) {
    throw new ChainruleError({
      code: "SHAPE_MISMATCH",
      op: "glu",
      problem: `axis ${at} of ${showShape(x.shape)} has an odd length`,
      fix: "It is cut into halves, so its length must be even.",
    });
  }
  const [value, gate] = x.chunk(2, at);
  return value.mul(gate.sigmoid());
}

function perChannel(op: string, weight: Tensor, x: Tensor): Tensor {
  if (x.rank >= 2 && weight.rank === 1 && weight.size === x.shape[1]) {
    return weight.reshape([weight.size, ...x.shape.slice(2).map(() => 1)]);
  }
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `${showShape(weight.shape)} slopes do not fit ${showShape(x.shape)}`,
    fix: "Pass one slope, or one per channel (axis 1).",
    detail: { weight: weight.shape, shape: x.shape },
  });
}
