// Steps that the factorisations share, on rows of numbers in double precision. Matrices of a batch are factored one after
// another: each is copied into room of its own, which is faster than memory shared with threads, and rounded once, at the
// end. The inner loop takes four rows at a time, so that most of what it loads is used at once.

import type { HostTensor } from "../../core/host.ts";

/** Elements of one item of a batch: the last two axes. */
export function itemSize({ shape }: HostTensor): number {
  return shape[shape.length - 2] * shape[shape.length - 1];
}

/** Number of items in front of the last two axes. */
export function itemCount({ shape }: HostTensor): number {
  return shape.slice(0, -2).reduce((a, b) => a * b, 1);
}

/** Copies an item of a batch. */
export function readItem(from: HostTensor, item: number, into: Float64Array): void {
  const start = item * into.length;
  for (let i = 0; i < into.length; i++) into[i] = from.data[start + i];
}

/** Copies the average of a square item and its transpose, so that rounding errors in its symmetry do not matter. */
export function readSymmetric(from: HostTensor, item: number, into: Float64Array): void {
  const n = from.shape[from.shape.length - 1];
  const start = item * n * n;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const both = from.data[start + i * n + j] + from.data[start + j * n + i];
      into[i * n + j] = both / 2;
      into[j * n + i] = both / 2;
    }
  }
}

/** Divides by the power of two below the largest element, so that squares neither overflow nor vanish; gives that power. */
export function bringToOne(data: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(data[i]));
  if (largest === 0 || !Number.isFinite(largest)) return 1;
  const power = 2 ** Math.floor(Math.log2(largest));
  for (let i = 0; i < data.length; i++) data[i] /= power;
  return power;
}

/** Rows at an offset, so many elements apart. */
export interface Rows {
  readonly data: Float64Array;
  readonly at: number;
  readonly stride: number;
}

/** `y −= Σ_p c[p] x[p]` for rows y and x[p] of `length` elements and numbers c[p]. */
export function subtractProduct(
  y: Float64Array,
  at: number,
  length: number,
  c: Rows,
  x: Rows,
  count: number,
): void {
  let p = 0;
  for (; p + 4 <= count; p += 4) {
    const from = x.at + p * x.stride;
    const first = c.at + p * c.stride;
    const c0 = c.data[first];
    const c1 = c.data[first + c.stride];
    const c2 = c.data[first + 2 * c.stride];
    const c3 = c.data[first + 3 * c.stride];
    subtractFour(y, at, length, x.data, from, x.stride, c0, c1, c2, c3);
  }
  for (; p < count; p++) {
    addRow(y, at, -c.data[c.at + p * c.stride], x.data, x.at + p * x.stride, length);
  }
}

/** Numbers and arrays only, without records, so that engines keep all of it in registers. */
function subtractFour(
  y: Float64Array,
  at: number,
  length: number,
  x: Float64Array,
  from: number,
  stride: number,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
): void {
  const second = from + stride;
  const third = second + stride;
  const fourth = third + stride;
  for (let k = 0; k < length; k++) {
    y[at + k] -= c0 * x[from + k] + c1 * x[second + k] + (c2 * x[third + k] + c3 * x[fourth + k]);
  }
}

/** `Σ a[i] b[i]` over `length` elements. */
export function dotRows(a: Float64Array, i: number, b: Float64Array, j: number, n: number): number {
  let even = 0;
  let odd = 0;
  let k = 0;
  for (; k + 4 <= n; k += 4) {
    even += a[i + k] * b[j + k] + a[i + k + 2] * b[j + k + 2];
    odd += a[i + k + 1] * b[j + k + 1] + a[i + k + 3] * b[j + k + 3];
  }
  for (; k < n; k++) even += a[i + k] * b[j + k];
  return even + odd;
}

/** `y += c x` over `length` elements. */
export function addRow(
  y: Float64Array,
  at: number,
  c: number,
  x: Float64Array,
  from: number,
  length: number,
): void {
  for (let k = 0; k < length; k++) y[at + k] += c * x[from + k];
}

/** Exchanges two rows of `n` elements. */
export function swapRows(data: Float64Array, i: number, j: number, n: number): void {
  if (i === j) return;
  for (let k = 0; k < n; k++) {
    const kept = data[i * n + k];
    data[i * n + k] = data[j * n + k];
    data[j * n + k] = kept;
  }
}

/** Turns two rows by an angle: `(x, y) ← (c x − s y, s x + c y)`. */
export function rotateRows(
  data: Float64Array,
  i: number,
  j: number,
  length: number,
  c: number,
  s: number,
): void {
  for (let k = 0; k < length; k++) {
    const x = data[i + k];
    const y = data[j + k];
    data[i + k] = c * x - s * y;
    data[j + k] = s * x + c * y;
  }
}

/** Writes the transpose of `rows × columns` numbers. */
export function transposed(from: Float64Array, rows: number, columns: number): Float64Array {
  const into = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) into[j * rows + i] = from[i * columns + j];
  return into;
}
