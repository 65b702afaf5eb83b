// Compositions: each against central differences to second order and against the other devices; values against literals.

import { describe, expect, test } from "vitest";
import { gradients } from "../../src/autodiff/grad.ts";
import { convertArray } from "../../src/core/dtype.ts";
import { RandomStream } from "../../src/core/random.ts";
import { type Shape, sizeOf } from "../../src/core/shape.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import { einsum } from "../../src/ops/compose/einsum.ts";
import { concatenate, stack } from "../../src/ops/concatenate.ts";
import { constant, type TensorData, tensor } from "../../src/ops/leaf.ts";
import { wasmDevice } from "../../src/runtime/wasm/device.ts";
import { firstDifference } from "./checks.ts";
import { gradientProblems } from "./differences.ts";
import { compute, numbers } from "./run.ts";

const wasm = wasmDevice();
const infinity = Number.POSITIVE_INFINITY;

type Function = (...xs: Tensor[]) => Tensor;
const index = (...places: number[]): Tensor => constant(Int32Array.from(places), [places.length]);

/** Functions by name, with the shapes of their operands, drawn from −2 … 2. */
const cases: readonly [string, Function, ...Shape[]][] = [
  ["leakyRelu", (x) => x.leakyRelu(0.1), [7]],
  ["prelu", (x, w) => x.prelu(w), [2, 3, 2], [3]],
  ["elu", (x) => x.elu(0.7), [7]],
  ["selu", (x) => x.selu(), [7]],
  ["celu", (x) => x.celu(1.3), [7]],
  ["gelu", (x) => x.gelu(), [7]],
  ["gelu by tanh", (x) => x.gelu({ approximate: "tanh" }), [7]],
  ["silu", (x) => x.silu(), [7]],
  ["mish", (x) => x.mish(), [7]],
  ["softplus", (x) => x.softplus(), [7]],
  ["softplus with β and threshold", (x) => x.softplus({ beta: 2, threshold: 1 }), [7]],
  ["softsign", (x) => x.softsign(), [7]],
  ["logSigmoid", (x) => x.logSigmoid(), [7]],
  ["hardTanh", (x) => x.hardTanh(), [7]],
  ["hardSigmoid", (x) => x.mul(2).hardSigmoid(), [7]],
  ["hardSwish", (x) => x.mul(2).hardSwish(), [7]],
  ["relu6", (x) => x.mul(4).relu6(), [7]],
  ["softShrink", (x) => x.softShrink(), [7]],
  ["hardShrink", (x) => x.hardShrink(), [7]],
  ["tanhShrink", (x) => x.tanhShrink(), [7]],
  ["threshold", (x) => x.threshold(0.2, 5), [7]],
  ["glu", (x) => x.glu(1), [2, 6]],
  ["clamp", (x) => x.clamp({ min: -1, max: 0.5 }), [7]],
  ["hypot", (a, b) => a.hypot(b), [2, 1], [3]],
  ["logAddExp", (a, b) => a.logAddExp(b), [2, 1], [3]],
  ["lerp", (a, b, w) => a.lerp(b, w), [3], [2, 3], [3]],
  ["addcmul", (x, a, b) => x.addcmul(a, b, 0.5), [3], [3], [3]],
  ["maskedFill", (x) => x.maskedFill(tensor([true, false, true]), 9), [2, 3]],
  ["remainder", (a, b) => a.add(20).remainder(b.abs().add(1.1)), [5], [5]],
  ["pow 2", (x) => x.pow(2), [5]],
  ["pow 3", (x) => x.pow(3), [5]],
  ["pow −1", (x) => x.add(3).pow(-1), [5]],
  ["pow ½", (x) => x.add(3).pow(0.5), [5]],
  ["pow 1.7", (x) => x.add(3).pow(1.7), [5]],
  ["pow 5 of either sign", (x) => x.pow(5), [5]],
  ["rsqrt", (x) => x.add(3).rsqrt(), [5]],
  ["softmax", (x) => x.softmax(), [3, 4]],
  ["softmax over axis 0", (x) => x.softmax(0), [3, 4]],
  ["logSoftmax", (x) => x.logSoftmax(1), [3, 4]],
  ["logSumExp", (x) => x.logSumExp({ axis: 1 }), [3, 4]],
  ["logSumExp of all", (x) => x.logSumExp({ keepDims: true }), [3, 4]],
  ["variance", (x) => x.variance({ axis: 1 }), [3, 4]],
  ["std", (x) => x.std({ axis: 0, correction: 0, keepDims: true }), [3, 4]],
  ["norm", (x) => x.norm({ axis: 1 }), [3, 4]],
  ["norm 1", (x) => x.norm({ p: 1 }), [3, 4]],
  ["norm 3", (x) => x.norm({ p: 3, axis: 0 }), [3, 4]],
  ["norm ∞", (x) => x.norm({ p: infinity, axis: 0 }), [3, 4]],
  ["norm −∞", (x) => x.norm({ p: -infinity, axis: 0 }), [3, 4]],
  ["mean", (x) => x.mean({ axis: 0 }), [3, 4]],
  ["prod", (x) => x.prod({ axis: 1 }), [3, 5]],
  ["prod with zeros", (x) => x.mul(tensor([0, 1, 0, 1, 1])).prod({ axis: 1 }), [3, 5]],
  ["cumSum", (x) => x.cumSum(1), [2, 6]],
  ["cumProd", (x) => x.cumProd(0), [5, 2]],
  ["logCumSumExp", (x) => x.logCumSumExp(0), [5, 2]],
  ["maxWithIndex", (x) => x.maxWithIndex(1).values, [3, 4]],
  ["minWithIndex", (x) => x.minWithIndex(0, { keepDims: true }).values, [3, 4]],
  ["transpose", (x) => x.transpose(0, 2), [2, 3, 4]],
  ["moveAxis", (x) => x.moveAxis([0, 1], [-1, 0]), [2, 3, 4]],
  ["expand", (x) => x.expand([2, -1, 4]), [3, 1]],
  ["select", (x) => x.select(1, -1), [2, 3]],
  ["split", (x) => x.split([1, 3], 1)[1], [2, 4]],
  ["chunk", (x) => x.chunk(3)[2], [7]],
  ["unbind", (x) => x.unbind(1)[0], [2, 3]],
  ["stack", (a, b) => stack([a, b], 1), [2, 3], [2, 3]],
  ["concatenate", (a, b) => concatenate([a, b], 1), [2, 3], [2, 1]],
  ["roll", (x) => x.roll([1, -1], [0, 1]), [3, 4]],
  ["roll of all", (x) => x.roll(5), [3, 4]],
  ["tile", (x) => x.tile([2, 1, 3]), [2, 3]],
  ["repeatInterleave", (x) => x.repeatInterleave(2, 1), [2, 3]],
  ["slice", (x) => x.slice([{ start: 4, end: 0, step: -2 }, { step: 3 }]), [5, 7]],
  [
    "pad reflect",
    (x) =>
      x.pad(
        [
          [1, 2],
          [0, 1],
        ],
        { mode: "reflect" },
      ),
    [3, 2],
  ],
  [
    "pad replicate",
    (x) =>
      x.pad(
        [
          [2, 1],
          [0, 3],
        ],
        { mode: "replicate" },
      ),
    [3, 2],
  ],
  [
    "pad circular",
    (x) =>
      x.pad(
        [
          [1, 0],
          [2, 1],
        ],
        { mode: "circular" },
      ),
    [3, 2],
  ],
  ["unfold", (x) => x.unfold(1, 3, 2), [2, 7]],
  ["take", (x) => x.take(constant(Int32Array.of(2, 0, 2, 1), [2, 2])), [3, 2]],
  ["indexSelect", (x) => x.indexSelect(1, index(2, 2, 0)), [2, 3]],
  ["indexAdd", (x, s) => x.indexAdd(0, index(1, 1), s), [3, 2], [2, 2]],
  ["takeAlong", (x) => x.takeAlong(constant(Int32Array.of(1, 0), [1, 2]), 1), [3, 2]],
  ["tril", (x) => x.tril(1), [3, 4]],
  ["triu", (x) => x.triu(-1), [2, 3, 3]],
  ["diag of a vector", (x) => x.diag(-1), [3]],
  ["diag of a matrix", (x) => x.diag(1), [3, 5]],
  ["trace", (x) => x.trace(), [3, 4]],
  ["matmul", (a, b) => a.matmul(b), [2, 1, 3, 4], [5, 4, 2]],
  ["matmul of a vector", (a, b) => a.matmul(b), [4], [2, 4, 3]],
  ["dot", (a, b) => a.dot(b), [4], [4]],
  ["outer", (a, b) => a.outer(b), [2], [3]],
  ["bmm", (a, b) => a.bmm(b), [2, 3, 4], [2, 4, 2]],
  ["addmm", (c, a, b) => c.addmm(a, b, { alpha: 2, beta: 0.5 }), [2], [3, 4], [4, 2]],
  ["kron", (a, b) => a.kron(b), [2, 3], [2, 2]],
  ["einsum of three", (a, b, c) => einsum("bn,anm,bm->ba", a, b, c), [2, 3], [4, 3, 2], [2, 2]],
  ["einsum with a diagonal", (x) => einsum("iij->j", x), [3, 3, 2]],
  ["einsum with ...", (a, b) => einsum("...ij,jk->...ik", a, b), [2, 3, 4], [4, 2]],
];

