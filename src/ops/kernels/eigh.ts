// Eigenvalues and -vectors of symmetric matrices: Householder reflections make the matrix tridiagonal, and QL steps with
// Wilkinson's shift make that diagonal (Golub & Van Loan, "Matrix Computations", §8.3). Vectors are kept as rows.

import type { HostKernel } from "../../ir/op.ts";
import {
  addRow,
  bringToOne,
  dotRows,
  itemCount,
  itemSize,
  readSymmetric,
  rotateRows,
  transposed,
} from "./rows.ts";

/** Eigenvalues in ascending order, as a first row, above the vectors as columns, for each matrix of a batch. */
export const eigenpairs: HostKernel = (out, [a]) => {
  const n = a.shape[a.shape.length - 1];
  const matrix = new Float64Array(itemSize(a));
  for (let item = 0; item < itemCount(a); item++) {
    readSymmetric(a, item, matrix);
    const start = item * (n + 1) * n;
    if (!matrix.every(Number.isFinite)) {
      out.data.fill(Number.NaN, start, start + (n + 1) * n);
      continue;
    }
    const power = bringToOne(matrix);
    const { values, vectors } = eigenOf(matrix, n);
    const order = [...values.keys()].sort((i, j) => values[i] - values[j]);
    order.forEach((from, k) => {
      const sign = signOfLargest(vectors, from * n, n);
      out.data[start + k] = power * values[from];
      for (let i = 0; i < n; i++) out.data[start + (i + 1) * n + k] = sign * vectors[from * n + i];
    });
  }
};

/** The sign of a vector's largest element, the first of equals: vectors are given the one that makes it positive. */
export function signOfLargest(vectors: Float64Array, at: number, length: number): number {
  let best = 0;
  // A margin keeps rounding from choosing between elements of one size.
  for (let i = 0; i < length; i++) {
    if (Math.abs(vectors[at + i]) > Math.abs(best) * (1 + 1e-9)) best = vectors[at + i];
  }
  return best < 0 ? -1 : 1;
}

/** What `eigenOf` finds. */
export interface Eigen {
  readonly values: Float64Array;
  /** One vector a row. */
  readonly vectors: Float64Array;
}

/** Eigenvalues, in no order, and vectors of a symmetric matrix, which is overwritten. */
export function eigenOf(a: Float64Array, n: number): Eigen {
  const scales = new Float64Array(n);
  const next = new Float64Array(n);
  tridiagonalise(a, n, scales, next);
  const values = Float64Array.from({ length: n }, (_, i) => a[i * n + i]);
  const vectors = transposed(reflections(a, n, scales), n, n);
  for (let l = 0; l < n; l++) diagonaliseFrom(l, values, next, vectors, n);
  return { values, vectors };
}

/**
 * Makes the matrix tridiagonal: its diagonal stays in `a`, the elements beside it go to `next`, and the vectors of the
 * reflections (row k: from element k + 1 on) replace the upper triangle.
 */
function tridiagonalise(
  a: Float64Array,
  n: number,
  scales: Float64Array,
  next: Float64Array,
): void {
  const w = new Float64Array(n);
  for (let k = 0; k + 1 < n; k++) {
    const at = k * n + k + 1;
    const length = n - k - 1;
    const below = dotRows(a, at + 1, a, at + 1, length - 1);
    next[k] = a[at];
    if (below === 0) continue;
    const norm = Math.sqrt(a[at] * a[at] + below);
    next[k] = a[at] > 0 ? -norm : norm;
    scales[k] = (next[k] - a[at]) / next[k];
    const divisor = a[at] - next[k];
    a[at] = 1;
    for (let i = 1; i < length; i++) a[at + i] /= divisor;
    // w = τ A v − ½ τ² (vᵀ A v) v; then A ← A − v wᵀ − w vᵀ.
    for (let i = 0; i < length; i++) {
      w[i] = scales[k] * dotRows(a, (k + 1 + i) * n + k + 1, a, at, length);
    }
    addRow(w, 0, -0.5 * scales[k] * dotRows(w, 0, a, at, length), a, at, length);
    for (let i = 0; i < length; i++) {
      const row = (k + 1 + i) * n + k + 1;
      subtractBoth(a, row, length, a[at + i], w, 0, w[i], a, at);
    }
  }
}

/** `y −= c x + d z` over `length` elements. */
function subtractBoth(
  y: Float64Array,
  at: number,
  length: number,
  c: number,
  x: Float64Array,
  from: number,
  d: number,
  z: Float64Array,
  other: number,
): void {
  for (let k = 0; k < length; k++) y[at + k] -= c * x[from + k] + d * z[other + k];
}

/** The product of all reflections. */
function reflections(a: Float64Array, n: number, scales: Float64Array): Float64Array {
  const q = new Float64Array(n * n);
  for (let i = 0; i < n; i++) q[i * n + i] = 1;
  const products = new Float64Array(n);
  for (let k = n - 2; k >= 0; k--) {
    if (scales[k] === 0) continue;
    const at = k * n + k + 1;
    const length = n - k - 1;
    products.fill(0);
    for (let i = 0; i < length; i++) {
      addRow(products, 0, a[at + i], q, (k + 1 + i) * n + k + 1, length);
    }
    for (let i = 0; i < length; i++) {
      addRow(q, (k + 1 + i) * n + k + 1, -scales[k] * a[at + i], products, 0, length);
    }
  }
  return q;
}

/** Steps until element l of `next` has vanished; rounding makes more than a few dozen impossible. */
function diagonaliseFrom(
  l: number,
  values: Float64Array,
  next: Float64Array,
  vectors: Float64Array,
  n: number,
): void {
  for (let step = 0; step < 100; step++) {
    let m = l;
    while (m + 1 < n && !isNegligible(next[m], values[m], values[m + 1])) m++;
    if (m === l) return;
    qlStep(l, m, values, next, vectors, n);
  }
}

function isNegligible(x: number, a: number, b: number): boolean {
  return Math.abs(x) <= Number.EPSILON * (Math.abs(a) + Math.abs(b));
}

/** One implicit QL step on rows l … m, shifted by the eigenvalue of the upper corner. */
function qlStep(
  l: number,
  m: number,
  values: Float64Array,
  next: Float64Array,
  vectors: Float64Array,
  n: number,
): void {
  const half = (values[l + 1] - values[l]) / (2 * next[l]);
  const root = Math.hypot(half, 1);
  let g = values[m] - values[l] + next[l] / (half + (half >= 0 ? root : -root));
  let [s, c, p] = [1, 1, 0];
  for (let i = m - 1; i >= l; i--) {
    const f = s * next[i];
    const b = c * next[i];
    const r = Math.hypot(f, g);
    next[i + 1] = r;
    if (r === 0) {
      values[i + 1] -= p;
      next[m] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = values[i + 1] - p;
    const t = (values[i] - g) * s + 2 * c * b;
    p = s * t;
    values[i + 1] = g + p;
    g = c * t - b;
    rotateRows(vectors, i * n, (i + 1) * n, n, c, s);
  }
  values[l] -= p;
  next[l] = g;
  next[m] = 0;
}
