// Pooling against plain loops, its derivatives against central differences to second order, ties, and errors.

import { describe, expect, it } from "vitest";
import { gradients } from "../../src/autodiff/grad.ts";
import { ChainruleError } from "../../src/core/errors.ts";
import type { Shape } from "../../src/core/shape.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import { adaptiveAvgPool1d, adaptiveAvgPool2d } from "../../src/ops/compose/adaptive-pooling.ts";
import {
  type AvgPoolOptions,
  avgPool1d,
  avgPool2d,
  globalAvgPool,
  type MaxPoolOptions,
  maxPool1d,
  maxPool2d,
  maxPool2dWithIndex,
} from "../../src/ops/compose/pooling.ts";
import { constant } from "../../src/ops/leaf.ts";
import { wasmDevice } from "../../src/runtime/wasm/device.ts";
import { firstDifference } from "./checks.ts";
import { gradientProblems } from "./differences.ts";
import { draw } from "./draw.ts";
import { compute, computeAll } from "./run.ts";

const wasm = wasmDevice();

const pair = (value: number | readonly number[]): readonly number[] =>
  typeof value === "number" ? [value, value] : value;

interface Window {
  /** Elements inside the image, with their indices. */
  readonly inside: readonly (readonly [value: number, index: number])[];
  /** Places inside the image and its padding. */
  readonly padded: number;
}

/** All windows by plain loops, and the shape of the output. */
function windowsOf(
  x: Tensor,
  kernel: readonly number[],
  options: MaxPoolOptions,
): { shape: Shape; windows: Window[] } {
  const [B, C, ...lengths] = x.shape;
  const [stride, padding, dilation] = [
    pair(options.stride ?? kernel),
    pair(options.padding ?? 0),
    pair(options.dilation ?? 1),
  ];
  const outputs = lengths.map((n, k) => {
    const room = (n + 2 * padding[k] - dilation[k] * (kernel[k] - 1) - 1) / stride[k];
    const count = (options.ceilMode ? Math.ceil(room) : Math.floor(room)) + 1;
    return (count - 1) * stride[k] >= n + padding[k] ? count - 1 : count;
  });
  const windows: Window[] = [];
  for (let image = 0; image < B * C; image++)
    for (let i = 0; i < outputs[0]; i++)
      for (let j = 0; j < outputs[1]; j++) {
        const inside: [number, number][] = [];
        let padded = 0;
        for (let p = 0; p < kernel[0]; p++)
          for (let q = 0; q < kernel[1]; q++) {
            const y = i * stride[0] - padding[0] + p * dilation[0];
            const z = j * stride[1] - padding[1] + q * dilation[1];
            if (y < lengths[0] + padding[0] && z < lengths[1] + padding[1]) padded++;
            if (y < 0 || z < 0 || y >= lengths[0] || z >= lengths[1]) continue;
            const index = y * lengths[1] + z;
            inside.push([x.value![image * lengths[0] * lengths[1] + index], index]);
          }
        windows.push({ inside, padded });
      }
  return { shape: [B, C, ...outputs], windows };
}

type Case<Options> = readonly [string, Shape, number | readonly number[], Options];

const maxCases: readonly Case<MaxPoolOptions>[] = [
  ["tiles", [2, 3, 4, 6], 2, {}],
  ["tiles with a rest", [2, 2, 5, 7], [2, 3], {}],
  ["one window", [2, 2, 3, 4], [3, 4], {}],
  ["overlapping windows", [2, 2, 6, 5], [3, 2], { stride: [1, 2] }],
  ["padding", [1, 2, 5, 5], 3, { stride: 2, padding: 1 }],
  ["gaps between windows", [1, 2, 7, 8], 2, { stride: 3 }],
  ["dilation", [1, 2, 7, 7], 2, { stride: 1, dilation: [2, 3] }],
  ["a window beyond the edge", [1, 2, 5, 6], 2, { ceilMode: true }],
  ["no window in the padding alone", [1, 1, 3, 4], 2, { padding: 1, ceilMode: true }],
  ["a kernel of many places", [1, 2, 9, 9], [5, 4], { stride: 2, padding: [2, 1] }],
  ["many places that tile", [1, 2, 10, 5], [5, 5], {}],
];

