// LU factorisation with partial pivoting, P A = L U, and what follows from it: solutions, inverses, determinants. Four
// columns are eliminated at a time, so that the rest of the matrix is passed over once for all four.

import type { HostKernel } from "../../ir/op.ts";
import { cofactorsOfSingular } from "./cofactors.ts";
import { itemCount, itemSize, readItem, subtractProduct, swapRows, transposed } from "./rows.ts";
import { singular, solveLower, solveUpper } from "./triangular.ts";

const panel = 4;

/** A factored matrix: L below the diagonal (ones on it), U on and above. */
interface Factors {
  /** Row i of L U is this row of A. */
  readonly order: Int32Array;
  /** The determinant of the permutation. */
  readonly sign: number;
  /** The first pivot that is 0, or −1. */
  readonly zero: number;
}

/** Factors a matrix in its place. */
function factor(a: Float64Array, n: number): Factors {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  let [sign, zero] = [1, -1];
  for (let k = 0; k < n; k += panel) {
    const end = Math.min(n, k + panel);
    for (let j = k; j < end; j++) {
      const pivot = largestBelow(a, n, j);
      if (pivot !== j) {
        swapRows(a, pivot, j, n);
        [order[pivot], order[j]] = [order[j], order[pivot]];
        sign = -sign;
      }
      if (a[j * n + j] !== 0) eliminate(a, n, j, end);
      else if (zero < 0) zero = j;
    }
    for (let i = k + 1; i < n; i++) {
      const below = { data: a, at: i * n + k, stride: 1 };
      const rows = { data: a, at: k * n + end, stride: n };
      subtractProduct(a, i * n + end, n - end, below, rows, Math.min(i, end) - k);
    }
  }
  return { order, sign, zero };
}

function largestBelow(a: Float64Array, n: number, column: number): number {
  let best = column;
  for (let i = column + 1; i < n; i++) {
    if (Math.abs(a[i * n + column]) > Math.abs(a[best * n + column])) best = i;
  }
  return best;
}

/** Eliminates column j below the diagonal in the columns before `end`. */
function eliminate(a: Float64Array, n: number, j: number, end: number): void {
  const pivot = a[j * n + j];
  for (let i = j + 1; i < n; i++) {
    const factor = a[i * n + j] / pivot;
    a[i * n + j] = factor;
    for (let c = j + 1; c < end; c++) a[i * n + c] -= factor * a[j * n + c];
  }
}

function substitute(a: Float64Array, n: number, x: Float64Array, columns: number): void {
  solveLower(a, n, x, columns, true);
  solveUpper(a, n, x, columns, false);
}

/** Solves `A X = B` for each pair of a batch. */
export const luSolutions: HostKernel = (out, [a, b]) => {
  const [n, columns] = out.shape.slice(-2);
  const matrix = new Float64Array(n * n);
  const right = new Float64Array(n * columns);
  const x = new Float64Array(n * columns);
  for (let item = 0; item < itemCount(out); item++) {
    readItem(a, item, matrix);
    readItem(b, item, right);
    const { order, zero } = factor(matrix, n);
    if (zero >= 0) throw singular("solve", zero, item);
    for (let i = 0; i < n; i++) {
      x.set(right.subarray(order[i] * columns, (order[i] + 1) * columns), i * columns);
    }
    substitute(matrix, n, x, columns);
    out.data.set(x, item * x.length);
  }
};

/** The inverse of each matrix of a batch. */
export const luInverses: HostKernel = (out, [a]) => {
  const n = a.shape[a.shape.length - 1];
  const matrix = new Float64Array(itemSize(a));
  for (let item = 0; item < itemCount(a); item++) {
    readItem(a, item, matrix);
    const { order, zero } = factor(matrix, n);
    if (zero >= 0) throw singular("inverse", zero, item);
    out.data.set(inverseOf(matrix, n, order), item * n * n);
  }
};

function inverseOf(factors: Float64Array, n: number, order: Int32Array): Float64Array {
  const x = new Float64Array(n * n);
  for (let i = 0; i < n; i++) x[i * n + order[i]] = 1;
  substitute(factors, n, x, n);
  return x;
}

function productOfPivots(a: Float64Array, n: number, sign: number): number {
  let product = sign;
  for (let i = 0; i < n; i++) product *= a[i * n + i];
  return product;
}

/** The determinant of each matrix of a batch. */
export const luDeterminants: HostKernel = (out, [a]) => {
  const n = a.shape[a.shape.length - 1];
  const matrix = new Float64Array(itemSize(a));
  for (let item = 0; item < itemCount(a); item++) {
    readItem(a, item, matrix);
    const { sign } = factor(matrix, n);
    out.data[item] = productOfPivots(matrix, n, sign);
  }
};

/** Sign and logarithm of the determinant's size, as pairs. */
export const luLogDeterminants: HostKernel = (out, [a]) => {
  const n = a.shape[a.shape.length - 1];
  const matrix = new Float64Array(itemSize(a));
  for (let item = 0; item < itemCount(a); item++) {
    readItem(a, item, matrix);
    let { sign } = factor(matrix, n);
    let log = 0;
    for (let i = 0; i < n; i++) {
      const pivot = matrix[i * n + i];
      sign *= Math.sign(pivot);
      log += Math.log(Math.abs(pivot));
    }
    out.data[2 * item] = sign;
    out.data[2 * item + 1] = log;
  }
};

/** Cofactors of each matrix of a batch, `det(A) A⁻ᵀ`, of singular ones too. */
export const luCofactors: HostKernel = (out, [a]) => {
  const n = a.shape[a.shape.length - 1];
  const matrix = new Float64Array(itemSize(a));
  for (let item = 0; item < itemCount(a); item++) {
    readItem(a, item, matrix);
    const { order, sign, zero } = factor(matrix, n);
    const start = item * n * n;
    if (zero >= 0) {
      readItem(a, item, matrix);
      out.data.set(cofactorsOfSingular(matrix, n), start);
      continue;
    }
    const determinant = productOfPivots(matrix, n, sign);
    const turned = transposed(inverseOf(matrix, n, order), n, n);
    for (let i = 0; i < turned.length; i++) out.data[start + i] = determinant * turned[i];
  }
};
