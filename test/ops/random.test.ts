// Distributions of random tensors: means and spreads of many draws against those of the distribution.

import { expect, test } from "vitest";
import type { Tensor } from "../../src/ir/tensor.ts";
import { Generator } from "../../src/ops/random.ts";
import { f64, testRefusals, wasm } from "./composition.ts";
import { compute, numbers } from "./run.ts";

const draws = 20_000;
const drawn = (draw: (generator: Generator) => Tensor): Tensor =>
  draw(new Generator(3)).cast("float64");
const moments = (x: Tensor): number[] => [...numbers(x.mean()), ...numbers(x.variance())];

test("whole numbers are uniform within their ends", () => {
  const x = drawn((g) => g.integers([draws], -2, 3));
  expect(new Set(numbers(x))).toEqual(new Set([-2, -1, 0, 1, 2]));
  const [mean, variance] = moments(x);
  expect(mean).toBeCloseTo(0, 1);
  expect(variance).toBeCloseTo(2, 1);
});

test("exponential numbers have mean and deviation 1 / rate", () => {
  const x = drawn((g) => g.exponential([draws], 2));
  const [mean, variance] = moments(x);
  expect(mean).toBeCloseTo(0.5, 1);
  expect(variance).toBeCloseTo(0.25, 1);
  expect(Math.min(...numbers(x))).toBeGreaterThan(0);
});

test("Gumbel numbers have Euler's constant as mean and π² / 6 as variance", () => {
  const [mean, variance] = moments(drawn((g) => g.gumbel([draws])));
  expect(mean).toBeCloseTo(0.5772, 1);
  expect(Math.abs(variance - Math.PI ** 2 / 6)).toBeLessThan(0.1);
});

test("categories come as often as softmax says", () => {
  const logits = f64([0, 2, 1]);
  const x = drawn((g) => g.categorical(logits.broadcastTo([draws, 3])));
  const shares = [0, 1, 2].map((k) => numbers(x.equal(k).cast("float64").mean())[0]);
  numbers(logits.softmax()).forEach((p, k) => {
    expect(Math.abs(shares[k] - p)).toBeLessThan(0.015);
  });
});

test("a permutation holds every number once, not in order, the same on all devices", () => {
  const x = new Generator(5).permutation(100);
  const found = numbers(x);
  const inOrder = Array.from({ length: 100 }, (_, k) => k);
  expect(found).not.toEqual(inOrder);
  expect([...found].sort((a, b) => a - b)).toEqual(inOrder);
  expect(Array.from(compute(x, wasm))).toEqual(found);
});

testRefusals([
  ["no whole number", () => new Generator().integers([2], 3, 3), "BAD_ARGUMENT"],
  ["whole numbers from half", () => new Generator().integers([2], 0.5, 3), "BAD_ARGUMENT"],
]);
