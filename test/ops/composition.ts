// What tests of compositions share: derivatives against central differences and devices against each other for functions
// by name, values against literals, and refusals by their code.

import { describe, expect, test } from "vitest";
import { gradients } from "../../src/autodiff/grad.ts";
import { convertArray } from "../../src/core/dtype.ts";
import { RandomStream } from "../../src/core/random.ts";
import { type Shape, sizeOf } from "../../src/core/shape.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import { constant, type TensorData, tensor } from "../../src/ops/leaf.ts";
import { wasmDevice } from "../../src/runtime/wasm/device.ts";
import { firstDifference } from "./checks.ts";
import { gradientProblems } from "./differences.ts";
import { compute, numbers } from "./run.ts";

export const wasm: ReturnType<typeof wasmDevice> = wasmDevice();

/** A function by name, with the shapes of its operands, drawn from −2 … 2. */
export type Case = [string, (...xs: Tensor[]) => Tensor, ...Shape[]];
/** A tensor by name, with its elements. */
export type Literal = readonly [string, Tensor, readonly number[]];
/** A call by name, with the code of the error that it throws. */
export type Refusal = readonly [string, () => unknown, string];

/** A tensor of float64. */
export function f64(data: TensorData): Tensor {
  return tensor(data, { dtype: "float64" });
}

/** A vector of int32. */
export function index(...places: number[]): Tensor {
  return constant(Int32Array.from(places), [places.length]);
}

function drawn(shapes: readonly Shape[], dtype: "float32" | "float64"): Tensor[] {
  const stream = new RandomStream(3);
  return shapes.map((shape) => {
    const values = stream.uniform(sizeOf(shape)).map((u) => 4 * u - 2);
    return constant(convertArray(Float32Array.from(values), dtype), shape, dtype);
  });
}

/** Tests functions: gradients to second order, and that devices agree on value and gradients. */
export function testCases(cases: readonly Case[]): void {
  describe.each(cases)("%s", (_name, f, ...shapes) => {
    test("gradients hold to second order", () => {
      expect(gradientProblems(f, drawn(shapes, "float64"))).toEqual([]);
    });

    test("devices agree on value and gradients", () => {
      for (const [dtype, tolerance] of [
        ["float32", 2e-5],
        ["float64", 1e-11],
      ] as const) {
        const xs = drawn(shapes, dtype);
        const y = f(...xs);
        expect(y.dtype).toBe(dtype);
        for (const t of [y, ...gradients(y.square().sum(), xs)]) {
          expect(firstDifference(compute(t, wasm), compute(t), tolerance)).toBeUndefined();
        }
      }
    });
  });
}

/** Tests elements on both devices. */
export function testValues(literals: readonly Literal[]): void {
  test.each(literals)("value of %s", (_name, t, values) => {
    expect(closest(numbers(t), values)).toBeUndefined();
    expect(firstDifference(compute(t, wasm), values, 1e-12)).toBeUndefined();
  });
}

/** Tests that calls are refused, with the code. */
export function testRefusals(refusals: readonly Refusal[]): void {
  test.each(refusals)("refuses %s", (_name, call, code) => {
    expect(call).toThrow(expect.objectContaining({ code }));
  });
}

/** Differences relative to the size of the number itself. */
function closest(got: readonly number[], want: readonly number[]): string | undefined {
  const scaled = (xs: readonly number[]) =>
    xs.map((x, k) => (Number.isFinite(want[k]) && want[k] !== 0 ? x / want[k] : x));
  return firstDifference(scaled(got), scaled(want), 2e-14);
}
