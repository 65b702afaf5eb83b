// Sets of values: the distinct elements of a tensor, and which elements are among others.

import type { Tensor } from "../../ir/tensor.ts";
import { take } from "../gather.ts";
import { constant } from "../leaf.ts";
import { checkReadable } from "./mask.ts";

/** The distinct elements, and where they were. */
export interface Distinct {
  /** In rising order; each NaN counts as one of its own, at the end. Shape: `[n]`. */
  readonly values: Tensor;
  /** The number among the values of each element, as int32. Shape: that of the tensor. */
  readonly inverse: Tensor;
  /** How often each occurs, as int32. Shape: `[n]`. */
  readonly counts: Tensor;
}

/** Distinct elements of the flattened tensor, which is read, as its shape depends on values; so not inside `compile`. */
export function unique(x: Tensor): Distinct {
  checkReadable("unique", x);
  const data = x.dataSync();
  const order = Int32Array.from(data.keys()).sort((a, b) => compared(data[a], data[b]) || a - b);
  const inverse = new Int32Array(data.length);
  const firsts: number[] = [];
  const counts: number[] = [];
  for (const place of order) {
    const known = firsts.length > 0 && data[firsts[firsts.length - 1]] === data[place];
    if (known) counts[counts.length - 1]++;
    else {
      firsts.push(place);
      counts.push(1);
    }
    inverse[place] = firsts.length - 1;
  }
  const vector = (values: readonly number[]): Tensor =>
    constant(Int32Array.from(values), [values.length]);
  return {
    values: take(x.reshape([x.size]), vector(firsts)),
    inverse: constant(inverse, x.shape),
    counts: vector(counts),
  };
}

function compared(a: number, b: number): number {
  return Number.isNaN(a) || Number.isNaN(b)
    ? Number(Number.isNaN(a)) - Number(Number.isNaN(b))
    : a - b;
}

/** Whether each element is among those of another tensor, as bool. Shape: `[...], [...] → [...]`. */
export function isIn(x: Tensor, elements: Tensor): Tensor {
  return x
    .unsqueeze(-1)
    .equal(elements.reshape([elements.size]))
    .any({ axis: -1 });
}
