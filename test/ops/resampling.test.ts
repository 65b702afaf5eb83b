// Resampling, further pooling, columns and transposed volumes: values by PyTorch 2.13, derivatives against central
// differences, agreement of targets, and errors.

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

/** k² mod `modulus` − `shift`, for k = 0, 1, …: numbers with ties. */
function powers(count: number, modulus: number, shift: number, shape: Shape): Tensor {
  const values = Float64Array.from({ length: count }, (_, k) => ((k * k) % modulus) - shift);
  return constant(values, shape, "float64");
}
const counting = (shape: Shape): Tensor => {
  const count = shape.reduce((n, length) => n * length, 1);
  return constant(
    Float64Array.from({ length: count }, (_, k) => k),
    shape,
    "float64",
  );
};
const line = powers(10, 7, 3, [1, 1, 10]);
const image = powers(12, 7, 3, [1, 1, 3, 4]);
const wide = powers(35, 11, 5, [1, 1, 5, 7]);
const volume = powers(24, 7, 3, [1, 1, 2, 3, 4]);
/** Padding of images. */
const sides = [
  [0, 0],
  [0, 0],
  [1, 1],
  [1, 0],
] as const;

/** Tensors, and the shapes and numbers that PyTorch gives. */
const values: readonly [string, Tensor, Shape, readonly number[]][] = [
  [
    "upsample nearest by 2.5",
    line.upsample({ scale: 2.5 }),
    [1, 1, 25],
    [-3, -3, -3, -2, -2, 1, 1, 1, -1, -1, -1, -1, -1, 1, 1, -2, -2, -2, -3, -3, -2, -2, -2, 1, 1],
  ],
  ["upsample nearest by 0.7", line.upsample({ scale: 0.7 }), [1, 1, 7], [-3, -2, 1, -1, 1, -3, -2]],
  [
    "upsample linear by 1.7",
    line.upsample({ scale: 1.7, mode: "linear" }),
    [1, 1, 17],
    [
      -3, -2.61764706, -2.02941176, -0.323529412, 0.705882353, -0.470588235, -1, -1, 0, 0.735294118,
      -1.02941176, -2.26470588, -2.85294118, -2.55882353, -1.91176471, -0.147058824, 1,
    ],
  ],
  [
    "upsample linear to 7, aligned",
    line.upsample({ size: 7, mode: "linear", alignCorners: true }),
    [1, 1, 7],
    [-3, -0.5, -1, 0, -2, -2.5, 1],
  ],
  [
    "upsample bicubic",
    image.upsample({ size: [4, 3], mode: "bicubic" }),
    [1, 1, 4, 3],
    [
      -3.06989769, -0.21875, -0.499546757, -1.37483328, -0.273681641, -2.30447444, -0.728832104,
      -0.0385742188, -2.48026078, -1.59744432, 0.317138672, -0.900222778,
    ],
  ],
  [
    "upsample bicubic, aligned",
    image.upsample({ size: [2, 5], mode: "bicubic", alignCorners: true }),
    [1, 1, 2, 5],
    [-3, -2.54296875, -0.21875, 0.86328125, -1, -2, 0.53125, 0.28125, -1.2109375, -1],
  ],
  [
    "upsample trilinear",
    volume.upsample({ size: [3, 2, 5], mode: "trilinear" }),
    [1, 1, 3, 2, 5],
    [
      -2.5, -1.625, -0.5, -0.275, -1.5, -1.75, 0.175, -0.125, -1.325, -1.5, -0.75, -1.275, -1.3125,
      -1.2, -1.375, -1.5, -0.975, -1.125, -1.125, -0.25, 1, -0.925, -2.125, -2.125, -1.25, -1.25,
      -2.125, -2.125, -0.925, 1,
    ],
  ],
  ["adaptiveMaxPool1d", line.adaptiveMaxPool1d(4), [1, 1, 4], [1, 1, 1, 1]],
  ["adaptiveMaxPool2d", wide.adaptiveMaxPool2d([2, 3]), [1, 1, 2, 3], [4, 4, 4, 4, 4, 4]],
  [
    "indices of adaptiveMaxPool2d",
    wide.adaptiveMaxPool2dWithIndex([2, 3]).indices,
    [1, 1, 2, 3],
    [8, 3, 19, 14, 25, 19],
  ],
  ["adaptiveMaxPool3d", volume.adaptiveMaxPool3d([1, 2, 3]), [1, 1, 1, 2, 3], [1, 1, 1, 1, 1, 1]],
  [
    "adaptiveAvgPool3d",
    volume.adaptiveAvgPool3d([1, 2, 3]),
    [1, 1, 1, 2, 3],
    [-0.75, -1.125, -1.25, -0.75, -1, -1],
  ],
  ["maxPool3d", volume.maxPool3d([2, 2, 3], { stride: 1 }), [1, 1, 1, 2, 2], [1, 1, 1, 1]],
  [
    "indices of maxPool3d",
    volume.maxPool3dWithIndex(2, { stride: 1 }).indices,
    [1, 1, 1, 2, 3],
    [5, 2, 2, 5, 5, 19],
  ],
  [
    "avgPool3d",
    volume.avgPool3d(2, { padding: 1, countIncludePad: false }),
    [1, 1, 2, 2, 3],
    [-3, -0.5, -1, -1.5, -0.25, -2, 1, -2.5, -2, -0.5, -1.75, 1],
  ],
  [
    "lpPool2d",
    image.lpPool2d(2, 2, { stride: 1 }),
    [1, 1, 2, 3],
    [3.87298335, 3.16227766, 3.87298335, 2.64575131, 2.64575131, 3.87298335],
  ],
  [
    "col2im",
    counting([1, 4, 9]).col2im(4, 2),
    [1, 1, 4, 4],
    [0, 10, 12, 11, 21, 62, 66, 43, 27, 74, 78, 49, 24, 58, 60, 35],
  ],
  [
    "col2im with padding and stride",
    counting([1, 6, 4]).col2im([4, 5], [2, 3], { padding: [0, 1], stride: [2, 3] }),
    [1, 1, 4, 5],
    [4, 8, 1, 5, 9, 16, 20, 13, 17, 21, 6, 10, 3, 7, 11, 18, 22, 15, 19, 23],
  ],
  [
    "pixelUnshuffle",
    counting([1, 1, 4, 4]).pixelUnshuffle(2),
    [1, 4, 2, 2],
    [0, 2, 8, 10, 1, 3, 9, 11, 4, 6, 12, 14, 5, 7, 13, 15],
  ],
  [
    "convTranspose3d",
    powers(16, 5, 2, [1, 2, 2, 2, 2]).convTranspose3d(powers(16, 7, 3, [2, 1, 2, 2, 2]), {
      stride: [1, 2, 1],
      padding: [1, 0, 0],
      outputPadding: [0, 1, 0],
    }),
    [1, 1, 1, 5, 3],
    [3, 0, 7, -5, 2, 5, 1, 2, -2, 2, 3, -4, 0, 0, 0],
  ],
];

