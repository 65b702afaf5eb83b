// Factorisations and what they give: small ones against PyTorch 2.x, larger ones by what they must satisfy, on both
// devices; compositions against central differences. The ops' own derivatives are tested with the registry.

import { describe, expect, test } from "vitest";
import { gradients } from "../../src/autodiff/grad.ts";
import { convertArray, type DType } from "../../src/core/dtype.ts";
import { RandomStream } from "../../src/core/random.ts";
import { type Shape, sizeOf } from "../../src/core/shape.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import { constant, eye, tensor } from "../../src/ops/leaf.ts";
import { wasmDevice } from "../../src/runtime/wasm/device.ts";
import { gradientProblems } from "./differences.ts";
import { numbers, reference } from "./run.ts";

const infinity = Number.POSITIVE_INFINITY;
const wasm = wasmDevice();

const double = (shape: Shape, ...values: number[]): Tensor =>
  constant(Float64Array.from(values), shape);

const symmetric = double([3, 3], 4, 1, 0.5, 1, 3, -1, 0.5, -1, 2);
const regular = double([3, 3], 2, 0.5, -1, 1, 3, 0.7, -0.4, 1, -2);
const tall = double([3, 2], 2, 0.5, -1, 1, 0.3, 0.7);
const wide = double([2, 3], 2, -1, 0.3, 0.5, 1, 0.7);
const right = double([3, 2], 1, 2, 3, 4, 5, 6);

/** Results of PyTorch 2.13 in float64. */
const known: readonly [string, () => Tensor, readonly number[]][] = [
  [
    "cholesky",
    () => symmetric.cholesky(),
    [2, 0, 0, 0.5, 1.65831239518, 0, 0.25, -0.6784005253, 1.21543108701],
  ],
  [
    "inverse",
    () => regular.inverse(),
    [
      0.454545454545, 0, -0.227272727273, -0.116689280868, 0.298507462687, 0.162822252374,
      -0.149253731343, 0.149253731343, -0.373134328358,
    ],
  ],
  [
    "solve",
    () => regular.solve(right),
    [-0.681818181818, -0.454545454545, 1.59294436906, 1.93758480326, -1.5671641791, -1.94029850746],
  ],
  [
    "solve of a vector",
    () => regular.solve(double([3], 1, 3, 5)),
    [-0.681818181818, 1.59294436906, -1.5671641791],
  ],
  ["det", () => regular.det(), [-14.74]],
  ["the sign of slogdet", () => regular.neg().slogdet().sign, [1]],
  ["the logarithm of slogdet", () => regular.neg().slogdet().logAbsDet, [2.69056488676]],
  [
    "q",
    () => tall.qr().q,
    [
      -0.886484414356, -0.317285684832, 0.443242207178, -0.791347825698, -0.132972662153,
      -0.522588186782,
    ],
  ],
  ["r", () => tall.qr().r, [-2.25610283454, -0.0930808635074, 0, -1.31580239886]],
  [
    "q of a wide matrix",
    () => wide.qr().q,
    [-0.970142500145, -0.242535625036, -0.242535625036, 0.970142500145],
  ],
  [
    "r of a wide matrix",
    () => wide.qr().r,
    [-2.06155281281, 0.727606875109, -0.460817687569, 0, 1.21267812518, 0.606339062591],
  ],
  ["eigenvalues", () => symmetric.eigh().values, [1.0595504398, 3.31754443856, 4.62290512164]],
  [
    // The first column of PyTorch times −1, so that its largest element is positive.
    "eigenvectors",
    () => symmetric.eigh().vectors,
    [
      -0.320190469338, 0.44421520285, 0.836750211773, 0.559123593684, -0.624402509196,
      0.545437726506, 0.764760662123, 0.642490747066, -0.0484434681113,
    ],
  ],
  [
    "u",
    () => tall.svd().u,
    [
      0.897417619708, 0.28489724206, -0.414224204103, 0.806915946178, 0.151854945831,
      0.517416869913,
    ],
  ],
  ["s", () => tall.svd().s, [2.25900704994, 1.31411078236]],
  ["vh", () => tall.svd().vh, [0.998056171329, 0.0623207740039, -0.0623207740039, 0.998056171329]],
  [
    "pinv",
    () => tall.pinv(),
    [
      0.382978723404, -0.221276595745, 0.0425531914894, 0.241134751773, 0.601418439716,
      0.397163120567,
    ],
  ],
  [
    "lstsq",
    () => tall.lstsq(right),
    [-0.068085106383, 0.136170212766, 4.03120567376, 5.27092198582],
  ],
  [
    "lstsq of a wide matrix",
    () => wide.lstsq(double([2, 2], 1, 2, 3, 4)),
    [1.10638297872, 1.7304964539, 1.5829787234, 1.96312056738, 1.23404255319, 1.67375886525],
  ],
  [
    "matrixPower",
    () => regular.matrixPower(3),
    [11.16, 7.3, -4.55, 19.76, 32.66, 3.02, 0.76, 8, -10.64],
  ],
  [
    "matrixPower of −2",
    () => regular.matrixPower(-2),
    [
      0.240532872826, -0.033921302578, -0.0185025286789, -0.11217503208, 0.113408533992,
      0.0143693767501, -0.0295672249337, -0.0111383381599, 0.19745235829,
    ],
  ],
  ["matrixPower of 0", () => regular.matrixPower(0), [1, 0, 0, 0, 1, 0, 0, 0, 1]],
  ["the nuclear norm", () => tall.matrixNorm("nuclear"), [3.5731178323]],
  ["the spectral norm", () => tall.matrixNorm(2), [2.25900704994]],
  ["norm −2", () => tall.matrixNorm(-2), [1.31411078236]],
  ["norm 1", () => tall.matrixNorm(1), [3.3]],
  ["norm −1", () => tall.matrixNorm(-1), [2.2]],
  ["norm ∞", () => tall.matrixNorm(infinity), [2.5]],
  ["norm −∞", () => tall.matrixNorm(-infinity), [1]],
  ["the Frobenius norm", () => tall.matrixNorm(), [2.61342686907]],
  [
    "triangularSolve above",
    () => regular.triangularSolve(right, { upper: true }),
    [-1.14583333333, -1.00833333333, 1.58333333333, 2.03333333333, -2.5, -3],
  ],
  [
    "triangularSolve transposed",
    () => regular.triangularSolve(right, { transpose: true }),
    [-0.916666666667, -0.766666666667, 1.83333333333, 2.33333333333, -2.5, -3],
  ],
  [
    "triangularSolve with ones",
    () => regular.triangularSolve(right, { unit: true }),
    [1, 2, 2, 2, 3.4, 4.8],
  ],
  ["matrixRank", () => double([2, 2], 1, 2, 2, 4).matrixRank(), [1]],
];