describe("maxPool2d", () => {
  it.each(maxCases)("%s: equals plain loops", (_, shape, kernel, options) => {
    const x = draw(shape, 1);
    const { shape: expected, windows } = windowsOf(x, pair(kernel), options);
    const { values, indices } = maxPool2dWithIndex(x, kernel, options);
    expect(values.shape).toEqual(expected);
    expect(indices.dtype).toBe("int32");
    const best = windows.map(({ inside }) => inside.reduce((a, b) => (b[0] > a[0] ? b : a)));
    for (const device of [undefined, wasm]) {
      const [top, at] = computeAll([values, indices], device);
      expect([...top]).toEqual(best.map(([value]) => value));
      expect([...at]).toEqual(best.map(([, index]) => index));
    }
    expect([...compute(maxPool2d(x, kernel, options))]).toEqual(best.map(([value]) => value));
  });

  it.each(maxCases)("%s: has the derivatives of its values", (_, shape, kernel, options) => {
    const f = (x: Tensor): Tensor => maxPool2d(x, kernel, options).tanh();
    expect(gradientProblems(f, [draw(shape, 2)])).toEqual([]);
    const x = draw(shape, 3, "float32");
    const [slope] = gradients(f(x).sum(), [x]);
    expect(firstDifference(compute(slope, wasm), compute(slope), 4e-6)).toBeUndefined();
  });

  it.each([
    ["tiling", {}],
    ["overlapping", { stride: 1 }],
  ] as const)("gives the first of equal elements the whole gradient: %s", (_, options) => {
    const x = constant(Float64Array.of(1, 3, 3, 3, 3, 0, 3, 3, 2), [1, 1, 3, 3], "float64");
    const [slope] = gradients(maxPool2d(x, 2, options).sum(), [x]);
    const expected =
      "stride" in options ? [0, 2, 0, 1, 1, 0, 0, 0, 0] : [0, 1, 0, 0, 0, 0, 0, 0, 0];
    expect([...compute(slope)]).toEqual(expected);
    expect([...compute(slope, wasm)]).toEqual(expected);
  });

  it("gives the first of many equal elements the whole gradient", () => {
    const x = constant(new Float64Array(36).fill(1), [1, 1, 6, 6], "float64");
    const [slope] = gradients(maxPool2d(x, 5, { stride: 1 }).sum(), [x]);
    const corners = Array.from({ length: 36 }, (_, k) => ([0, 1, 6, 7].includes(k) ? 1 : 0));
    expect([...compute(slope)]).toEqual(corners);
    expect([...compute(slope, wasm)]).toEqual(corners);
  });

  it("takes whole numbers and no images at all", () => {
    const x = constant(Int32Array.of(-4, -3, -2, -1), [1, 1, 2, 2], "int32");
    expect([...compute(maxPool2d(x, 2, { padding: 1 }))]).toEqual([-4, -3, -2, -1]);
    const none = draw([0, 2, 4, 4], 1);
    expect(maxPool2d(none, 2).shape).toEqual([0, 2, 2, 2]);
    expect(gradients(maxPool2d(none, 3, { stride: 1 }).sum(), [none])[0].shape).toEqual(none.shape);
  });

  it("is maxPool1d along one axis", () => {
    const x = draw([2, 3, 9], 1);
    const y = maxPool2d(x.unsqueeze(2), [1, 3], { stride: [1, 2] });
    const [line, plane] = computeAll([maxPool1d(x, 3, { stride: 2 }), y]);
    expect(line).toEqual(plane);
  });
});

