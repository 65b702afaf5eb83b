// The error of float32 expansions over the whole range of float32, with fused and with separate multiply-add. The
// expansion is interpreted in JavaScript: every step rounds to float32 as an instruction would.

import { describe, expect, test } from "vitest";
import type { DType } from "../../src/core/dtype.ts";
import {
  type ScalarBuilder,
  type ScalarFunction,
  type ScalarValue,
  scalarFunction,
  scalarFunctions,
} from "../../src/ir/scalar.ts";
import "../../src/ops/methods.ts";

/** Largest error allowed, in units in the last place. */
const bounds: Record<string, number> = {
  exp: 2,
  log: 2,
  tanh: 2,
  sigmoid: 2,
  exp2: 2,
  expm1: 4,
  log1p: 4,
  log2: 4,
  log10: 4,
  erf: 4,
  softplus: 4,
  relu: 0,
  sign: 0,
};

const smallestNormal = 2 ** -126;

/** Applies a row to numbers: natively where it has an instruction, else by its expansion. */
class Interpreter implements ScalarBuilder {
  readonly #fused: boolean;
  #values: number[] = [];

  constructor(fused: boolean) {
    this.#fused = fused;
  }

  constant(value: number, dtype: DType = "float32"): ScalarValue {
    return this.#value(value, dtype);
  }

  apply(name: string, ...args: ScalarValue[]): ScalarValue {
    const row = scalarFunction(name);
    const dtype = args[args.length - 1].dtype;
    if (row.wasm === undefined) return row.expand!(this, ...args);
    if (row.wasmTypes?.includes(dtype) === false)
      throw new Error(`${name} is not native for ${dtype}`);
    const [a, b, c] = args.map((x) => this.#values[x.id]);
    const separate = name === "fma" && !this.#fused;
    const result = separate ? Math.fround(a * b) + c : row.js(a, b, c);
    return this.#value(
      result,
      row.result === undefined || row.result === "same" ? dtype : row.result,
    );
  }

  run(row: ScalarFunction, x: number): number {
    this.#values = [];
    return this.#values[row.expand!(this, this.constant(x)).id];
  }

  #value(value: number, dtype: DType): ScalarValue {
    const stored =
      dtype === "float32" ? Math.fround(value) : dtype === "int32" ? value | 0 : value ? 1 : 0;
    return { dtype, id: this.#values.push(stored) - 1 };
  }
}

/** Every 100,003rd bit pattern, and a finer comb where functions bend. */
function samples(): Float32Array {
  const xs: number[] = [
    0,
    -0,
    1,
    -1,
    smallestNormal,
    -smallestNormal,
    2 ** -149,
    3.4028234663852886e38,
  ];
  const bits = new Int32Array(1);
  const float = new Float32Array(bits.buffer);
  for (let pattern = 0; pattern < 2 ** 32; pattern += 400_009) {
    bits[0] = pattern | 0;
    if (Number.isFinite(float[0])) xs.push(float[0]);
  }
  for (let k = 0; k < 2000; k++) {
    const t = ((k * 0.6180339887498949) % 1) * 2 - 1;
    xs.push(t, 4 * t, 110 * t, 1 + 0.1 * t, 1e-3 * t, Math.exp(10 * t));
  }
  return Float32Array.from(xs);
}

function ulpsBetween(got: number, exact: number): number {
  const want = Math.fround(exact);
  if (Object.is(got, want) || got === want) return 0;
  if (Number.isNaN(got) || Number.isNaN(want)) return Number.POSITIVE_INFINITY;
  if (Math.abs(exact) < smallestNormal)
    return Math.abs(got) <= smallestNormal ? 0 : Number.POSITIVE_INFINITY;
  if (!Number.isFinite(want)) return Math.abs(got) >= 3.4028e38 ? 1 : Number.POSITIVE_INFINITY;
  return Math.abs(got - exact) / 2 ** (Math.floor(Math.log2(Math.abs(exact))) - 23);
}

describe("float32 expansions", () => {
  const xs = samples();
  for (const row of scalarFunctions().filter((r) => r.expand !== undefined && r.arity === 1)) {
    for (const fused of [true, false]) {
      test(`${row.name}, ${fused ? "fused" : "separate"} multiply-add`, () => {
        const interpreter = new Interpreter(fused);
        let worst = { ulps: 0, x: 0 };
        for (const x of xs) {
          const ulps = ulpsBetween(interpreter.run(row, x), row.js(x, 0, 0));
          if (ulps > worst.ulps) worst = { ulps, x };
        }
        if (process.env.SHOW_ULPS) console.info(row.name, fused, worst);
        const bound = bounds[row.name];
        expect(bound, `state the error bound of ${row.name} in this file`).toBeDefined();
        expect(worst.ulps, `${row.name}(${worst.x})`).toBeLessThanOrEqual(bound);
      });
    }

    test(`${row.name} of NaN, infinities and zeros`, () => {
      const interpreter = new Interpreter(true);
      expect(interpreter.run(row, Number.NaN)).toBeNaN();
      for (const x of [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]) {
        expect(interpreter.run(row, x), `${row.name}(${x})`).toBe(Math.fround(row.js(x, 0, 0)));
      }
      expect(interpreter.run(row, -0), `${row.name}(-0)`).toBe(Math.fround(row.js(-0, 0, 0)));
    });
  }
});
