// What tests of the transforms share: comparing trees of tensors, and loops to compare batched functions with.

import { expect } from "vitest";
import { compile, stack, type Tensor } from "../../src/index.ts";
import { elements } from "../runtime/on-targets.ts";

/** Expects equal shapes, and elements equal to `relative` of their size (or of 1 below 1). */
export function near(got: Tensor, want: Tensor, relative = 1e-10): void {
  expect(got.shape).toEqual(want.shape);
  nearNumbers(got, elements(want), relative);
}

/** As `near` for lists, all computed by one program. */
export function allNear(got: readonly Tensor[], want: readonly Tensor[], relative = 1e-10): void {
  const computed = compile(() => ({ got, want }))();
  expect(computed.got.length).toBe(computed.want.length);
  computed.got.forEach((x, k) => {
    near(x, computed.want[k], relative);
  });
}

/** Expects elements, row by row. */
export function nearNumbers(got: Tensor, want: readonly number[], relative = 1e-10): void {
  const found = elements(got);
  expect(found.length).toBe(want.length);
  const worst = found.reduce(
    (most, x, i) => Math.max(most, Math.abs(x - want[i]) / Math.max(1, Math.abs(want[i]))),
    0,
  );
  expect(worst).toBeLessThan(relative);
  expect(found.every(Number.isFinite)).toBe(true);
}

/** Results of a function for each example of its arguments, stacked; null marks an argument that all share. */
export function loop<T extends Tensor | readonly Tensor[]>(
  f: (...xs: Tensor[]) => T,
  args: readonly Tensor[],
  axes: readonly (0 | null)[] = args.map(() => 0),
): Tensor[] {
  const size = args[axes.indexOf(0)].shape[0];
  const results = Array.from({ length: size }, (_, i) =>
    [f(...args.map((x, k) => (axes[k] === 0 ? x.select(0, i) : x)))].flat(),
  ) as Tensor[][];
  return results[0].map((_, k) => stack(results.map((row) => row[k])));
}
