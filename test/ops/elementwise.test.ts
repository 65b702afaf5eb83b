// Element-by-element compositions, special functions, logic of bits, and tensors made by rule. Values are PyTorch 2.x's
// (ndtr far out: SciPy's).

import { expect, test } from "vitest";
import { gradients } from "../../src/autodiff/grad.ts";
import {
  broadcastTensors,
  linspace,
  logspace,
  meshgrid,
  trilIndices,
  triuIndices,
} from "../../src/ops/compose/creation.ts";
import { tensor } from "../../src/ops/leaf.ts";
import { f64, index, testRefusals, testValues } from "./composition.ts";
import { gradientProblems } from "./differences.ts";
import { numbers } from "./run.ts";

const infinity = Number.POSITIVE_INFINITY;
const nan = Number.NaN;

testValues([
  [
    "floorDivide",
    f64([7, -7, 7, -7, 1, 0.7, 5]).floorDivide(f64([3, 3, -3, -3, 0.1, 0.1, 0])),
    [2, -3, -3, 2, 9, 6, infinity],
  ],
  [
    "floorDivide of int32",
    index(7, -7, 7, -7, 2147483647).floorDivide(index(3, 3, -3, -3, 1)),
    [2, -3, -3, 2, 2147483647],
  ],
  ["fmax", f64([nan, 1, 2, nan]).fmax(f64([1, nan, 3, nan])), [1, 1, 3, nan]],
  ["fmin", f64([nan, 1, 2, nan]).fmin(f64([1, nan, 3, nan])), [1, 1, 2, nan]],
  ["heaviside", f64([-1, 0, 2, nan]).heaviside(0.5), [0, 0.5, 1, 0]],
  [
    "xlogy",
    f64([0, 0, 2, 0, 1]).xlogy(f64([0, -1, 3, nan, 0])),
    [0, 0, 2.1972245773362196, nan, -infinity],
  ],
  ["xlog1py", f64([0, 2]).xlog1py(f64([-1, 3])), [0, 2.772588722239781]],
  ["logit", f64([0.1, 0.5, 0, 1]).logit(), [-2.197224577336219, 0, -infinity, infinity]],
  ["logit with eps", f64([0, 0.2]).logit({ eps: 0.1 }), [-2.197224577336219, -1.3862943611198906]],
  [
    "sinc",
    f64([0, 0.1, 0.15, 0.16, 2.5]).sinc(),
    [1, 0.983631643083466, 0.9633977620041159, 0.9584184823246249, 0.12732395447351627],
  ],
  ["ndtr", f64([-10, 0, 1]).ndtr(), [7.619853024160525e-24, 0.5, 0.8413447460685429]],
  [
    "entr",
    f64([0, 0.5, -1, nan, infinity]).entr(),
    [0, 0.34657359027997264, -infinity, nan, -infinity],
  ],
  [
    "nanToNum",
    f64([nan, infinity, -infinity, 1]).nanToNum({ nan: 2, posInf: 5, negInf: -5 }),
    [2, 5, -5, 1],
  ],
  ["nanToNum of float32", tensor([nan, -infinity, 1]).nanToNum(), [0, -3.4028234663852886e38, 1]],
  [
    "isClose",
    f64([1, 1, infinity, infinity, nan, 1e-9]).isClose(
      f64([1 + 1e-6, 1.1, infinity, -infinity, nan, 0]),
    ),
    [1, 0, 1, 0, 0, 1],
  ],
  [
    "isClose with NaN",
    f64([1, infinity, nan]).isClose(f64([infinity, 1, nan]), { equalNaN: true }),
    [0, 0, 1],
  ],
  ["allClose", f64([1, 2]).allClose(f64([1, 2.1]), { rtol: 0.1 }), [1]],
  ["isInf", f64([1, infinity, -infinity, nan]).isInf(), [0, 1, 1, 0]],
  ["isPosInf", f64([1, infinity, -infinity, nan]).isPosInf(), [0, 1, 0, 0]],
  ["isNegInf", f64([1, infinity, -infinity, nan]).isNegInf(), [0, 0, 1, 0]],
  ["signBit", f64([-0, 0, -3, 2]).signBit(), [1, 0, 1, 0]],
  ["signBit of int32", index(-3, 0).signBit(), [1, 0]],
  ["logAddExp2", f64([1000, 3]).logAddExp2(f64([1000, 4])), [1001, 4.584962500721156]],
  ["copySign", f64([1, -2, 3]).copySign(f64([-0, 5, -1])), [-1, 2, -3]],
  ["frac", f64([-2.75, 1.25]).frac(), [-0.75, 0.25]],
  ["addcdiv", f64([1, 2]).addcdiv(f64([1, 3]), f64([2, 4]), 0.5), [1.25, 2.375]],
  ["deg2rad", f64([180, 90]).deg2rad(), [Math.PI, Math.PI / 2]],
  ["rad2deg", f64([1]).rad2deg(), [57.29577951308232]],
  ["floatPower", index(2, 3).floatPower(-1), [0.5, 1 / 3]],
  ["bitwiseRightShift", index(-13, 13).bitwiseRightShift(2), [-4, 3]],
  ["bitwiseLeftShift", index(-3, 1).bitwiseLeftShift(index(2, 31)), [-12, -(2 ** 31)]],
  ["bitwiseAnd", index(12, -1).bitwiseAnd(10), [8, 10]],
  ["bitwiseOr of bool", tensor([true, false]).bitwiseOr(tensor([false, false])), [1, 0]],
  ["bitwiseXor", index(12).bitwiseXor(index(10)), [6]],
  ["bitwiseNot", index(12, -1).bitwiseNot(), [-13, 0]],
  ["bitwiseNot of bool", tensor([true, false]).bitwiseNot(), [0, 1]],
  ["logicalAnd of floats", f64([0.5, 0]).logicalAnd(f64([2, 2])), [1, 0]],
  [
    "lgamma",
    f64([-0.5, 0.5, 3.3, 50, 0, -2, infinity]).lgamma(),
    [
      1.2655121234846454,
      0.5723649429247001,
      0.9870985778947344,
      144.5657439463449,
      infinity,
      infinity,
      infinity,
    ],
  ],
  [
    "digamma",
    f64([-0.7, 0, -1, 3.3]).digamma(),
    [-2.073952793628704, -infinity, nan, 1.0348224890596216],
  ],
  [
    "polygamma",
    f64([-2.3, 0.1, 3.3]).polygamma(2),
    [68.71379252927028, -2001.8614573783439, -0.12375118526494273],
  ],
  [
    "erfinv",
    f64([-0.7, 0.01, 1, 0.99999999, 2]).erfinv(),
    [-0.7328690779592167, 0.008862501280950598, infinity, 4.052237243268763, nan],
  ],
  ["i0", f64([-3, 0.5, 100]).i0(), [4.880792585865024, 1.0634833707413236, 1.0737517071310738e42]],
  [
    "i1",
    f64([-3, 0, 0.5, 100]).i1(),
    [-3.9533702174026093, 0, 0.25789430539089636, 1.0683693903381625e42],
  ],
  ["cbrt", f64([-8, 0, infinity]).cbrt(), [-2, 0, infinity]],
  ["ldexp", f64([1, 3]).ldexp(index(2, -1)), [4, 1.5]],
  ["polyval", f64([0, 2]).polyval([1, -2, 3]), [3, 3]],
  [
    "interp",
    f64([-1, 0, 0.5, 1.5, 2, 9]).interp(f64([0, 1, 2]), f64([10, 20, 0])),
    [10, 10, 15, 10, 0, 0],
  ],
  ["isIn", index(1, 2, 3, 4).isIn(index(2, 3)), [0, 1, 1, 0]],
  ["zerosLike", f64([1, 2]).zerosLike(), [0, 0]],
  ["onesLike", f64([1, 2]).onesLike({ dtype: "int32" }), [1, 1]],
  ["fullLike", f64([1, 2]).fullLike(3), [3, 3]],
  ["linspace", linspace(-1, 2, 5), [-1, -0.25, 0.5, 1.25, 2]],
  ["linspace of one", linspace(3, 4, 1), [3]],
  ["logspace", logspace(-1, 1, 3, { dtype: "float64" }), [0.1, 1, 10]],
  ["logspace to base 2", logspace(0, 3, 4, { base: 2 }), [1, 2, 4, 8]],
  ["vander", f64([1, 2, 3]).vander(), [1, 1, 1, 4, 2, 1, 9, 3, 1]],
  ["vander increasing", f64([2, 3]).vander(3, { increasing: true }), [1, 2, 4, 1, 3, 9]],
  ["meshgrid", meshgrid([index(1, 2), index(3, 4, 5)])[0], [1, 1, 1, 2, 2, 2]],
  ["meshgrid of images", meshgrid([index(1, 2), index(3, 4, 5)], "xy")[0], [1, 2, 1, 2, 1, 2]],
  ["broadcastTensors", broadcastTensors([f64([[1], [2]]), f64([3, 4])])[0], [1, 1, 2, 2]],
  ["trilIndices", trilIndices(3, 3, -1), [1, 2, 2, 0, 0, 1]],
  ["triuIndices", triuIndices(2, 3, 1), [0, 0, 1, 1, 2, 2]],
]);

