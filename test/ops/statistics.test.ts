// Reductions: norms of all orders, arg-reductions, means with weights and without NaN, covariance, and the Gumbel softmax.
// Values are PyTorch 2.x's.

import { expect, test } from "vitest";
import { gradients } from "../../src/autodiff/grad.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import { gumbelSoftmax } from "../../src/ops/compose/gumbel.ts";
import { Generator } from "../../src/ops/random.ts";
import { f64, index, testRefusals, testValues } from "./composition.ts";
import { gradientProblems } from "./differences.ts";
import { numbers } from "./run.ts";

const infinity = Number.POSITIVE_INFINITY;
const nan = Number.NaN;

const x = f64([
  [1, 2, 4, 3],
  [0.5, -1, 2, 8],
  [3, 3, 1, 0],
]);
const weights = f64([1, 2, 3, 1]);
const gaps = f64([
  [1, nan, 3],
  [nan, nan, nan],
]);
const z = f64([
  [1, -2, 0],
  [3, 4, -5],
]);
const left = z.slice([null, { end: 2 }]);
const ints = index(1, 5, 5, 7, 0, 7).reshape([2, 3]);

testValues([
  ["norm 0", left.norm({ p: 0, axis: 1 }), [2, 2]],
  ["norm ½", left.norm({ p: 0.5, axis: 1 }), [5.82842712474619, 13.928203230275509]],
  ["norm 1", left.norm({ p: 1, axis: 1 }), [3, 7]],
  ["norm 2", left.norm({ axis: 1 }), [2.23606797749979, 5]],
  ["norm 3", left.norm({ p: 3, axis: 1 }), [2.080083823051904, 4.497941445275415]],
  ["norm ∞", left.norm({ p: infinity, axis: 1 }), [2, 4]],
  ["norm −∞", left.norm({ p: -infinity, axis: 1 }), [1, 3]],
  ["norm −1", left.norm({ p: -1, axis: 1 }), [0.6666666666666666, 1.7142857142857144]],
  ["norm −2", left.norm({ p: -2, axis: 1 }), [0.8944271909999159, 2.4]],
  ["norm −1 with a zero", z.norm({ p: -1 }), [0]],
  ["norm of int32", index(3, 4).norm(), [5]],
  ["dist", f64([1, 2]).dist(f64([3, 5]), 3), [3.2710663101885897]],
  ["nanSum", gaps.nanSum({ axis: 1 }), [4, 0]],
  ["nanMean", gaps.nanMean({ axis: 1 }), [2, nan]],
  ["nanMean of all", gaps.nanMean(), [2]],
  ["nanVar", gaps.nanVar({ axis: 1 }), [2, nan]],
  ["nanMax", gaps.nanMax({ axis: 1 }), [3, -infinity]],
  ["nanMin", gaps.nanMin({ axis: 1 }), [1, infinity]],
  ["variance over axes", z.variance({ axis: [0, 1] }), [10.966666666666669]],
  ["std without correction", z.std({ axis: 0, correction: 0 }), [1, 3, 2.5]],
  ["variance of one", f64([1]).variance(), [nan]],
  ["logSumExp over axes", z.logSumExp({ axis: [0, 1] }), [4.363659512238994]],
  ["prod", z.prod({ axis: 1 }), [-0, -60]],
  ["argMax of all", ints.argMax(), [3]],
  ["argMax takes the first", ints.argMax({ axis: 1 }), [1, 0]],
  ["argMin that keeps the axis", ints.argMin({ axis: 0, keepDims: true }), [0, 1, 0]],
  ["min of aminmax", z.aminmax().min, [-5]],
  ["all over two axes", ints.reshape([1, 2, 3]).all({ axis: [0, 2], keepDims: true }), [1, 0]],
  ["any of all", ints.less(0).any(), [0]],
  ["cov", x.cov(), [5 / 3, 2.25, -1.5, 2.25, 15.5625, -5.375, -1.5, -5.375, 2.25]],
  [
    "cov with weights",
    x.slice([{ end: 2 }]).cov({ weights }),
    [1.4761904761904763, 1.4642857142857142, 1.4642857142857142, 9.321428571428571],
  ],
  ["cov of one variable", x.select(0, 0).cov(), [5 / 3]],
  ["corrcoef", x.corrcoef().select(0, 1), [0.4417926243064344, 1, -0.9083380924184183]],
  ["corrcoef of one variable", x.select(0, 0).corrcoef(), [1]],
  ["average of rows", z.average({ axis: 1, weights: f64([1, 2, 1]) }), [-0.75, 1.5]],
  [
    "average of all",
    z.average({
      weights: f64([
        [1, 2, 1],
        [1, 1, 1],
      ]),
    }),
    [-1 / 7],
  ],
  [
    "softmin",
    z.softmin(1).select(0, 0),
    [0.042010066134066056, 0.8437947344813396, 0.1141951993845945],
  ],
]);

testRefusals([
  ["norm of order NaN", () => z.norm({ p: nan }), "BAD_ARGUMENT"],
  ["argMax of nothing", () => f64([]).argMax(), "SHAPE_MISMATCH"],
  ["sum over an axis twice", () => z.sum({ axis: [0, -2] }), "SHAPE_MISMATCH"],
  ["cov of three axes", () => z.unsqueeze(0).cov(), "SHAPE_MISMATCH"],
  ["cov with other weights", () => z.cov({ weights }), "SHAPE_MISMATCH"],
  ["average with other weights", () => z.average({ axis: 0, weights }), "SHAPE_MISMATCH"],
  ["gumbelSoftmax at 0", () => z.gumbelSoftmax({ tau: 0 }), "BAD_ARGUMENT"],
]);

const sample = (logits: Tensor, hard: boolean): Tensor =>
  gumbelSoftmax(logits, { tau: 0.5, hard, generator: new Generator(4) });

test("the Gumbel softmax draws classes as often as softmax says", () => {
  const logits = f64([0, 1, 2]).broadcastTo([3000, 3]);
  const drawn = numbers(sample(logits, true).mean({ axis: 0 }));
  const wanted = numbers(f64([0, 1, 2]).softmax());
  drawn.forEach((share, k) => {
    expect(Math.abs(share - wanted[k])).toBeLessThan(0.03);
  });
  const rows = numbers(sample(logits, true));
  expect(rows.every((y) => Math.abs(y) < 1e-12 || Math.abs(y - 1) < 1e-12)).toBe(true);
});

test("the Gumbel softmax has the gradient of the soft sample", () => {
  const logits = f64([
    [0.3, -1, 2],
    [1, 0, 0.5],
  ]);
  expect(gradientProblems((t) => sample(t, false), [logits])).toEqual([]);
  const [soft, hard] = [false, true].map((flag) => sample(logits, flag).mul(z).sum());
  const slope = (y: Tensor): number[] => numbers(gradients(y, [logits])[0]);
  expect(slope(hard)).toEqual(slope(soft));
});
