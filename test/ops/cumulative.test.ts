// Running sums, products and extremes over short axes (steps) and long ones (halving), differences of neighbours, areas.

import { expect, test } from "vitest";
import type { Tensor } from "../../src/ir/tensor.ts";
import { iota, tensor } from "../../src/ops/leaf.ts";
import { f64, index, testCases, testRefusals, testValues } from "./composition.ts";
import { compute, numbers } from "./run.ts";

const infinity = Number.POSITIVE_INFINITY;
const nan = Number.NaN;

testCases([
  ["cumSum of a long axis", (x) => x.cumSum(1), [2, 37]],
  ["cumSum of a long outer axis", (x) => x.cumSum(0, { reverse: true }), [18, 2]],
  ["cumProd of a long axis", (x) => x.div(4).add(1).cumProd(0), [19, 2]],
  ["logCumSumExp of a long axis", (x) => x.logCumSumExp(-1), [2, 35]],
]);

const rows = f64([
  [3, 1, 3, nan, 9, 2],
  [1, 1, 0, 5, 5, -2],
]);

// Values of PyTorch 2.x.
testValues([
  ["cumMax", rows.cumMax(1).values, [3, 3, 3, nan, nan, nan, 1, 1, 1, 5, 5, 5]],
  ["indices of cumMax", rows.cumMax(1).indices, [0, 0, 2, 3, 3, 3, 0, 1, 1, 3, 4, 4]],
  ["cumMin", rows.cumMin(1).values, [3, 1, 1, nan, nan, nan, 1, 1, 0, 0, 0, -2]],
  ["indices of cumMin", rows.cumMin(1).indices, [0, 1, 1, 3, 3, 3, 0, 1, 2, 2, 2, 5]],
  ["cumMax of int32", index(-5, -7, 2).cumMax(0).values, [-5, -5, 2]],
  [
    "cumSum past infinity",
    f64([1, infinity, 2, -infinity]).cumSum(0),
    [1, infinity, infinity, nan],
  ],
  ["cumSum exclusive", f64([1, 2, 3]).cumSum(0, { exclusive: true }), [0, 1, 3]],
  ["cumSum reversed", f64([1, 2, 3]).cumSum(0, { reverse: true }), [6, 5, 3]],
  [
    "cumSum reversed and exclusive",
    f64([1, 2, 3]).cumSum(0, { reverse: true, exclusive: true }),
    [5, 3, 0],
  ],
  ["cumSum of bool", tensor([true, false, true]).cumSum(0), [1, 1, 2]],
  [
    "logCumSumExp with infinities",
    f64([-infinity, -infinity, 1, 1000, infinity]).logCumSumExp(0),
    [-infinity, -infinity, 1, 1000, infinity],
  ],
  ["diff twice", f64([1, 4, 9, 16]).diff({ n: 2 }), [2, 2]],
  ["diff of bool", tensor([true, false, false]).diff(), [1, 0]],
  ["diff with ends", f64([1, 4]).diff({ prepend: f64([0]), append: f64([9]) }), [1, 3, 5]],
  ["diff of one", f64([1]).diff({ n: 3 }), []],
  [
    "trapezoid",
    f64([
      [1, 2, 4],
      [0, 1, 1],
    ]).trapezoid(),
    [4.5, 1.5],
  ],
  ["trapezoid at places", f64([1, 2, 4]).trapezoid({ x: f64([0, 1, 4]) }), [10.5]],
  ["cumulativeTrapezoid", f64([1, 2, 4]).cumulativeTrapezoid({ dx: 0.5 }), [0.75, 2.25]],
]);

testRefusals([
  ["diff of order −1", () => f64([1, 2]).diff({ n: -1 }), "BAD_ARGUMENT"],
  ["cumSum along a missing axis", () => f64([1]).cumSum(1), "SHAPE_MISMATCH"],
]);

/** Plain loops along the last axis. */
function running(x: Tensor, combine: (a: number, b: number) => number): number[] {
  const length = x.shape[x.rank - 1];
  const result = numbers(x);
  result.forEach((value, k) => {
    if (k % length > 0) result[k] = combine(result[k - 1], value);
  });
  return result;
}

test.each([0, 1, 2, 15, 16, 17, 31, 32, 33, 64, 65, 100])("length %i agrees with a loop", (n) => {
  const x = iota([2, n], 1)
    .mul(7)
    .add(iota([2, n], 0))
    .remainder(5)
    .sub(2);
  expect(numbers(x.cumSum(1))).toEqual(running(x, (a, b) => a + b));
  expect(numbers(x.cumMax(1).values)).toEqual(running(x, Math.max));
  expect(numbers(x.transpose().cumSum(0).transpose())).toEqual(running(x, (a, b) => a + b));
  const y = x.equal(0).where(2, x);
  expect(numbers(y.cumProd(1))).toEqual(running(y, Math.imul));
});

test("a long sum in float32 keeps its digits", () => {
  const sums = compute(tensor(new Float32Array(100_000).fill(0.1)).cumSum(0));
  expect(Math.abs(sums[99_999] / 10_000 - 1)).toBeLessThan(1e-6);
});
