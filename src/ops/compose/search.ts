// Places in sorted rows by binary search: log₂ n gathers, whatever the number of values.

import { promote } from "../../core/dtype.ts";
import { ChainruleError } from "../../core/errors.ts";
import type { OptionNames } from "../../core/option-names.ts";
import { sameShape, showShape } from "../../core/shape.ts";
import { checkOptions } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { full } from "../leaf.ts";
import { type Operand, toTensor } from "../operand.ts";

/** On which side of equal elements a value goes. */
export interface SearchOptions {
  /** false (default): the first place i with `sorted[i] ≥ value`; true: the first with `sorted[i] > value`. */
  readonly right?: boolean;
}

const searchNames: OptionNames<SearchOptions> = { right: true };

/**
 * Where values would be put into sorted rows to keep them sorted, as int32 from 0 to n. A vector serves values of any shape;
 * else rows and values have the same leading axes. Shape: `[n], [...] → [...]` or `[b, n], [b, m] → [b, m]`.
 */
export function searchSorted(sorted: Tensor, values: Operand, options: SearchOptions = {}): Tensor {
  checkOptions("searchSorted", options, searchNames);
  const [rows, wanted] = aligned(sorted, values);
  const n = rows.shape[rows.rank - 1];
  const axis = rows.rank - 1;
  const before = (place: Tensor): Tensor => {
    const element = rows.gather(place.clampMax(n).sub(1), axis);
    return options.right ? element.lessEqual(wanted) : element.less(wanted);
  };
  let place = full(wanted.shape, 0, "int32");
  // The count of elements before the value, bit by bit from the highest.
  for (let bit = n === 0 ? 0 : 2 ** Math.floor(Math.log2(n)); bit >= 1; bit /= 2) {
    const next = place.add(bit);
    place = next.lessEqual(n).logicalAnd(before(next)).where(next, place);
  }
  return place.reshape(typeof values === "number" ? [] : values.shape);
}

/** Numbers of the bins between sorted boundaries that values fall into, as int32; `searchSorted` the other way round. */
export function bucketize(x: Tensor, boundaries: Tensor, options: SearchOptions = {}): Tensor {
  checkOptions("bucketize", options, searchNames);
  if (boundaries.rank !== 1) throw misfit("bucketize", boundaries, x.shape);
  return searchSorted(boundaries, x, options);
}

/** Rows and values of one type; a vector's values as one row. */
function aligned(sorted: Tensor, values: Operand): readonly [Tensor, Tensor] {
  const wanted = toTensor("searchSorted", values, sorted.dtype);
  const leading = sorted.shape.slice(0, -1);
  const fits = sorted.rank === 1 || sameShape(leading, wanted.shape.slice(0, -1));
  if (sorted.rank === 0 || !fits) throw misfit("searchSorted", sorted, wanted.shape);
  const rows = sorted.rank === 1 ? wanted.reshape([wanted.size]) : wanted;
  const dtype = promote(sorted.dtype, wanted.dtype);
  return [sorted.cast(dtype), rows.cast(dtype)];
}

function misfit(op: string, sorted: Tensor, values: readonly number[]): ChainruleError {
  return new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `sorted rows ${showShape(sorted.shape)} do not serve values ${showShape(values)}`,
    fix: "Pass a sorted vector, or rows with the leading axes of the values.",
    detail: { sorted: sorted.shape, values },
  });
}
