// Bits: logic and shifts of whole numbers, signs of floats, and the conversions between float32 and int32 that
// expansions are built of.

import { isFloat } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { showShape } from "../core/shape.ts";
import { defineScalar } from "../ir/scalar.ts";
import { Tensor } from "../ir/tensor.ts";
import { logicalAnd, logicalNot, logicalOr, logicalXor } from "./arithmetic.ts";
import { type Binary, binary, type Unary, unary } from "./define.ts";
import type { Operand } from "./operand.ts";

/** Shifts int32 right, filling with zeros (the number read as unsigned). */
export const shiftRight: Binary = binary({
  name: "shiftRight",
  doc: "Shifts int32 right, filling with zeros.",
  formula: "a \\gg b",
  js: (a, b) => a >>> b,
  wasm: "shr_u",
  wasmTypes: ["int32"],
  wgsl: ">>",
  sampleType: "int32",
  domain: [
    [-1000, 1000],
    [1, 5],
  ],
  vjp: () => [null, null],
  example: [-1, 8, 16777215],
});

// --- logic ---

const bits = {
  sampleType: "int32",
  domain: [
    [-1000, 1000],
    [-1000, 1000],
  ],
} as const;
const int32Only = { wasmTypes: ["int32"] } as const;
const noGradient = () => [null, null];

const and: Binary = binary({
  name: "bitwiseAnd",
  doc: "Bits that both numbers have.",
  formula: "a \\mathbin{\\&} b",
  js: (a, b) => a & b,
  wasm: "and",
  wgsl: "&",
  commutative: true,
  vjp: noGradient,
  example: [12, 10, 8],
  ...bits,
  ...int32Only,
});

const or: Binary = binary({
  name: "bitwiseOr",
  doc: "Bits that either number has.",
  formula: "a \\mathbin{|} b",
  js: (a, b) => a | b,
  wasm: "or",
  wgsl: "|",
  commutative: true,
  vjp: noGradient,
  example: [12, 10, 14],
  ...bits,
  ...int32Only,
});

const xor: Binary = binary({
  name: "bitwiseXor",
  doc: "Bits that exactly one number has.",
  formula: "a \\oplus b",
  js: (a, b) => a ^ b,
  wasm: "xor",
  wgsl: "^",
  commutative: true,
  vjp: noGradient,
  example: [12, 10, 6],
  ...bits,
  ...int32Only,
});

const not: Unary = unary({
  name: "bitwiseNot",
  doc: "The other bits, −1 − x.",
  formula: "-1 - x",
  js: (x) => ~x,
  wasm: "not",
  wgsl: "~",
  keepsIntegers: true,
  vjp: () => [null],
  example: [12, -13],
  ...bits,
  ...int32Only,
});

const left: Binary = binary({
  name: "shiftLeft",
  doc: "Shifts int32 left, by the low 5 bits of the count.",
  formula: "a \\ll b",
  js: (a, b) => a << b,
  wasm: "shl",
  wgsl: "<<",
  vjp: noGradient,
  example: [-3, 2, -12],
  ...bits,
  domain: [
    [-1000, 1000],
    [1, 5],
  ],
  ...int32Only,
});

const right: Binary = binary({
  name: "shiftRightSigned",
  doc: "Shifts int32 right, filling with the sign, by the low 5 bits of the count.",
  formula: "\\lfloor a / 2^b \\rfloor",
  js: (a, b) => a >> b,
  wasm: "shr_s",
  wgsl: ">>",
  vjp: noGradient,
  example: [-13, 2, -4],
  ...bits,
  domain: [
    [-1000, 1000],
    [1, 5],
  ],
  ...int32Only,
});

