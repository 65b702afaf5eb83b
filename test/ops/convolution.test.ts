// Convolution against plain loops, against central differences to second order, and on the other devices; and what it
// says about arguments that do not fit.

import { describe, expect, it } from "vitest";
import { gradients } from "../../src/autodiff/grad.ts";
import { ChainruleError } from "../../src/core/errors.ts";
import { type Shape, sizeOf } from "../../src/core/shape.ts";
import { inOrder } from "../../src/ir/graph.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import {
  type ConvOptions,
  type ConvTransposeOptions,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
} from "../../src/ops/compose/convolution.ts";
import { constant } from "../../src/ops/leaf.ts";
import { wasmDevice } from "../../src/runtime/wasm/device.ts";
import { firstDifference } from "./checks.ts";
import { gradientProblems } from "./differences.ts";
import { draw } from "./draw.ts";
import { compute } from "./run.ts";

const wasm = wasmDevice();

/** The definition for two spatial axes: loops over images, channels, places and the kernel. */
function plainConv2d(
  x: Tensor,
  w: Tensor,
  stride: readonly number[],
  padding: readonly (readonly number[])[],
  dilation: readonly number[],
  groups: number,
): { shape: Shape; values: number[] } {
  const [B, C, H, W] = x.shape;
  const [O, perGroup, KH, KW] = w.shape;
  const places = [H, W].map((n, k) => {
    const span = ([KH, KW][k] - 1) * dilation[k] + 1;
    return Math.floor((n + padding[k][0] + padding[k][1] - span) / stride[k]) + 1;
  });
  const values: number[] = [];
  const pixel = (b: number, c: number, y: number, z: number): number =>
    y < 0 || z < 0 || y >= H || z >= W ? 0 : x.value![((b * C + c) * H + y) * W + z];
  for (let b = 0; b < B; b++)
    for (let o = 0; o < O; o++)
      for (let i = 0; i < places[0]; i++)
        for (let j = 0; j < places[1]; j++) {
          let sum = 0;
          const first = Math.floor(o / (O / groups)) * perGroup;
          for (let c = 0; c < perGroup; c++)
            for (let p = 0; p < KH; p++)
              for (let q = 0; q < KW; q++) {
                const y = i * stride[0] + p * dilation[0] - padding[0][0];
                const z = j * stride[1] + q * dilation[1] - padding[1][0];
                sum += pixel(b, first + c, y, z) * w.value![((o * perGroup + c) * KH + p) * KW + q];
              }
          values.push(sum);
        }
  return { shape: [B, O, ...places], values };
}

type Case = readonly [name: string, x: Shape, w: Shape, options: ConvOptions];

const cases: readonly Case[] = [
  ["plain", [2, 3, 6, 5], [4, 3, 3, 2], {}],
  ["one place", [2, 3, 4, 5], [4, 3, 1, 1], {}],
  ["one place with a stride", [2, 3, 4, 5], [2, 3, 1, 1], { stride: 2 }],
  ["one row of places", [2, 2, 5, 7], [3, 2, 1, 3], { padding: [0, 1] }],
  ["stride and padding", [2, 3, 7, 9], [4, 3, 3, 3], { stride: 2, padding: 1 }],
  ["a stride that leaves a rest", [1, 2, 8, 7], [3, 2, 3, 3], { stride: [2, 3] }],
  ["dilation", [2, 2, 7, 8], [3, 2, 2, 3], { dilation: [3, 2], padding: [1, 2] }],
  [
    "uneven padding",
    [1, 2, 4, 5],
    [3, 2, 3, 3],
    {
      padding: [
        [2, 0],
        [0, 1],
      ],
    },
  ],
  ["padding beyond the kernel", [1, 1, 3, 3], [2, 1, 2, 2], { padding: 3 }],
  ["groups", [2, 4, 5, 6], [6, 2, 3, 3], { groups: 2, padding: 1 }],
  ["depthwise", [2, 3, 5, 6], [3, 1, 3, 3], { groups: 3, padding: 1 }],
  ["depthwise with a multiplier", [2, 3, 5, 6], [6, 1, 3, 3], { groups: 3, stride: 2 }],
  ["same", [1, 2, 5, 6], [2, 2, 4, 3], { padding: "same" }],
  ["valid", [1, 2, 5, 6], [2, 2, 4, 3], { padding: "valid" }],
  ["the whole image", [2, 2, 3, 4], [5, 2, 3, 4], {}],
  ["many channels", [2, 1, 5, 4], [9, 1, 3, 2], { padding: [[0, 1], 0] }],
  ["elements that no window has", [1, 1, 5, 6], [2, 1, 2, 2], { stride: 2, dilation: 2 }],
  ["a kernel of many places", [1, 1, 8, 7], [2, 1, 7, 5], { stride: [1, 2] }],
];

