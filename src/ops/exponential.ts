// Exponentials and logarithms. Float32 expansions: x = n log 2 + r, a polynomial in r, and n into the exponent bits.

import type { ScalarBuilder, ScalarValue } from "../ir/scalar.ts";
import { type Unary, unary } from "./define.ts";
import {
  arithmetic,
  expm1OfSmall,
  ln2High,
  ln2Low,
  reduceByLn2,
  scaleByPowerOf2,
} from "./polynomial.ts";

const infinity = Number.POSITIVE_INFINITY;

/** Exponential, `eˣ`. */
export const exp: Unary = unary({
  name: "exp",
  doc: "Exponential.",
  formula: "e^x",
  js: Math.exp,
  wgsl: "exp",
  expand: expandExp,
  vjp: (g, _x, y) => [g.mul(y)],
  derivatives: ["e^x"],
  example: [2, 7.38905609893065],
});

/** At most 2 ulp; results below 2⁻¹²⁶ become 0. */
function expandExp(e: ScalarBuilder, x: ScalarValue): ScalarValue {
  const m = arithmetic(e);
  const { n, r } = reduceByLn2(m, x);
  const q = m.polynomial(
    r,
    [0.4999999404, 0.1666651517, 0.04166845605, 0.008369418792, 0.001381314243],
  );
  const p = m.add(m.fma(q, m.mul(r, r), r), 1);
  const y = m.select(m.less(x, -87.33654), 0, scaleByPowerOf2(m, p, n));
  return m.select(m.less(88.722831, x), infinity, y);
}

/** Power of two, `2ˣ`. */
export const exp2: Unary = unary({
  name: "exp2",
  doc: "Power of two.",
  formula: "2^x",
  js: (x) => 2 ** x,
  wgsl: "exp2",
  expand: (e, x) => {
    const m = arithmetic(e);
    const n = m.apply("round", x);
    const p = m.polynomial(
      m.sub(x, n),
      [
        1, 0.6931471825, 0.2402264774, 0.05550332367, 0.009618436918, 0.001339887502,
        0.000153533605,
      ],
    );
    const y = m.select(m.less(x, -126), 0, scaleByPowerOf2(m, p, n));
    return m.select(m.less(x, 128), y, m.add(x, infinity)); // NaN stays NaN
  },
  vjp: (g, _x, y) => [g.mul(y).mul(Math.LN2)],
  derivatives: ["2^x \\log 2"],
  example: [3.5, 11.313708498984761],
});

/** `eˣ − 1`, accurate near 0. */
export const expm1: Unary = unary({
  name: "expm1",
  doc: "eˣ − 1, accurate near 0.",
  formula: "e^x - 1",
  js: Math.expm1,
  expand: expandExpm1,
  vjp: (g, [x]) => [g.mul(x.exp())],
  derivatives: ["e^x"],
  example: [1e-10, 1.00000000005e-10],
});

/** (2ⁿ⁻¹ (eʳ − 1) + 2ⁿ⁻¹ − ½) · 2, at most 2 ulp. */
function expandExpm1(e: ScalarBuilder, x: ScalarValue): ScalarValue {
  const m = arithmetic(e);
  const { n, r } = reduceByLn2(m, x);
  const p = expm1OfSmall(m, r);
  const half = scaleByPowerOf2(m, m.number(0.5), n);
  const inner = m.fma(p, half, m.sub(half, 0.5));
  const y = m.select(m.less(x, -17.4), -1, m.add(inner, inner));
  const high = m.select(m.less(88.722831, x), infinity, y);
  return m.select(m.less(m.abs(x), 1e-8), x, high); // keeps −0
}

/** Natural logarithm, `log x`. */
export const log: Unary = unary({
  name: "log",
  doc: "Natural logarithm.",
  formula: "\\log x",
  js: Math.log,
  wgsl: "log",
  expand: expandLog,
  domain: [[0.3, 3]],
  vjp: (g, [x]) => [g.div(x)],
  derivatives: ["1 / x"],
  example: [3, 1.0986122886681098],
});

/** x = 2ᵏ (1 + f) with √½ ≤ 1 + f < √2, then log(1 + f) = f − f²/2 + f³ p(f); at most 2 ulp. */
function expandLog(e: ScalarBuilder, x: ScalarValue): ScalarValue {
  const m = arithmetic(e);
  const tiny = m.less(x, 1.1754943508222875e-38); // below 2⁻¹²⁶ the exponent bits say nothing
  const bits = m.apply("floatBits", m.select(tiny, m.mul(x, 2 ** 23), x));
  const fromRootHalf = m.apply("sub", bits, m.int(0x3f3504f3));
  const k = m.apply("shiftRightSigned", fromRootHalf, m.int(23));
  const mantissa = m.apply("sub", bits, m.apply("shiftLeft", k, m.int(23)));
  const f = m.sub(m.apply("bitsFloat", mantissa), 1);
  const n = m.sub(m.apply("toFloat", k), m.select(tiny, 23, 0));
  const p = m.polynomial(
    f,
    [
      0.3333333135, -0.2500082254, 0.2000122666, -0.1662335694, 0.1420176178, -0.1316019446,
      0.1276154965, -0.07634429634,
    ],
  );
  const z = m.mul(f, f);
  const small = m.fma(z, -0.5, m.fma(n, ln2Low, m.mul(p, m.mul(z, f))));
  const y = m.fma(n, ln2High, m.add(f, small));
  const finite = m.select(m.less(x, infinity), y, x);
  const atZero = m.select(m.equal(x, 0), -infinity, Number.NaN);
  return m.select(m.less(0, x), finite, atZero);
}

/** `log(1 + x)`, accurate near 0. */
export const log1p: Unary = unary({
  name: "log1p",
  doc: "log(1 + x), accurate near 0.",
  formula: "\\log(1 + x)",
  js: Math.log1p,
  // With u = 1 + x rounded, log(u) · x / (u − 1) makes good for what u lost; at most 4 ulp.
  expand: (e, x) => {
    const m = arithmetic(e);
    const u = m.add(x, 1);
    const d = m.sub(u, 1);
    const y = m.mul(m.apply("log", u), m.div(x, d));
    return m.select(m.equal(d, 0), x, m.select(m.less(u, infinity), y, u));
  },
  domain: [[-0.7, 2]],
  vjp: (g, [x]) => [g.div(x.add(1))],
  derivatives: ["1 / (1 + x)"],
  example: [1e-10, 9.9999999995e-11],
});

/** Logarithm to base 2, `log₂ x`. */
export const log2: Unary = unary({
  name: "log2",
  doc: "Logarithm to base 2.",
  formula: "\\log_2 x",
  js: Math.log2,
  wgsl: "log2",
  expand: (e, x) => e.apply("mul", e.apply("log", x), e.constant(Math.LOG2E, "float32")),
  domain: [[0.3, 3]],
  vjp: (g, [x]) => [g.div(x.mul(Math.LN2))],
  derivatives: ["1 / (x \\log 2)"],
  example: [8, 3],
});

/** Logarithm to base 10, `log₁₀ x`. */
export const log10: Unary = unary({
  name: "log10",
  doc: "Logarithm to base 10.",
  formula: "\\log_{10} x",
  js: Math.log10,
  expand: (e, x) => e.apply("mul", e.apply("log", x), e.constant(Math.LOG10E, "float32")),
  domain: [[0.3, 3]],
  vjp: (g, [x]) => [g.div(x.mul(Math.LN10))],
  derivatives: ["1 / (x \\log 10)"],
  example: [1000, 3],
});
