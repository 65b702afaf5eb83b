// Norms and distances: values by PyTorch 2.13, derivatives against central differences, agreement of targets, errors.

import { describe, expect, it } from "vitest";
import { gradients } from "../../src/autodiff/grad.ts";
import type { Shape } from "../../src/core/shape.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import { constant } from "../../src/ops/leaf.ts";
import { wasmDevice } from "../../src/runtime/wasm/device.ts";
import { failure } from "../nn/failure.ts";
import { firstDifference } from "./checks.ts";
import { gradientProblems } from "./differences.ts";
import { draw } from "./draw.ts";
import { compute } from "./run.ts";

const wasm = wasmDevice();
const numbers = (values: readonly number[], shape: Shape): Tensor =>
  constant(Float64Array.from(values), shape, "float64");

const x = numbers([-3, -2, 1, -1, -1, 1, -2, -3, -2, 1, -1, -1], [1, 4, 3]);
const rows = x.reshape([4, 3]);
const others = numbers([1, 0, 2, 0, 0, 0], [2, 3]);
const weight = numbers([1, 2, -1, 0.5], [4]);
const bias = numbers([0, 1, 2, 3], [4]);

/** Tensors and what PyTorch gives for them. */
const values: readonly [string, Tensor, readonly number[]][] = [
  [
    "groupNorm",
    x.groupNorm(2, { weight, bias }),
    [
      -1.481484031, -0.79772217, 1.253563411, 0.77207938, 0.77207938, 3.507126821, 2.534520766,
      3.336301914, 2.534520766, 3.93541134, 3.133630191, 3.133630191,
    ],
  ],
  [
    "instanceNorm",
    x.instanceNorm({ weight, bias }),
    [
      -0.980578979, -0.392231591, 1.37281057, -0.414205607, -0.414205607, 3.828411215, 1.292909128,
      3.414181744, 1.292909128, 3.707102804, 2.646448598, 2.646448598,
    ],
  ],
  [
    "layerNorm over two axes",
    x.layerNorm([4, 3]),
    [
      -1.386948554, -0.663323221, 1.507552776, 0.060302111, 0.060302111, 1.507552776, -0.663323221,
      -1.386948554, -0.663323221, 1.507552776, 0.060302111, 0.060302111,
    ],
  ],
  [
    "rmsNorm",
    x.rmsNorm(3),
    [
      -1.38873015, -0.9258201, 0.46291005, -1, -1, 1, -0.84016805, -1.260252076, -0.84016805, 1, -1,
      -1,
    ],
  ],
  [
    "localResponseNorm of an even size",
    x.localResponseNorm(4, { alpha: 0.5, beta: 0.75, k: 2 }),
    [
      -1.23939213, -0.969801865, 0.544331054, -0.371087691, -0.371087691, 0.468274469, -0.724146132,
      -1.086219199, -0.905840239, 0.468274469, -0.40160089, -0.468274469,
    ],
  ],
  [
    "normalize by the norm 3",
    rows.normalize({ p: 3, axis: 0 }),
    [
      -0.9003002, -0.600200133, 0.449644313, -0.300100067, -0.300100067, 0.449644313, -0.600200133,
      -0.9003002, -0.899288626, 0.300100067, -0.300100067, -0.449644313,
    ],
  ],
  [
    "cosineSimilarity with a vector of zeros",
    rows.slice([{ end: 2 }]).cosineSimilarity(others),
    [-0.119522861, 0],
  ],
  [
    "pairwiseDistance",
    rows.slice([{ end: 2 }]).pairwiseDistance(others),
    [4.582574167, 1.73205023],
  ],
  [
    "pairwiseDistance of equal vectors",
    rows.slice([{ end: 2 }]).pairwiseDistance(rows.slice([{ end: 2 }]), { p: 1 }),
    [3e-6, 3e-6],
  ],
  ["cdist by the norm 1", rows.cdist(others, { p: 1 }), [7, 6, 4, 3, 10, 7, 4, 3]],
  [
    "cdist by the norm ∞",
    rows.cdist(others, { p: Number.POSITIVE_INFINITY }),
    [4, 3, 2, 1, 4, 3, 3, 1],
  ],
];