function drawn(shapes: readonly Shape[], dtype: "float32" | "float64"): Tensor[] {
  const stream = new RandomStream(3);
  return shapes.map((shape) => {
    const values = stream.uniform(sizeOf(shape)).map((u) => 4 * u - 2);
    return constant(convertArray(Float32Array.from(values), dtype), shape, dtype);
  });
}

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

const nan = Number.NaN;

/** Values known by hand or from the definition. */
const literals: readonly [string, Tensor, readonly number[]][] = [
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

function f64(data: TensorData): Tensor {
  return tensor(data, { dtype: "float64" });
}

test.each(literals)("value of %s", (_name, t, values) => {
  expect(closest(numbers(t), values)).toBeUndefined();
  expect(firstDifference(compute(t, wasm), values, 1e-12)).toBeUndefined();
});

/** Differences relative to the size of the number itself. */
function closest(got: readonly number[], want: readonly number[]): string | undefined {
  const scaled = (xs: readonly number[]) =>
    xs.map((x, k) => (Number.isFinite(want[k]) && want[k] !== 0 ? x / want[k] : x));
  return firstDifference(scaled(got), scaled(want), 2e-14);
}

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
const refusals: readonly [string, () => unknown, string][] = [
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
  ["einsum of unequal lengths", () => einsum("i,i->", f64([1]), f64([1, 2])), "SHAPE_MISMATCH"],
  ["einsum that is not one", () => einsum("i->->", f64([1])), "SHAPE_MISMATCH"],
  ["einsum with an unknown output", () => einsum("i->k", f64([1])), "SHAPE_MISMATCH"],
  ["max of nothing", () => f64([]).max(), "SHAPE_MISMATCH"],
  ["trace of a vector", () => f64([1]).trace(), "SHAPE_MISMATCH"],
  ["prelu of other channels", () => f64([[1, 2]]).prelu(f64([1, 2, 3])), "SHAPE_MISMATCH"],
  ["a slice by a list", () => f64([1, 2, 3]).slice([[0, 2] as never]), "BAD_ARGUMENT"],
  ["an index of floats", () => f64([1]).take(f64([0])), "DTYPE_MISMATCH"],
];

test.each(refusals)("refuses %s", (_name, call, code) => {
  expect(call).toThrow(expect.objectContaining({ code }));
});
