// What a page shows of a tensor: its numbers in a line, a histogram, and where it is large, a sample of its elements. A step
// has tens of millions of elements, so they are gone through twice and no more, as 32- or 64-bit floats.

import { giveBack } from "../../core/give-back.ts";
import type { TraceStatistics } from "./types.ts";

const bins = 24;

/** Sums over the elements that are finite. */
interface Totals {
  readonly sum: number;
  readonly zeros: number;
  readonly nonFinite: number;
  readonly min: number;
  readonly max: number;
}

/** Statistics of elements; of none, and of none that is finite, they are 0. */
export function statisticsOf(given: ArrayLike<number>): TraceStatistics {
  if (isAllEqual(given)) return ofEqual(given[0], given.length);
  // The loops stay fast where they see no more than two kinds of array.
  if (given instanceof Float32Array || given instanceof Float64Array) return ofFloats(given);
  const copy = Float64Array.from(given);
  const found = ofFloats(copy);
  giveBack(copy.buffer);
  return found;
}

function ofFloats(data: Float32Array | Float64Array): TraceStatistics {
  const { sum, zeros, nonFinite, min, max } = totalsOf(data);
  const count = data.length - nonFinite;
  const share = zeros / Math.max(1, data.length);
  if (count === 0 || min === max) return { ...ofEqual(min, count), zeros: share, nonFinite };
  const mean = sum / count;
  const { squares, histogram } = spreadOf(data, mean, min, (max - min) / bins);
  const std = Math.sqrt(squares / count);
  return { min, max, mean, std, zeros: share, nonFinite, histogram };
}

/** Whether there are elements and they are one finite number, as in most broadcast tensors. */
function isAllEqual(data: ArrayLike<number>): boolean {
  const first = data[0];
  if (!Number.isFinite(first)) return false;
  let k = 1;
  while (k < data.length && data[k] === first) k++;
  return k === data.length;
}

function ofEqual(x: number, count: number): TraceStatistics {
  const value = count === 0 ? 0 : x;
  const histogram = Array.from({ length: bins }, (_, bin) => (bin === 0 ? count : 0));
  const zeros = count > 0 && x === 0 ? 1 : 0;
  return { min: value, max: value, mean: value, std: 0, zeros, nonFinite: 0, histogram };
}

function totalsOf(data: Float32Array | Float64Array): Totals {
  let [sum, zeros, nonFinite] = [0, 0, 0];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const { length } = data;
  for (let k = 0; k < length; k++) {
    const x = data[k];
    if (x - x !== 0)
      nonFinite++; // NaN and infinities
    else {
      sum += x;
      if (x === 0) zeros++;
      if (x < min) min = x;
      if (x > max) max = x;
    }
  }
  return { sum, zeros, nonFinite, min, max };
}

/** The sum of squared distances from the mean, and counts in bins. */
function spreadOf(
  data: Float32Array | Float64Array,
  mean: number,
  min: number,
  width: number,
): { readonly squares: number; readonly histogram: number[] } {
  const counts = new Int32Array(bins + 1); // the last one for the maximum
  let squares = 0;
  for (let k = 0; k < data.length; k++) {
    const x = data[k];
    if (x - x !== 0) continue;
    squares += (x - mean) * (x - mean);
    counts[Math.min(bins, (x - min) / width) | 0]++;
  }
  counts[bins - 1] += counts[bins];
  return { squares, histogram: Array.from(counts.subarray(0, bins)) };
}

/** Numbers of the elements that are shown of `size`: all, or `limit` at even distances. */
export function sampleOf(size: number, limit: number): number[] | undefined {
  if (size <= limit) return undefined;
  return Array.from({ length: limit }, (_, k) => Math.floor((k * size) / limit));
}