const index = (places: readonly number[], shape: Shape): Tensor =>
  constant(Int32Array.from(places), shape);

type Function = (...xs: Tensor[]) => Tensor;

const cases: readonly [string, Function, ...Shape[]][] = [
  ["upsample nearest by 2", (x) => x.upsample({ scale: 2 }), [2, 2, 3, 2]],
  ["upsample nearest by 1.5", (x) => x.upsample({ scale: 1.5 }), [2, 2, 3]],
  ["upsample linear", (x) => x.upsample({ size: 5, mode: "linear" }), [1, 2, 3]],
  ["upsample bilinear", (x) => x.upsample({ scale: 2, mode: "bilinear" }), [1, 2, 3, 2]],
  ["upsample bicubic", (x) => x.upsample({ size: [2, 5], mode: "bicubic" }), [1, 2, 3, 4]],
  ["adaptiveMaxPool1d", (x) => x.adaptiveMaxPool1d(3), [2, 2, 7]],
  ["adaptiveMaxPool2d", (x) => x.adaptiveMaxPool2d([2, 3]), [2, 2, 5, 4]],
  ["adaptiveMaxPool2d of a divisor", (x) => x.adaptiveMaxPool2d(2), [2, 2, 4, 6]],
  ["adaptiveAvgPool3d", (x) => x.adaptiveAvgPool3d([2, 1, 2]), [1, 2, 3, 2, 3]],
  // One product after another along neighbouring axes.
  ["adaptiveAvgPool2d", (x) => x.adaptiveAvgPool2d([5, 6]), [2, 2, 7, 8]],
  ["upsample trilinear", (x) => x.upsample({ size: 5, mode: "trilinear" }), [1, 2, 4, 3, 4]],
  [
    "maxUnpool2d",
    (x) => x.maxUnpool2d(index([5, 0, 7, 7, 1, 3], [1, 1, 2, 3]), 2, { size: [2, 4] }),
    [1, 1, 2, 3],
  ],
  ["globalMaxPool", (x) => x.globalMaxPool(), [2, 3, 2, 4]],
  ["maxPool3d", (x) => x.maxPool3d(2, { stride: 1 }), [1, 2, 3, 3, 3]],
  ["avgPool3d", (x) => x.avgPool3d(2), [1, 2, 2, 4, 4]],
  ["lpPool1d", (x) => x.lpPool1d(3, 2), [2, 2, 6]],
  ["lpPool2d", (x) => x.lpPool2d(2, [1, 2], { stride: 1 }), [1, 2, 3, 4]],
  ["im2col", (x) => x.im2col([2, 3], { stride: [1, 2], padding: [0, 1] }), [1, 2, 4, 5]],
  ["col2im", (x) => x.col2im(4, 2, { dilation: 2 }), [1, 8, 4]],
  ["pixelShuffle", (x) => x.pixelShuffle(2), [1, 8, 2, 3]],
  ["pixelUnshuffle", (x) => x.pixelUnshuffle(2), [1, 2, 4, 6]],
  [
    "convTranspose3d",
    (x, w) => x.convTranspose3d(w, { stride: 2, padding: 1, groups: 2 }),
    [1, 2, 2, 3, 2],
    [2, 2, 3, 2, 2],
  ],
];

