// Compositions: values against literals, derivatives at kinks, and refusals. That each differentiates twice on all devices
// is tested with the matrix.

import { expect, test } from "vitest";
import { gradients } from "../../src/autodiff/grad.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import { einsum } from "../../src/ops/compose/einsum.ts";

import { constant, tensor } from "../../src/ops/leaf.ts";
import { firstDifference } from "./checks.ts";
import { f64, type Literal, type Refusal, testRefusals, testValues } from "./composition.ts";
import { compute, numbers } from "./run.ts";

const infinity = Number.POSITIVE_INFINITY;

const nan = Number.NaN;

/** Values known by hand or from the definition. */
const literals: readonly Literal[] = [
  ["gelu", f64([-1, 0, 1]).gelu(), [-0.15865525393145707, 0, 0.8413447460685429]],
  ["mish", f64([1]).mish(), [0.8650983882673103]],
  ["softplus far out", f64([-800, 800]).softplus(), [0, 800]],
  ["logSigmoid far out", f64([-800, 800]).logSigmoid(), [-800, 0]],
  [
    "logAddExp",
    f64([1000, -infinity, -infinity]).logAddExp(f64([1000, 3, -infinity])),
    [1000 + Math.LN2, 3, -infinity],
  ],
  ["hypot", f64([3e200, 0, infinity, 3]).hypot(f64([4e200, 0, 1, -4])), [5e200, 0, infinity, 5]],
  [
    "logSumExp",
    f64([
      [1000, 1000],
      [-infinity, -infinity],
      [infinity, 0],
    ]).logSumExp({ axis: 1 }),
    [1000 + Math.LN2, -infinity, infinity],
  ],
  ["softmax far out", f64([1000, 1000, -infinity]).softmax(), [0.5, 0.5, 0]],
  ["logSoftmax far out", f64([1000, 1000]).logSoftmax(), [-Math.LN2, -Math.LN2]],
  ["variance", f64([1, 2, 4]).variance(), [7 / 3]],
  ["variance without correction", f64([1, 2, 4]).variance({ correction: 0 }), [14 / 9]],
  ["norm 0", f64([0, 3, 0, 1]).norm({ p: 0 }), [2]],
  ["prod of none", f64([[], []]).prod({ axis: 1 }), [1, 1]],
  [
    "prod of all",
    f64([
      [1, 2, 3],
      [4, 5, 6],
    ]).prod(),
    [720],
  ],
  [
    "all",
    tensor([
      [true, false],
      [true, true],
    ]).all({ axis: 1 }),
    [0, 1],
  ],
  [
    "any",
    tensor([
      [false, false],
      [true, false],
    ]).any({ axis: 1 }),
    [0, 1],
  ],
  ["all of none", tensor([], { dtype: "bool" }).all(), [1]],
  ["any of none", tensor([], { dtype: "bool" }).any(), [0]],
  [
    "max of bool",
    tensor([
      [true, false],
      [false, false],
    ]).max({ axis: 1 }),
    [1, 0],
  ],
  ["cumSum of int32", constant(Int32Array.of(1, 2, 3, 4, 5), [5]).cumSum(0), [1, 3, 6, 10, 15]],
  ["cumProd", f64([1, 0, 3]).cumProd(0), [1, 0, 0]],
  ["argMax with NaN", f64([1, nan, 3]).argMax(), [1]],
  ["isNaN", f64([1, nan, infinity]).isNaN(), [0, 1, 0]],
  ["isFinite", f64([1, nan, -infinity]).isFinite(), [1, 0, 0]],
  [
    "round",
    f64([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 2.6, 1e20]).round(),
    [0, 2, 2, -0, -2, -2, 3, 1e20],
  ],
  ["remainder", f64([7, -7, 7, -7, 6]).remainder(f64([3, 3, -3, -3, 3])), [1, 2, -2, -1, 0]],
  ["remainder of int32", constant(Int32Array.of(7, -7), [2]).remainder(3), [1, 2]],
  ["fmod", f64([7, -7, 7, -7]).fmod(f64([3, 3, -3, -3])), [1, -1, 1, -1]],
  ["pow 0", f64([0, 2, nan]).pow(0), [1, 1, 1]],
  ["pow as in C", f64([1, -1, 2, 0]).pow(f64([nan, infinity, -infinity, 0])), [1, 1, 0, 1]],
  ["pow of int32", constant(Int32Array.of(3, -2), [2]).pow(5), [243, -32]],
  ["clamp", f64([-3, 0, 3, nan]).clamp({ min: -1, max: 1 }), [-1, 0, 1, nan]],
  [
    "erf",
    f64([-3, 1e-9, 0.5, 2]).erf(),
    [-0.9999779095030014, 1.1283791670955e-9, 0.5204998778130465, 0.9953222650189527],
  ],
  [
    "erfc",
    f64([-1, 2, 10, 26]).erfc(),
    [1.8427007929497148, 0.004677734981047266, 2.088487583762545e-45, 5.663192408856143e-296],
  ],
  ["roll", f64([1, 2, 3, 4]).roll(1), [4, 1, 2, 3]],
  ["tile", f64([1, 2]).tile(2), [1, 2, 1, 2]],
  ["repeatInterleave", f64([1, 2]).repeatInterleave(2), [1, 1, 2, 2]],
  ["pad reflect", f64([1, 2, 3]).pad([[2, 1]], { mode: "reflect" }), [3, 2, 1, 2, 3, 2]],
  ["pad replicate", f64([1, 2, 3]).pad([[2, 1]], { mode: "replicate" }), [1, 1, 1, 2, 3, 3]],
  ["pad circular", f64([1, 2, 3]).pad([[2, 1]], { mode: "circular" }), [2, 3, 1, 2, 3, 1]],
  ["oneHot", constant(Int32Array.of(2, 0), [2]).oneHot(3), [0, 0, 1, 1, 0, 0]],
  ["diag", f64([1, 2]).diag(1), [0, 1, 0, 0, 0, 2, 0, 0, 0]],
  [
    "diag of a wide matrix",
    f64([
      [1, 2, 3],
      [4, 5, 6],
    ]).diag(1),
    [2, 6],
  ],
  [
    "diag below",
    f64([
      [1, 2],
      [3, 4],
      [5, 6],
    ]).diag(-1),
    [3, 6],
  ],
  [
    "diag outside",
    f64([
      [1, 2],
      [3, 4],
    ]).diag(5),
    [],
  ],
  ["kron", f64([[1, 2]]).kron(f64([[1], [10]])), [1, 2, 10, 20]],
  [
    "trace",
    f64([
      [1, 2],
      [3, 4],
    ]).trace(),
    [5],
  ],
  [
    "einsum without an arrow",
    einsum(
      "ji",
      f64([
        [1, 2],
        [3, 4],
      ]),
    ),
    [1, 3, 2, 4],
  ],
  [
    "where keeps the other branch out",
    f64([0, 4])
      .equal(0)
      .where(7, f64([0, 4]).log()),
    [7, Math.log(4)],
  ],
  ["bool arithmetic counts", tensor([true, false]).add(tensor([true, true])), [2, 1]],
  ["bool order", tensor([true, false]).less(tensor([true, true])), [0, 1]],
];