testRefusals([
  ["interp of one point", () => f64([1]).interp(f64([1]), f64([1])), "SHAPE_MISMATCH"],
  ["bits of floats", () => f64([1]).bitwiseAnd(1), "DTYPE_MISMATCH"],
  ["a shift by half", () => index(1).bitwiseLeftShift(0.5), "DTYPE_MISMATCH"],
  ["linspace of half a number", () => linspace(0, 1, 2.5), "BAD_ARGUMENT"],
  ["meshgrid of a matrix", () => meshgrid([f64([[1]])]), "SHAPE_MISMATCH"],
  ["meshgrid of nothing", () => meshgrid([]), "SHAPE_MISMATCH"],
]);

/** Where two branches meet, derivatives are those of PyTorch or the limits. */
test.each([
  ["clamp at its bounds", f64([-1, 1, 2]), [1, 1, 0], "clamp"],
  ["xlogy at 0", f64([0, 0]), [0, Math.log(2)], "xlogy"],
  ["sinc at 0", f64([0]), [0], "sinc"],
  ["nanToNum of NaN", f64([nan, 1]), [0, 1], "nanToNum"],
] as const)("derivative of %s", (_name, x, want, f) => {
  const y = {
    clamp: () => x.clamp({ min: -1, max: f64(1) }),
    xlogy: () => x.xlogy(f64([0, 2])),
    sinc: () => x.sinc(),
    nanToNum: () => x.nanToNum(),
  }[f]();
  expect(numbers(gradients(y, [x])[0])).toEqual([...want]);
});

test("the second derivative of sinc at 0 is −π²/3", () => {
  const x = f64([0]);
  const [first] = gradients(x.sinc(), [x]);
  expect(numbers(gradients(first, [x])[0])[0]).toBeCloseTo(-(Math.PI ** 2) / 3, 12);
});

test("i1 has all derivatives at 0", () => {
  expect(gradientProblems((x) => x.i1(), [f64([0, 0.5])])).toEqual([]);
});
