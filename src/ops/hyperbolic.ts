// Hyperbolic functions, and their relatives the logistic function and softplus.

import type { ScalarBuilder, ScalarValue } from "../ir/scalar.ts";
import { type Unary, unary } from "./define.ts";
import {
  type Arithmetic,
  arithmetic,
  expOfSmall,
  exponentBias,
  powerOf2,
  reduceByLn2,
} from "./polynomial.ts";

/** Hyperbolic tangent. */
export const tanh: Unary = unary({
  name: "tanh",
  doc: "Hyperbolic tangent.",
  formula: "\\tanh x",
  js: Math.tanh,
  wgsl: "tanh",
  expand: expandTanh,
  vjp: (g, _x, y) => [g.mul(y.mul(y).neg().add(1))], // d tanh = 1 − y²
  derivatives: ["1 - y^2"],
  example: [1, 0.7615941559557649],
});

/** x + x³ p(x²) below 0.55, and with z = e^(−2|x|) 1 − 2z / (z + 1) above; at most 2 ulp. */
function expandTanh(e: ScalarBuilder, x: ScalarValue): ScalarValue {
  const m = arithmetic(e);
  const a = m.min(m.abs(x), 9.1); // tanh rounds to 1 from 9.02 on
  const { bits, r } = reduceByLn2(m, m.mul(a, -2), exponentBias);
  const z = m.mul(expOfSmall(m, r), powerOf2(m, bits));
  const far = m.sub(1, m.div(m.add(z, z), m.add(z, 1)));
  const square = m.mul(a, a);
  const p = m.polynomial(
    square,
    [-0.3333331645, 0.1333254576, -0.05384784937, 0.02105247229, -0.006245992612],
  );
  const near = m.fma(m.mul(p, square), a, a);
  return m.copySign(m.select(m.less(a, 0.55), near, far), x);
}

/** Logistic function, `1 / (1 + e⁻ˣ)`. */
export const sigmoid: Unary = unary({
  name: "sigmoid",
  doc: "Logistic function.",
  formula: "\\sigma(x) = \\frac{1}{1 + e^{-x}}",
  js: (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))),
  // With z = e^(−|x|) and w = z / (1 + z): 1 − w for x ≥ 0, z − z w below; at most 2 ulp.
  expand: (e, x) => {
    const m = arithmetic(e);
    const z = expOfMinusAbs(e, x);
    const c = m.select(m.less(x, 0), z, 1);
    return m.fma(m.div(z, m.sub(-1, z)), c, c);
  },
  vjp: (g, _x, y) => [g.mul(y.mul(y.neg().add(1)))], // d σ = y (1 − y)
  derivatives: ["y (1 - y)"],
  example: [0.5, 0.6224593312018546],
});

/** Softplus with β = 1, `log(1 + eˣ)`; `softplus` of the compositions adds β and the threshold. */
export const softplus1: Unary = unary({
  name: "softplus",
  doc: "log(1 + eˣ), without overflow.",
  formula: "\\log(1 + e^x)",
  js: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  // max(x, 0) + log(1 + z) for z = e^(−|x|): 2 s + s³ p(s²) with s = z / (2 + z); at most 3 ulp.
  expand: (e, x) => {
    const m = arithmetic(e);
    const z = expOfMinusAbs(e, x);
    const s = m.div(z, m.add(z, 2));
    const square = m.mul(s, s);
    const p = m.polynomial(square, [0.6666641831, 0.4002143741, 0.2800301611, 0.2800688446]);
    const log = m.fma(m.mul(p, square), s, m.add(s, s));
    return m.add(m.select(m.less(0, x), x, 0), log);
  },
  vjp: (g, [x]) => [g.mul(x.sigmoid())],
  derivatives: ["\\sigma(x)"],
  example: [1, 1.3132616875182228],
});

function expOfMinusAbs(e: ScalarBuilder, x: ScalarValue): ScalarValue {
  return e.apply("exp", e.apply("neg", e.apply("abs", x)));
}

/** Hyperbolic sine. */
export const sinh: Unary = unary({
  name: "sinh",
  doc: "Hyperbolic sine.",
  formula: "\\sinh x",
  js: Math.sinh,
  wgsl: "sinh",
  // x + x³ p(x²) below 1, (e^|x| − e^−|x|) / 2 above; at most 2 ulp.
  expand: (e, x) => {
    const m = arithmetic(e);
    const a = m.abs(x);
    const q = quarterOfExp(m, a);
    const far = m.sub(m.add(q, q), m.div(0.125, q));
    const p = m.polynomial(
      m.mul(x, x),
      [0.1666666716, 0.008333310485, 0.0001984289556, 2.782213187e-6],
    );
    const near = m.fma(m.mul(p, m.mul(a, a)), a, a);
    return m.copySign(m.select(m.less(a, 1), near, far), x);
  },
  vjp: (g, [x]) => [g.mul(x.cosh())],
  derivatives: ["\\cosh x"],
  example: [1, 1.1752011936438014],
});

