// Adaptive pooling: the mean or the largest element of parts of nearly equal size, as many as asked for. Part i of n runs
// from ⌊i·length/n⌋ to ⌈(i+1)·length/n⌉, so parts may overlap. Where n divides the length it is ordinary pooling.

import { sizeOf } from "../../core/shape.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { take } from "../gather.ts";
import { tensor } from "../leaf.ts";
import { toFloat } from "../operand.ts";
import { checkPoolInput, type PerAxis, perAxis } from "./convolution-checks.ts";
import { everyIndex } from "./fold.ts";
import { avgPool, maxPoolWithIndex } from "./pooling.ts";
import type { Picked } from "./statistics.ts";

/** Means over parts of nearly equal size, as many as asked for. Shape: `[B, C, L], n → [B, C, n]`. */
export function adaptiveAvgPool1d(x: Tensor, size: PerAxis): Tensor {
  return adaptiveAvgPool("adaptiveAvgPool1d", 1, x, size);
}

/** Means over parts of nearly equal size, as many as asked for. Shape: `[B, C, H, W], [h, w] → [B, C, h, w]`. */
export function adaptiveAvgPool2d(x: Tensor, size: PerAxis): Tensor {
  return adaptiveAvgPool("adaptiveAvgPool2d", 2, x, size);
}

/** Means over parts of nearly equal size, as many as asked for. Shape: `[B, C, D, H, W], [d, h, w] → [B, C, d, h, w]`. */
export function adaptiveAvgPool3d(x: Tensor, size: PerAxis): Tensor {
  return adaptiveAvgPool("adaptiveAvgPool3d", 3, x, size);
}

/** Largest elements of parts of nearly equal size; the first of equal ones gets the gradient. Shape: `[B, C, L], n → [B, C, n]`. */
export function adaptiveMaxPool1d(x: Tensor, size: PerAxis): Tensor {
  return adaptiveMaxPool("adaptiveMaxPool1d", 1, x, size).values;
}

/** Largest elements of parts of nearly equal size, as `adaptiveMaxPool1d`. Shape: `[B, C, H, W], [h, w] → [B, C, h, w]`. */
export function adaptiveMaxPool2d(x: Tensor, size: PerAxis): Tensor {
  return adaptiveMaxPool("adaptiveMaxPool2d", 2, x, size).values;
}

/** Largest elements of parts of nearly equal size, as `adaptiveMaxPool1d`. Shape: `[B, C, D, H, W], [d, h, w] → [B, C, d, h, w]`. */
export function adaptiveMaxPool3d(x: Tensor, size: PerAxis): Tensor {
  return adaptiveMaxPool("adaptiveMaxPool3d", 3, x, size).values;
}

/** As `adaptiveMaxPool1d`, also with the positions of the elements. */
export function adaptiveMaxPool1dWithIndex(x: Tensor, size: PerAxis): Picked {
  return adaptiveMaxPool("adaptiveMaxPool1dWithIndex", 1, x, size);
}

/** As `adaptiveMaxPool2d`, also with the indices of the elements in their image, counted row by row. */
export function adaptiveMaxPool2dWithIndex(x: Tensor, size: PerAxis): Picked {
  return adaptiveMaxPool("adaptiveMaxPool2dWithIndex", 2, x, size);
}

/** Where part i of n begins and ends along an axis. */
function partsOf(length: number, n: number): readonly { start: number; end: number }[] {
  return Array.from({ length: n }, (_, i) => ({
    start: Math.floor((i * length) / n),
    end: Math.ceil(((i + 1) * length) / n),
  }));
}

/** The kernel of ordinary pooling that does the same, if there is one. */
function evenKernel(lengths: readonly number[], sizes: readonly number[]): number[] | undefined {
  const even = sizes.every((n, k) => lengths[k] % n === 0);
  return even ? lengths.map((length, k) => length / sizes[k]) : undefined;
}

function adaptiveAvgPool(op: string, rank: number, x: Tensor, size: PerAxis): Tensor {
  checkPoolInput(op, rank, x);
  const sizes = perAxis(op, "size", size, rank);
  const lengths = x.shape.slice(2);
  const kernel = evenKernel(lengths, sizes);
  if (kernel !== undefined) return avgPool(op, rank, x, kernel, {});
  return sizes.reduce((y, n, k) => {
    const weights = tensor(meansOf(lengths[k], n), { shape: [n, lengths[k]], dtype: y.dtype });
    return y.contract(weights, { batch: [], contract: [[k + 2, 1]] }).moveAxis(-1, k + 2);
  }, toFloat(x));
}

/** Row i has 1/count at the elements of part i. Shape: `[n, length]`. */
function meansOf(length: number, n: number): number[] {
  return partsOf(length, n).flatMap(({ start, end }) =>
    Array.from({ length }, (_, k) => (k >= start && k < end ? 1 / (end - start) : 0)),
  );
}

function adaptiveMaxPool(op: string, rank: number, x: Tensor, size: PerAxis): Picked {
  checkPoolInput(op, rank, x);
  const sizes = perAxis(op, "size", size, rank);
  const lengths = x.shape.slice(2);
  const kernel = evenKernel(lengths, sizes);
  if (kernel !== undefined) return maxPoolWithIndex(op, rank, x, kernel, {});
  const places = lengths.map((length, k) => placesOf(length, sizes[k]));
  const windows = places.reduce<Tensor>((y, { table, longest }, k) => {
    const index = tensor(table, { shape: [sizes[k], longest], dtype: "int32" });
    return take(y, index, 2 + 2 * k);
  }, x.node); // [B, C, h, longest, w, longest]
  const whole = places.map((_, k) => k);
  const parts = windows
    .permute([0, 1, ...whole.map((k) => 2 + 2 * k), ...whole.map((k) => 3 + 2 * k)])
    .reshape([...x.shape.slice(0, 2), ...sizes, sizeOf(places.map((p) => p.longest))]);
  const { values, indices } = parts.maxWithIndex(-1);
  return { values, indices: inImage(indices, lengths, places) };
}

interface Places {
  /** For each part its elements, the last repeated up to the longest part. */
  readonly table: readonly number[];
  readonly longest: number;
}

/** Repeating the last element changes neither the largest nor which of equal ones is first. */
function placesOf(length: number, n: number): Places {
  const parts = partsOf(length, n);
  const longest = Math.max(...parts.map(({ start, end }) => end - start));
  const table = parts.flatMap(({ start, end }) =>
    Array.from({ length: longest }, (_, k) => Math.min(start + k, end - 1)),
  );
  return { table, longest };
}

/** Indices in the parts as indices in the image, row by row. */
function inImage(indices: Tensor, lengths: readonly number[], places: readonly Places[]): Tensor {
  const sizes = indices.shape.slice(2);
  const longest = places.map((p) => p.longest);
  const all = everyIndex([...sizes, ...longest]).map((at) =>
    lengths.reduce((index, length, k) => {
      return index * length + places[k].table[at[k] * longest[k] + at[sizes.length + k]];
    }, 0),
  );
  const table = tensor(all, { shape: [1, 1, ...sizes, sizeOf(longest)], dtype: "int32" });
  return table.takeAlong(indices.unsqueeze(-1), -1).squeeze(-1);
}
