// The error of float32 functions over the whole range of float32, in the code that runs: fused and separate
// multiply-add. `CHAINRULE_ACCURACY=show` prints the errors found, `wide` looks for them among 4 million operands, and
// `all` among all 2³² operands of functions of one (minutes for each).

import { describe, expect, test } from "vitest";
import { type ScalarFunction, scalarFunctions } from "../../src/ir/scalar.ts";
import { evaluate, floatsFrom, sampleFloats, type Worst, worstError } from "./accuracy.ts";

/** Largest error allowed, in units in the last place, as the expansions state it. */
const bounds: Readonly<Record<string, number>> = {
  exp: 2,
  log: 1,
  tanh: 2,
  sigmoid: 2,
  exp2: 2,
  expm1: 2,
  log1p: 3,
  log2: 2,
  log10: 3,
  softplus: 3,
  erf: 2,
  erfc: 4,
  erfinv: 4,
  cbrt: 1,
  sin: 3,
  cos: 3,
  tan: 4,
  asin: 3,
  acos: 2,
  atan: 3,
  atan2: 3,
  sinh: 2,
  cosh: 2,
  asinh: 3,
  acosh: 3,
  atanh: 3,
  pow: 3,
  relu: 0,
  sign: 0,
};

const mode = process.env.CHAINRULE_ACCURACY;
const expanded = scalarFunctions().filter((row) => row.expand !== undefined);
const ofFloats = sampleFloats(mode === "wide" ? 8192 : 160);

/** Operands of functions of two: special ones with one another, then pairs that differ in kind. */
function pairs(): readonly [Float32Array, Float32Array] {
  const special = [0, 0.5, 1, 1.5, 2, 3, 4, 2 ** 24 - 1, 2 ** 24, 2 ** -126, 2 ** -149, 3.4e38];
  const ends = [...special, Number.POSITIVE_INFINITY].flatMap((x) => [x, -x]);
  const both = [...ends, Number.NaN].flatMap((a) => [...ends, Number.NaN].map((b) => [a, b]));
  const draw = (k: number, step: number): number => ((k * step) % 1) * 2 - 1;
  for (let k = 0; k < 40_000; k++) {
    const [u, v] = [draw(k, 0.6180339887498949), draw(k, 0.41421356237309515)];
    both.push([ofFloats[(k * 7919) % ofFloats.length], ofFloats[(k * 104_729) % ofFloats.length]]);
    both.push([Math.exp(88 * u), (150 * v) / Math.max(0.1, Math.abs(88 * u * Math.LOG2E))]);
    both.push([1 + 0.4 * u ** 3, 300 * v], [1 + u * 1e-4, 3e5 * v], [20 * u, Math.round(30 * v)]);
    both.push([2 ** (149 * u), 4 * v], [10 * u, 10 * v], [u * 1e-30, v * 1e-30]);
  }
  return [Float32Array.from(both, (p) => p[0]), Float32Array.from(both, (p) => p[1])];
}

function check(row: ScalarFunction, worst: Worst): void {
  if (mode !== undefined) console.info(row.name, worst.ulps.toFixed(2), worst.at, worst.got);
  const bound = bounds[row.name];
  expect(bound, `state the error bound of ${row.name} in this file`).toBeDefined();
  const what = `${row.name}(${worst.at.join(", ")}) gives ${worst.got}`;
  expect(worst.ulps, what).toBeLessThanOrEqual(bound);
}

describe.each([
  { name: "fused", fused: true },
  { name: "separate", fused: false },
])("float32, $name multiply-add", ({ fused }) => {
  for (const row of expanded) {
    test(row.name, { timeout: 600_000 }, () => {
      const operands = row.arity === 1 ? [ofFloats] : pairs();
      check(row, worstError(row, operands, fused));
    });
  }
});

test("NaN, infinities and zeros are as in JavaScript", () => {
  const ends = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0];
  for (const row of expanded.filter((r) => r.arity === 1)) {
    const got = evaluate(row, [Float32Array.from(ends)], true);
    const want = ends.map((x) => Math.fround(row.js(x, 0, 0)));
    expect(Array.from(got), row.name).toEqual(want);
  }
});

function allOfFloat32(): void {
  const block = 2 ** 20;
  for (const row of expanded.filter((r) => r.arity === 1)) {
    test(row.name, { timeout: 3_600_000 }, () => {
      let worst: Worst = { ulps: 0, at: [], got: 0 };
      for (let first = 0; first < 2 ** 32; first += block) {
        const found = worstError(row, [floatsFrom(first, block)], true);
        if (found.ulps > worst.ulps) worst = found;
      }
      check(row, worst);
    });
  }
}

if (mode === "all") describe("all of float32", allOfFloat32);
