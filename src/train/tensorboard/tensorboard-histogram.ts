// A histogram as TensorBoard's histogram plugin takes it: buckets of equal width over the range of the values, each with
// its left edge, right edge and count.

/** Rows of a histogram: left edge, right edge, count. Shape: `[buckets, 3]`. */
export interface Buckets {
  readonly rows: number;
  readonly data: Float64Array;
}

/**
 * Counts values in buckets of equal width from the smallest to the largest; the last bucket includes its right edge. NaN
 * and infinities are left out. Values that are all equal are one bucket of width 1 around them.
 */
export function histogramOf(values: ArrayLike<number>, buckets: number): Buckets {
  const { least, most, count } = rangeOf(values);
  if (count === 0) return { rows: 0, data: new Float64Array(0) };
  if (least === most) {
    return { rows: 1, data: Float64Array.of(least - 0.5, most + 0.5, count) };
  }
  const width = (most - least) / buckets;
  const data = new Float64Array(3 * buckets);
  for (let b = 0; b < buckets; b++) {
    data[3 * b] = least + b * width;
    data[3 * b + 1] = b === buckets - 1 ? most : least + (b + 1) * width;
  }
  for (let k = 0; k < values.length; k++) {
    if (!Number.isFinite(values[k])) continue;
    const bucket = Math.min(buckets - 1, Math.floor((values[k] - least) / width));
    data[3 * bucket + 2]++;
  }
  return { rows: buckets, data };
}

function rangeOf(values: ArrayLike<number>): { least: number; most: number; count: number } {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  let count = 0;
  for (let k = 0; k < values.length; k++) {
    const value = values[k];
    if (!Number.isFinite(value)) continue;
    if (value < least) least = value;
    if (value > most) most = value;
    count++;
  }
  return { least, most, count };
}
