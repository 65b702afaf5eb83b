// How many barriers lie on the way to a tensor. What is behind more of them is computed later, by recomputation; passes
// that would bring tensors together leave those of different depths apart, or the earlier ones would live that long.

import type { Tensor } from "../../ir/tensor.ts";

/** The greatest number of barriers between each tensor and a leaf; `order` has inputs before users. */
export function barrierDepths(
  order: readonly Tensor[],
  opaque: ReadonlySet<Tensor>,
): ReadonlyMap<Tensor, number> {
  const depths = new Map<Tensor, number>();
  for (const t of order) {
    let depth = 0;
    if (!opaque.has(t)) for (const x of t.inputs) depth = Math.max(depth, depths.get(x)!);
    depths.set(t, t.definition.body.kind === "barrier" ? depth + 1 : depth);
  }
  return depths;
}
