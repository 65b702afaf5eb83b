// Arithmetic, comparison, logic and selection: rows of the scalar vocabulary that every target spells natively.

import { defineOp, type OpDefinition, record } from "../ir/op.ts";
import { defineScalar } from "../ir/scalar.ts";
import type { Tensor } from "../ir/tensor.ts";
import { cast } from "./cast.ts";
import { type Binary, binary, logical, opFacts, type Unary, unary } from "./define.ts";
import { align, broadcastAll, type Operand, toTensor } from "./operand.ts";

// --- arithmetic ---

/** Adds element by element, `a + b`. Shape: broadcast. */
export const add: Binary = binary({
  name: "add",
  doc: "Adds element by element.",
  formula: "a + b",
  js: (a, b) => a + b,
  wasm: "add",
  wgsl: "+",
  commutative: true,
  vjp: (g) => [g, g],
  derivatives: ["1", "1"],
  example: [1.5, 2, 3.5],
});

/** Subtracts element by element, `a − b`. Shape: broadcast. */
export const sub: Binary = binary({
  name: "sub",
  doc: "Subtracts element by element.",
  formula: "a - b",
  js: (a, b) => a - b,
  wasm: "sub",
  wgsl: "-",
  vjp: (g) => [g, g.neg()],
  derivatives: ["1", "-1"],
  example: [1.5, 2, -0.5],
});

/** Multiplies element by element, `a · b`. Shape: broadcast. */
export const mul: Binary = binary({
  name: "mul",
  doc: "Multiplies element by element.",
  formula: "a \\cdot b",
  js: (a, b) => a * b,
  jsInt32: Math.imul,
  wasm: "mul",
  wgsl: "*",
  commutative: true,
  vjp: (g, [a, b]) => [g.mul(b), g.mul(a)],
  derivatives: ["b", "a"],
  example: [1.5, 2, 3],
});

/** Divides element by element, `a / b`; whole numbers give float32. Shape: broadcast. */
export const div: Binary = binary({
  name: "div",
  doc: "Divides element by element; whole numbers give float32.",
  formula: "a / b",
  js: (a, b) => a / b,
  wasm: "div",
  wasmTypes: ["float32", "float64"],
  wgsl: "/",
  floatsOnly: true,
  domain: [
    [-2, 2],
    [0.5, 2],
  ],
  vjp: (g, [, b], y) => [g.div(b), g.mul(y).div(b).neg()],
  derivatives: ["1 / b", "-a / b^2"],
  example: [3, 2, 1.5],
});

/** Changes the sign, `−x`. */
export const neg: Unary = unary({
  name: "neg",
  doc: "Changes the sign.",
  formula: "-x",
  js: (x) => -x,
  wasm: "neg",
  wgsl: "-",
  keepsIntegers: true,
  vjp: (g) => [g.neg()],
  derivatives: ["-1"],
  example: [1.5, -1.5],
});

/** Larger of two elements; NaN wins; equal operands share the gradient. */
export const maximum: Binary = binary({
  name: "maximum",
  doc: "Larger of two elements; NaN wins; equal operands share the gradient.",
  formula: "\\max(a, b)",
  js: (a, b) => Math.max(a, b),
  wasm: "max",
  wgsl: "max",
  commutative: true,
  vjp: (g, [a, b]) => [shareOf(g, a.greater(b), a.equal(b)), shareOf(g, b.greater(a), a.equal(b))],
  derivatives: ["[a > b] + \\tfrac12 [a = b]", "[b > a] + \\tfrac12 [a = b]"],
  example: [1, 2, 2],
});

/** Smaller of two elements; NaN wins; equal operands share the gradient. */
export const minimum: Binary = binary({
  name: "minimum",
  doc: "Smaller of two elements; NaN wins; equal operands share the gradient.",
  formula: "\\min(a, b)",
  js: (a, b) => Math.min(a, b),
  wasm: "min",
  wgsl: "min",
  commutative: true,
  vjp: (g, [a, b]) => [shareOf(g, a.less(b), a.equal(b)), shareOf(g, b.less(a), a.equal(b))],
  derivatives: ["[a < b] + \\tfrac12 [a = b]", "[b < a] + \\tfrac12 [a = b]"],
  example: [1, 2, 1],
});

function shareOf(g: Tensor, wins: Tensor, ties: Tensor): Tensor {
  return wins.where(g, ties.where(g.mul(0.5), 0));
}

// --- comparison ---

function comparison(
  name: string,
  sign: string,
  wasm: string,
  js: (a: number, b: number) => boolean,
  y: number,
): Binary {
  return binary({
    name,
    doc: `Whether a ${sign} b, element by element.`,
    formula: `a ${sign} b`,
    js: (a, b) => (js(a, b) ? 1 : 0),
    result: "bool",
    wasm,
    wgsl: wasm,
    vjp: () => [null, null],
    example: [1, 2, y],
  });
}

