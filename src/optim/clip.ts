// Clipping: new gradients from old ones, as values.

import { checkAreGradients, type Gradients } from "../autodiff/gradients.ts";
import type { Tensor } from "../ir/tensor.ts";
import { literal } from "../ops/operand.ts";
import { badOption } from "./options.ts";

/** Limits every element to `−limit … limit`. */
export function clipByValue(gradients: Gradients, limit: number): Gradients {
  checkAreGradients("clipByValue", gradients);
  if (!(limit >= 0)) throw badOption("clipByValue", "limit", limit, "≥ 0");
  return gradients.map((g) => g.maximum(-limit).minimum(limit));
}

/** Clipped gradients and the norm that they had before. */
export interface Clipped {
  readonly gradients: Gradients;
  /** Scalar. */
  readonly norm: Tensor;
}

/** Multiplies all gradients by `min(1, maxNorm / (n + 1e-6))`, n their norm together; order 2, 1, Infinity or other. */
export function clipByGlobalNorm(
  gradients: Gradients,
  maxNorm: number,
  options: { readonly order?: number } = {},
): Clipped {
  checkAreGradients("clipByGlobalNorm", gradients);
  if (!(maxNorm >= 0)) throw badOption("clipByGlobalNorm", "maxNorm", maxNorm, "≥ 0");
  const norm = globalNorm(gradients, options);
  const factor = norm.add(1e-6).reciprocal().mul(maxNorm).minimum(1);
  return { gradients: gradients.map((g) => g.mul(factor.cast(g.dtype))), norm };
}

/** The norm of all gradients together, `(Σ |g|^order)^(1/order)`; default 2. Shape: `→ []`. */
export function globalNorm(
  gradients: Gradients,
  { order = 2 }: { readonly order?: number } = {},
): Tensor {
  checkAreGradients("globalNorm", gradients);
  if (!(order > 0)) throw badOption("globalNorm", "order", order, "> 0");
  const all = [...gradients].map(([, g]) => g);
  if (all.length === 0) return literal(0, gradients.loss.dtype);
  if (order === Number.POSITIVE_INFINITY) return all.map((g) => g.abs().max()).reduce(larger);
  const total = all.map((g) => powers(g, order).sum()).reduce((a, b) => a.add(b));
  if (order === 1) return total;
  return order === 2 ? total.sqrt() : total.pow(1 / order);
}

function powers(g: Tensor, order: number): Tensor {
  if (order === 2) return g.mul(g);
  return order === 1 ? g.abs() : g.abs().pow(order);
}

function larger(a: Tensor, b: Tensor): Tensor {
  return a.maximum(b);
}
