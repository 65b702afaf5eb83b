// Singular values by one-sided Jacobi rotations (Hestenes, 1958; Demmel & Veselić, 1992): columns are rotated in pairs
// until all are orthogonal; their lengths are the singular values, small ones as accurate as large ones. A tall matrix
// is made square by QR first, and a large one nearly orthogonal by the eigenvectors of its products, which leaves the
// rotations little to do.

import type { HostTensor } from "../../core/host.ts";
import type { HostKernel } from "../../ir/op.ts";
import { eigenOf, signOfLargest } from "./eigh.ts";
import { orthogonal, reflect } from "./qr.ts";
import {
  addRow,
  bringToOne,
  dotRows,
  itemCount,
  itemSize,
  readItem,
  rotateRows,
  subtractProduct,
  transposed,
} from "./rows.ts";

/** U `[m, k]` above one row of singular values above V `[n, k]`, for each matrix of a batch; k = min(m, n). */
export const singularTriplets: HostKernel = (out, [a]) => {
  const [m, n] = a.shape.slice(-2);
  const k = Math.min(m, n);
  const rows = m + 1 + n;
  for (let item = 0; item < itemCount(a); item++) {
    const start = item * rows * k;
    const found = tripletsOf(a, item);
    if (found === undefined) {
      out.data.fill(Number.NaN, start, start + rows * k);
      continue;
    }
    const { left, values, right } = found;
    const order = [...values.keys()].sort((i, j) => values[j] - values[i]);
    order.forEach((from, j) => {
      const sign = signOfLargest(left, from * m, m);
      for (let i = 0; i < m; i++) out.data[start + i * k + j] = sign * left[from * m + i];
      out.data[start + m * k + j] = values[from];
      for (let i = 0; i < n; i++) {
        out.data[start + (m + 1 + i) * k + j] = sign * right[from * n + i];
      }
    });
  }
};

/** The inverse of each matrix on what it does not take to 0 (Moore–Penrose), small singular values being taken for 0. */
export const pseudoinverses: HostKernel = (out, [a], { tolerance }) => {
  const [m, n] = a.shape.slice(-2);
  const inverse = new Float64Array(m * n);
  for (let item = 0; item < itemCount(a); item++) {
    inverse.fill(0);
    const found = tripletsOf(a, item);
    if (found === undefined) inverse.fill(Number.NaN);
    else {
      const least = found.values.reduce((x, y) => Math.max(x, y), 0) * (tolerance as number);
      found.values.forEach((value, k) => {
        if (value <= least) return;
        for (let i = 0; i < n; i++) {
          addRow(inverse, i * m, found.right[k * n + i] / value, found.left, k * m, m);
        }
      });
    }
    out.data.set(inverse, item * inverse.length);
  }
};

/** The decomposition of one item, in no order; undefined where it holds an infinity or NaN. */
function tripletsOf(a: HostTensor, item: number): Triplets | undefined {
  const [m, n] = a.shape.slice(-2);
  const matrix = new Float64Array(itemSize(a));
  readItem(a, item, matrix);
  if (!matrix.every(Number.isFinite)) return undefined;
  const power = bringToOne(matrix);
  const wide = m < n;
  const { left, values, right } = wide
    ? tallSvd(matrix, n, m)
    : tallSvd(transposed(matrix, m, n), m, n);
  const scaled = values.map((value) => power * value);
  return wide ? { left: right, values: scaled, right: left } : { left, values: scaled, right };
}

/** Vectors are rows. */
interface Triplets {
  readonly left: Float64Array;
  readonly values: Float64Array;
  readonly right: Float64Array;
}

/** The decomposition of a matrix of n columns (given as rows) of length m ≥ n. */
function tallSvd(columns: Float64Array, m: number, n: number): Triplets {
  const scales = reflect(columns, m, n);
  const q = orthogonal(columns, scales, m, n);
  // Rows of R instead of its columns converge faster; then the roles of left and right are exchanged.
  const rows = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) rows[i * n + j] = columns[j * m + i];
  const turns = n < manyRows ? identity(n) : turnNearly(rows, n);
  orthogonalise(rows, turns, n);
  const values = Float64Array.from({ length: n }, (_, i) => {
    return Math.sqrt(dotRows(rows, i * n, rows, i * n, n));
  });
  normalise(rows, values, n);
  const left = new Float64Array(n * m);
  for (let j = 0; j < n; j++)
    for (let i = 0; i < n; i++) addRow(left, j * m, turns[j * n + i], q, i * m, m);
  return { left, values, right: rows };
}

