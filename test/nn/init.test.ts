// Initialisers: bounds and moments of what they draw, and exact properties where they have some.

import { describe, expect, it } from "vitest";
import { RandomStream } from "../../src/core/random.ts";
import { nn } from "../../src/index.ts";

const { init } = nn;
const shape = [60, 40];

const draw = (initial: nn.Initializer, of: readonly number[] = shape): Float64Array =>
  initial(of, new RandomStream(11));
const std = (values: Float64Array): number => {
  const mean = values.reduce((a, b) => a + b) / values.length;
  return Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
};

describe("initialisers", () => {
  it("scale by the fans as their papers say", () => {
    const scales: [nn.Initializer, number][] = [
      [init.xavierUniform(), Math.sqrt(2 / 100)],
      [init.xavierNormal({ gain: 2 }), 2 * Math.sqrt(2 / 100)],
      [init.heUniform(), Math.sqrt(2 / 40)],
      [init.heNormal({ mode: "fanOut" }), Math.sqrt(2 / 60)],
      [init.lecunUniform(), Math.sqrt(1 / 40)],
      [init.lecunNormal(), Math.sqrt(1 / 40)],
      [init.normal(3, 0.5), 0.5],
    ];
    for (const [initial, expected] of scales) {
      expect(std(draw(initial)) / expected).toBeGreaterThan(0.95);
      expect(std(draw(initial)) / expected).toBeLessThan(1.05);
    }
  });

  it("stay within their bounds", () => {
    const bound = Math.sqrt(6 / 100);
    for (const value of draw(init.xavierUniform()))
      expect(Math.abs(value)).toBeLessThanOrEqual(bound);
    for (const value of draw(init.truncatedNormal(1, 2, -1, 1.5))) {
      expect(value).toBeGreaterThanOrEqual(-1);
      expect(value).toBeLessThanOrEqual(4);
    }
    expect(draw(init.truncatedNormal()).length).toBe(2400);
  });

  it("count the kernel of a convolution in the fans", () => {
    expect(init.fansOf([8, 3, 5, 5])).toEqual({ fanIn: 75, fanOut: 200 });
    expect(() => init.fansOf([8])).toThrow(/\[8\]/);
  });

  it.each([[[5, 3]], [[3, 5]], [[4, 4]], [[4, 2, 3]]])("orthogonal %j is orthonormal", (size) => {
    const rows = size[0];
    const columns = size.slice(1).reduce((a, b) => a * b);
    const q = draw(init.orthogonal({ gain: 2 }), size);
    const at = (i: number, j: number): number => q[i * columns + j];
    const few = Math.min(rows, columns);
    const many = Math.max(rows, columns);
    for (let i = 0; i < few; i++) {
      for (let j = 0; j < few; j++) {
        let product = 0;
        for (let k = 0; k < many; k++)
          product += rows <= columns ? at(i, k) * at(j, k) : at(k, i) * at(k, j);
        expect(product).toBeCloseTo(i === j ? 4 : 0, 10);
      }
    }
  });

  it("are constant where they say so", () => {
    expect([
      ...init.zeros([2], new RandomStream(0)),
      ...init.ones([2], new RandomStream(0)),
    ]).toEqual([0, 0, 1, 1]);
    expect(init.gain("leakyRelu", 0.2)).toBeCloseTo(Math.sqrt(2 / 1.04), 12);
  });
});
