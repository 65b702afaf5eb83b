// What a page shows of a tensor: its numbers in a line, a histogram, and where it is large, a sample of its elements.

import type { TraceStatistics } from "./types.ts";

const bins = 24;

/** Statistics of elements; of none, and of none that is finite, they are 0. */
export function statisticsOf(data: ArrayLike<number>): TraceStatistics {
  let [count, sum, squares, zeros] = [0, 0, 0, 0];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let k = 0; k < data.length; k++) {
    const x = data[k];
    if (!Number.isFinite(x)) continue;
    count++;
    sum += x;
    if (x === 0) zeros++;
    if (x < min) min = x;
    if (x > max) max = x;
  }
  const mean = count === 0 ? 0 : sum / count;
  for (let k = 0; k < data.length; k++) {
    if (Number.isFinite(data[k])) squares += (data[k] - mean) ** 2;
  }
  const range = count === 0 ? { min: 0, max: 0 } : { min, max };
  return {
    ...range,
    mean,
    std: count === 0 ? 0 : Math.sqrt(squares / count),
    zeros: count === 0 ? 0 : zeros / data.length,
    nonFinite: data.length - count,
    histogram: histogramOf(data, range.min, range.max),
  };
}

function histogramOf(data: ArrayLike<number>, min: number, max: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  const width = (max - min) / bins;
  for (let k = 0; k < data.length; k++) {
    const x = data[k];
    if (!Number.isFinite(x)) continue;
    counts[width === 0 ? 0 : Math.min(bins - 1, Math.floor((x - min) / width))]++;
  }
  return counts;
}

/** Numbers of the elements that are shown of `size`: all, or `limit` at even distances. */
export function sampleOf(size: number, limit: number): number[] | undefined {
  if (size <= limit) return undefined;
  return Array.from({ length: limit }, (_, k) => Math.floor((k * size) / limit));
}