describe("resampling", () => {
  it.each(values)("%s: has PyTorch's values", (_, y, shape, expected) => {
    expect(y.shape).toEqual(shape);
    expect(firstDifference(compute(y), expected, 5e-9)).toBeUndefined();
    expect(firstDifference(compute(y, wasm), expected, 5e-9)).toBeUndefined();
  });

  it.each(cases)("%s: has the derivatives of its values", (_, f, ...shapes) => {
    const inputs = shapes.map((shape, k) => draw(shape, k + 1));
    expect(gradientProblems((...xs) => f(...xs).tanh(), inputs)).toEqual([]);
  });

  it.each(cases)("%s: is the same on wasm, with both derivatives", (_, f, ...shapes) => {
    const xs = shapes.map((shape, k) => draw(shape, k + 1, "float32"));
    const y = f(...xs).tanh();
    const first = gradients(y.square().sum(), xs);
    const second = gradients(first[0].square().sum(), xs);
    for (const t of [y, ...first, ...second])
      expect(firstDifference(compute(t, wasm), compute(t), 1e-5)).toBeUndefined();
  });

  it("takes no images: columns, and padding by the edges", () => {
    const none = draw([0, 2, 3, 3], 1);
    expect(none.im2col(2).shape).toEqual([0, 8, 4]);
    for (const mode of ["reflect", "replicate", "circular"] as const) {
      expect(none.pad(sides, { mode }).shape).toEqual([0, 2, 5, 4]);
    }
  });

  it("pixelUnshuffle undoes pixelShuffle, and im2col is what col2im adds up", () => {
    const x = draw([2, 8, 3, 2], 1);
    expect(compute(x.pixelShuffle(2).pixelUnshuffle(2))).toEqual(compute(x));
    const ones = constant(new Float64Array(16).fill(1), [1, 1, 4, 4], "float64");
    const [slope] = gradients(ones.im2col(2).sum(), [ones]);
    expect([...compute(slope)]).toEqual([...compute(ones.im2col(2).col2im(4, 2))]);
  });

  it("maxUnpool puts elements back where pooling found them", () => {
    const x = powers(30, 13, 6, [1, 1, 5, 6]);
    const { values, indices } = x.maxPool2dWithIndex(2);
    // PyTorch 2.13: max_unpool2d.
    const back = [0, 0, 0, 0, 0, 6, 4, 0, 6, 0, 0, 0, 0, 0, 0, 0, 3, 0, 6, 0, 0, 6, 0, 0];
    expect([...compute(values.maxUnpool2d(indices, 2))]).toEqual(back);
    const whole = values.maxUnpool2d(indices, 2, { size: [5, 6] });
    expect([...compute(whole, wasm)]).toEqual([...back, 0, 0, 0, 0, 0, 0]);
    const first = values.slice([null, null, 0]);
    expect(first.maxUnpool1d(indices.slice([null, null, 0]), 2).shape).toEqual([1, 1, 6]);
    expect(volume.maxUnpool3d(index(Array(24).fill(0), volume.shape), 2).shape).toEqual([
      1, 1, 4, 6, 8,
    ]);
  });

  it("goes by lengths or by the scale where PyTorch does", () => {
    const x = constant(Float64Array.of(0, 1, 2), [1, 1, 3], "float64");
    const plane = x.unsqueeze(2);
    const near = (t: Tensor, scale: number): number[] => [...compute(t.upsample({ scale }))];
    expect(near(x, 1.3)).toEqual([0, 0, 1]);
    expect(near(plane, 1.3)).toEqual([0, 1, 2]);
    const linear = x.upsample({ scale: 1.3, mode: "linear" });
    expect([...compute(linear)]).toEqual([0, 1, 2]);
  });

  it("the first of equal elements of an adaptive part gets the gradient", () => {
    const x = constant(new Float64Array(5).fill(1), [1, 1, 5], "float64");
    const [slope] = gradients(x.adaptiveMaxPool1d(3).sum(), [x]);
    expect([...compute(slope)]).toEqual([1, 1, 0, 1, 0]); // parts 0…1, 1…3, 3…4
  });
});

