// Trigonometric functions of angles in radians, and their inverses.

import { type Binary, binary, type Unary, unary } from "./define.ts";

/** Sine of an angle in radians. */
export const sin: Unary = unary({
  name: "sin",
  doc: "Sine of an angle in radians.",
  formula: "\\sin x",
  js: Math.sin,
  wgsl: "sin",
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
  domain: [[-1.2, 1.2]],
  vjp: (g, _x, y) => [g.mul(y.square().add(1))], // d tan = 1 + y²
  derivatives: ["1 + y^2"],
  example: [1, 1.5574077246549023],
});

/** Inverse sine, in radians, for −1 ≤ x ≤ 1. */
export const asin: Unary = unary({
  name: "asin",
  doc: "Inverse sine, in radians, for −1 ≤ x ≤ 1.",
  formula: "\\arcsin x",
  js: Math.asin,
  wgsl: "asin",
  domain: [[-0.8, 0.8]],
  vjp: (g, [x]) => [g.div(x.square().neg().add(1).sqrt())],
  derivatives: ["1 / \\sqrt{1 - x^2}"],
  example: [0.5, 0.5235987755982989],
});

/** Inverse cosine, in radians, for −1 ≤ x ≤ 1. */
export const acos: Unary = unary({
  name: "acos",
  doc: "Inverse cosine, in radians, for −1 ≤ x ≤ 1.",
  formula: "\\arccos x",
  js: Math.acos,
  wgsl: "acos",
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
  vjp: (g, [x]) => [g.div(x.square().add(1))],
  derivatives: ["1 / (1 + x^2)"],
  example: [1, 0.7853981633974483],
});

/** Angle of the point (b, a), in radians; `a` is the height. Shape: broadcast. */
export const atan2: Binary = binary({
  name: "atan2",
  doc: "Angle of the point (b, a), in radians.",
  formula: "\\operatorname{atan2}(a, b)",
  js: Math.atan2,
  wgsl: "atan2",
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