describe.each([reference, wasm])("on $name", (device) => {
  test.each(known)("%s is PyTorch's", (_name, make, wanted) => {
    const got = numbers(make(), device);
    expect(got.length).toBe(wanted.length);
    got.forEach((x, i) => {
      expect(x).toBeCloseTo(wanted[i], 10);
    });
  });
});

/** Normally shaped numbers that depend on the seed alone. */
function drawn(seed: number, shape: Shape, dtype: DType = "float64"): Tensor {
  const u = new RandomStream(seed).uniform(3 * sizeOf(shape));
  const values = Float64Array.from(
    { length: sizeOf(shape) },
    (_, i) => u[3 * i] + u[3 * i + 1] + u[3 * i + 2] - 1.5,
  );
  return constant(convertArray(values, dtype), shape, dtype);
}

const turned = (x: Tensor): Tensor => x.transpose(-1, -2);
const largest = (x: Tensor): number => Math.max(...numbers(x.abs().max(), wasm));

describe.each([
  ["float64", 1e-12],
  ["float32", 3e-5],
] as const)("in %s, whatever the size", (dtype, tolerance) => {
  const apart = (a: Tensor, b: Tensor): number => largest(a.sub(b));
  const identity = (n: number): Tensor => eye(n, dtype);

  test.each([1, 2, 5, 33])("square matrices of %i rows", (n) => {
    const a = drawn(n, [2, n, n], dtype).add(identity(n).mul(2 + 0.5 * Math.sqrt(n)));
    const positive = a.matmul(turned(a));
    const l = positive.cholesky();
    expect(apart(l.matmul(turned(l)), positive)).toBeLessThan(tolerance * n);
    expect(largest(l.triu(1))).toBe(0);
    expect(apart(a.matmul(a.inverse()), identity(n))).toBeLessThan(tolerance * 10);
    expect(apart(a.matmul(a.solve(drawn(9, [n, 3], dtype))), drawn(9, [n, 3], dtype))).toBeLessThan(
      tolerance * 10,
    );
    const { sign, logAbsDet } = a.slogdet();
    expect(apart(sign.mul(logAbsDet.exp()).div(a.det()), tensor(1))).toBeLessThan(tolerance * 100);
    const { values, vectors } = positive.eigh();
    expect(apart(positive.matmul(vectors), vectors.mul(values.unsqueeze(-2)))).toBeLessThan(
      tolerance * 10 * n,
    );
    expect(apart(turned(vectors).matmul(vectors), identity(n))).toBeLessThan(tolerance);
  });

  test.each([
    [1, 1],
    [7, 3],
    [3, 7],
    [24, 24],
    [40, 12],
    [12, 40],
  ])("matrices of %i × %i", (m, n) => {
    const k = Math.min(m, n);
    const a = drawn(m + n, [2, m, n], dtype);
    const { q, r } = a.qr();
    expect(apart(q.matmul(r), a)).toBeLessThan(tolerance);
    expect(apart(turned(q).matmul(q), identity(k))).toBeLessThan(tolerance);
    expect(largest(r.tril(-1))).toBe(0);
    const { u, s, vh } = a.svd();
    expect(apart(u.mul(s.unsqueeze(-2)).matmul(vh), a)).toBeLessThan(tolerance);
    expect(apart(turned(u).matmul(u), identity(k))).toBeLessThan(tolerance);
    expect(apart(vh.matmul(turned(vh)), identity(k))).toBeLessThan(tolerance);
    expect(
      numbers(
        s
          .sub(s.sort({ descending: true }).values)
          .abs()
          .sum(),
      ),
    ).toEqual([0]);
    const p = a.pinv();
    expect(apart(a.matmul(p).matmul(a), a)).toBeLessThan(tolerance * 10);
    expect(numbers(a.matrixRank())).toEqual([k, k]);
  });
});