const pair = (value: number | readonly number[]): readonly number[] =>
  typeof value === "number" ? [value, value] : value;

function plain(x: Tensor, w: Tensor, options: ConvOptions): ReturnType<typeof plainConv2d> {
  const dilation = pair(options.dilation ?? 1);
  const total = w.shape.slice(2).map((size, k) => (size - 1) * dilation[k]);
  const { padding = 0 } = options;
  const pairs =
    padding === "same"
      ? total.map((n) => [Math.floor(n / 2), Math.ceil(n / 2)])
      : padding === "valid"
        ? [
            [0, 0],
            [0, 0],
          ]
        : (typeof padding === "number" ? [padding, padding] : padding).map((n) =>
            typeof n === "number" ? [n, n] : n,
          );
  return plainConv2d(x, w, pair(options.stride ?? 1), pairs, dilation, options.groups ?? 1);
}

describe("conv2d", () => {
  it.each(cases)("%s: equals plain loops", (_, xShape, wShape, options) => {
    const [x, w] = [draw(xShape, 1), draw(wShape, 2)];
    const y = conv2d(x, w, options);
    const { shape, values } = plain(x, w, options);
    expect(y.shape).toEqual(shape);
    expect(firstDifference(compute(y), values, 1e-12)).toBeUndefined();
  });

  it.each(cases)("%s: has the derivatives of its values, twice", (_, xShape, wShape, options) => {
    const f = (x: Tensor, w: Tensor): Tensor => conv2d(x, w, options);
    expect(gradientProblems(f, [draw(xShape, 3), draw(wShape, 4)])).toEqual([]);
  });

  it.each(cases)(
    "%s: equals the reference on wasm, gradients too",
    (_, xShape, wShape, options) => {
      for (const dtype of ["float32", "float64"] as const) {
        const [x, w] = [draw(xShape, 5, dtype), draw(wShape, 6, dtype)];
        const y = conv2d(x, w, options);
        const cotangent = draw(y.shape, 7, dtype);
        for (const result of [y, ...gradients(y, [x, w], { cotangent })]) {
          const tolerance = dtype === "float32" ? 4e-6 : 1e-12;
          expect(
            firstDifference(compute(result, wasm), compute(result), tolerance),
          ).toBeUndefined();
        }
      }
    },
  );

  it("adds a bias per channel", () => {
    const bias = draw([4], 9);
    const [x, w] = [draw([2, 3, 4, 4], 1), draw([4, 3, 2, 2], 2)];
    const without = compute(conv2d(x, w)).map((y, k) => y + bias.value![Math.floor(k / 9) % 4]);
    expect(firstDifference(compute(conv2d(x, w, { bias })), without, 1e-12)).toBeUndefined();
    expect(gradientProblems((u, v, b) => conv2d(u, v, { bias: b }), [x, w, bias])).toEqual([]);
  });

  it("takes a batch of no images", () => {
    const [x, w] = [draw([0, 3, 4, 4], 1), draw([4, 3, 2, 2], 2)];
    for (const options of [{}, { stride: 2, padding: 1 }, { groups: 1, dilation: 2 }]) {
      const y = conv2d(x, w, options);
      expect(y.shape[0]).toBe(0);
      const [, slope] = gradients(y, [x, w], { cotangent: draw(y.shape, 3) });
      expect([...compute(slope, wasm)]).toEqual(Array<number>(48).fill(0));
    }
  });

  it("is one product without windows where the kernel has one place", () => {
    const y = conv2d(draw([2, 3, 4, 4], 1), draw([5, 3, 1, 1], 2));
    const ops = inOrder([y]).map((t) => t.definition.name);
    expect(ops).toContain("contract");
    expect(ops).not.toContain("unfold");
  });

  it.each([
    ["adds columns back where flipped windows would mostly multiply padding", 6, 64, 0, 64],
    ["flips windows where there is little padding", 6, 64, 1, 64 * 9],
    ["flips windows where there are few channels to add up", 6, 2, 0, 2 * 9],
  ])("%s", (_, side, O, padding, depth) => {
    const [x, w] = [draw([1, 3, side, side], 1), draw([O, 3, 3, 3], 2)];
    const [slope] = gradients(conv2d(x, w, { padding }), [x]);
    const product = inOrder([slope]).findLast((t) => t.definition.body.kind === "contract")!;
    const pairs = product.attributes.contract as readonly (readonly number[])[];
    const sizes = pairs.map(([axis]) => product.inputs[0].shape[axis]);
    expect(sizeOf(sizes)).toBe(depth);
  });

  it("takes whole numbers, and promotes types", () => {
    const x = constant(
      Int32Array.from({ length: 9 }, (_, k) => k),
      [1, 1, 3, 3],
      "int32",
    );
    const ones = constant(Int32Array.of(1, 1, 1, 1), [1, 1, 2, 2], "int32");
    expect([...compute(conv2d(x, ones))]).toEqual([8, 12, 20, 24]);
    expect(conv2d(x, draw([1, 1, 2, 2], 1, "float32")).dtype).toBe("float32");
  });
});