describe("errors of resampling", () => {
  const failures: readonly [string, () => unknown, string, RegExp][] = [
    ["mode", () => image.upsample({ scale: 2, mode: "linear" }), "SHAPE_MISMATCH", /mode linear/],
    [
      "unknown mode",
      () => image.upsample({ scale: 2, mode: "cubic" as never }),
      "BAD_ARGUMENT",
      /no mode "cubic"/,
    ],
    ["corners", () => image.upsample({ scale: 2, alignCorners: true }), "BAD_ARGUMENT", /nearest/],
    [
      "size and scale",
      () => image.upsample({ scale: 2, size: 3 }),
      "BAD_ARGUMENT",
      /either a size/,
    ],
    ["nothing", () => image.upsample({}), "BAD_ARGUMENT", /either a size/],
    ["scale", () => image.upsample({ scale: 0.1 }), "SHAPE_MISMATCH", /nothing would be left/],
    ["scales", () => image.upsample({ scale: [2, 2, 2] }), "BAD_ARGUMENT", /2 spatial axes/],
    ["factor", () => image.pixelShuffle(1.5), "BAD_ARGUMENT", /whole number/],
    ["channels", () => image.pixelShuffle(2), "SHAPE_MISMATCH", /channels divisible by 4/],
    ["height", () => image.pixelUnshuffle(2), "SHAPE_MISMATCH", /height divisible by 2/],
    ["columns", () => counting([1, 4, 8]).col2im(4, 2), "SHAPE_MISMATCH", /\[B, C·4, 9\]/],
    ["kernel", () => image.im2col(5), "SHAPE_MISMATCH", /spans 5/],
    [
      "rank",
      () => image.maxPool3d(2),
      "SHAPE_MISMATCH",
      /\[B, C, D, H, W\]; received \[1, 1, 3, 4\]/,
    ],
    ["parts", () => image.adaptiveMaxPool2d(0), "BAD_ARGUMENT", /size must be/],
    ["space", () => draw([2, 3], 1).globalMaxPool(), "SHAPE_MISMATCH", /received \[2, 3\]/],
    [
      "indices",
      () => image.maxUnpool2d(index([0], [1, 1, 1, 1]), 2),
      "SHAPE_MISMATCH",
      /an index for each/,
    ],
    [
      "range of indices",
      () =>
        constant(Float64Array.of(1), [1, 1, 1, 1], "float64").maxUnpool2d(
          index([4], [1, 1, 1, 1]),
          2,
        ),
      "BAD_ARGUMENT",
      /index 4 at position 0/,
    ],
    ["norm", () => image.lpPool2d(0, 2), "BAD_ARGUMENT", /p must be/],
  ];

  it.each(failures)("say what is wrong with the %s", (_, run, code, text) => {
    const error = failure(run);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(text);
  });
});
