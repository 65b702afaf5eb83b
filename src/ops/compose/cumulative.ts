// Running sums, products and extremes. Long axes are halved: neighbours are combined, the half is scanned, and every
// second element follows from its neighbour (Blelloch, "Prefix sums and their applications", 1990), so the work grows
// with the length alone. Short ones take log₂ n steps over the whole (Hillis & Steele, "Data parallel algorithms", 1986).
// Nothing divides and nothing is multiplied by 0, so zeros and infinities are as good as other numbers.

import type { OptionNames } from "../../core/option-names.ts";
import { normalizeAxis } from "../../core/shape.ts";
import { checkOptions } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { concatenate } from "../concatenate.ts";
import { iota } from "../leaf.ts";
import { along } from "./move.ts";
import type { Picked } from "./statistics.ts";

/** From which end a running reduction starts, and whether it holds the element itself. */
export interface CumulativeOptions {
  /** From the end to the start; default false. */
  readonly reverse?: boolean;
  /** Of the elements before (with `reverse`, behind) each one only; default false. */
  readonly exclusive?: boolean;
}

const names: OptionNames<CumulativeOptions> = { reverse: true, exclusive: true };

/** Running sum along `axis`, `y_i = Σ_{j ≤ i} x_j`; bool counts as int32. Shape: `[...] → [...]`. */
export function cumSum(x: Tensor, axis: number, options: CumulativeOptions = {}): Tensor {
  return cumulate("cumSum", x, axis, sums, options);
}

/** Running product along `axis`, `y_i = Π_{j ≤ i} x_j`. Shape: `[...] → [...]`. */
export function cumProd(x: Tensor, axis: number, options: CumulativeOptions = {}): Tensor {
  return cumulate("cumProd", x, axis, products, options);
}

/** Running `log Σ eˣ` along `axis`. Shape: `[...] → [...]`. */
export function logCumSumExp(x: Tensor, axis: number, options: CumulativeOptions = {}): Tensor {
  return cumulate("logCumSumExp", x, axis, logSums, options);
}

/** Largest element so far along `axis` and the index of the last of them, which gets the whole gradient. */
export function cumMax(x: Tensor, axis: number): Picked {
  return extremes("cumMax", x, axis, largest);
}

/** Smallest element so far along `axis` and the index of the last of them, which gets the whole gradient. */
export function cumMin(x: Tensor, axis: number): Picked {
  return extremes("cumMin", x, axis, smallest);
}

/** An associative function of two, and the number that changes nothing. */
interface Monoid {
  readonly combine: (a: Tensor, b: Tensor) => Tensor;
  readonly identity: number;
}

const infinity = Number.POSITIVE_INFINITY;
const sums: Monoid = { combine: (a, b) => a.add(b), identity: 0 };
const products: Monoid = { combine: (a, b) => a.mul(b), identity: 1 };
const logSums: Monoid = { combine: (a, b) => a.logAddExp(b), identity: -infinity };
const largest: Monoid = { combine: (a, b) => a.maximum(b), identity: -infinity };
const smallest: Monoid = { combine: (a, b) => a.minimum(b), identity: infinity };
const latest: Monoid = { combine: (a, b) => a.maximum(b), identity: -1 };

function cumulate(
  op: string,
  x: Tensor,
  axis: number,
  monoid: Monoid,
  options: CumulativeOptions,
): Tensor {
  checkOptions(op, options, names);
  const { reverse = false, exclusive = false } = options;
  const at = normalizeAxis(op, axis, x.rank);
  const numbers = x.dtype === "bool" ? x.cast("int32") : x.node;
  if (numbers.size === 0) return numbers;
  const forwards = reverse ? numbers.flip(at) : numbers;
  const result = scan(exclusive ? delayed(forwards, at, 1, monoid) : forwards, at, monoid);
  return reverse ? result.flip(at) : result;
}

/** The index comes from the values; the values then come from the index, which is what passes the gradient on. */
function extremes(op: string, x: Tensor, axis: number, monoid: Monoid): Picked {
  const at = normalizeAxis(op, axis, x.rank);
  const numbers = x.dtype === "bool" ? x.cast("int32") : x.node;
  if (numbers.size === 0) return { values: x.node, indices: iota(x.shape, at) };
  const best = scan(numbers.stopGradient(), at, ordered(numbers, monoid));
  const hit = numbers.equal(best).logicalOr(numbers.isNaN());
  const indices = scan(hit.where(iota(x.shape, at), -1), at, latest);
  return { values: numbers.gather(indices, at).cast(x.dtype), indices };
}

/** Whole numbers have no infinities. */
function ordered(x: Tensor, monoid: Monoid): Monoid {
  if (x.dtype !== "int32") return monoid;
  return { ...monoid, identity: monoid.identity < 0 ? -(2 ** 31) : 2 ** 31 - 1 };
}

/** Up to this length, steps over the whole are as fast as halving. */
const short = 16;

function scan(x: Tensor, axis: number, monoid: Monoid): Tensor {
  const n = x.shape[axis];
  if (n <= short) return scanInSteps(x, axis, monoid);
  const { combine, identity } = monoid;
  const even = x.pad(padding(x, axis, [0, n % 2]), { value: identity });
  const pairs = even.reshape(
    x.shape.flatMap((m, k) => (k === axis ? [(n + (n % 2)) / 2, 2] : [m])),
  );
  const first = pairs.select(axis + 1, 0);
  const odd = scan(combine(first, pairs.select(axis + 1, 1)), axis, monoid);
  const before = combine(delayed(odd, axis, 1, monoid), first);
  const both = concatenate([before.unsqueeze(axis + 1), odd.unsqueeze(axis + 1)], axis + 1);
  return both.reshape(even.shape).slice(along(x, axis, { end: n }));
}

function scanInSteps(x: Tensor, axis: number, monoid: Monoid): Tensor {
  let result = x;
  for (let shift = 1; shift < x.shape[axis]; shift *= 2) {
    result = monoid.combine(delayed(result, axis, shift, monoid), result);
  }
  return result;
}

/** Moves elements up by `shift` places; what comes in is the identity. */
function delayed(x: Tensor, axis: number, shift: number, { identity }: Monoid): Tensor {
  const kept = x.slice(along(x, axis, { end: x.shape[axis] - shift }));
  return kept.pad(padding(x, axis, [shift, 0]), { value: identity });
}

function padding(x: Tensor, axis: number, ends: [number, number]): [number, number][] {
  return x.shape.map((_, k) => (k === axis ? ends : [0, 0]));
}
