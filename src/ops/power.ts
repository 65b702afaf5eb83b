// Roots and powers.

import { isFloat } from "../core/dtype.ts";
import type { ScalarBuilder, ScalarValue } from "../ir/scalar.ts";
import type { Tensor } from "../ir/tensor.ts";
import { type Binary, binary, type Unary, unary } from "./define.ts";
import { exp2Of } from "./exponential.ts";
import { literal, type Operand } from "./operand.ts";
import { type Arithmetic, arithmetic, head, splitExponent } from "./polynomial.ts";
import { broadcastTo } from "./view.ts";

/** Square root, `√x`. */
export const sqrt: Unary = unary({
  name: "sqrt",
  doc: "Square root.",
  formula: "\\sqrt x",
  js: Math.sqrt,
  wasm: "sqrt",
  wasmTypes: ["float32", "float64"],
  wgsl: "sqrt",
  domain: [[0.3, 3]],
  vjp: (g, _x, y) => [g.mul(0.5).div(y)],
  derivatives: ["1 / (2 \\sqrt x)"],
  example: [9, 3],
});

/** Cube root, `∛x`, of numbers of either sign. */
export const cbrt: Unary = unary({
  name: "cbrt",
  doc: "Cube root.",
  formula: "\\sqrt[3] x",
  js: Math.cbrt,
  // A power, made exact by one step of Newton's iteration; at most 1 ulp.
  expand: (e, x) => {
    const m = arithmetic(e);
    const y = m.apply("pow", m.abs(x), m.number(1 / 3));
    const square = m.mul(y, y);
    const better = m.sub(y, m.div(m.sub(y, m.div(m.abs(x), square)), 3));
    const ordinary = m.apply("logicalAnd", m.less(0, y), m.less(y, Number.POSITIVE_INFINITY));
    return m.copySign(m.select(ordinary, better, y), x);
  },
  domain: [[0.3, 3]],
  vjp: (g, _x, y) => [g.div(y.square().mul(3))],
  derivatives: ["\\tfrac13 x^{-2/3}"],
  example: [-27, -3],
});

const power: Binary = binary({
  name: "pow",
  doc: "Power; for a < 0 the exponent must be whole, and then has no gradient.",
  formula: "a^b",
  // As in C: 1 to any power and −1 to ±∞ are 1.
  js: (a, b) => (a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY) ? 1 : a ** b),
  wgsl: "pow",
  expand: expandPower,
  floatsOnly: true,
  domain: [
    [0.3, 2],
    [-2, 2],
  ],
  vjp: (g, [a, b], y) => {
    const zeroBase = a.equal(0);
    const base = zeroBase.logicalAnd(b.equal(0)).where(1, b).sub(1); // 0 · 0⁻¹ is meant to be 0
    const flat = zeroBase.logicalAnd(b.greaterEqual(0)); // 0 to any power stays 0
    return [g.mul(b).mul(power(a, base)), g.mul(flat.where(0, y)).mul(flat.where(1, a).log())];
  },
  derivatives: ["b\\, a^{b-1}", "a^b \\log a"],
  example: [3, 0.5, 1.7320508075688772],
});

interface Two {
  readonly high: ScalarValue;
  readonly low: ScalarValue;
}

/** 2^(b log₂ |a|) with the logarithm and the product in two float32; at most 3 ulp. */
function expandPower(e: ScalarBuilder, a: ScalarValue, b: ScalarValue): ScalarValue {
  const m = arithmetic(e);
  const near = m.max(m.min(b, 2 ** 34), -(2 ** 34)); // beyond, powers are 0, 1 or ∞ all the same
  const log = log2InTwo(m, m.abs(a));
  const [h, y] = [head(m, log.high), head(m, near)];
  const high = m.mul(y, h);
  const logRest = m.add(m.sub(log.high, h), log.low);
  const low = m.fma(m.sub(near, y), log.high, m.mul(y, logRest));
  const sum = m.add(high, low);
  const lost = m.add(m.sub(high, sum), low);
  const rest = m.max(m.min(lost, 2 ** -10), -(2 ** -10)); // it is less where the result is finite and not 0
  return atEndsOfPower(m, a, b, exp2Of(m, sum, rest));
}

