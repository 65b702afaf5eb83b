// The error function, its complement and its inverse. JavaScript has none: a series near 0, a continued fraction beyond,
// and Halley's iteration for the inverse.

import type { ScalarBuilder, ScalarValue } from "../ir/scalar.ts";
import { type Unary, unary } from "./define.ts";
import {
  type Arithmetic,
  arithmetic,
  expOfSmall,
  exponentBias,
  head,
  ln2High,
  ln2Low,
  powerOf2,
  reduceByLn2,
  scale,
  wholeProduct,
} from "./polynomial.ts";

const twoOverRootPi = 2 / Math.sqrt(Math.PI);

/** Error function. */
export const erf: Unary = unary({
  name: "erf",
  doc: "Error function.",
  formula: "\\operatorname{erf} x = \\frac{2}{\\sqrt\\pi} \\int_0^x e^{-t^2} dt",
  js: (x) => (Math.abs(x) < 1.5 ? erfSeries(x) : 1 - erfcOf(x)),
  expand: expandErf,
  vjp: (g, [x]) => [g.mul(x.square().neg().exp().mul(twoOverRootPi))],
  derivatives: ["\\frac{2}{\\sqrt\\pi} e^{-x^2}"],
  example: [1, 0.8427007929497149],
});

/** Complementary error function, `1 − erf x`, accurate where erf is near 1. */
export const erfc: Unary = unary({
  name: "erfc",
  doc: "Complementary error function, accurate where erf is near 1.",
  formula: "1 - \\operatorname{erf} x",
  js: erfcOf,
  expand: expandErfc,
  vjp: (g, [x]) => [g.mul(x.square().neg().exp().mul(-twoOverRootPi))],
  derivatives: ["-\\frac{2}{\\sqrt\\pi} e^{-x^2}"],
  example: [3, 2.209049699858544e-5],
});

/** Inverse of the error function on −1 … 1; NaN outside. */
export const erfinv: Unary = unary({
  name: "erfinv",
  doc: "Inverse of the error function.",
  formula: "\\operatorname{erf}^{-1} x",
  js: erfinvOf,
  expand: expandErfinv,
  domain: [[-0.9, 0.9]],
  vjp: (g, _x, y) => [g.mul(y.square().exp()).mul(1 / twoOverRootPi)],
  derivatives: ["\\frac{\\sqrt\\pi}{2} e^{y^2}"],
  example: [0.5, 0.4769362762044699],
});

/** `x + x p(x²)` below 0.92, `1 − e^(−a q(a))` for a = |x| above; at most 2 ulp. */
function expandErf(e: ScalarBuilder, x: ScalarValue): ScalarValue {
  const m = arithmetic(e);
  const a = m.min(m.abs(x), 4); // erf rounds to 1 from 3.92 on
  const q = m.polynomial(
    a,
    [
      1.12864852, 0.6351513267, 0.10623689, -0.02376207523, 0.003642464988, -0.0003228053974,
      1.123146558e-5,
    ],
  );
  const { bits, r } = reduceByLn2(m, m.mul(a, m.apply("neg", q)), exponentBias);
  const tail = m.sub(1, m.mul(expOfSmall(m, r), powerOf2(m, bits)));
  return m.select(m.less(a, 0.92), erfOfSmall(m, x), m.copySign(tail, x));
}

/** `x + x p(x²)` for |x| < 0.92. */
function erfOfSmall(m: Arithmetic, x: ScalarValue): ScalarValue {
  const p = m.polynomial(
    m.mul(x, x),
    [0.1283791512, -0.3761247993, 0.1128168255, -0.02676171996, 0.004985940177, -0.0005953739164],
  );
  return m.fma(x, p, x);
}

/**
 * With a = |x|: 1 − (a + a p(a²)) below ½, e^(−a²) g(a) / (1 + 2a) above, where g is a polynomial in (a − 2) / (a + 2)
 * and a² = h² + (a − h)(a + h) for the first 12 bits h of a; then 2 − y for x < 0; at most 4 ulp.
 */
