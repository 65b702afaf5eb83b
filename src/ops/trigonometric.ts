// Trigonometric functions of angles in radians, and their inverses. Float32 expansions subtract a whole multiple of π/2
// in four parts (Cody and Waite); lanes with a larger angle are given to JavaScript, which reduces it exactly.

import { defineScalar, type ScalarBuilder, type ScalarValue } from "../ir/scalar.ts";
import { type Binary, binary, type Unary, unary } from "./define.ts";
import { type Arithmetic, arithmetic, type Whole, wholeProduct } from "./polynomial.ts";

/** π/2 in parts; the first three have 12 bits, so that their whole multiples up to 2¹² are exact. */
const halfPi = [1.5703125, 4.8375129699707031e-4, 7.5495336204767227e-8, 2.5633440682570896e-12];

/** Angles up to this one are at most 2¹² times π/2. */
const largestAngle = 6400;

/** Splits `x = n π/2 + r` with whole n, its last bits in `bits`, and |r| ≤ π/4. */
function reduceByHalfPi(m: Arithmetic, x: ScalarValue): Whole & { readonly r: ScalarValue } {
  const whole = wholeProduct(m, x, 2 / Math.PI, 0);
  return { ...whole, r: halfPi.reduce((r, part) => m.fma(whole.n, -part, r), x) };
}

/** Whether the last of some bits is set. */
function isOdd(m: Arithmetic, bits: ScalarValue): ScalarValue {
  return m.less(m.apply("shiftLeft", bits, m.int(31)), m.int(0));
}

/** sin(r + quadrant · π/2) for |r| ≤ π/4; sin and cos with it are within 3 ulp. */
function sinInQuadrant(m: Arithmetic, r: ScalarValue, quadrant: ScalarValue): ScalarValue {
  const z = m.mul(r, r);
  const sine = m.polynomial(z, [1, -0.1666665524, 0.008332188241, -0.0001951810991]);
  const cosine = m.polynomial(z, [1, -0.5, 0.04166664556, -0.001388731063, 2.443255835e-5]);
  const size = m.select(isOdd(m, quadrant), cosine, m.mul(r, sine));
  const half = m.apply("shiftRightSigned", quadrant, m.int(1));
  const turn = m.apply("shiftLeft", half, m.int(31)); // adding the top bit changes the sign
  return m.apply("bitsFloat", m.apply("add", m.apply("floatBits", size), turn));
}

/** Defines the function that takes over for lanes with a large angle, and applies it. */
function beyondLargestAngle(
  conditional: "sin" | "cos" | "tan",
): (m: Arithmetic, x: ScalarValue, y: ScalarValue) => ScalarValue {
  const name = `${conditional}Beyond`;
  const js = Math[conditional];
  defineScalar({ name, arity: 3, conditional, js: (beyond, x, y) => (beyond ? js(x) : y) });
  return (m, x, y) => m.apply(name, m.less(largestAngle, m.abs(x)), x, y);
}

const sinBeyond = beyondLargestAngle("sin");
const cosBeyond = beyondLargestAngle("cos");
const tanBeyond = beyondLargestAngle("tan");

/** Sine of an angle in radians. */
export const sin: Unary = unary({
  name: "sin",
  doc: "Sine of an angle in radians.",
  formula: "\\sin x",
  js: Math.sin,
  wgsl: "sin",
  expand: (e, x) => {
    const m = arithmetic(e);
    const { r, bits } = reduceByHalfPi(m, x);
    return sinBeyond(m, x, sinInQuadrant(m, r, bits));
  },
  vjp: (g, [x]) => [g.mul(x.cos())],
  derivatives: ["\\cos x"],
  example: [1, 0.8414709848078965],
});

/** Cosine of an angle in radians. */
export const cos: Unary = unary({
  name: "cos",
  doc: "Cosine of an angle in radians.",
  formula: "\\cos x",
  js: Math.cos,
  wgsl: "cos",
  expand: (e, x) => {
    const m = arithmetic(e);
    const { r, bits } = reduceByHalfPi(m, x);
    return cosBeyond(m, x, sinInQuadrant(m, r, m.apply("add", bits, m.int(1))));
  },
  vjp: (g, [x]) => [g.mul(x.sin()).neg()],
  derivatives: ["-\\sin x"],
  example: [1, 0.5403023058681398],
});

/** Tangent of an angle in radians. */
export const tan: Unary = unary({
  name: "tan",
  doc: "Tangent of an angle in radians.",
  formula: "\\tan x",
  js: Math.tan,
  wgsl: "tan",
  expand: expandTan,
  domain: [[-1.2, 1.2]],
  vjp: (g, _x, y) => [g.mul(y.square().add(1))], // d tan = 1 + y²
  derivatives: ["1 + y^2"],
  example: [1, 1.5574077246549023],
});

/** With r = x − n π/2: tan r for even n, −1 / tan r for odd n; at most 4 ulp. */
function expandTan(e: ScalarBuilder, x: ScalarValue): ScalarValue {
  const m = arithmetic(e);
  const { r, bits } = reduceByHalfPi(m, x);
  const z = m.mul(r, r);
  const p = m.polynomial(
    z,
    [0.3333315551, 0.1333883405, 0.05340839177, 0.0244405698, 0.00310295145, 0.009395593777],
  );
  const t = m.fma(m.mul(r, z), p, r);
  return tanBeyond(m, x, m.select(isOdd(m, bits), m.div(-1, t), t));
}

