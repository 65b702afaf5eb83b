// Bits and conversions between float32 and int32: what expansions are built of, and the shift that users see.

import { defineScalar } from "../ir/scalar.ts";
import { type Binary, binary } from "./define.ts";

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

const int32Only = { wasmTypes: ["int32"] } as const;

defineScalar({
  name: "shiftLeft",
  arity: 2,
  js: (a, b) => a << b,
  wasm: "shl",
  wgsl: "<<",
  ...int32Only,
});
defineScalar({
  name: "shiftRightSigned",
  arity: 2,
  js: (a, b) => a >> b,
  wasm: "shr_s",
  wgsl: ">>",
  ...int32Only,
});

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

/** The size of a with the sign of b. */
defineScalar({
  name: "copySign",
  arity: 2,
  js: (a, b) => (b < 0 || Object.is(b, -0) ? -Math.abs(a) : Math.abs(a)),
  wasm: "copysign",
  wasmTypes: ["float32", "float64"],
});
