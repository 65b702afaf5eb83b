// Cholesky factorisation A = L Lᵀ, by rows of Lᵀ: each is the row of A less the rows above it, over its root.

import { ChainruleError } from "../../core/errors.ts";
import type { HostKernel } from "../../ir/op.ts";
import { itemCount, itemSize, readSymmetric, subtractProduct } from "./rows.ts";

/** The lower factor of each matrix of a batch; zeros above the diagonal. */
export const choleskyFactors: HostKernel = (out, [a]) => {
  const n = a.shape[a.shape.length - 1];
  const u = new Float64Array(itemSize(a));
  for (let item = 0; item < itemCount(a); item++) {
    readSymmetric(a, item, u);
    const failed = factor(u, n);
    if (failed >= 0) throw notPositive(failed, u[failed * n + failed], item, a.shape);
    const start = item * n * n;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) out.data[start + i * n + j] = j <= i ? u[j * n + i] : 0;
    }
  }
};

/** Replaces the upper triangle by Lᵀ; the number of the first row without a positive pivot, or −1. */
function factor(u: Float64Array, n: number): number {
  for (let i = 0; i < n; i++) {
    const at = i * n + i;
    const above = { data: u, at: i, stride: n };
    subtractProduct(u, at, n - i, above, above, i);
    const pivot = u[at];
    if (!(pivot > 0)) return i;
    const root = Math.sqrt(pivot);
    for (let k = 0; k < n - i; k++) u[at + k] /= root;
  }
  return -1;
}

function notPositive(
  index: number,
  pivot: number,
  item: number,
  shape: readonly number[],
): ChainruleError {
  const where = shape.length > 2 ? `matrix ${item} of [${shape.join(", ")}]` : "the matrix";
  return new ChainruleError({
    code: "NOT_POSITIVE_DEFINITE",
    op: "cholesky",
    problem: `${where} is not positive definite: pivot ${index} is ${pivot}`,
    fix: "Pass a symmetric matrix such as X Xᵀ; adding a small multiple of the identity helps where rounding is the cause.",
    detail: { index, pivot, item, shape },
  });
}
