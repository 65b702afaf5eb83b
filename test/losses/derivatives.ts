// Compares first and second derivatives with central differences in float64 along one fixed direction.

import { expect } from "vitest";
import { RandomStream } from "../../src/core/random.ts";
import { gradients, type Tensor, tensor } from "../../src/index.ts";

/** Checks ⟨∇f, u⟩ and ⟨∇⟨∇f, u⟩, u⟩ at `x` (row-major values of `shape`) for a scalar function f. */
export function expectDerivatives(f: (x: Tensor) => Tensor, x: number[], shape: number[]): void {
  const u = Array.from(new RandomStream(7).normal(x.length));
  const direction = tensor(u, { dtype: "float64", shape });
  const at = (t: number): Tensor =>
    tensor(
      x.map((value, k) => value + t * u[k]),
      { dtype: "float64", shape },
    );
  const slope = (p: Tensor): Tensor => gradients(f(p), [p])[0].mul(direction).sum();
  const bend = (p: Tensor): Tensor => gradients(slope(p), [p])[0].mul(direction).sum();
  const h = 1e-5;
  const difference = (g: (p: Tensor) => Tensor): number =>
    (g(at(h)).itemSync() - g(at(-h)).itemSync()) / (2 * h);
  expectNear(slope(at(0)).itemSync(), difference(f), 1e-7);
  expectNear(bend(at(0)).itemSync(), difference(slope), 1e-6);
}

/** Checks a number relative to its size. */
export function expectNear(actual: number, expected: number, tolerance: number): void {
  const error = Math.abs(actual - expected) / Math.max(1, Math.abs(expected));
  expect(error, `${actual} against ${expected}`).toBeLessThan(tolerance);
}