/** Inverse sine, in radians, for −1 ≤ x ≤ 1. */
export const asin: Unary = unary({
  name: "asin",
  doc: "Inverse sine, in radians, for −1 ≤ x ≤ 1.",
  formula: "\\arcsin x",
  js: Math.asin,
  wgsl: "asin",
  // asin x up to ½, π/2 − 2 asin √((1 − |x|) / 2) above; at most 3 ulp.
  expand: (e, x) => {
    const m = arithmetic(e);
    const { far, y } = asinOfPart(m, x);
    return m.copySign(m.select(far, m.fma(y, -2, Math.PI / 2), y), x);
  },
  domain: [[-0.8, 0.8]],
  vjp: (g, [x]) => [g.div(x.square().neg().add(1).sqrt())],
  derivatives: ["1 / \\sqrt{1 - x^2}"],
  example: [0.5, 0.5235987755982989],
});

/** Whether |x| > ½, and asin of |x|, or there of √((1 − |x|) / 2), as s + s³ p(s²). */
function asinOfPart(m: Arithmetic, x: ScalarValue): Record<"far" | "y", ScalarValue> {
  const a = m.abs(x);
  const far = m.less(0.5, a);
  const z = m.select(far, m.fma(a, -0.5, 0.5), m.mul(a, a));
  const s = m.select(far, m.sqrt(z), a);
  const p = m.polynomial(
    z,
    [0.166667521, 0.07495307177, 0.04546964169, 0.02418149821, 0.0421651192],
  );
  return { far, y: m.fma(m.mul(s, z), p, s) };
}

/** Inverse cosine, in radians, for −1 ≤ x ≤ 1. */
export const acos: Unary = unary({
  name: "acos",
  doc: "Inverse cosine, in radians, for −1 ≤ x ≤ 1.",
  formula: "\\arccos x",
  js: Math.acos,
  wgsl: "acos",
  // π/2 − asin x up to ½; beyond, 2 asin √((1 − |x|) / 2), or π minus that for x < 0; at most 2 ulp.
  expand: (e, x) => {
    const m = arithmetic(e);
    const { far, y } = asinOfPart(m, x);
    const double = m.add(y, y);
    const outer = m.select(m.less(x, 0), m.sub(Math.PI, double), double);
    return m.select(far, outer, m.sub(Math.PI / 2, m.copySign(y, x)));
  },
  domain: [[-0.8, 0.8]],
  vjp: (g, [x]) => [g.div(x.square().neg().add(1).sqrt()).neg()],
  derivatives: ["-1 / \\sqrt{1 - x^2}"],
  example: [0.5, 1.0471975511965979],
});

/** Inverse tangent, in radians. */
export const atan: Unary = unary({
  name: "atan",
  doc: "Inverse tangent, in radians.",
  formula: "\\arctan x",
  js: Math.atan,
  wgsl: "atan",
  // atan x up to 1, π/2 − atan(1/x) above; at most 3 ulp.
  expand: (e, x) => {
    const m = arithmetic(e);
    const a = m.abs(x);
    const far = m.less(1, a);
    const y = atanOfPart(m, m.select(far, m.div(1, a), a));
    return m.copySign(m.select(far, m.sub(Math.PI / 2, y), y), x);
  },
  vjp: (g, [x]) => [g.div(x.square().add(1))],
  derivatives: ["1 / (1 + x^2)"],
  example: [1, 0.7853981633974483],
});

/** `s + s³ p(s²)` for 0 ≤ s ≤ 1. */
function atanOfPart(m: Arithmetic, s: ScalarValue): ScalarValue {
  const z = m.mul(s, s);
  const p = m.polynomial(
    z,
    [
      -0.3333315253, 0.1999376714, -0.1421100348, 0.1066578552, -0.07551723719, 0.04320585728,
      -0.01636413299, 0.002919722814,
    ],
  );
  return m.fma(m.mul(s, z), p, s);
}

/** Angle of the point (b, a), in radians; `a` is the height. Shape: broadcast. */
export const atan2: Binary = binary({
  name: "atan2",
  doc: "Angle of the point (b, a), in radians.",
  formula: "\\operatorname{atan2}(a, b)",
  js: Math.atan2,
  wgsl: "atan2",
  expand: expandAtan2,
  floatsOnly: true,
  domain: [
    [-2, 2],
    [0.5, 2],
  ],
  vjp: (g, [a, b]) => {
    const scaled = g.div(a.square().add(b.square()));
    return [scaled.mul(b), scaled.mul(a).neg()];
  },
  derivatives: ["b / (a^2 + b^2)", "-a / (a^2 + b^2)"],
  example: [1, -1, 2.356194490192345],
});

/** atan of the smaller by the larger side, reflected at the diagonal, then at the axis; at most 3 ulp. */
function expandAtan2(e: ScalarBuilder, a: ScalarValue, b: ScalarValue): ScalarValue {
  const m = arithmetic(e);
  const [height, width] = [m.abs(a), m.abs(b)];
  const [low, high] = [m.min(height, width), m.max(height, width)];
  const ratio = m.select(m.equal(low, high), 1, m.div(low, high)); // also where both are infinite
  const y = atanOfPart(m, m.select(m.equal(high, 0), 0, ratio));
  const steep = m.select(m.less(width, height), m.sub(Math.PI / 2, y), y);
  const left = m.less(m.apply("floatBits", b), m.int(0)); // −0 is left, too
  return m.copySign(m.select(left, m.sub(Math.PI, steep), steep), a);
}
