// Modified Bessel functions of the first kind, orders 0 and 1: the power series near 0, whose terms have one sign, and
// the asymptotic series from 30 on (Abramowitz & Stegun 1964, 9.6.10, 9.7.1).

import { type Unary, unary } from "./define.ts";

/** Modified Bessel function of the first kind of order 0, `I₀(x)`; the weight of a Kaiser window. */
export const i0: Unary = unary({
  name: "i0",
  doc: "Modified Bessel function of the first kind, order 0.",
  formula: "I_0(x) = \\sum_k \\frac{(x^2/4)^k}{(k!)^2}",
  js: (x) => bessel(0, x),
  vjp: (g, [x]) => [g.mul(x.i1())],
  derivatives: ["I_1(x)"],
  example: [1, 1.2660658777520084],
});

/** Modified Bessel function of the first kind of order 1, `I₁(x) = I₀′(x)`. */
export const i1: Unary = unary({
  name: "i1",
  doc: "Modified Bessel function of the first kind, order 1.",
  formula: "I_1(x) = I_0'(x)",
  js: (x) => bessel(1, x),
  domain: [[0.2, 2]],
  vjp: (g, [x], y) => {
    const zero = x.equal(0); // I₁(x) / x is ½ there
    return [g.mul(x.i0().sub(zero.where(0.5, y.div(zero.where(1, x)))))];
  },
  derivatives: ["I_0(x) - I_1(x) / x"],
  example: [1, 0.565159103992485],
});

function bessel(order: 0 | 1, x: number): number {
  const a = Math.abs(x);
  if (Number.isNaN(x)) return x;
  const y = a < 30 ? powerSeries(order, a) : asymptotic(order, a);
  return order === 1 && x < 0 ? -y : y;
}

function powerSeries(order: 0 | 1, x: number): number {
  let term = order === 0 ? 1 : x / 2;
  let sum = term;
  for (let k = 1; term > 1e-18 * sum; k++) {
    term *= (x * x) / (4 * k * (k + order));
    sum += term;
  }
  return sum;
}

function asymptotic(order: 0 | 1, x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; k <= 30; k++) {
    term *= ((2 * k - 1) ** 2 - 4 * order) / (8 * k * x);
    sum += term;
  }
  const half = Math.exp(x / 2); // eˣ alone would overflow before the quotient does
  return (half / Math.sqrt(2 * Math.PI * x)) * sum * half;
}