function expandErfc(e: ScalarBuilder, x: ScalarValue): ScalarValue {
  const m = arithmetic(e);
  const a = m.min(m.abs(x), 10.1); // erfc rounds to 0 from 10.06 on
  const h = head(m, a);
  const { n, bits } = wholeProduct(m, m.mul(h, h), -Math.LOG2E, 2 * exponentBias);
  const whole = m.fma(n, -ln2High, m.mul(h, m.apply("neg", h)));
  const r = m.fma(m.sub(h, a), m.add(h, a), m.fma(n, -ln2Low, whole));
  const g = m.polynomial(
    m.div(m.sub(a, 2), m.add(a, 2)),
    [
      1.276978374, -0.09276362509, -0.1660302132, 0.1640431136, -0.05421988666, -0.007950829342,
      0.008700124919, 0.0009534399724, -0.001325970748,
    ],
  );
  const far = scale(m, m.div(m.mul(expOfSmall(m, r), g), m.fma(a, 2, 1)), bits);
  const below = m.less(x, 0);
  const near = m.sub(1, erfOfSmall(m, x));
  return m.select(m.less(a, 0.5), near, m.select(below, m.sub(2, far), far));
}

/**
 * `x p(w)` with w = −log(1 − x²), by two polynomials (Giles, "Approximating the erfinv function", GPU Computing Gems
 * 2010); at most 4 ulp.
 */
function expandErfinv(e: ScalarBuilder, x: ScalarValue): ScalarValue {
  const m = arithmetic(e);
  const w = m.apply("neg", m.apply("log", m.mul(m.sub(1, x), m.add(1, x))));
  const near = m.polynomial(
    m.sub(w, 2.5),
    [
      1.50140941, 0.246640727, -0.00417768164, -0.00125372503, 0.00021858087, -4.39150654e-6,
      -3.5233877e-6, 3.43273939e-7, 2.81022636e-8,
    ],
  );
  const far = m.polynomial(
    m.sub(m.sqrt(m.max(w, 5)), 3),
    [
      2.83297682, 1.00167406, 0.00943887047, -0.0076224613, 0.00573950773, -0.00367342844,
      0.00134934322, 0.000100950558, -0.000200214257,
    ],
  );
  const y = m.mul(m.select(m.less(w, 5), near, far), x);
  const end = m.equal(m.abs(x), 1);
  return m.select(end, m.mul(x, Number.POSITIVE_INFINITY), y);
}

/** Winitzki's formula, which is right to 2·10⁻³, and three steps of Halley's iteration on the smaller of erf and erfc. */
function erfinvOf(x: number): number {
  const a = Math.abs(x);
  if (a >= 1 || a === 0) return a > 1 ? Number.NaN : a === 0 ? x : x * Number.POSITIVE_INFINITY;
  const log = Math.log1p(-a * a);
  const b = 2 / (Math.PI * 0.147) + log / 2;
  let y = Math.sqrt(Math.sqrt(b * b - log / 0.147) - b);
  for (let k = 0; k < 3; k++) {
    const miss = a < 0.5 ? erfSeries(y) - a : 1 - a - erfcOf(y);
    const step = miss / (twoOverRootPi * Math.exp(-y * y));
    y -= step / (1 + y * step);
  }
  return x < 0 ? -y : y;
}

/** `(2/√π) e^(−x²) Σ 2ⁿ x^(2n+1) / (2n+1)!!`: all terms have one sign, so nothing cancels. */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return twoOverRootPi * Math.exp(-x * x) * sum;
}

/** `e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 3/2/(x + …))))` for x ≥ 1.5. */
function erfcOf(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x < 0) return 2 - erfcOf(-x);
  if (x < 1.5) return 1 - erfSeries(x);
  if (x > 27) return 0;
  let rest = 0;
  for (let k = Math.ceil(270 / (x * x)) + 5; k > 0; k--) rest = k / 2 / (x + rest);
  const head = Math.fround(x); // x² = head² + (x − head)(x + head), so that e^(−x²) loses nothing
  const gauss = Math.exp(-head * head) * Math.exp((head - x) * (head + x));
  return gauss / Math.sqrt(Math.PI) / (x + rest);
}
