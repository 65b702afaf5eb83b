// Running sums and products in log₂ n steps: each step combines the tensor with itself shifted by 1, 2, 4, …
// (Hillis & Steele, "Data parallel algorithms", 1986). Nothing divides, so zeros are as good as other numbers.

import { normalizeAxis } from "../../core/shape.ts";
import type { Tensor } from "../../ir/tensor.ts";

/** Running sum along `axis`, `y_i = Σ_{j ≤ i} x_j`; bool counts as int32. Shape: `[...] → [...]`. */
export function cumSum(x: Tensor, axis: number): Tensor {
  return scan("cumSum", x, axis, 0, (a, b) => a.add(b));
}

/** Running product along `axis`. Shape: `[...] → [...]`. */
export function cumProd(x: Tensor, axis: number): Tensor {
  return scan("cumProd", x, axis, 1, (a, b) => a.mul(b));
}

/** Running `log Σ eˣ` along `axis`. Shape: `[...] → [...]`. */
export function logCumSumExp(x: Tensor, axis: number): Tensor {
  return scan("logCumSumExp", x, axis, Number.NEGATIVE_INFINITY, (a, b) => a.logAddExp(b));
}

function scan(
  op: string,
  x: Tensor,
  axis: number,
  identity: number,
  combine: (a: Tensor, b: Tensor) => Tensor,
): Tensor {
  const at = normalizeAxis(op, axis, x.rank);
  let result = x.dtype === "bool" ? x.cast("int32") : x.node;
  for (let shift = 1; shift < x.shape[at]; shift *= 2) {
    const head = result.slice(x.shape.map((n, k) => (k === at ? { end: n - shift } : null)));
    const padding = x.shape.map((_, k) => (k === at ? [shift, 0] : [0, 0]) as [number, number]);
    result = combine(result, head.pad(padding, { value: identity }));
  }
  return result;
}