testValues(literals);

/** Derivatives at kinks and edges, by convention. */
const kinks: readonly [string, (x: Tensor) => Tensor, readonly number[], readonly number[]][] = [
  ["relu", (x) => x.relu(), [0], [0]],
  ["relu6", (x) => x.relu6(), [0, 6], [0, 0]],
  ["leakyRelu", (x) => x.leakyRelu(0.1), [0], [0.1]],
  ["elu", (x) => x.elu(0.5), [0, 800], [0.5, 1]],
  ["selu", (x) => x.selu(), [0], [1.0507009873554805 * 1.6732632423543772]],
  ["abs and sign", (x) => x.abs().add(x.sign()), [0], [0]],
  ["clamp", (x) => x.clamp({ min: -1, max: 1 }), [-1, 1, 2], [1, 1, 0]],
  ["hardTanh", (x) => x.hardTanh(), [-1, 1], [0, 0]],
  ["hardSigmoid", (x) => x.hardSigmoid(), [-3, 3], [0, 0]],
  ["hardSwish", (x) => x.hardSwish(), [-3, 3], [-0.5, 1.5]],
  ["softplus", (x) => x.softplus(), [0, -800, 800], [0.5, 0, 1]],
  ["maximum shares ties", (x) => x.maximum(1), [1], [0.5]],
  ["max shares ties", (x) => x.max(), [2, 2, 1], [0.5, 0.5, 0]],
  ["maxWithIndex takes the first", (x) => x.maxWithIndex(0).values, [2, 2, 1], [1, 0, 0]],
  ["norm at 0", (x) => x.norm(), [0, 0], [0, 0]],
  ["std of equals", (x) => x.std(), [3, 3], [0, 0]],
  ["pow 0 at 0", (x) => x.pow(tensor([0, 1, 2], { dtype: "float64" })), [0, 0, 0], [0, 1, 0]],
  ["prod with one zero", (x) => x.prod(), [0, 2, 3], [6, 0, 0]],
  ["stopGradient", (x) => x.mul(x.stopGradient()), [3], [3]],
];

