// Measures a scalar function's float32 code against its meaning in JavaScript: the kernel that the compiler emits runs
// over samples of the whole range of float32, and the largest distance in units in the last place is found.

import { compileGraph } from "../../src/compiler/pipeline.ts";
import { argumentLeaf } from "../../src/ir/argument.ts";
import { opNamed, record } from "../../src/ir/op.ts";
import type { ScalarFunction } from "../../src/ir/scalar.ts";
import "../../src/ops/methods.ts";
import { wasmFacts } from "../../src/runtime/wasm/facts.ts";
import { wasmFeatures } from "../../src/runtime/wasm/features.ts";
import { runEmitted } from "../emit/run.ts";

/** The largest error found, and where. */
export interface Worst {
  readonly ulps: number;
  readonly at: readonly number[];
  readonly got: number;
}

/** Runs the emitted kernel of a function on its operands; `fused` multiply-add is taken where the engine has it. */
export function evaluate(
  row: ScalarFunction,
  operands: readonly Float32Array[],
  fused: boolean,
): ArrayLike<number> {
  const shape = [operands[0].length];
  const leaves = operands.map(() => argumentLeaf({ shape, dtype: "float32" }));
  const y = record(opNamed(row.name), leaves);
  const plan = compileGraph({ arguments: leaves, outputs: [y], writes: [] }, wasmFacts);
  const [step] = plan.steps;
  if (step.kind !== "loops") throw new Error(`${row.name} is no loop kernel`);
  let read = 0;
  const buffers = step.kernel.buffers.map(({ access }) =>
    access === "read" ? operands[read++] : new Float32Array(shape[0]),
  );
  const written = step.kernel.buffers.findIndex(({ access }) => access === "write");
  return runEmitted(
    step.kernel,
    buffers.map((b) => Array.from(b)),
    { relaxedSimd: fused && wasmFeatures().relaxedSimd },
  )[written];
}

/** Compares with JavaScript's values. */
export function worstError(
  row: ScalarFunction,
  operands: readonly Float32Array[],
  fused: boolean,
): Worst {
  const got = evaluate(row, operands, fused);
  let worst: Worst = { ulps: 0, at: [], got: 0 };
  for (let i = 0; i < got.length; i++) {
    const at = operands.map((x) => x[i]);
    const ulps = ulpsBetween(got[i], row.js(at[0], at[1], 0));
    if (ulps > worst.ulps) worst = { ulps, at, got: got[i] };
  }
  return worst;
}

/**
 * Distance from the exact value in units of the last place that float32 has there (2⁻¹⁴⁹ among subnormal numbers);
 * ∞ counts as 2¹²⁸. A wrong sign of 0 and a lost NaN are infinitely far.
 */
export function ulpsBetween(got: number, exact: number): number {
  const want = Math.fround(exact);
  if (Object.is(got, want)) return 0;
  if (Number.isNaN(got) || Number.isNaN(want) || (got === 0 && exact === 0)) return Infinity;
  const finite = (x: number): number => Math.min(Math.max(x, -(2 ** 128)), 2 ** 128);
  const exponent = Math.floor(Math.log2(Math.max(Math.abs(finite(exact)), 2 ** -126)));
  return Math.abs(finite(got) - finite(exact)) / 2 ** (exponent - 23);
}

const bits = new Int32Array(1);
const float = new Float32Array(bits.buffer);

function floatOf(pattern: number): number {
  bits[0] = pattern | 0;
  return float[0];
}

/** `count` floats from the bit pattern `first` on. */
export function floatsFrom(first: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => floatOf(first + i));
}

/** Numbers around which functions bend, saturate or overflow. */
const bends = [
  0,
  0.25,
  0.5,
  0.55,
  0.92,
  1,
  1.5,
  2,
  4,
  9.1,
  10.06,
  17.33,
  87.34,
  88.72,
  89.4,
  103.97,
  126,
  128,
  149,
  150,
  6400,
  8192,
  2 ** 24,
  2 ** 31,
  1.844e19,
  3.4028235e38,
  2 ** -126,
  2 ** -149,
  ...[1, 2, 3, 4, 5, 6, 7, 100, 1000, 4000].map((n) => (n * Math.PI) / 2),
];

/** Every sign and exponent with many mantissas, and the neighbours of all bends. */
export function sampleFloats(mantissas: number): Float32Array {
  const xs: number[] = [];
  for (let top = 0; top < 512; top++) {
    for (let k = 0; k < mantissas; k++) {
      const fraction = ((k + top / 512) * 0.6180339887498949) % 1;
      xs.push(floatOf(top * 2 ** 23 + Math.floor(fraction * 2 ** 23)));
    }
    xs.push(floatOf(top * 2 ** 23));
  }
  for (const bend of bends) {
    float[0] = bend;
    const [centre] = bits;
    for (let step = -200; step <= 200; step++)
      xs.push(floatOf(centre + step), -floatOf(centre + step));
  }
  return Float32Array.from(xs);
}
