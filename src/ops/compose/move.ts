// Moving axes, cutting along one, shifting and turning: compositions of permute, reshape, flip and slice.

import { ChainruleError } from "../../core/errors.ts";
import {
  checkWhole,
  normalizeAxes,
  normalizeAxis,
  type Shape,
  showShape,
} from "../../core/shape.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { concatenate } from "../concatenate.ts";
import type { Range } from "../slice.ts";

/** Swaps two axes; the last two by default. Shape: `[2, 3, 4], 0, 2 → [4, 3, 2]`. */
export function transpose(x: Tensor, axis0 = -2, axis1 = -1): Tensor {
  const first = normalizeAxis("transpose", axis0, x.rank);
  const second = normalizeAxis("transpose", axis1, x.rank);
  return x.permute(x.shape.map((_, k) => (k === first ? second : k === second ? first : k)));
}

/** Moves axes to other places; the rest keep their order. Shape: `[2, 3, 4], 0, -1 → [3, 4, 2]`. */
export function moveAxis(
  x: Tensor,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  const from = [source].flat().map((a) => normalizeAxis("moveAxis", a, x.rank));
  const to = [destination].flat().map((a) => normalizeAxis("moveAxis", a, x.rank));
  const distinct = (axes: readonly number[]): boolean => new Set(axes).size === axes.length;
  if (from.length !== to.length || !distinct(from) || !distinct(to)) {
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op: "moveAxis",
      problem: `cannot move axes ${showShape(from)} to ${showShape(to)}`,
      fix: "Give each axis that moves one place of its own.",
      detail: { source: from, destination: to },
    });
  }
  const rest = x.shape.flatMap((_, k) => (from.includes(k) ? [] : [k]));
  const axes = x.shape.map((_, k) => (to.includes(k) ? from[to.indexOf(k)] : rest.shift()!));
  return x.permute(axes);
}

/** Takes element `index` along `axis`, which disappears; negative counts from the end. Shape: `[2, 3], 1, 0 → [2]`. */
export function select(x: Tensor, axis: number, index: number): Tensor {
  checkWhole("select", "index", index);
  return x.slice(along(x, normalizeAxis("select", axis, x.rank), index));
}

/** Cuts into pieces along `axis`: of one size (the last may be shorter), or of the sizes listed. */
export function split(x: Tensor, sizes: number | readonly number[], axis = 0): Tensor[] {
  const at = normalizeAxis("split", axis, x.rank);
  checkWhole("split", "sizes", sizes, typeof sizes === "number" ? 1 : 0);
  const list = typeof sizes === "number" ? evenSizes(x.shape[at], sizes) : sizes;
  if (list.reduce((sum, n) => sum + n, 0) !== x.shape[at]) {
    throw new ChainruleError({
      code: "SHAPE_MISMATCH",
      op: "split",
      problem: `sizes ${showShape(list)} do not add up to ${x.shape[at]}, the length of axis ${at}`,
      fix: "Pass sizes whose sum is the length.",
      detail: { sizes: list, length: x.shape[at] },
    });
  }
  let start = 0;
  return list.map((size) => {
    start += size;
    return x.slice(along(x, at, { start: start - size, end: start }));
  });
}

/** Cuts into at most `count` pieces of equal size along `axis`; the last may be shorter. */
export function chunk(x: Tensor, count: number, axis = 0): Tensor[] {
  const at = normalizeAxis("chunk", axis, x.rank);
  checkWhole("chunk", "count", count, 1);
  return split(x, Math.max(1, Math.ceil(x.shape[at] / count)), at);
}

/** Cuts into `count` pieces along `axis` whose sizes differ by one at most, or in front of the places listed. */
export function tensorSplit(x: Tensor, pieces: number | readonly number[], axis = 0): Tensor[] {
  const at = normalizeAxis("tensorSplit", axis, x.rank);
  const length = x.shape[at];
  if (typeof pieces === "number") {
    checkWhole("tensorSplit", "pieces", pieces, 1);
    const size = (k: number): number => Math.floor(length / pieces) + (k < length % pieces ? 1 : 0);
    return split(
      x,
      Array.from({ length: pieces }, (_, k) => size(k)),
      at,
    );
  }
  checkWhole("tensorSplit", "pieces", pieces);
  return [...pieces, null].map((end, k) => x.slice(along(x, at, { start: pieces[k - 1], end })));
}

