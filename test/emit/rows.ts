// Scalar functions for the tests of the emitter: one row for each native mnemonic, and some that run in JavaScript.

import type { DType } from "../../src/core/dtype.ts";
import { defineScalar, type ScalarFunction } from "../../src/ir/scalar.ts";

type Js = ScalarFunction["js"];
type Result = ScalarFunction["result"];

const word = new DataView(new ArrayBuffer(4));
const floats: readonly DType[] = ["float32", "float64"];
const numbers: readonly DType[] = ["float32", "float64", "int32"];
const integers: readonly DType[] = ["int32"];

function row(
  wasm: string,
  arity: 1 | 2 | 3,
  js: Js,
  wasmTypes: readonly DType[] = numbers,
  result: Result = "same",
): string {
  return defineScalar({ name: `test.${wasm}`, arity, js, wasm, wasmTypes, result }).name;
}

const flag =
  (test: (a: number, b: number) => boolean): Js =>
  (a, b) =>
    Number(test(a, b));

/** Names by operand types, for tests that choose at random. */
export const unary: Record<string, readonly DType[]> = {
  [row("neg", 1, (x) => -x)]: numbers,
  [row("abs", 1, (x) => Math.abs(x))]: numbers,
  [row("sqrt", 1, (x) => Math.sqrt(x), floats)]: floats,
  [row("ceil", 1, (x) => Math.ceil(x), floats)]: floats,
  [row("floor", 1, (x) => Math.floor(x), floats)]: floats,
  [row("trunc", 1, (x) => Math.trunc(x), floats)]: floats,
  [row("nearest", 1, nearest, floats)]: floats,
  [host("cube", 1, (x) => x * x * x)]: numbers,
};

export const binary: Record<string, readonly DType[]> = {
  [row("add", 2, (a, b) => a + b)]: numbers,
  [row("sub", 2, (a, b) => a - b)]: numbers,
  [defineScalar({ name: "mul2", arity: 2, js: (a, b) => a * b, wasm: "mul" }).name]: floats,
  [row("div", 2, (a, b) => a / b, floats)]: floats,
  [row("min", 2, (a, b) => Math.min(a, b))]: numbers,
  [row("max", 2, (a, b) => Math.max(a, b))]: numbers,
  [row("pmin", 2, (a, b) => [a, b][Number(b < a)], floats)]: floats,
  [row("pmax", 2, (a, b) => [a, b][Number(a < b)], floats)]: floats,
  [row("copysign", 2, (a, b) => Math.abs(a) * (b < 0 || Object.is(b, -0) ? -1 : 1), floats)]:
    floats,
  [row("and", 2, (a, b) => a & b, ["int32", "bool"])]: ["int32", "bool"],
  [row("or", 2, (a, b) => a | b, ["int32", "bool"])]: ["int32", "bool"],
  [row("xor", 2, (a, b) => a ^ b, ["int32", "bool"])]: ["int32", "bool"],
  [row("shl", 2, (a, b) => a << b, integers)]: integers,
  [row("shr_s", 2, (a, b) => a >> b, integers)]: integers,
  [row("shr_u", 2, (a, b) => a >>> b, integers)]: integers,
  [host("hypot", 2, (a, b) => Math.trunc(Math.sqrt(a * a + b * b)))]: numbers,
};

export const comparisons: readonly string[] = [
  row(
    "eq",
    2,
    flag((a, b) => a === b),
    numbers,
    "bool",
  ),
  row(
    "ne",
    2,
    flag((a, b) => a !== b),
    numbers,
    "bool",
  ),
  row(
    "lt",
    2,
    flag((a, b) => a < b),
    numbers,
    "bool",
  ),
  row(
    "gt",
    2,
    flag((a, b) => a > b),
    numbers,
    "bool",
  ),
  row(
    "le",
    2,
    flag((a, b) => a <= b),
    numbers,
    "bool",
  ),
  row(
    "ge",
    2,
    flag((a, b) => a >= b),
    numbers,
    "bool",
  ),
];

export const select: string = row("select", 3, (c, a, b) => (c !== 0 ? a : b), [
  ...numbers,
  "bool",
]);
export const not: string = row("not", 1, (x) => Number(x === 0), ["bool"]);
export const fma: string = row("fma", 3, (a, b, c) => a * b + c, floats);
export const bits: string = row("reinterpret", 1, floatBits, ["float32"], "int32");
export const isOdd: string = host("isOdd", 1, (x) => Number(Math.abs(x) % 2 === 1), "bool");

/** A function that calls JavaScript only where its first operand, a bool, holds; it counts its calls. */
export const rare = {
  calls: 0,
  name: defineScalar({
    name: "test.rare",
    arity: 3,
    conditional: "sin",
    js: (condition, a, b) => {
      rare.calls++;
      return condition ? Math.sin(a) : b;
    },
  }).name,
};

function host(name: string, arity: 1 | 2 | 3, js: Js, result: Result = "same"): string {
  return defineScalar({ name: `test.${name}`, arity, js, result }).name;
}

function nearest(x: number): number {
  const down = Math.floor(x);
  if (x - down !== 0.5) return Math.round(x);
  return down % 2 === 0 ? down : down + 1;
}

function floatBits(x: number): number {
  word.setFloat32(0, x);
  return word.getInt32(0);
}