describe("conv1d and conv3d", () => {
  it("equal conv2d with axes of length 1", () => {
    const [x, w] = [draw([2, 4, 9], 1), draw([6, 2, 3], 2)];
    const options = { stride: 2, padding: 2, dilation: 2, groups: 2 };
    const wide = conv2d(x.unsqueeze(2), w.unsqueeze(2), {
      stride: [1, 2],
      padding: [0, 2],
      dilation: [1, 2],
      groups: 2,
    });
    expect(firstDifference(compute(conv1d(x, w, options)), compute(wide), 0)).toBeUndefined();
    expect(gradientProblems((a, b) => conv1d(a, b, options), [x, w])).toEqual([]);
  });

  it("sum over a volume", () => {
    const [x, w] = [draw([1, 2, 4, 3, 5], 1), draw([3, 2, 2, 2, 3], 2)];
    const slices = [0, 1].map((d) =>
      conv2d(
        x
          .slice([null, null, { start: d, end: d + 3 }])
          .permute([0, 2, 1, 3, 4])
          .reshape([3, 2, 3, 5]),
        w.slice([null, null, d]),
      ),
    );
    const sum = slices[0].add(slices[1]).unsqueeze(0).permute([0, 2, 1, 3, 4]);
    expect(firstDifference(compute(conv3d(x, w)), compute(sum), 1e-12)).toBeUndefined();
    const padded = (a: Tensor, b: Tensor): Tensor =>
      conv3d(a, b, { padding: 1, stride: [1, 2, 2] });
    expect(gradientProblems(padded, [x, w])).toEqual([]);
  });
});

