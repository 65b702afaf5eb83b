// Hyperbolic functions, and their relatives the logistic function and softplus.

import type { ScalarBuilder, ScalarValue } from "../ir/scalar.ts";
import { type Unary, unary } from "./define.ts";
import { arithmetic, expm1OfSmall, reduceByLn2, scaleByPowerOf2 } from "./polynomial.ts";

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

/** With z = e^(−2|x|): 1 − 2z / (z + 1), and near 0 (1 − z) / (z + 1) without cancellation; at most 2 ulp. */
function expandTanh(e: ScalarBuilder, x: ScalarValue): ScalarValue {
  const m = arithmetic(e);
  const a = m.select(m.less(9.1, m.abs(x)), 9.1, m.abs(x)); // tanh rounds to 1 from 9.02 on
  const { n, r } = reduceByLn2(m, m.mul(a, -2));
  const p = expm1OfSmall(m, r);
  const scale = scaleByPowerOf2(m, m.number(1), n);
  const z = m.fma(p, scale, scale);
  const near = m.less(a, 0.55);
  const numerator = m.select(near, m.fma(p, scale, m.sub(scale, 1)), m.add(z, z));
  const ratio = m.div(numerator, m.add(z, 1));
  return m.apply("copySign", m.select(near, ratio, m.sub(1, ratio)), x);
}

/** Logistic function, `1 / (1 + e⁻ˣ)`. */
export const sigmoid: Unary = unary({
  name: "sigmoid",
  doc: "Logistic function.",
  formula: "\\sigma(x) = \\frac{1}{1 + e^{-x}}",
  js: (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))),
  // With z = e^(−|x|): 1 / (1 + z) for x ≥ 0, z / (1 + z) below; at most 2 ulp.
  expand: (e, x) => {
    const m = arithmetic(e);
    const z = expOfMinusAbs(e, x);
    return m.div(m.select(m.less(x, 0), z, 1), m.add(z, 1));
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
  expand: (e, x) => {
    const m = arithmetic(e);
    return m.add(m.select(m.less(0, x), x, 0), m.apply("log1p", expOfMinusAbs(e, x)));
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
  vjp: (g, [x]) => [g.mul(x.sinh())],
  derivatives: ["\\sinh x"],
  example: [1, 1.5430806348152437],
});

/** Inverse hyperbolic sine. */
export const asinh: Unary = unary({
  name: "asinh",
  doc: "Inverse hyperbolic sine.",
  formula: "\\operatorname{arsinh} x",
  js: Math.asinh,
  wgsl: "asinh",
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
  domain: [[1.3, 3]],
  vjp: (g, [x]) => [g.div(x.sub(1).sqrt().mul(x.add(1).sqrt()))],
  derivatives: ["1 / \\sqrt{x^2 - 1}"],
  example: [2, 1.3169578969248166],
});

/** Inverse hyperbolic tangent, for −1 < x < 1. */
export const atanh: Unary = unary({
  name: "atanh",
  doc: "Inverse hyperbolic tangent, for −1 < x < 1.",
  formula: "\\operatorname{artanh} x",
  js: Math.atanh,
  wgsl: "atanh",
  domain: [[-0.8, 0.8]],
  vjp: (g, [x]) => [g.div(x.neg().add(1).mul(x.add(1)))],
  derivatives: ["1 / (1 - x^2)"],
  example: [0.5, 0.5493061443340548],
});
