// Cofactors of a singular matrix: the derivative of its determinant, which is not 0 where only one row depends on others.
// With P A Q = L U, pivots searched in the whole rest of the matrix, zeros come last; cofactors of products are products
// of cofactors, so for one zero pivot they are `± d z wᵀ` with `Lᵀ z = eₙ`, `U w = 0`, `wₙ = 1` and d the other pivots'
// product. With more zero pivots they vanish.

import { swapRows, transposed } from "./rows.ts";
import { solveUpper } from "./triangular.ts";

/** Cofactors of a singular matrix, which is overwritten. */
export function cofactorsOfSingular(a: Float64Array, n: number): Float64Array {
  const result = new Float64Array(n * n);
  if (n === 0) return result;
  const { rows, columns, sign, rank } = factorCompletely(a, n);
  if (rank < n - 1) return result;
  const z = unitVector(n);
  solveUpper(transposed(a, n, n), n, z, 1, true);
  const w = nullVector(a, n);
  let product = sign;
  for (let i = 0; i < n - 1; i++) product *= a[i * n + i];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) result[rows[i] * n + columns[j]] = product * z[i] * w[j];
  return result;
}

function unitVector(n: number): Float64Array {
  const z = new Float64Array(n);
  z[n - 1] = 1;
  return z;
}

/** The vector that the upper triangle, whose last pivot is 0, takes to 0. */
function nullVector(u: Float64Array, n: number): Float64Array {
  const w = unitVector(n);
  for (let i = n - 2; i >= 0; i--) {
    let sum = 0;
    for (let j = i + 1; j < n; j++) sum -= u[i * n + j] * w[j];
    w[i] = sum / u[i * n + i];
  }
  return w;
}

interface CompleteFactors {
  readonly rows: number[];
  readonly columns: number[];
  readonly sign: number;
  readonly rank: number;
}

function factorCompletely(a: Float64Array, n: number): CompleteFactors {
  const rows = Array.from({ length: n }, (_, i) => i);
  const columns = [...rows];
  let sign = 1;
  for (let k = 0; k < n; k++) {
    const best = largest(a, n, k);
    if (a[best] === 0) return { rows, columns, sign, rank: k };
    const [row, column] = [Math.floor(best / n), best % n];
    if (row !== k) sign = -sign;
    if (column !== k) sign = -sign;
    swapRows(a, row, k, n);
    for (let i = 0; i < n; i++) exchange(a, i * n + column, i * n + k);
    exchange(rows, row, k);
    exchange(columns, column, k);
    for (let i = k + 1; i < n; i++) {
      const factor = a[i * n + k] / a[k * n + k];
      a[i * n + k] = factor;
      for (let j = k + 1; j < n; j++) a[i * n + j] -= factor * a[k * n + j];
    }
  }
  return { rows, columns, sign, rank: n };
}

/** Where the largest element is, from row and column k on. */
function largest(a: Float64Array, n: number, k: number): number {
  let best = k * n + k;
  for (let i = k; i < n; i++)
    for (let j = k; j < n; j++) if (Math.abs(a[i * n + j]) > Math.abs(a[best])) best = i * n + j;
  return best;
}

function exchange(list: Float64Array | number[], i: number, j: number): void {
  const kept = list[i];
  list[i] = list[j];
  list[j] = kept;
}