/** log₂ x = k + (2 s + s³ p(s²)) / log 2 with s = f / (2 + f), for 0 < x < ∞, to 2⁻³⁰ of itself. */
function log2InTwo(m: Arithmetic, x: ScalarValue): Two {
  const { k, f } = splitExponent(m, x);
  const d = m.add(f, 2);
  const inverse = m.div(1, d);
  const [sHead, dHead] = [head(m, m.mul(f, inverse)), head(m, d)];
  const dRest = m.sub(f, m.sub(dHead, 2)); // what the sum d has lost included
  const left = m.sub(m.sub(f, m.mul(sHead, dHead)), m.mul(sHead, dRest));
  const sRest = m.mul(left, inverse);
  const s = m.add(sHead, sRest);
  const z = m.mul(s, s);
  const p = m.polynomial(z, [0.961796701, 0.5770788789, 0.4119217992, 0.336610496]);
  const series = m.fma(sRest, 2 / Math.LN2, m.fma(m.mul(z, s), p, m.mul(sHead, slopeLow)));
  const first = m.mul(sHead, slopeHigh);
  const top = m.add(k, first);
  const low = m.add(m.sub(first, m.sub(top, k)), series);
  const high = m.add(top, low);
  return { high, low: m.add(m.sub(top, high), low) };
}

/** 2 / log 2; the first part has 12 bits. */
const slopeHigh = 2.8857421875;
const slopeLow = -3.521057078614831e-4;

/** The sign of powers of a < 0, and the powers that have no logarithm. */
function atEndsOfPower(
  m: Arithmetic,
  a: ScalarValue,
  b: ScalarValue,
  power: ScalarValue,
): ScalarValue {
  const half = m.mul(b, 0.5);
  const whole = m.equal(m.apply("trunc", b), b);
  const even = m.equal(m.apply("trunc", half), half);
  const size = m.abs(a);
  const real = m.select(whole, power, m.select(m.less(a, 0), Number.NaN, power));
  const ordinary = m.apply("logicalAnd", m.less(0, size), m.less(size, Number.POSITIVE_INFINITY));
  const end = m.select(m.less(b, 0), m.div(1, size), size); // of 0, ∞ and NaN
  const y = m.select(ordinary, real, end);
  const signed = m.select(whole, m.select(even, y, m.copySign(y, a)), y);
  const one = m.apply("logicalOr", m.equal(b, 0), m.equal(a, 1));
  return m.select(one, 1, m.select(m.equal(b, b), signed, b));
}

/** Power, `aᵇ`; for a < 0 the exponent must be whole, and then has no gradient. Shape: broadcast. */
export function pow(a: Tensor, b: Operand): Tensor {
  if (typeof b !== "number") return power(a, b);
  const special = specialPowers.get(b);
  if (special !== undefined) return special(a);
  if (!isFloat(a.dtype) && Number.isInteger(b) && b > 0 && b < 64) return wholePower(a, b);
  return power(a, b);
}

const specialPowers = new Map<number, (x: Tensor) => Tensor>([
  [-1, reciprocal],
  [0, (x) => broadcastTo(literal(1, x.dtype), x.shape)],
  [0.5, sqrt],
  [1, (x) => x.node],
  [2, square],
  [3, (x) => square(x).mul(x)],
]);

/** Whole numbers stay whole: by repeated squaring. */
function wholePower(x: Tensor, exponent: number): Tensor {
  if (exponent === 1) return x.node;
  const half = square(wholePower(x, Math.floor(exponent / 2)));
  return exponent % 2 === 0 ? half : half.mul(x);
}

/** Square, `x²`. */
export function square(x: Tensor): Tensor {
  return x.mul(x);
}

/** Reciprocal, `1 / x`. */
export function reciprocal(x: Tensor): Tensor {
  return literal(1, isFloat(x.dtype) ? x.dtype : "float32").div(x);
}

/** Reciprocal of the square root, `1 / √x`. */
export function rsqrt(x: Tensor): Tensor {
  return reciprocal(sqrt(x));
}
