// Orders and what they give, against PyTorch 2.x, on both devices; derivatives against central differences.

import { describe, expect, test } from "vitest";
import { convertArray, type DType } from "../../src/core/dtype.ts";
import { RandomStream } from "../../src/core/random.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import { constant, tensor } from "../../src/ops/leaf.ts";
import { wasmDevice } from "../../src/runtime/wasm/device.ts";
import { gradientProblems } from "./differences.ts";
import { numbers, reference } from "./run.ts";

const nan = Number.NaN;
const infinity = Number.POSITIVE_INFINITY;

/** Ties, both zeros, infinities and NaN. */
const row = [3, nan, 1, -infinity, 0, -0, infinity, nan, 2, 1];

describe.each([reference, wasmDevice()])("on $name", (device) => {
  const values = (x: Tensor): number[] => numbers(x, device);

  test("sort is stable and puts NaN last, or first where descending", () => {
    const up = tensor(row).sort();
    expect(values(up.indices)).toEqual([3, 4, 5, 2, 9, 8, 0, 6, 1, 7]);
    expect(values(up.values)).toEqual([-infinity, 0, -0, 1, 1, 2, 3, infinity, nan, nan]);
    const down = tensor(row).argSort({ descending: true });
    expect(values(down)).toEqual([1, 7, 6, 0, 8, 2, 9, 4, 5, 3]);
  });

  test("other axes, other types, a scalar", () => {
    const x = tensor([
      [3, 1, 2],
      [1, 4, 2],
    ]);
    expect(values(x.sort({ axis: 0 }).values)).toEqual([1, 1, 2, 3, 4, 2]);
    expect(values(x.cast("int32").argSort())).toEqual([1, 2, 0, 0, 2, 1]);
    expect(values(tensor([true, false, true]).argSort())).toEqual([1, 0, 2]);
    expect(values(tensor(5).sort().values)).toEqual([5]);
    expect(tensor(5).argSort().shape).toEqual([]);
  });

  test.each(["float32", "float64", "int32"] as const)("long rows of %s are in order", (dtype) => {
    for (const n of [2, 16, 17, 33, 511, 512, 3000]) {
      for (const descending of [false, true]) {
        const x = drawn(n, dtype);
        const order = values(x.argSort({ descending }));
        const wanted = Array.from(order.keys()).sort((i, j) => {
          const [a, b] = [x.value![i], x.value![j]];
          return (descending ? b - a : a - b) || i - j;
        });
        expect(order).toEqual(wanted);
      }
    }
  });

  test("long rows hold infinities, zeros of both signs and NaN", () => {
    const long = Float64Array.from({ length: 1000 }, (_, i) => row[i % 10]);
    for (const dtype of ["float32", "float64"] as const) {
      const x = constant(convertArray(long, dtype), [1000], dtype);
      const places = (k: number): number[] => Array.from({ length: 100 }, (_, i) => 10 * i + k);
      const zeros = [...places(4), ...places(5)].sort((a, b) => a - b);
      const order = values(x.argSort());
      expect(order.slice(0, 100)).toEqual(places(3));
      expect(order.slice(100, 300)).toEqual(zeros);
      expect(order.slice(800)).toEqual([...places(1), ...places(7)].sort((a, b) => a - b));
    }
  });

  test("topK, kthValue and median", () => {
    const x = tensor([4, 1, 5, 2, 3, 0]);
    const top = x.topK(2);
    expect([values(top.values), values(top.indices)]).toEqual([
      [5, 4],
      [2, 0],
    ]);
    expect(values(x.topK(3, { largest: false }).values)).toEqual([0, 1, 2]);
    expect(x.topK(0).values.shape).toEqual([0]);
    expect(values(x.kthValue(2).indices)).toEqual([1]);
    expect(values(x.median())).toEqual([2]);
    const twice = x.reshape([2, 3]).medianWithIndex({ axis: 0, keepDims: true });
    expect([values(twice.values), values(twice.indices)]).toEqual([
      [2, 1, 0],
      [1, 0, 1],
    ]);
    const missing = tensor([1, nan, 0, nan]).medianWithIndex();
    expect([values(missing.values), values(missing.indices)]).toEqual([[nan], [1]]);
  });

  test("quantile interpolates as asked", () => {
    const x = tensor([1, 7, 3, 5], { dtype: "float64" });
    const of = (interpolation: "linear" | "lower" | "higher" | "nearest" | "midpoint") =>
      values(x.quantile([0, 0.5, 0.9, 1], { axis: 0, interpolation }));
    expect(of("linear")).toEqual([1, 4, expect.closeTo(6.4, 12), 7]);
    expect(of("lower")).toEqual([1, 3, 5, 7]);
    expect(of("higher")).toEqual([1, 5, 7, 7]);
    expect(of("nearest")).toEqual([1, 5, 7, 7]);
    expect(of("midpoint")).toEqual([1, 4, 6, 7]);
    const wide = x.reshape([2, 2]);
    expect(values(wide.quantile(0.25, { axis: 1, keepDims: true }))).toEqual([2.5, 3.5]);
    expect(wide.quantile([0.1, 0.2, 0.3], { axis: 1 }).shape).toEqual([3, 2]);
    expect(wide.quantile(0.5).shape).toEqual([]);
    expect(values(tensor([1, nan]).quantile(0))).toEqual([nan]);
  });
});

/** Distinct and equal numbers of both signs. */
function drawn(n: number, dtype: DType): Tensor {
  const whole = Float64Array.from(new RandomStream(n).uniform(n), (u) => {
    const x = (u - 0.5) * (dtype === "int32" ? 4e9 : 1e3);
    return u < 0.3 ? Math.round(x / 50) : dtype === "int32" ? Math.round(x) : x;
  });
  return constant(convertArray(whole, dtype), [n], dtype);
}

test.each<[string, (x: Tensor) => Tensor]>([
  ["sort", (x) => x.sort({ axis: 0, descending: true }).values],
  ["topK", (x) => x.topK(2, { axis: 1 }).values],
  ["kthValue", (x) => x.kthValue(2).values],
  ["median", (x) => x.median()],
  ["median along an axis", (x) => x.median({ axis: 0, keepDims: true })],
  ["quantile", (x) => x.quantile([0.2, 0.55], { axis: 1 })],
])("%s differentiates twice", (_name, f) => {
  const x = constant(
    Float64Array.from(new RandomStream(3).uniform(12), (u) => 4 * u - 2),
    [3, 4],
  );
  expect(gradientProblems((y) => f(y.mul(y).mul(y)), [x])).toEqual([]);
});

test.each<[string, () => unknown, string]>([
  ["an axis that is not there", () => tensor([1]).sort({ axis: 1 }), "SHAPE_MISMATCH"],
  ["more than there are", () => tensor([1, 2]).topK(3), "BAD_ARGUMENT"],
  ["a part of an element", () => tensor([1, 2]).topK(1.5), "BAD_ARGUMENT"],
  ["element 0, counted from 1", () => tensor([1, 2]).kthValue(0), "BAD_ARGUMENT"],
  ["the median of nothing", () => tensor([]).median(), "SHAPE_MISMATCH"],
  ["fractions above 1", () => tensor([1, 2]).quantile(50), "BAD_ARGUMENT"],
  ["NaN as a fraction", () => tensor([1, 2]).quantile([0.5, nan]), "BAD_ARGUMENT"],
])("refuses %s", (_name, call, code) => {
  expect(call).toThrow(expect.objectContaining({ code }));
});
