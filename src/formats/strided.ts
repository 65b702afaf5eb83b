// Elements that do not lie in row-major order, brought into it.

import { type Shape, sizeOf, stridesOf } from "../core/shape.ts";
import type { StoredArray } from "./stored.ts";

/** Elements at `offset + Σ index · stride`, counted in elements of `numbers` numbers each. */
export interface Strided {
  readonly data: StoredArray;
  readonly numbers: 1 | 2;
  readonly offset: number;
  readonly shape: Shape;
  readonly strides: readonly number[];
}

/** The elements in row-major order: where they lie if they are so already, else a copy. */
export function gathered(view: Strided): StoredArray {
  const { data, numbers, offset, shape } = view;
  const size = sizeOf(shape);
  if (size === 0 || isRowMajor(view)) {
    return data.subarray(offset * numbers, (offset + size) * numbers);
  }
  const result = new (data.constructor as { new (length: number): StoredArray })(size * numbers);
  const index = new Array<number>(shape.length).fill(0);
  let place = offset;
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < numbers; k++) result[i * numbers + k] = data[place * numbers + k];
    place += advance(index, view);
  }
  return result;
}

function isRowMajor({ shape, strides }: Strided): boolean {
  const usual = stridesOf(shape);
  return shape.every((length, axis) => length === 1 || strides[axis] === usual[axis]);
}

/** Moves an index to the next element in row-major order and says how far that is away in memory. */
function advance(index: number[], { shape, strides }: Strided): number {
  let distance = 0;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (++index[axis] < shape[axis]) return distance + strides[axis];
    distance -= (shape[axis] - 1) * strides[axis];
    index[axis] = 0;
  }
  return distance;
}