/** Hyperbolic cosine. */
export const cosh: Unary = unary({
  name: "cosh",
  doc: "Hyperbolic cosine.",
  formula: "\\cosh x",
  js: Math.cosh,
  wgsl: "cosh",
  // (e^|x| + e^−|x|) / 2; at most 2 ulp.
  expand: (e, x) => {
    const m = arithmetic(e);
    const q = quarterOfExp(m, m.abs(x));
    return m.add(m.add(q, q), m.div(0.125, q));
  },
  vjp: (g, [x]) => [g.mul(x.sinh())],
  derivatives: ["\\sinh x"],
  example: [1, 1.5430806348152437],
});

/** eᵃ/4 for a ≥ 0, which is finite wherever sinh and cosh are. */
function quarterOfExp(m: Arithmetic, a: ScalarValue): ScalarValue {
  const { bits, r } = reduceByLn2(m, m.min(a, 89.5), exponentBias - 2);
  return m.mul(expOfSmall(m, r), powerOf2(m, bits));
}

/** Inverse hyperbolic sine. */
export const asinh: Unary = unary({
  name: "asinh",
  doc: "Inverse hyperbolic sine.",
  formula: "\\operatorname{arsinh} x",
  js: Math.asinh,
  wgsl: "asinh",
  // x + x³ p(x²) below 1, log(|x| + √(x² + 1)) above; at most 3 ulp.
  expand: (e, x) => {
    const m = arithmetic(e);
    const a = m.abs(x);
    const z = m.mul(x, x);
    const p = m.polynomial(
      z,
      [
        -0.1666662991, 0.07498715818, -0.04448787868, 0.02945628762, -0.01918206736, 0.01043084357,
        -0.003838439472, 0.0006739852834,
      ],
    );
    const far = logOfSum(m, a, m.sqrt(m.add(z, 1)));
    return m.copySign(m.select(m.less(a, 1), m.fma(m.mul(p, z), a, a), far), x);
  },
  vjp: (g, [x]) => [g.div(x.square().add(1).sqrt())],
  derivatives: ["1 / \\sqrt{x^2 + 1}"],
  example: [1, 0.881373587019543],
});

/** Inverse hyperbolic cosine, for x ≥ 1. */
export const acosh: Unary = unary({
  name: "acosh",
  doc: "Inverse hyperbolic cosine, for x ≥ 1.",
  formula: "\\operatorname{arcosh} x",
  js: Math.acosh,
  wgsl: "acosh",
  // With t = x − 1: √(2t) p(t) for t < ½, log(x + √(t (x + 1))) above; at most 3 ulp.
  expand: (e, x) => {
    const m = arithmetic(e);
    const t = m.sub(x, 1);
    const p = m.polynomial(
      t,
      [1, -0.08333321661, 0.01874660514, -0.005547914654, 0.001760218525, -0.00041338749],
    );
    const near = m.mul(m.sqrt(m.add(t, t)), p);
    const far = logOfSum(m, x, m.sqrt(m.mul(t, m.add(x, 1))));
    return m.select(m.less(t, 0.5), near, far);
  },
  domain: [[1.3, 3]],
  vjp: (g, [x]) => [g.div(x.sub(1).sqrt().mul(x.add(1).sqrt()))],
  derivatives: ["1 / \\sqrt{x^2 - 1}"],
  example: [2, 1.3169578969248166],
});

/** log(a + root) for a root near a; from 2¹³ on, where its square may overflow, the root is a. */
function logOfSum(m: Arithmetic, a: ScalarValue, root: ScalarValue): ScalarValue {
  const large = m.less(2 ** 13, a);
  const sum = m.select(large, a, m.add(a, root));
  return m.add(m.apply("log", sum), m.select(large, Math.LN2, 0));
}

/** Inverse hyperbolic tangent, for −1 < x < 1. */
export const atanh: Unary = unary({
  name: "atanh",
  doc: "Inverse hyperbolic tangent, for −1 < x < 1.",
  formula: "\\operatorname{artanh} x",
  js: Math.atanh,
  wgsl: "atanh",
  // x + x³ p(x²) below ½, ½ log((1 + |x|) / (1 − |x|)) above; at most 3 ulp.
  expand: (e, x) => {
    const m = arithmetic(e);
    const a = m.abs(x);
    const z = m.mul(x, x);
    const p = m.polynomial(
      z,
      [0.3333329856, 0.2000261247, 0.1422088593, 0.1183985248, 0.05073503032, 0.1775809228],
    );
    const far = m.mul(0.5, m.apply("log", m.div(m.add(a, 1), m.sub(1, a))));
    return m.copySign(m.select(m.less(a, 0.5), m.fma(m.mul(p, z), a, a), far), x);
  },
  domain: [[-0.8, 0.8]],
  vjp: (g, [x]) => [g.div(x.neg().add(1).mul(x.add(1)))],
  derivatives: ["1 / (1 - x^2)"],
  example: [0.5, 0.5493061443340548],
});