describe("matrices without full rank", () => {
  const low = drawn(5, [6, 2]).matmul(drawn(6, [2, 5]));

  test("have singular vectors all the same", () => {
    const { u, s, vh } = low.svd();
    expect(largest(u.mul(s).matmul(vh).sub(low))).toBeLessThan(1e-12);
    expect(largest(turned(u).matmul(u).sub(eye(5, "float64")))).toBeLessThan(1e-12);
    expect(numbers(low.matrixRank(), wasm)).toEqual([2]);
    const none = double([3, 2], 0, 0, 0, 0, 0, 0).svd();
    expect(numbers(turned(none.u).matmul(none.u), wasm)).toEqual([1, 0, 0, 1]);
  });

  test("have a pseudoinverse with all four properties", () => {
    const p = low.pinv();
    const [left, other] = [low.matmul(p), p.matmul(low)];
    expect(largest(left.matmul(low).sub(low))).toBeLessThan(1e-12);
    expect(largest(other.matmul(p).sub(p))).toBeLessThan(1e-12);
    expect(largest(left.sub(turned(left)))).toBeLessThan(1e-12);
    expect(largest(other.sub(turned(other)))).toBeLessThan(1e-12);
  });

  test("have a determinant with the right derivative, the cofactors", () => {
    // The third row is the sum of the others; cofactors by hand.
    const a = double([3, 3], 1, 2, 0, 3, 1, 1, 4, 3, 1);
    expect(numbers(a.det(), wasm)[0]).toBeCloseTo(0, 12);
    const [slope] = gradients(a.det(), [a]);
    const wanted = [-2, 1, 5, -2, 1, 5, 2, -1, -5];
    numbers(slope, wasm).forEach((x, i) => {
      expect(x).toBeCloseTo(wanted[i], 12);
    });
    const exactly = double([2, 2], 1, 2, 2, 4);
    expect(numbers(gradients(exactly.det(), [exactly])[0], wasm)).toEqual([4, -2, -2, 1]);
    const rank1 = double([3, 3], 1, 1, 1, 1, 1, 1, 1, 1, 1);
    expect(largest(gradients(rank1.det(), [rank1])[0])).toBe(0);
    expect(numbers(exactly.slogdet().logAbsDet, wasm)).toEqual([-infinity]);
  });
});

