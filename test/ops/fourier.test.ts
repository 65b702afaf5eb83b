// Fourier transforms: small ones against PyTorch 2.x, all kinds of lengths against the definition, on both devices.

import { describe, expect, test } from "vitest";
import { convertArray, type DType } from "../../src/core/dtype.ts";
import { RandomStream } from "../../src/core/random.ts";
import { type Shape, sizeOf } from "../../src/core/shape.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import { constant, tensor } from "../../src/ops/leaf.ts";
import { wasmDevice } from "../../src/runtime/wasm/device.ts";
import { gradientProblems } from "./differences.ts";
import { numbers, reference } from "./run.ts";

const wasm = wasmDevice();
const x = constant(Float64Array.of(1, 2, -1, 0.5, 3, -2), [6]);
const z = x.slice([{ end: 3 }]).complex(x.slice([{ start: 3 }]));

/** Results of PyTorch 2.13 in float64, pairs one after the other. */
const known: readonly [string, () => Tensor, readonly number[]][] = [
  ["rfft", () => x.rfft(), [3.5, 0, -0.5, 0, 0.5, -6.92820323028, 2.5, 0]],
  [
    "rfft of a part",
    () => x.rfft({ n: 5 }),
    [5.5, 0, 2.94959346906, 1.83273439473, -3.19959346906, -0.83879952215],
  ],
  ["fft", () => z.fft(), [2, 1.5, 4.83012701892, -2.59807621135, -3.83012701892, 2.59807621135]],
  [
    "ifft",
    () => z.ifft({ norm: "ortho" }),
    [1.15470053838, 0.866025403784, -2.21132486541, 1.5, 2.78867513459, -1.5],
  ],
  ["irfft", () => z.irfft(), [1, -1, -1, 2]],
  [
    "irfft of odd length",
    () => z.irfft({ n: 5 }),
    [0.6, 0.0997807755297, -2.03700790904, 0.895367122537, 1.44186001097],
  ],
  [
    "fft2",
    () => z.mul(constant(Float64Array.of(1, 2), [2, 1, 1])).fft2(),
    [
      6, 4.5, 14.4903810568, -7.79422863406, -11.4903810568, 7.79422863406, -2, -1.5,
      -4.83012701892, 2.59807621135, 3.83012701892, -2.59807621135,
    ],
  ],
  ["complexMul", () => z.complexMul(z.conjugate()).realPart(), [1.25, 13, 5]],
  [
    "complexMul with broadcasting",
    () =>
      z
        .unsqueeze(0)
        .complexMul(z.slice([{ start: 1, end: 2 }]))
        .reshape([-1]),
    [0.5, 4, -5, 12, 4, -7],
  ],
  ["complexAbs", () => z.complexAbs().square(), [1.25, 13, 5]],
  ["complexSquare", () => z.complexSquare(), [1.25, 13, 5]],
  ["imaginaryPart", () => z.imaginaryPart(), [0.5, 3, -2]],
];

describe.each([reference, wasm])("on $name", (device) => {
  test.each(known)("%s is PyTorch's", (_name, make, wanted) => {
    const got = numbers(make(), device);
    expect(got.length).toBe(wanted.length);
    got.forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i], 10);
    });
  });
});

function drawn(seed: number, shape: Shape, dtype: DType = "float64"): Tensor {
  const values = Float64Array.from(new RandomStream(seed).uniform(sizeOf(shape)), (u) => 2 * u - 1);
  return constant(convertArray(values, dtype), shape, dtype);
}

/** Some frequencies by the definition, as pairs. */
function frequencies(pairs: readonly number[], at: readonly number[]): number[] {
  const n = pairs.length / 2;
  return at.flatMap((k) => {
    let [re, im] = [0, 0];
    for (let j = 0; j < n; j++) {
      const angle = (-2 * Math.PI * ((j * k) % n)) / n;
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      re += pairs[2 * j] * c - pairs[2 * j + 1] * s;
      im += pairs[2 * j] * s + pairs[2 * j + 1] * c;
    }
    return [re, im];
  });
}

/** Short ones, products of factors, primes for a matrix and for a convolution, and products with such a prime. */
const lengths = [1, 3, 8, 64, 65, 100, 127, 131, 1024, 1310];

test.each(lengths)("a transform of length %i, there and back", (n) => {
  for (const [dtype, tolerance] of [
    ["float64", 1e-12],
    ["float32", 1e-5],
  ] as const) {
    const signal = drawn(n, [n, 2], dtype);
    const all = numbers(signal.fft(), wasm);
    const at = [0, 1, 2, Math.floor(n / 3), Math.floor(n / 2), n - 1].map((k) => k % n);
    const wanted = frequencies(Array.from(signal.value!), at);
    const scale = tolerance * Math.sqrt(n);
    at.forEach((k, i) => {
      expect(Math.abs(all[2 * k] - wanted[2 * i])).toBeLessThan(scale);
      expect(Math.abs(all[2 * k + 1] - wanted[2 * i + 1])).toBeLessThan(scale);
    });
    const back = numbers(signal.fft().ifft().sub(signal).abs().max(), wasm)[0];
    expect(back).toBeLessThan(tolerance);
    const real = signal.realPart();
    expect(numbers(real.rfft().irfft({ n }).sub(real).abs().max(), wasm)[0]).toBeLessThan(
      tolerance,
    );
    const half = signal
      .realPart()
      .complex()
      .fft()
      .slice([{ end: Math.floor(n / 2) + 1 }]);
    expect(numbers(real.rfft().sub(half).abs().max(), wasm)[0]).toBeLessThan(scale);
  }
});

test("other axes are transformed alike", () => {
  const many = drawn(1, [3, 70, 2, 2]);
  const moved = many.moveAxis(1, 2).fft().moveAxis(2, 1);
  expect(numbers(many.fft({ axis: 1 }).sub(moved).abs().max(), wasm)[0]).toBe(0);
  expect(many.rfft({ axis: 1 }).shape).toEqual([3, 36, 2, 2, 2]);
  expect(many.irfft({ axis: -2 }).shape).toEqual([3, 138, 2]);
  expect(many.fft({ axis: 0, n: 5 }).shape).toEqual([5, 70, 2, 2]);
});

test.each<[string, (x: Tensor) => Tensor, Shape]>([
  ["fft", (y) => y.fft(), [2, 6, 2]],
  ["rfft", (y) => y.rfft(), [2, 66]],
  ["irfft", (y) => y.irfft({ norm: "forward" }), [2, 5, 2]],
  ["fft of a long prime", (y) => y.fft().slice([{ end: 3 }]), [131, 2]],
  ["ifft2", (y) => y.ifft2(), [3, 4, 2]],
  ["energies", (y) => y.rfft().complexSquare(), [7]],
  ["complexMul", (y) => y.complexMul(y.flip(0)).complexAbs(), [4, 2]],
])("%s differentiates twice", (_name, f, shape) => {
  expect(gradientProblems((y) => f(y.mul(y)), [drawn(4, shape)])).toEqual([]);
});

test.each<[string, () => unknown]>([
  ["real input of fft", () => tensor([1, 2, 3]).fft()],
  ["no axis", () => tensor(1).rfft()],
  ["length 0", () => tensor([]).rfft()],
  ["length 1.5", () => z.fft({ n: 1.5 })],
  ["real parts of real numbers", () => tensor([1, 2, 3]).realPart()],
])("refuses %s", (_name, call) => {
  expect(call).toThrow(expect.objectContaining({ code: "SHAPE_MISMATCH" }));
});
