// Means as statistics: a weighted sum and the sum of the weights, both in float64, so that millions of small terms do not
// lose what float32 would round away.

import type { HostTensor } from "../core/host.ts";
import type { Tensor } from "../ir/tensor.ts";
import { full } from "../ops/leaf.ts";

/** `Σ w·x` and `Σ w` over all elements. */
export function weightedSums(
  values: Tensor,
  weights: Tensor | undefined,
): { readonly total: Tensor; readonly weight: Tensor } {
  const wide = values.cast("float64").reshape([values.size]);
  if (weights === undefined) return { total: wide.sum(), weight: full([], values.size, "float64") };
  // A value that counts nothing must not matter, not even where it is no number.
  return { total: weights.equal(0).where(0, wide.mul(weights)).sum(), weight: weights.sum() };
}

/** `Σ w·x / Σ w` of such statistics; NaN where nothing was counted. */
export function mean({ total, weight }: Readonly<Record<string, HostTensor>>): number {
  return total.data[0] / weight.data[0];
}
