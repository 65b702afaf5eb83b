// The logarithm of the gamma function and its derivatives of all orders. The asymptotic series hold for large x; smaller
// x is brought there by the recurrence, negative x by reflection (Abramowitz & Stegun 1964, 6.1, 6.3, 6.4, 23.2).

import { type Binary, binary, type Unary, unary } from "./define.ts";

/** Logarithm of |Γ(x)|, to 4·10⁻¹⁵ of itself or of 1; ∞ at 0 and at negative whole numbers. */
export const lgamma: Unary = unary({
  name: "lgamma",
  doc: "Logarithm of the size of the gamma function.",
  formula: "\\log |\\Gamma(x)|",
  js: logGamma,
  domain: [[0.3, 4]],
  vjp: (g, [x]) => [g.mul(x.digamma())],
  derivatives: ["\\psi(x)"],
  example: [0.5, 0.5723649429247001],
});

/** Logarithmic derivative of the gamma function, `ψ(x) = Γ′(x) / Γ(x)`; NaN at negative whole numbers. */
export const digamma: Unary = unary({
  name: "digamma",
  doc: "Logarithmic derivative of the gamma function.",
  formula: "\\psi(x) = \\Gamma'(x) / \\Gamma(x)",
  js: psi,
  domain: [[0.5, 4]],
  vjp: (g, [x]) => [g.mul(x.polygamma(1))],
  derivatives: ["\\psi^{(1)}(x)"],
  example: [1, -0.5772156649015329],
});

/** Derivative of order `order ≥ 0` (a whole number, without gradient) of the digamma function, `ψ⁽ⁿ⁾(x)`. Shape: broadcast. */
export const polygamma: Binary = binary({
  name: "polygamma",
  doc: "Derivative of the digamma function of an order that is a whole number, rounded, and has no gradient.",
  formula: "\\psi^{(n)}(x)",
  js: derivativeOfPsi,
  floatsOnly: true,
  domain: [
    [0.7, 4],
    [0.8, 1.2],
  ],
  vjp: (g, [x, n]) => [g.mul(polygamma(x, n.add(1))), null],
  derivatives: ["\\psi^{(n+1)}(x)", "0"],
  example: [1, 1, 1.6449340668482264],
});

/** From here on the series of 10 terms is exact in double precision. */
const large = 9;
/** Bernoulli numbers B₂, B₄, …, B₂₀. */
const bernoulli = [
  1 / 6,
  -1 / 30,
  1 / 42,
  -1 / 30,
  5 / 66,
  -691 / 2730,
  7 / 6,
  -3617 / 510,
  43867 / 798,
  -174611 / 330,
];

function logGamma(x: number): number {
  if (x <= 0) {
    if (Number.isInteger(x)) return Number.POSITIVE_INFINITY;
    return Math.log(Math.PI / Math.abs(sinPi(x))) - logGamma(1 - x);
  }
  if (!(x < Number.POSITIVE_INFINITY)) return x;
  let product = 1;
  let z = x;
  for (; z < large; z++) product *= z;
  const series = bernoulli.reduce(
    (sum, b, k) => sum + b / ((2 * k + 2) * (2 * k + 1) * z ** (2 * k + 1)),
    0,
  );
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product);
}

function psi(x: number): number {
  if (x === 0) return -1 / x;
  if (x < 0) return Number.isInteger(x) ? Number.NaN : psi(1 - x) - cosPi(x) * (Math.PI / sinPi(x));
  let shift = 0;
  let z = x;
  for (; z < large; z++) shift += 1 / z;
  const series = bernoulli.reduce((sum, b, k) => sum + b / ((2 * k + 2) * z ** (2 * k + 2)), 0);
  return Math.log(z) - 0.5 / z - series - shift;
}

/** `(−1)ⁿ⁺¹ n! ζ(n + 1, x)` for n ≥ 1. */
function derivativeOfPsi(x: number, order: number): number {
  const n = Math.round(order);
  if (!(n >= 0)) return Number.NaN;
  if (n === 0) return psi(x);
  let factorial = 1;
  for (let k = 2; k <= n; k++) factorial *= k;
  return (n % 2 === 0 ? -1 : 1) * factorial * hurwitzZeta(n + 1, x);
}

/** `ζ(s, x) = Σ_{k≥0} (x + k)^{−s}` for whole s ≥ 2. */
function hurwitzZeta(s: number, x: number): number {
  if (x > 0) return zetaOfPositive(s, x);
  if (Number.isNaN(x)) return x;
  if (Number.isInteger(x)) return Number.POSITIVE_INFINITY;
  // The terms x + k < 0 are those of f, f + 1, …, −x with the sign of (−1)ˢ; the others begin at 1 − f.
  const f = -x - Math.floor(-x);
  const below = zetaOfPositive(s, f) - zetaOfPositive(s, 1 - x);
  return zetaOfPositive(s, 1 - f) + (s % 2 === 0 ? below : -below);
}

/** A sum up to `large`, and what is beyond by Euler and Maclaurin. */
function zetaOfPositive(s: number, x: number): number {
  let sum = 0;
  let z = x;
  for (; z < large + s; z++) sum += z ** -s;
  sum += z ** (1 - s) / (s - 1) + 0.5 * z ** -s;
  let factor = (s / 2) * z ** (-s - 1); // s (s + 1) … (s + 2k) / (2k + 2)! · z^(−s − 2k − 1)
  for (const [k, b] of bernoulli.entries()) {
    sum += b * factor;
    factor *= ((s + 2 * k + 1) * (s + 2 * k + 2)) / ((2 * k + 3) * (2 * k + 4) * z * z);
  }
  return sum;
}

/** sin πx, exact at whole and half numbers. */
function sinPi(x: number): number {
  const rest = x - 2 * Math.round(x / 2);
  return Math.abs(rest) > 0.5
    ? Math.sin(Math.PI * (Math.sign(rest) - rest))
    : Math.sin(Math.PI * rest);
}

function cosPi(x: number): number {
  return sinPi(x + 0.5);
}