/** The part of `length` elements from `start` on along `axis`. Shape: `[2, 5], 1, 0, 3 → [2, 3]`. */
export function narrow(x: Tensor, axis: number, start: number, length: number): Tensor {
  const at = normalizeAxis("narrow", axis, x.rank);
  const n = x.shape[at];
  const first = start < 0 ? start + n : start;
  checkWhole("narrow", "length", length, 0);
  if (Number.isInteger(first) && first >= 0 && first + length <= n) {
    return x.slice(along(x, at, { start: first, end: first + length }));
  }
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "narrow",
    problem: `${length} elements from ${start} on leave axis ${at} of ${showShape(x.shape)}`,
    fix: `Start and length must stay within ${n}.`,
    detail: { start, length, axis: at, shape: x.shape },
  });
}

/** Splits one axis into several; one length may be −1. Shape: `[2, 12], 1, [3, -1] → [2, 3, 4]`. */
export function unflatten(x: Tensor, axis: number, sizes: Shape): Tensor {
  const at = normalizeAxis("unflatten", axis, x.rank);
  const known = sizes.filter((n) => n !== -1).reduce((a, b) => a * b, 1);
  const full = sizes.map((n) => (n === -1 ? x.shape[at] / known : n));
  return x.reshape([...x.shape.slice(0, at), ...full, ...x.shape.slice(at + 1)]);
}

/** Slices along `axis`, which disappears, as a list. */
export function unbind(x: Tensor, axis = 0): Tensor[] {
  const at = normalizeAxis("unbind", axis, x.rank);
  return Array.from({ length: x.shape[at] }, (_, index) => select(x, at, index));
}

/** Shifts elements towards higher indices along axes; what falls off comes back in front. Without axes: of the flattened tensor. */
export function roll(
  x: Tensor,
  shifts: number | readonly number[],
  axes?: number | readonly number[] | null,
): Tensor {
  const list = [shifts].flat();
  checkWhole("roll", "shifts", shifts);
  if (axes === undefined || axes === null) {
    return rollAlong(
      x.reshape([x.size]),
      list.reduce((a, b) => a + b, 0),
      0,
    ).reshape(x.shape);
  }
  const at = [axes].flat().map((a) => normalizeAxis("roll", a, x.rank));
  if (list.length !== at.length) {
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op: "roll",
      problem: `${list.length} shifts for ${at.length} axes`,
      fix: "Pass one shift per axis.",
      detail: { shifts: list, axes: at },
    });
  }
  return at.reduce((y, axis, k) => rollAlong(y, list[k], axis), x.node);
}

function rollAlong(x: Tensor, shift: number, axis: number): Tensor {
  const length = x.shape[axis];
  const by = length === 0 ? 0 : ((shift % length) + length) % length;
  if (by === 0) return x;
  const [head, tail] = split(x, [length - by, by], axis);
  return concatenate([tail, head], axis);
}

/** Turns by `turns` quarters in the plane of two axes, from the first towards the second. Shape: `[2, 3] → [3, 2]`. */
export function rot90(x: Tensor, turns = 1, axes: readonly [number, number] = [0, 1]): Tensor {
  checkWhole("rot90", "turns", turns);
  const [from, to] = axes.map((a) => normalizeAxis("rot90", a, x.rank));
  normalizeAxes("rot90", axes, x.rank); // refuses one axis twice
  const quarter = ((turns % 4) + 4) % 4;
  if (quarter === 0) return x.node;
  if (quarter === 2) return x.flip([from, to]);
  return quarter === 1 ? transpose(x.flip(to), from, to) : transpose(x, from, to).flip(to);
}

/** Reverses the columns, axis 1. Shape: `[...] → [...]`. */
export function fliplr(x: Tensor): Tensor {
  return x.flip(1);
}

/** Reverses the rows, axis 0. Shape: `[...] → [...]`. */
export function flipud(x: Tensor): Tensor {
  return x.flip(0);
}

/** Ranges that take `range` along one axis and everything along the others. */
export function along(x: Tensor, axis: number, range: Range): Range[] {
  return x.shape.map((_, k) => (k === axis ? range : null));
}

function evenSizes(length: number, size: number): number[] {
  const pieces = Math.max(1, Math.ceil(length / size));
  return Array.from({ length: pieces }, (_, k) => Math.min(size, length - k * size));
}