describe("transposed convolution", () => {
  const transposed: readonly [string, Shape, Shape, ConvTransposeOptions][] = [
    ["plain", [2, 3, 3, 4], [3, 2, 2, 3], {}],
    [
      "stride, padding and output padding",
      [2, 3, 4, 3],
      [3, 2, 3, 3],
      { stride: 2, padding: 1, outputPadding: 1 },
    ],
    ["groups and dilation", [1, 4, 3, 3], [4, 3, 2, 3], { groups: 2, dilation: 2, stride: [1, 2] }],
  ];

  it.each(transposed)("%s: ⟨g, conv w⟩ = ⟨conv transposed g, w⟩", (_, gShape, wShape, options) => {
    const [g, w] = [draw(gShape, 1), draw(wShape, 2)];
    const back = convTranspose2d(g, w, options);
    const x = draw(back.shape, 3);
    const { stride, padding, dilation, groups } = options;
    const forth = conv2d(x, w, { stride, padding, dilation, groups });
    const sides = [forth.mul(g).sum(), back.mul(x).sum()].map((side) => compute(side)[0]);
    expect(sides[0]).toBeCloseTo(sides[1], 10);
    expect(gradientProblems((a, b) => convTranspose2d(a, b, options), [g, w])).toEqual([]);
  });

  it("spreads a single element into the kernel", () => {
    const x = constant(Float64Array.of(0, 2), [1, 1, 2], "float64");
    const w = constant(Float64Array.of(1, 10, 100), [1, 1, 3], "float64");
    const bias = constant(Float64Array.of(0.5), [1], "float64");
    const y = convTranspose1d(x, w, { stride: 2, bias });
    expect([...compute(y)]).toEqual([0.5, 0.5, 2.5, 20.5, 200.5]);
  });
});

describe("errors", () => {
  const image = draw([2, 3, 5, 5], 1);
  const weight = draw([4, 3, 3, 3], 2);

  const failures: readonly [string, () => unknown, string, RegExp][] = [
    [
      "channels",
      () => conv2d(draw([2, 5, 5, 3], 1), weight),
      "SHAPE_MISMATCH",
      /input has 5 channels and the weight is for 3/,
    ],
    [
      "the kernel",
      () => conv2d(image, draw([4, 3, 6, 3], 2)),
      "SHAPE_MISMATCH",
      /spans 6 .* only 5 along axis 2/,
    ],
    [
      "groups",
      () => conv2d(image, weight, { groups: 2 }),
      "SHAPE_MISMATCH",
      /2 groups do not divide 3 input channels/,
    ],
    [
      "ranks",
      () => conv2d(draw([3, 5, 5], 1), weight),
      "SHAPE_MISMATCH",
      /\[B, C, H, W\].*unsqueeze\(0\)/s,
    ],
    [
      "stride",
      () => conv2d(image, weight, { stride: 0 }),
      "BAD_ARGUMENT",
      /stride must be a whole number ≥ 1/,
    ],
    [
      "same",
      () => conv2d(image, weight, { stride: 2, padding: "same" }),
      "BAD_ARGUMENT",
      /needs stride 1/,
    ],
    [
      "padding",
      () => conv2d(image, weight, { padding: [1] }),
      "BAD_ARGUMENT",
      /does not fit 2 spatial axes/,
    ],
    [
      "bias",
      () => conv2d(image, weight, { bias: draw([3], 1) }),
      "SHAPE_MISMATCH",
      /\[3\] does not fit 4 output channels/,
    ],
    [
      "transposed channels",
      () => convTranspose2d(image, weight),
      "SHAPE_MISMATCH",
      /weight is for 4/,
    ],
    [
      "output padding",
      () => convTranspose2d(image, draw([3, 2, 2, 2], 1), { outputPadding: 1 }),
      "BAD_ARGUMENT",
      /not below the stride/,
    ],
    [
      "no output",
      () => convTranspose2d(image, draw([3, 2, 1, 1], 1), { padding: 3 }),
      "SHAPE_MISMATCH",
      /would have lengths \[-1, -1\]/,
    ],
  ];

  it.each(failures)("say what is wrong with %s", (_, run, code, text) => {
    try {
      run();
    } catch (error) {
      expect(error).toBeInstanceOf(ChainruleError);
      expect((error as ChainruleError).code).toBe(code);
      expect((error as ChainruleError).message).toMatch(text);
      return;
    }
    throw new Error("nothing was thrown");
  });
});
