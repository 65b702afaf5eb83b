// General indexing: ranges, numbers, lists of places on several axes, masks. Ranges and numbers are a slice, which moves
// nothing; lists become one gather along the axes they index, taken as one. Writing is the same the other way round.

import { ChainruleError } from "../../core/errors.ts";
import {
  broadcastShapes,
  checkWhole,
  type Shape,
  showShape,
  sizeOf,
  stridesOf,
} from "../../core/shape.ts";
import { checkOptions } from "../../ir/arguments.ts";
import { Tensor } from "../../ir/tensor.ts";
import { take } from "../gather.ts";
import { type TensorValues, tensor } from "../leaf.ts";
import { type Operand, toTensor } from "../operand.ts";
import { checkRanges, type Part, partOf, type Range, unslice } from "../slice.ts";
import { indexAdd, indexCopy } from "./indexing.ts";
import { nonzeroColumns } from "./mask.ts";

/**
 * What stands for one axis: a range `{ start, end, step }`, null for all of it, a number for one element (the axis goes),
 * a list or int32 tensor of places, or a bool mask of one or more axes; `"..."` stands for as many whole axes as are missing.
 */
export type Index = Range | Tensor | readonly TensorValues[] | Int32Array | "...";

/**
 * Elements by index, as `x[...]` in NumPy and PyTorch. Ranges and numbers are applied first. Lists on several axes are
 * broadcast together and name one element each; their shape takes the place of their axes, or comes first where these are
 * apart. Negative places count from the end. A mask is read, so it must have its values, as outside `compile`; where the
 * shape may stay as it is, use `where` instead.
 * Shape: `[4, 5, 6], [[0, 2], "...", {step: 2}] → [2, 5, 3]`.
 */
export function index(x: Tensor, items: readonly Index[]): Tensor {
  checkRanges("index", items);
  const { part, ranges, places } = resolve(x, items);
  const sliced = x.slice(ranges);
  if (places.length === 0) return sliced;
  const { order, flat, axis } = gathering(part.shape, places);
  return take(merged(sliced, order, places.length, axis), flat, axis);
}

/**
 * `x` with other values at an index, which is that of `index`: `x[...] = values` in NumPy and PyTorch. The values broadcast
 * to the shape of what the index takes. Of several for one place the last stays, or with `accumulate` all are added to `x`.
 * Shape: that of `x`.
 */
export function indexPut(
  x: Tensor,
  items: readonly Index[],
  values: Operand,
  options: {
    /** Whether all values for one place are added to `x`; default false. */
    readonly accumulate?: boolean;
  } = {},
): Tensor {
  checkRanges("indexPut", items);
  checkOptions("indexPut", options, { accumulate: true });
  const given = toTensor("indexPut", values, x.dtype).cast(x.dtype);
  const mask = onlyMask(items);
  const single = given.size === 1 && mask !== undefined && mask.rank <= x.rank;
  if (single) return putMasked(x, mask, given, options);
  const { part, ranges, places } = resolve(x, items);
  if (places.length === 0) return putPart(x, part, given.broadcastTo(part.shape), options);
  const sliced = x.slice(ranges);
  const { order, flat, axis } = gathering(part.shape, places);
  const joined = merged(sliced, order, places.length, axis);
  const result = joined.shape.flatMap((n, k) => (k === axis ? flat.shape : [n]));
  const sources = given
    .broadcastTo(result)
    .reshape(joined.shape.map((n, k) => (k === axis ? flat.size : n)));
  const line = flat.reshape([flat.size]);
  const put = options.accumulate
    ? indexAdd(joined, axis, line, sources)
    : indexCopy(joined, axis, line, sources);
  const back = put
    .reshape(order.map((k) => part.shape[k]))
    .permute(order.map((_, k) => order.indexOf(k)));
  return putPart(x, part, back, {});
}

/** Places along one axis. */
interface Places {
  readonly axis: number;
  readonly index: Tensor;
}

