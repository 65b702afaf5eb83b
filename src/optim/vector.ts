// Arithmetic on flat float64 vectors, for optimizers that run on the host.

/** `Σ a·b`. */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** Adds `factor · b` to a. */
export function addScaled(a: Float64Array, factor: number, b: Float64Array): void {
  for (let i = 0; i < a.length; i++) a[i] += factor * b[i];
}

/** `max |a|`; NaN where an element is. */
export function largest(a: Float64Array): number {
  let result = 0;
  for (const x of a) if (!(Math.abs(x) <= result)) result = Math.abs(x);
  return result;
}

/** `Σ |a|`. */
export function sumOfSizes(a: Float64Array): number {
  let sum = 0;
  for (const x of a) sum += Math.abs(x);
  return sum;
}