function identity(n: number): Float64Array {
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++) result[i * n + i] = 1;
  return result;
}

/** Rows from which on the eigenvectors of their products are found first (measured). */
const manyRows = 24;

/** Turns rows by the eigenvectors of their products, which leaves them orthogonal but for rounding errors; gives these vectors. */
function turnNearly(rows: Float64Array, n: number): Float64Array {
  const products = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const product = dotRows(rows, i * n, rows, j * n, n);
      products[i * n + j] = product;
      products[j * n + i] = product;
    }
  }
  const { vectors } = eigenOf(products, n);
  const before = { data: rows.map((x) => -x), at: 0, stride: n };
  rows.fill(0);
  for (let i = 0; i < n; i++) {
    subtractProduct(rows, i * n, n, { data: vectors, at: i * n, stride: 1 }, before, n);
  }
  return vectors;
}

/** Rotates rows in pairs until they are orthogonal, and the rows of `turns` with them. */
function orthogonalise(rows: Float64Array, turns: Float64Array, n: number): void {
  const squares = new Float64Array(n);
  const rounding = Number.EPSILON * Math.max(4, Math.sqrt(n));
  for (let sweep = 0, turned = true; turned && sweep < 60; sweep++) {
    turned = false;
    for (let i = 0; i < n; i++) squares[i] = dotRows(rows, i * n, rows, i * n, n);
    for (let i = 0; i + 1 < n; i++) {
      for (let j = i + 1; j < n; j++) {
        const product = dotRows(rows, i * n, rows, j * n, n);
        if (Math.abs(product) <= rounding * Math.sqrt(squares[i] * squares[j])) continue;
        rotatePair(rows, turns, squares, [i, j, n], product);
        turned = true;
      }
    }
  }
}

/** Makes rows i and j orthogonal, whose product and squares are known. */
function rotatePair(
  rows: Float64Array,
  turns: Float64Array,
  squares: Float64Array,
  [i, j, n]: readonly [number, number, number],
  product: number,
): void {
  const zeta = (squares[j] - squares[i]) / (2 * product);
  const t = Math.sign(zeta || 1) / (Math.abs(zeta) + Math.hypot(zeta, 1));
  const c = 1 / Math.hypot(t, 1);
  rotateRows(rows, i * n, j * n, n, c, c * t);
  rotateRows(turns, i * n, j * n, n, c, c * t);
  squares[i] = Math.max(0, squares[i] - t * product);
  squares[j] += t * product;
}

/** Divides rows by their lengths; rows of length 0 become unit vectors that are orthogonal to all others. */
function normalise(rows: Float64Array, values: Float64Array, n: number): void {
  const known: number[] = [];
  for (let i = 0; i < n; i++) {
    if (values[i] === 0) continue;
    for (let k = 0; k < n; k++) rows[i * n + k] /= values[i];
    known.push(i);
  }
  for (let i = 0; i < n; i++) {
    if (values[i] !== 0) continue;
    completeRow(rows, i, known, n);
    known.push(i);
  }
}

/** Takes the unit vector that the known rows leave most of. */
function completeRow(rows: Float64Array, i: number, known: readonly number[], n: number): void {
  for (let axis = 0; axis < n; axis++) {
    rows.fill(0, i * n, (i + 1) * n);
    rows[i * n + axis] = 1;
    for (const _ of [1, 2]) {
      for (const j of known) {
        addRow(rows, i * n, -dotRows(rows, i * n, rows, j * n, n), rows, j * n, n);
      }
    }
    const length = Math.sqrt(dotRows(rows, i * n, rows, i * n, n));
    if (length * length * n < 0.5) continue;
    for (let k = 0; k < n; k++) rows[i * n + k] /= length;
    return;
  }
}