test.each([
  ["huge", drawn(1, [30, 30]).mul(1e200)],
  ["tiny", drawn(2, [30, 30]).mul(1e-200)],
  ["zero", drawn(3, [30, 30]).mul(0)],
  ["equal in all elements", drawn(4, [30, 30]).mul(0).add(1)],
  ["a permutation", eye(30, "float64").roll(7, 0)],
  ["of very different rows", drawn(5, [30, 30]).mul(drawn(6, [30, 1]).mul(40).exp())],
])("factors of a matrix that is %s", (_name, a) => {
  const scale = largest(a) || 1;
  const isOrthogonal = (x: Tensor): boolean =>
    largest(turned(x).matmul(x).sub(eye(30, "float64"))) < 1e-12;
  const { u, s, vh } = a.svd();
  expect(largest(u.mul(s).matmul(vh).sub(a)) / scale).toBeLessThan(1e-12);
  expect([u, turned(vh)].map(isOrthogonal)).toEqual([true, true]);
  const { q, r } = a.qr();
  expect(largest(q.matmul(r).sub(a)) / scale).toBeLessThan(1e-12);
  const even = a.add(turned(a));
  const { values, vectors } = even.eigh();
  expect(largest(vectors.mul(values).matmul(turned(vectors)).sub(even)) / scale).toBeLessThan(
    1e-12,
  );
  expect([q, vectors].map(isOrthogonal)).toEqual([true, true]);
});

const away = (x: Tensor): Tensor => x.add(eye(x.shape[x.rank - 1], "float64").mul(3));

test.each<[string, (...xs: Tensor[]) => Tensor, ...Shape[]]>([
  ["qr of a wide matrix", (a) => a.qr().r.add(a.qr().q.sum()), [2, 4]],
  ["lstsq", (a, b) => a.lstsq(b), [4, 2], [4, 2]],
  ["lstsq of a wide matrix", (a, b) => a.lstsq(b), [2, 4], [2]],
  ["solve with broadcasting", (a, b) => away(a).solve(b), [2, 1, 2, 2], [3, 2, 1]],
  ["matrixPower", (a) => a.matrixPower(5), [2, 2]],
  ["matrixPower below 0", (a) => away(a).matrixPower(-3), [2, 2]],
  ["nuclear norm", (a) => a.matrixNorm("nuclear"), [3, 2]],
  ["spectral norm", (a) => a.matrixNorm(2), [2, 2, 3]],
  ["log-likelihood", (a) => away(a).slogdet().logAbsDet, [2, 3, 3]],
  [
    "Gaussian log-density by Cholesky",
    (a, x) => {
      const l = a.matmul(turned(a)).add(eye(3, "float64")).cholesky();
      const z = l.triangularSolve(x);
      return z.square().sum().mul(-0.5).sub(l.diag().log().sum());
    },
    [3, 3],
    [3],
  ],
])("%s differentiates twice", (_name, f, ...shapes) => {
  expect(
    gradientProblems(
      f,
      shapes.map((shape, k) => drawn(20 + k, shape)),
    ),
  ).toEqual([]);
});

test("the nuclear norm of a matrix with equal singular values has its derivative", () => {
  const a = double([2, 2], 0, 2, -2, 0);
  expect(numbers(gradients(a.matrixNorm("nuclear"), [a])[0], wasm)).toEqual([0, 1, -1, 0]);
});

test("NaN gives NaN", () => {
  const a = double([2, 2], 1, Number.NaN, 0, 1);
  for (const x of [a.svd().s, a.eigh().values, a.pinv().sum(), a.qr().r.sum(), a.inverse().sum()]) {
    expect(numbers(x, wasm).every(Number.isNaN)).toBe(true);
  }
});

test.each<[string, () => unknown, string]>([
  ["a vector as a matrix", () => tensor([1, 2]).svd(), "SHAPE_MISMATCH"],
  ["a wide matrix as square", () => wide.inverse(), "SHAPE_MISMATCH"],
  ["sides that do not fit", () => regular.solve(double([2], 1, 2)), "SHAPE_MISMATCH"],
  ["rows that do not fit", () => tall.lstsq(double([2], 1, 2)), "SHAPE_MISMATCH"],
  ["half a power", () => regular.matrixPower(0.5), "BAD_ARGUMENT"],
  ["norms of no matrix", () => regular.matrixNorm(3), "BAD_ARGUMENT"],
  [
    "singular systems",
    () => numbers(double([2, 2], 1, 2, 2, 4).solve(double([2], 1, 1)), wasm),
    "SINGULAR",
  ],
  ["singular matrices", () => numbers(double([2, 2], 1, 2, 2, 4).inverse(), wasm), "SINGULAR"],
  [
    "0 on the diagonal of a triangle",
    () => numbers(double([1, 1], 0).triangularSolve(double([1], 1)), wasm),
    "SINGULAR",
  ],
  [
    "matrices that are not positive definite",
    () => numbers(symmetric.neg().cholesky(), wasm),
    "NOT_POSITIVE_DEFINITE",
  ],
])("refuses %s", (_name, call, code) => {
  expect(call).toThrow(expect.objectContaining({ code }));
});