interface Resolved {
  readonly ranges: readonly Range[];
  readonly part: Part;
  /** By the axes of what the ranges leave. */
  readonly places: readonly Places[];
}

function resolve(x: Tensor, items: readonly Index[]): Resolved {
  const spelled = spell(x, items);
  const isPlaces = (item: Range | Tensor): item is Tensor => item instanceof Tensor;
  const ranges = spelled.map((item) => (isPlaces(item) ? null : item));
  const part = partOf(x.shape, ranges);
  let axis = 0;
  const places = spelled.flatMap((item): Places[] => {
    if (typeof item === "number") return [];
    axis++;
    return isPlaces(item) ? [{ axis: axis - 1, index: counted(item, part.shape[axis - 1]) }] : [];
  });
  return { ranges, part, places };
}

/** One item per axis: masks become places, `"..."` whole axes. */
function spell(x: Tensor, items: readonly Index[]): (Range | Tensor)[] {
  const tensors = items.map((item) => (isList(item) ? listed(item) : item));
  const width = (item: Range | Tensor | "..."): number =>
    item === "..." ? 0 : item instanceof Tensor && item.dtype === "bool" ? item.rank : 1;
  const used = tensors.reduce((sum: number, item) => sum + width(item), 0);
  const dots = tensors.filter((item) => item === "...").length;
  if (used > x.rank || dots > 1) {
    throw new ChainruleError({
      code: "SHAPE_MISMATCH",
      op: "index",
      problem: `an index of ${used} axes${dots > 1 ? ` and ${dots} times "..."` : ""} for a tensor of shape ${showShape(x.shape)}`,
      fix: `Pass one item per axis, at most ${x.rank}, and "..." at most once.`,
      detail: { shape: x.shape, axes: used },
    });
  }
  const whole = Array<null>(x.rank - used).fill(null);
  let axis = 0;
  return (dots === 0 ? [...tensors, "..." as const] : tensors).flatMap((item) => {
    const first = axis;
    axis += item === "..." ? whole.length : width(item);
    if (item === "...") return whole;
    return item instanceof Tensor && item.dtype === "bool" ? placesOf(item, x, first) : [item];
  });
}

function isList(item: Index | undefined): item is readonly TensorValues[] | Int32Array {
  return Array.isArray(item) || ArrayBuffer.isView(item);
}

/** A JavaScript list: of booleans a mask, of numbers places. */
function listed(data: readonly TensorValues[] | Int32Array): Tensor {
  if (data.length === 0) return tensor([], { dtype: "int32" });
  const list = tensor(data);
  if (list.dtype === "float32") checkWhole("index", "places", Array.from(list.value!));
  return list.dtype === "float32" ? tensor(data, { dtype: "int32" }) : list;
}

/** The coordinates of a mask's true elements. */
function placesOf(mask: Tensor, x: Tensor, first: number): Tensor[] {
  const expected = x.shape.slice(first, first + mask.rank);
  if (mask.rank > 0 && mask.shape.every((n, k) => n === expected[k])) {
    return nonzeroColumns("index", mask);
  }
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "index",
    problem: `a mask of shape ${showShape(mask.shape)} does not fit axes ${showShape(expected)} of ${showShape(x.shape)}`,
    fix: "A mask has the lengths of the axes in whose place it stands.",
    detail: { mask: mask.shape, shape: x.shape, axis: first },
  });
}