/** Whether `a = b`, as bool. Shape: broadcast. */
export const equal: Binary = comparison("equal", "=", "eq", (a, b) => a === b, 0);
/** Whether `a ≠ b`, as bool. Shape: broadcast. */
export const notEqual: Binary = comparison("notEqual", "\\ne", "ne", (a, b) => a !== b, 1);
/** Whether `a < b`, as bool. Shape: broadcast. */
export const less: Binary = comparison("less", "<", "lt", (a, b) => a < b, 1);
/** Whether `a ≤ b`, as bool. Shape: broadcast. */
export const lessEqual: Binary = comparison("lessEqual", "\\le", "le", (a, b) => a <= b, 1);
/** Whether `a > b`, as bool. Shape: broadcast. */
export const greater: Binary = comparison("greater", ">", "gt", (a, b) => a > b, 0);
/** Whether `a ≥ b`, as bool. Shape: broadcast. */
export const greaterEqual: Binary = comparison("greaterEqual", "\\ge", "ge", (a, b) => a >= b, 0);

// --- logic ---

/** Whether both are true, as bool. Shape: broadcast. */
export const logicalAnd: Binary = logical({
  name: "logicalAnd",
  doc: "Whether both are true.",
  formula: "a \\land b",
  js: (a, b) => (a !== 0 && b !== 0 ? 1 : 0),
  wasm: "and",
  wasmTypes: ["bool"],
  wgsl: "&&",
  commutative: true,
  example: [1, 0, 0],
});

/** Whether either is true, as bool. Shape: broadcast. */
export const logicalOr: Binary = logical({
  name: "logicalOr",
  doc: "Whether either is true.",
  formula: "a \\lor b",
  js: (a, b) => (a !== 0 || b !== 0 ? 1 : 0),
  wasm: "or",
  wasmTypes: ["bool"],
  wgsl: "||",
  commutative: true,
  example: [1, 0, 1],
});

/** Whether exactly one is true, as bool. Shape: broadcast. */
export const logicalXor: Binary = logical({
  name: "logicalXor",
  doc: "Whether exactly one is true.",
  formula: "a \\oplus b",
  js: (a, b) => ((a !== 0) !== (b !== 0) ? 1 : 0),
  wasm: "xor",
  wasmTypes: ["bool"],
  wgsl: "!=",
  commutative: true,
  example: [1, 1, 0],
});

const not: Unary = unary({
  name: "logicalNot",
  doc: "Whether it is false.",
  formula: "\\lnot x",
  js: (x) => (x === 0 ? 1 : 0),
  result: "bool",
  wasm: "not",
  wasmTypes: ["bool"],
  wgsl: "!",
  keepsIntegers: true,
  sampleType: "bool",
  vjp: () => [null],
  example: [1, 0],
});

/** Whether it is false (zero), as bool. */
export function logicalNot(x: Tensor): Tensor {
  return not(cast(x, "bool"));
}

// --- selection ---

defineScalar({
  name: "select",
  arity: 3,
  js: (condition, a, b) => (condition !== 0 ? a : b),
  wasm: "select",
  wgsl: "select",
});

/** Multiply-add for expansions; fused where the target can. */
defineScalar({ name: "fma", arity: 3, js: (a, b, c) => a * b + c, wasm: "fma", wgsl: "fma" });

export const selectOp: OpDefinition = defineOp({
  ...opFacts({
    name: "select",
    doc: "Takes a where the condition holds, b elsewhere.",
    formula: "c\\ ?\\ a : b",
    js: (condition, a, b) => (condition !== 0 ? a : b),
    vjp: (g, [condition]) => [null, condition.where(g, 0), condition.where(0, g)],
    derivatives: ["0", "[c]", "[\\lnot c]"],
  }),
  samples: [
    { inputs: [{ shape: [6], dtype: "bool" }, { shape: [6] }, { shape: [6] }] },
    { inputs: [{ shape: [2, 3], dtype: "bool" }, { shape: [2, 3] }, { shape: [2, 3] }] },
  ],
  errors: [
    {
      inputs: [{ shape: [2], dtype: "bool" }, { shape: [3] }, { shape: [3] }],
      code: "SHAPE_MISMATCH",
    },
  ],
  example: {
    inputs: [
      { shape: [2], dtype: "bool", values: [1, 0] },
      { shape: [2], values: [1, 2] },
      { shape: [2], values: [3, 4] },
    ],
    output: { shape: [2], values: [1, 4] },
  },
});

/** Takes `a` where the condition holds, `b` elsewhere. Shape: broadcast. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  const [x, y] = align("where", [a, b]);
  const operands = broadcastAll("where", [cast(toTensor("where", condition), "bool"), x, y]);
  return record(selectOp, operands);
}