test.each(kinks)("derivative of %s by convention", (_name, f, at, want) => {
  const x = tensor(at, { dtype: "float64" });
  const [g] = gradients(f(x), [x]);
  expect(firstDifference(compute(g), want, 1e-15)).toBeUndefined();
});

test("softplus has its second derivative at 0", () => {
  const x = f64([0]);
  const [g] = gradients(x.softplus(), [x]);
  expect(numbers(gradients(g, [x])[0])).toEqual([0.25]);
});

test("a rule is made once, so that graphs of one structure stay one structure", () => {
  const rules = [0, 1].map(() => f64([1, 2]).softmax().attributes.rule);
  expect(rules[0]).toBe(rules[1]);
});

/** What is refused, with the code. */
const refusals: readonly Refusal[] = [
  ["glu of an odd length", () => f64([1, 2, 3]).glu(), "SHAPE_MISMATCH"],
  ["split that does not add up", () => f64([1, 2, 3]).split([1, 1]), "SHAPE_MISMATCH"],
  ["reflect of too much", () => f64([1, 2]).pad([[2, 0]], { mode: "reflect" }), "SHAPE_MISMATCH"],
  [
    "pad of another rank",
    () =>
      f64([1, 2]).pad([
        [1, 0],
        [0, 0],
      ]),
    "SHAPE_MISMATCH",
  ],
  ["dot of matrices", () => f64([[1]]).dot(f64([[1]])), "SHAPE_MISMATCH"],
  ["einsum of another rank", () => einsum("ij->i", f64([1])), "SHAPE_MISMATCH"],
  [
    "einsum of unequal lengths",
    () => einsum("i,i->", f64([1, 2, 3]), f64([1, 2])),
    "SHAPE_MISMATCH",
  ],
  ["einsum that is not one", () => einsum("i->->", f64([1])), "SHAPE_MISMATCH"],
  ["einsum with an unknown output", () => einsum("i->k", f64([1])), "SHAPE_MISMATCH"],
  ["max of nothing", () => f64([]).max(), "SHAPE_MISMATCH"],
  ["trace of a vector", () => f64([1]).trace(), "SHAPE_MISMATCH"],
  ["prelu of other channels", () => f64([[1, 2]]).prelu(f64([1, 2, 3])), "SHAPE_MISMATCH"],
  ["a slice by a list", () => f64([1, 2, 3]).slice([[0, 2] as never]), "BAD_ARGUMENT"],
  ["an index of floats", () => f64([1]).take(f64([0])), "DTYPE_MISMATCH"],
];

testRefusals(refusals);