/** Places from 0 up: negative ones count from the end; known ones are checked. */
function counted(places: Tensor, length: number): Tensor {
  if (places.dtype !== "int32") {
    throw new ChainruleError({
      code: "DTYPE_MISMATCH",
      op: "index",
      problem: `places must be int32 or a bool mask; received ${places.dtype}${showShape(places.shape)}`,
      fix: 'Make them with tensor(list, { dtype: "int32" }) or convert them with .cast("int32").',
      detail: { dtype: places.dtype },
    });
  }
  const known = places.node.value;
  if (known === null) {
    const up = places.less(0).where(places.add(length), places);
    return up.less(0).logicalOr(up.greaterEqual(length)).where(-1, up);
  }
  const wrong = known.findIndex((k) => k < -length || k >= length);
  if (wrong >= 0) {
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op: "index",
      problem: `place ${known[wrong]} at position ${wrong} does not exist along an axis of length ${length}`,
      fix: `Places count from 0 to ${length - 1}, or from −1 down to ${-length} from the end.`,
      detail: { position: wrong, index: known[wrong], length },
    });
  }
  const up = Int32Array.from(known, (k) => (k < 0 ? k + length : k));
  return tensor(up, { shape: places.shape });
}

interface Gathering {
  /** The axes with those of places side by side. */
  readonly order: readonly number[];
  /** Where they begin in that order. */
  readonly axis: number;
  /** Places along the one merged axis, in the common shape of the places. */
  readonly flat: Tensor;
}

function gathering(shape: Shape, places: readonly Places[]): Gathering {
  const axes = places.map((p) => p.axis);
  const together = axes.every((axis, k) => axis === axes[0] + k);
  const axis = together ? axes[0] : 0;
  const rest = shape.flatMap((_, k) => (axes.includes(k) ? [] : [k]));
  const order = [...rest.slice(0, axis), ...axes, ...rest.slice(axis)];
  const common = broadcastShapes("index", ...places.map((p) => p.index.shape));
  const strides = stridesOf(axes.map((k) => shape[k]));
  const flat = places
    .map(({ index: at }, k) => at.broadcastTo(common).mul(strides[k]))
    .reduce((a, b) => a.add(b));
  // A place outside its own axis must not become one inside the merged axis.
  const outside = places.map(({ index: at }) => at.less(0)).reduce((a, b) => a.logicalOr(b));
  const known = places.every(({ index: at }) => at.value !== null);
  return { order, axis, flat: known ? flat : outside.where(-1, flat) };
}

/** Brings axes into an order and merges `count` of them from `axis` on into one. */
function merged(x: Tensor, order: readonly number[], count: number, axis: number): Tensor {
  const moved = x.permute(order);
  const length = sizeOf(moved.shape.slice(axis, axis + count));
  return moved.reshape([...moved.shape.slice(0, axis), length, ...moved.shape.slice(axis + count)]);
}

/** Writes into the part of `x` that ranges take: both are spread to the whole, so that nothing is scattered. */
function putPart(
  x: Tensor,
  part: Part,
  values: Tensor,
  { accumulate = false }: { readonly accumulate?: boolean },
): Tensor {
  const spread = unslice(values.reshape(part.sizes), x.shape, part);
  if (accumulate) return x.add(spread);
  if (sizeOf(part.sizes) === x.size) return spread;
  const ones = toTensor("indexPut", 1, "int32").broadcastTo(part.sizes);
  return unslice(ones, x.shape, part).equal(1).where(spread, x);
}

function onlyMask(items: readonly Index[]): Tensor | undefined {
  const [first, ...rest] = items.filter((item) => item !== "...");
  const mask = isList(first) ? listed(first) : first;
  const leads = items[0] !== "...";
  return rest.length === 0 && leads && mask instanceof Tensor && mask.dtype === "bool"
    ? mask
    : undefined;
}

/** One value under a mask needs no places, so the mask is not read. */
function putMasked(
  x: Tensor,
  mask: Tensor,
  value: Tensor,
  { accumulate = false }: { readonly accumulate?: boolean },
): Tensor {
  const fits = mask.shape.every((n, k) => n === x.shape[k]);
  if (!fits) placesOf(mask, x, 0);
  const wide = mask.reshape([...mask.shape, ...x.shape.slice(mask.rank).map(() => 1)]);
  const scalar = value.reshape([]);
  return wide.where(accumulate ? x.add(scalar) : scalar, x);
}
