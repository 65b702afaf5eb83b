// Arithmetic of affine indices. Coefficient lists may be of different lengths; a missing coefficient is 0.

import { type Shape, stridesOf } from "../../core/shape.ts";
import type { Affine } from "../../ir/loops.ts";
import type { ViewCoordinate } from "../../ir/op.ts";

/** An index per axis of a tensor. */
export type Index = readonly Affine[];

const zero: Affine = { offset: 0, terms: [] };

/** The coordinate of one loop axis. */
export function axisIndex(axis: number): Affine {
  const terms = new Array<number>(axis + 1).fill(0);
  terms[axis] = 1;
  return { offset: 0, terms };
}

/** `offset + Σ scales[k] · parts[k]`. */
export function combine(offset: number, scales: readonly number[], parts: Index): Affine {
  const terms: number[] = [];
  let total = offset;
  for (let k = 0; k < parts.length; k++) {
    const scale = scales[k];
    if (scale === 0) continue;
    const part = parts[k];
    total += scale * part.offset;
    for (let axis = 0; axis < part.terms.length; axis++) {
      terms[axis] = (terms[axis] ?? 0) + scale * part.terms[axis];
    }
  }
  return { offset: total, terms };
}

/** The element number of an index in a row-major tensor. */
export function linear(shape: Shape, index: Index): Affine {
  return combine(0, stridesOf(shape), index);
}

/** The index of a view's input at index `at` of its output. */
export function through(coordinates: readonly ViewCoordinate[], at: Index): Index {
  return coordinates.map(({ offset, terms }) =>
    terms.length === 0 && offset === 0
      ? zero
      : combine(
          offset,
          terms.map((t) => t.scale),
          terms.map((t) => at[t.axis]),
        ),
  );
}

/** The index of every element once: one axis per length other than 1, numbered from 0. */
export function identityIndex(shape: Shape): {
  readonly index: Index;
  readonly axes: readonly number[];
} {
  const axes = shape.filter((n) => n !== 1);
  let next = 0;
  return { index: shape.map((n) => (n === 1 ? zero : axisIndex(next++))), axes };
}

/** Smallest and largest value of an index over axes of these lengths. */
export function rangeOf(
  { offset, terms }: Affine,
  lengths: readonly number[],
): readonly [number, number] {
  let low = offset;
  let high = offset;
  for (let k = 0; k < terms.length; k++) {
    const reach = (terms[k] ?? 0) * Math.max(0, lengths[k] - 1);
    if (reach < 0) low += reach;
    else high += reach;
  }
  return [low, high];
}
