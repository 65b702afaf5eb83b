// Exponentials and logarithms. Float32 expansions: x = n log 2 + r, a polynomial in r, and n into the exponent bits.

import type { ScalarBuilder, ScalarValue } from "../ir/scalar.ts";
import { type Unary, unary } from "./define.ts";
import {
  type Arithmetic,
  arithmetic,
  expm1OfSmall,
  expOfSmall,
  exponentBias,
  ln2High,
  ln2Low,
  powerOf2,
  reduceByLn2,
  scale,
  splitExponent,
  wholeProduct,
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

/** x = n log 2 + r, a polynomial in r, and n into the exponent; at most 2 ulp. */
function expandExp(e: ScalarBuilder, x: ScalarValue): ScalarValue {
  const m = arithmetic(e);
  const near = m.max(m.min(x, 89), -104); // beyond, the result is ∞ or 0 all the same
  const { bits, r } = reduceByLn2(m, near, 2 * exponentBias);
  return scale(m, expOfSmall(m, r), bits);
}

/** Power of two, `2ˣ`. */
export const exp2: Unary = unary({
  name: "exp2",
  doc: "Power of two.",
  formula: "2^x",
  js: (x) => 2 ** x,
  wgsl: "exp2",
  expand: (e, x) => exp2Of(arithmetic(e), x, 0),
  vjp: (g, _x, y) => [g.mul(y).mul(Math.LN2)],
  derivatives: ["2^x \\log 2"],
  example: [3.5, 11.313708498984761],
});

/** `2^(x + rest)` for a rest that is small beside x; at most 2 ulp. */
export function exp2Of(m: Arithmetic, x: ScalarValue, rest: ScalarValue | 0): ScalarValue {
  const near = m.max(m.min(x, 129), -151); // beyond, the result is ∞ or 0 all the same
  const { n, bits } = wholeProduct(m, near, 1, 2 * exponentBias);
  const r = rest === 0 ? m.sub(near, n) : m.add(m.sub(near, n), rest);
  const p = m.polynomial(
    r,
    [1, 0.6931471825, 0.2402264774, 0.05550359562, 0.009618500248, 0.001339097624, 0.0001532890747],
  );
  return scale(m, p, bits);
}

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
  const near = m.max(m.min(x, 89), -18); // beyond, the result is ∞ or −1 all the same
  const { bits, r } = reduceByLn2(m, near, exponentBias - 1);
  const half = powerOf2(m, bits);
  const inner = m.fma(expm1OfSmall(m, r), half, m.sub(half, 0.5));
  return m.copySign(m.add(inner, inner), x); // keeps −0
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

/** x = 2ᵏ (1 + f), then log(1 + f) = f − f²/2 + f³ p(f); at most 1 ulp. */
function expandLog(e: ScalarBuilder, x: ScalarValue): ScalarValue {
  const m = arithmetic(e);
  const { k, f } = splitExponent(m, x);
  const { z, cubic } = logTerms(m, f);
  const small = m.fma(z, -0.5, m.fma(k, ln2Low, cubic));
  return atEndsOfLog(m, x, m.fma(k, ln2High, m.add(f, small)));
}

/** For √½ ≤ 1 + f < √2: z = f² and the rest of log(1 + f) = f − z/2 + rest. */
function logTerms(m: Arithmetic, f: ScalarValue): Record<"z" | "cubic", ScalarValue> {
  const p = m.polynomial(
    f,
    [
      0.3333333135, -0.2500082254, 0.2000122666, -0.1662335694, 0.1420176178, -0.1316019446,
      0.1276154965, -0.07634429634,
    ],
  );
  const z = m.mul(f, f);
  return { z, cubic: m.mul(p, m.mul(z, f)) };
}

/** Puts −∞ at 0, ∞ at ∞ and NaN below 0. */
function atEndsOfLog(m: Arithmetic, x: ScalarValue, y: ScalarValue): ScalarValue {
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
  // With u = 1 + x rounded, log(u) · x / (u − 1) makes good for what u lost; at most 3 ulp.
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
  // k + log₂(1 + f), exact at whole powers; at most 2 ulp.
  expand: (e, x) => {
    const m = arithmetic(e);
    const { k, f } = splitExponent(m, x);
    const { z, cubic } = logTerms(m, f);
    const small = m.fma(m.fma(z, -0.5, cubic), Math.LOG2E, k);
    return atEndsOfLog(m, x, m.fma(f, Math.LOG2E, small));
  },
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
  // At most 3 ulp.
  expand: (e, x) => e.apply("mul", e.apply("log", x), e.constant(Math.LOG10E, "float32")),
  domain: [[0.3, 3]],
  vjp: (g, [x]) => [g.div(x.mul(Math.LN10))],
  derivatives: ["1 / (x \\log 10)"],
  example: [1000, 3],
});