const avgCases: readonly Case<AvgPoolOptions>[] = [
  ["tiles", [2, 3, 4, 6], 2, {}],
  ["tiles with a rest", [2, 2, 5, 7], [2, 3], {}],
  ["overlapping windows", [2, 2, 6, 5], [3, 2], { stride: [1, 2] }],
  ["padding that counts", [1, 2, 5, 6], [3, 2], { stride: [2, 1], padding: 1 }],
  [
    "padding that does not",
    [1, 2, 5, 6],
    [3, 2],
    { stride: [2, 1], padding: 1, countIncludePad: false },
  ],
  ["a window beyond the edge", [1, 2, 5, 6], 2, { ceilMode: true, padding: [1, 0] }],
  ["a divisor", [1, 2, 5, 5], 3, { divisor: 7 }],
];

describe("avgPool2d", () => {
  it.each(avgCases)("%s: equals plain loops", (_, shape, kernel, options) => {
    const x = draw(shape, 1);
    const { shape: expected, windows } = windowsOf(x, pair(kernel), options);
    const y = avgPool2d(x, kernel, options);
    expect(y.shape).toEqual(expected);
    const means = windows.map(({ inside, padded }) => {
      const sum = inside.reduce((total, [value]) => total + value, 0);
      const count = options.countIncludePad === false ? inside.length : padded;
      return sum / (options.divisor ?? count);
    });
    expect(firstDifference(compute(y), means, 1e-12)).toBeUndefined();
    expect(firstDifference(compute(y, wasm), means, 1e-12)).toBeUndefined();
  });

  it.each(avgCases)("%s: has the derivatives of its values", (_, shape, kernel, options) => {
    const f = (x: Tensor): Tensor => avgPool2d(x, kernel, options).tanh();
    expect(gradientProblems(f, [draw(shape, 2)])).toEqual([]);
  });

  it("is avgPool1d along one axis, and globalAvgPool over the whole image", () => {
    const x = draw([2, 3, 9], 1);
    const y = avgPool2d(x.unsqueeze(2), [1, 3], { stride: [1, 2] });
    expect(
      firstDifference(compute(avgPool1d(x, 3, { stride: 2 })), compute(y), 1e-14),
    ).toBeUndefined();
    const all = avgPool2d(x.unsqueeze(2), [1, 9]);
    expect(globalAvgPool(x).shape).toEqual([2, 3]);
    expect(firstDifference(compute(globalAvgPool(x)), compute(all), 1e-14)).toBeUndefined();
  });

  it("cuts into parts of nearly equal size", () => {
    const x = constant(Float64Array.of(1, 2, 3, 4, 5, 6, 7), [1, 1, 7], "float64");
    expect(firstDifference(compute(adaptiveAvgPool1d(x, 3)), [2, 4, 6], 1e-14)).toBeUndefined();
    expect(firstDifference(compute(adaptiveAvgPool1d(x, 7)), x.value!, 1e-14)).toBeUndefined();
    const image = draw([2, 2, 4, 5], 1);
    expect(adaptiveAvgPool2d(image, [2, 3]).shape).toEqual([2, 2, 2, 3]);
    expect(gradientProblems((u) => adaptiveAvgPool2d(u, [2, 3]).tanh(), [image])).toEqual([]);
  });
});

describe("errors", () => {
  const image = draw([1, 2, 4, 4], 1);
  const failures: readonly [string, () => unknown, string, RegExp][] = [
    [
      "rank",
      () => maxPool2d(draw([2, 4, 4], 1), 2),
      "SHAPE_MISMATCH",
      /\[B, C, H, W\]; received \[2, 4, 4\]/,
    ],
    ["kernel", () => maxPool2d(image, 5), "SHAPE_MISMATCH", /spans 5 .* only 4 along axis 2/],
    [
      "padding",
      () => avgPool2d(image, 2, { padding: 2 }),
      "BAD_ARGUMENT",
      /more than half the kernel/,
    ],
    [
      "stride",
      () => avgPool2d(image, 2, { stride: [1, 0] }),
      "BAD_ARGUMENT",
      /stride must be a whole number/,
    ],
  ];

  it.each(failures)("say what is wrong with the %s", (_, run, code, text) => {
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
