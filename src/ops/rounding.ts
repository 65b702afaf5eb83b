// Piecewise functions: sign and size, rounding, remainders, the rectifier.

import type { Tensor } from "../ir/tensor.ts";
import { type Binary, binary, type Unary, unary } from "./define.ts";
import type { Operand } from "./operand.ts";

/** Absolute value, `|x|`; its derivative at 0 is 0. */
export const abs: Unary = unary({
  name: "abs",
  doc: "Absolute value; its derivative at 0 is 0.",
  formula: "|x|",
  js: Math.abs,
  wasm: "abs",
  wgsl: "abs",
  keepsIntegers: true,
  vjp: (g, [x]) => [g.mul(x.sign())],
  derivatives: ["\\operatorname{sign} x"],
  example: [-1.5, 1.5],
});

/** Sign, −1, 0 or 1; its derivative is 0. */
export const sign: Unary = unary({
  name: "sign",
  doc: "Sign; its derivative is 0.",
  formula: "\\operatorname{sign} x",
  js: Math.sign,
  wgsl: "sign",
  keepsIntegers: true,
  expandTypes: ["float32", "float64", "int32"],
  expand: (e, x) => {
    const number = (value: number) => e.constant(value, x.dtype);
    const below = e.apply("select", e.apply("less", x, number(0)), number(-1), x);
    return e.apply("select", e.apply("greater", x, number(0)), number(1), below);
  },
  vjp: () => [null],
  derivatives: ["0"],
  example: [-1.5, -1],
});

/** Rectifier, `max(x, 0)`; its derivative at 0 is 0; NaN stays NaN. */
export const relu: Unary = unary({
  name: "relu",
  doc: "Rectifier; its derivative at 0 is 0; NaN stays NaN.",
  formula: "\\max(x, 0)",
  // A comparison, not Math.max: NaN and −0 stay, as the expansion leaves them.
  js: (x) => (x < 0 ? 0 : x),
  wgsl: "relu",
  keepsIntegers: true,
  expandTypes: ["float32", "float64", "int32"],
  expand: (e, x) =>
    e.apply("select", e.apply("less", x, e.constant(0, x.dtype)), e.constant(0, x.dtype), x),
  vjp: (g, [x]) => [x.greater(0).where(g, 0)],
  derivatives: ["[x > 0]"],
  example: [-1.5, 0],
});

interface RoundingRow {
  readonly name: string;
  readonly doc: string;
  readonly formula: string;
  readonly js: (x: number) => number;
  readonly wasm: string;
  /** Between two jumps. */
  readonly domain: readonly [number, number];
  readonly example: readonly [number, number];
}

function rounding(row: RoundingRow): Unary {
  return unary({
    ...row,
    domain: [row.domain],
    wasmTypes: ["float32", "float64"],
    wgsl: row.name,
    fixesIntegers: true,
    vjp: () => [null],
    derivatives: ["0"],
  });
}

/** Largest whole number not above x; its derivative is 0. */
export const floor: Unary = rounding({
  name: "floor",
  doc: "Largest whole number not above x; its derivative is 0.",
  formula: "\\lfloor x \\rfloor",
  js: Math.floor,
  wasm: "floor",
  domain: [-1.9, -1.1],
  example: [-1.5, -2],
});

/** Smallest whole number not below x; its derivative is 0. */
export const ceil: Unary = rounding({
  name: "ceil",
  doc: "Smallest whole number not below x; its derivative is 0.",
  formula: "\\lceil x \\rceil",
  js: Math.ceil,
  wasm: "ceil",
  domain: [-1.9, -1.1],
  example: [-1.5, -1],
});

/** Rounds towards zero; its derivative is 0. */
export const trunc: Unary = rounding({
  name: "trunc",
  doc: "Rounds towards zero; its derivative is 0.",
  formula: "\\operatorname{trunc} x",
  js: Math.trunc,
  wasm: "trunc",
  domain: [-1.9, -1.1],
  example: [-1.75, -1],
});

/** Nearest whole number, halves to the even neighbour; its derivative is 0. */
export const round: Unary = rounding({
  name: "round",
  doc: "Nearest whole number, halves to the even neighbour; its derivative is 0.",
  formula: "\\operatorname{round} x",
  js: roundHalfEven,
  wasm: "nearest",
  domain: [-1.4, -0.6],
  example: [2.5, 2],
});

function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (!(rest > 0)) return x; // whole, infinite or NaN
  const up = rest > 0.5 || (rest === 0.5 && below % 2 !== 0);
  return up ? below + 1 || -0 : below;
}

/** Remainder of a / b with the sign of a. Shape: broadcast. */
export const fmod: Binary = binary({
  name: "fmod",
  doc: "Remainder of a / b with the sign of a.",
  formula: "a - b \\operatorname{trunc}(a / b)",
  js: (a, b) => a % b,
  wgsl: "%",
  domain: [
    [2.1, 2.9],
    [0.75, 0.99],
  ],
  vjp: (g, [a, b]) => [g, g.mul(a.div(b).trunc()).neg()],
  derivatives: ["1", "-\\operatorname{trunc}(a / b)"],
  example: [-7.5, 2, -1.5],
});

/** Remainder of a / b with the sign of b, as `%` in Python. Shape: broadcast. */
export function remainder(a: Tensor, b: Operand): Tensor {
  const rest = fmod(a, b);
  const otherSign = rest.less(0).notEqual(rest.mul(0).add(b).less(0));
  return otherSign.logicalAnd(rest.notEqual(0)).where(rest.add(b), rest);
}
