// QR factorisation by Householder reflections, with the signs that LAPACK gives: R's diagonal may be negative. Columns are
// kept as rows, so that every step runs along memory.

import type { HostKernel } from "../../ir/op.ts";
import { addRow, bringToOne, dotRows, itemCount, itemSize, readItem, transposed } from "./rows.ts";

/** Q `[m, k]` above Rᵀ `[n, k]` for each matrix `[m, n]` of a batch, k = min(m, n). */
export const qrFactors: HostKernel = (out, [a]) => {
  const [m, n] = a.shape.slice(-2);
  const k = Math.min(m, n);
  const matrix = new Float64Array(itemSize(a));
  for (let item = 0; item < itemCount(a); item++) {
    readItem(a, item, matrix);
    const power = bringToOne(matrix);
    const columns = transposed(matrix, m, n);
    const scales = reflect(columns, m, n);
    const start = item * (m + n) * k;
    out.data.set(transposed(orthogonal(columns, scales, m, k), k, m), start);
    for (let j = 0; j < n; j++) {
      const row = start + (m + j) * k;
      for (let i = 0; i < k; i++) out.data[row + i] = i <= j ? power * columns[j * m + i] : 0;
    }
  }
};

/**
 * Replaces the columns (as rows of length m) by R, with the vectors of the reflections below its diagonal, their first
 * element 1 left out; gives the factors τ of `H = I − τ v vᵀ`.
 */
export function reflect(columns: Float64Array, m: number, n: number): Float64Array {
  const k = Math.min(m, n);
  const scales = new Float64Array(k);
  for (let j = 0; j < k; j++) {
    const at = j * m + j;
    const rest = m - j - 1;
    const below = dotRows(columns, at + 1, columns, at + 1, rest);
    if (below === 0) continue;
    const first = columns[at];
    const length = Math.sqrt(first * first + below);
    const diagonal = first > 0 ? -length : length;
    scales[j] = (diagonal - first) / diagonal;
    for (let i = 1; i <= rest; i++) columns[at + i] /= first - diagonal;
    columns[at] = diagonal;
    for (let c = j + 1; c < n; c++) apply(columns, at, scales[j], columns, c * m + j, rest);
  }
  return scales;
}

/** Applies a reflection, whose vector begins (with an unwritten 1) at `at`, to a row from `to` on. */
function apply(
  vectors: Float64Array,
  at: number,
  scale: number,
  rows: Float64Array,
  to: number,
  rest: number,
): void {
  if (scale === 0) return;
  const product = scale * (rows[to] + dotRows(vectors, at + 1, rows, to + 1, rest));
  rows[to] -= product;
  addRow(rows, to + 1, -product, vectors, at + 1, rest);
}

/** The first k columns of Q, as rows of length m. */
export function orthogonal(
  columns: Float64Array,
  scales: Float64Array,
  m: number,
  k: number,
): Float64Array {
  const q = new Float64Array(k * m);
  for (let j = 0; j < k; j++) q[j * m + j] = 1;
  for (let j = k - 1; j >= 0; j--) {
    for (let c = j; c < k; c++) apply(columns, j * m + j, scales[j], q, c * m + j, m - j - 1);
  }
  return q;
}
