// Draws from Beta(α, α), from uniform numbers by a table of its quantiles: so a draw is one look-up, the same wherever it is
// made. The table holds z = t^α, in which the distribution is smooth at 0 where the one of t is not.

const entries = 256;
const steps = 4096;

/**
 * z at the quantiles 0, 1/512, …, 1/2 of Beta(α, α): the quantile at u ≤ 1/2 is `z^(1/α)`, at 1 − u it is `1 − z^(1/α)`.
 * Shape: `→ [257]`.
 */
export function betaTable(alpha: number): Float32Array {
  const last = 0.5 ** alpha; // t = 1/2
  const density = (z: number): number => (1 - z ** (1 / alpha)) ** (alpha - 1);
  const sums = new Float64Array(steps + 1);
  for (let k = 0; k < steps; k++) {
    const [a, b] = [(last * k) / steps, (last * (k + 1)) / steps];
    const simpson = (density(a) + 4 * density((a + b) / 2) + density(b)) / 6;
    sums[k + 1] = sums[k] + simpson;
  }
  const table = new Float32Array(entries + 1);
  let at = 0;
  for (let k = 0; k <= entries; k++) {
    const sum = (sums[steps] * k) / entries;
    while (at < steps - 1 && sums[at + 1] < sum) at++;
    const part = (sum - sums[at]) / (sums[at + 1] - sums[at]);
    table[k] = (last * (at + part)) / steps;
  }
  return table;
}

/** The quantile at `u` of Beta(α, α), from its table. */
export function betaQuantile(u: number, table: Float32Array, alpha: number): number {
  const half = Math.min(u, 1 - u) * 2 * entries;
  const at = Math.min(entries - 1, Math.floor(half));
  const z = table[at] + (half - at) * (table[at + 1] - table[at]);
  const t = z ** (1 / alpha);
  return u <= 0.5 ? t : 1 - t;
}
