// The Gumbel softmax: a sample from a categorical distribution that has a gradient.

import { ChainruleError } from "../../core/errors.ts";
import type { OptionNames } from "../../core/option-names.ts";
import { normalizeAxis } from "../../core/shape.ts";
import { checkOptions } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { type Generator, random } from "../random.ts";

/** Options of the Gumbel softmax. */
export interface GumbelOptions {
  /** Temperature: near 0 samples are nearly one-hot; default 1. */
  readonly tau?: number;
  /** Whether the value is one-hot, with the gradient of the soft sample; default false. */
  readonly hard?: boolean;
  /** Default −1, the last. */
  readonly axis?: number;
  /** Default: the library's. */
  readonly generator?: Generator;
}

const gumbelNames: OptionNames<GumbelOptions> = {
  tau: true,
  hard: true,
  axis: true,
  generator: true,
};

/**
 * `softmax((x + n) / τ)` along an axis with noise `n = −log(−log u)`, u uniform (Jang et al. 2017, Maddison et al. 2017).
 * Shape: `[...] → [...]`.
 */
export function gumbelSoftmax(logits: Tensor, options: GumbelOptions = {}): Tensor {
  checkOptions("gumbelSoftmax", options, gumbelNames);
  const { tau = 1, hard = false, axis = -1, generator = random } = options;
  if (!(tau > 0)) {
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op: "gumbelSoftmax",
      problem: `the temperature must be > 0; received ${tau}`,
      fix: "Use tau: 1, or less for samples nearer to one-hot ones.",
      detail: { tau },
    });
  }
  const at = normalizeAxis("gumbelSoftmax", axis, logits.rank);
  const noise = generator.gumbel(logits.shape).cast(logits.dtype);
  const soft = logits.add(noise).div(tau).softmax(at);
  if (!hard) return soft;
  const chosen = soft.argMax({ axis: at }).oneHot(logits.shape[at], { dtype: soft.dtype });
  return chosen.moveAxis(-1, at).sub(soft.stopGradient()).add(soft);
}