/** Bits that both int32 numbers have; of bool, `logicalAnd`. Shape: broadcast. */
export const bitwiseAnd: Binary = ofWholeNumbers("bitwiseAnd", and, logicalAnd);
/** Bits that either int32 number has; of bool, `logicalOr`. Shape: broadcast. */
export const bitwiseOr: Binary = ofWholeNumbers("bitwiseOr", or, logicalOr);
/** Bits that exactly one int32 number has; of bool, `logicalXor`. Shape: broadcast. */
export const bitwiseXor: Binary = ofWholeNumbers("bitwiseXor", xor, logicalXor);
/** Shifts int32 left, `a · 2ᵇ`; the count is taken modulo 32. Shape: broadcast. */
export const bitwiseLeftShift: Binary = ofWholeNumbers("bitwiseLeftShift", left);
/** Shifts int32 right, filling with the sign, `⌊a / 2ᵇ⌋`; the count is taken modulo 32. Shape: broadcast. */
export const bitwiseRightShift: Binary = ofWholeNumbers("bitwiseRightShift", right);

/** The other bits of int32, `−1 − x`; of bool, `logicalNot`. */
export function bitwiseNot(x: Tensor): Tensor {
  checkWhole("bitwiseNot", [x]);
  return x.dtype === "bool" ? logicalNot(x) : not(x);
}

function ofWholeNumbers(name: string, ofBits: Binary, ofBools: Binary = ofBits): Binary {
  return (a, b) => {
    checkWhole(name, [a, b]);
    const bools = a.dtype === "bool" && typeof b !== "number" && b.dtype === "bool";
    return bools ? ofBools(a, b) : ofBits(a, b);
  };
}

function checkWhole(op: string, operands: readonly Operand[]): void {
  const isWhole = (x: Operand): boolean =>
    x instanceof Tensor ? !isFloat(x.dtype) : Number.isInteger(x);
  const odd = operands.find((x) => !isWhole(x));
  if (odd === undefined) return;
  const received = odd instanceof Tensor ? `${odd.dtype}${showShape(odd.shape)}` : String(odd);
  throw new ChainruleError({
    code: "DTYPE_MISMATCH",
    op,
    problem: `takes whole numbers; received ${received}`,
    fix: 'Convert with .cast("int32").',
  });
}

// --- conversions ---

const word = new Int32Array(1);
const wordAsFloat = new Float32Array(word.buffer);

/** The 32 bits of a float32, as int32. */
defineScalar({
  name: "floatBits",
  arity: 1,
  js: (x) => {
    wordAsFloat[0] = x;
    return word[0];
  },
  result: "int32",
  wasm: "reinterpret",
  wasmTypes: ["float32"],
  wgsl: "bitcast<i32>",
});

/** The float32 whose bits an int32 holds. */
defineScalar({
  name: "bitsFloat",
  arity: 1,
  js: (x) => {
    word[0] = x;
    return wordAsFloat[0];
  },
  result: "float32",
  wasm: "reinterpret",
  wasmTypes: ["int32"],
  wgsl: "bitcast<f32>",
});

/** Truncates to int32; NaN gives 0, numbers beyond the range its ends. */
defineScalar({
  name: "toInt",
  arity: 1,
  js: (x) => Math.min(Math.max(Math.trunc(x), -(2 ** 31)), 2 ** 31 - 1) | 0,
  result: "int32",
  wasm: "trunc_sat",
  wasmTypes: ["float32"],
  wgsl: "i32",
});

defineScalar({
  name: "toFloat",
  arity: 1,
  js: Math.fround,
  result: "float32",
  wasm: "convert",
  wasmTypes: ["int32"],
  wgsl: "f32",
});

/** The size of `a` with the sign of `b`, which counts at −0 too and has no gradient. Shape: broadcast. */
export const copySign: Binary = binary({
  name: "copySign",
  doc: "The size of a with the sign of b, which has no gradient.",
  formula: "|a| \\operatorname{sign} b",
  js: (a, b) => (b < 0 || Object.is(b, -0) ? -Math.abs(a) : Math.abs(a)),
  wasm: "copysign",
  wasmTypes: ["float32", "float64"],
  floatsOnly: true,
  domain: [
    [0.3, 2],
    [-2, -0.3],
  ],
  vjp: (g, [a], y) => [g.mul(a.sign().mul(y.sign())), null],
  derivatives: ["\\operatorname{sign} a \\operatorname{sign} b", "0"],
  example: [1.5, -2, -1.5],
});