type Function = (...xs: Tensor[]) => Tensor;

const cases: readonly [string, Function, ...Shape[]][] = [
  ["layerNorm", (x, w, b) => x.layerNorm([3], { weight: w, bias: b }), [2, 2, 3], [3], [3]],
  ["groupNorm", (x, w, b) => x.groupNorm(2, { weight: w, bias: b }), [2, 4, 3], [4], [4]],
  ["instanceNorm", (x, w, b) => x.instanceNorm({ weight: w, bias: b }), [2, 3, 2, 3], [3], [3]],
  ["rmsNorm", (x, w) => x.rmsNorm([2, 3], { weight: w }), [2, 2, 3], [2, 3]],
  ["localResponseNorm", (x) => x.localResponseNorm(3, { alpha: 0.5 }), [2, 5, 3]],
  ["normalize", (x) => x.normalize({ axis: -1 }), [3, 4]],
  ["normalize by the norm 3", (x) => x.normalize({ p: 3 }), [3, 4]],
  ["cosineSimilarity", (a, b) => a.cosineSimilarity(b, { axis: -1 }), [2, 1, 4], [3, 4]],
  ["pairwiseDistance", (a, b) => a.pairwiseDistance(b, { keepDims: true }), [3, 4], [4]],
  ["cdist", (a, b) => a.cdist(b), [2, 3, 4], [2, 4]],
];

describe("norms and distances", () => {
  it.each(values)("%s: has PyTorch's values", (_, y, expected) => {
    expect(firstDifference(compute(y), expected, 2e-9)).toBeUndefined();
    expect(firstDifference(compute(y, wasm), expected, 2e-9)).toBeUndefined();
  });

  it.each(cases)("%s: has the derivatives of its values", (_, f, ...shapes) => {
    expect(
      gradientProblems(
        f,
        shapes.map((shape, k) => draw(shape, k + 1)),
      ),
    ).toEqual([]);
  });

  it.each(cases)("%s: is the same on wasm, with both derivatives", (_, f, ...shapes) => {
    const xs = shapes.map((shape, k) => draw(shape, k + 1, "float32"));
    const y = f(...xs);
    const first = gradients(y.square().sum(), xs);
    const second = gradients(first[0].square().sum(), xs);
    for (const t of [y, ...first, ...second])
      expect(firstDifference(compute(t, wasm), compute(t), 2e-5)).toBeUndefined();
  });

  it("has derivatives 0, not NaN, where rows are equal or zero", () => {
    const zeros = numbers([0, 0, 0, 0], [2, 2]);
    for (const y of [zeros.cdist(zeros), zeros.cosineSimilarity(zeros)])
      expect([...compute(gradients(y.sum(), [zeros])[0])]).toEqual([0, 0, 0, 0]);
    const [slope] = gradients(zeros.normalize().sum(), [zeros]);
    expect([...compute(slope)]).toEqual([1e12, 1e12, 1e12, 1e12]); // 1/ε, as in PyTorch
  });
});

describe("errors of norms", () => {
  it("say what was received and what is needed", () => {
    const image = draw([2, 4, 3], 1);
    expect(failure(() => image.layerNorm(4)).message).toContain("ends in [4]; received [2, 4, 3]");
    expect(failure(() => image.layerNorm(3, { weight: draw([4], 1) })).message).toContain(
      "the weight has shape [4]; [3] is needed",
    );
    expect(failure(() => image.groupNorm(3)).message).toContain(
      "3 groups do not divide 4 channels",
    );
    expect(failure(() => image.groupNorm(1.5)).code).toBe("BAD_ARGUMENT");
    expect(failure(() => draw([2, 4], 1).instanceNorm()).code).toBe("SHAPE_MISMATCH");
    expect(failure(() => image.localResponseNorm(0)).message).toContain("size must be");
    expect(failure(() => image.cdist(draw([2, 4], 1))).message).toContain("rows of one length");
  });
});
