// Roots and powers.

import { isFloat } from "../core/dtype.ts";
import type { Tensor } from "../ir/tensor.ts";
import { type Binary, binary, type Unary, unary } from "./define.ts";
import { literal, type Operand } from "./operand.ts";
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

const power: Binary = binary({
  name: "pow",
  doc: "Power; for a < 0 the exponent must be whole, and then has no gradient.",
  formula: "a^b",
  // As in C: 1 to any power and −1 to ±∞ are 1.
  js: (a, b) => (a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY) ? 1 : a ** b),
  wgsl: "pow",
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
