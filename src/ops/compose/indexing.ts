// Indexing by tensors along one axis: whole slices taken, added, written, filled; rows of ones and zeros.

import type { DType } from "../../core/dtype.ts";
import { ChainruleError } from "../../core/errors.ts";
import {
  broadcastShapes,
  checkShape,
  checkWhole,
  normalizeAxis,
  type Shape,
  showShape,
  sizeOf,
  stridesOf,
} from "../../core/shape.ts";
import { checkOptions } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { checkIndices, gather, scatter, scatterAdd, take } from "../gather.ts";
import { iota } from "../leaf.ts";
import { type Operand, toTensor } from "../operand.ts";

/** Takes whole slices along `axis` by a list of indices. Shape: `[4, 3], 0, [2] → [2, 3]`. */
export function indexSelect(x: Tensor, axis: number, index: Tensor): Tensor {
  return take(x, index, axis);
}

/** `x` with `alpha` times slices of `source` added along `axis` at the places in `index`. Shape: that of `x`. */
export function indexAdd(
  x: Tensor,
  axis: number,
  index: Tensor,
  source: Tensor,
  options: { readonly alpha?: number } = {},
): Tensor {
  checkOptions("indexAdd", options, { alpha: true });
  const { alpha = 1 } = options;
  const at = normalizeAxis("indexAdd", axis, x.rank);
  const { places, values } = slicesAt("indexAdd", x, at, index, source);
  return x.add(scatterAdd(alpha === 1 ? values : values.mul(alpha), places, at, x.shape[at]));
}

/** `x` with slices of `source` in place of those that `index` names along `axis`; of several for one place the last stays. */
export function indexCopy(x: Tensor, axis: number, index: Tensor, source: Tensor): Tensor {
  const at = normalizeAxis("indexCopy", axis, x.rank);
  const { places, values } = slicesAt("indexCopy", x, at, index, source);
  return scatter(x, places, at, values);
}

/** `x` with one value in all slices that `index` names along `axis`. Shape: that of `x`. */
export function indexFill(x: Tensor, axis: number, index: Tensor, value: Operand): Tensor {
  const at = normalizeAxis("indexFill", axis, x.rank);
  const places = checkIndices("indexFill", index, x.shape[at]);
  const named = scatterAdd(
    toTensor("indexFill", 1, "int32").broadcastTo(places.shape),
    places,
    0,
    x.shape[at],
  );
  const along = named.reshape(x.shape.map((n, k) => (k === at ? n : 1)));
  return along.greater(0).where(toTensor("indexFill", value, x.dtype).cast(x.dtype), x);
}

/** The index for every element of the slices. */
function slicesAt(
  op: string,
  x: Tensor,
  axis: number,
  index: Tensor,
  source: Tensor,
): { places: Tensor; values: Tensor } {
  const shape = x.shape.map((n, k) => (k === axis ? index.size : n));
  if (index.rank > 1 || source.rank !== x.rank || source.shape.some((n, k) => n !== shape[k])) {
    throw new ChainruleError({
      code: "SHAPE_MISMATCH",
      op,
      problem: `slices ${showShape(source.shape)} at index ${showShape(index.shape)} do not fit ${showShape(x.shape)} along axis ${axis}`,
      fix: `The index is a vector, and the source has the shape ${showShape(shape)}.`,
      detail: { shape: x.shape, index: index.shape, source: source.shape, axis },
    });
  }
  const checked = checkIndices(op, index, x.shape[axis]);
  const line = checked.reshape(shape.map((_, k) => (k === axis ? index.size : 1)));
  return { places: line.broadcastTo(shape), values: source.cast(x.dtype) };
}

/** As `gather`, after broadcasting the other axes of both, as NumPy's `take_along_axis`. */
export function takeAlong(x: Tensor, index: Tensor, axis: number): Tensor {
  const at = normalizeAxis("takeAlong", axis, x.rank);
  const places = checkIndices("takeAlong", index, x.shape[at]);
  const others = (t: Tensor): number[] => t.shape.map((n, k) => (k === at ? 1 : n));
  const common = broadcastShapes("takeAlong", others(x), others(places));
  const stretched = (t: Tensor): Tensor =>
    t.broadcastTo(common.map((n, k) => (k === at ? t.shape[at] : n)));
  return gather(stretched(x), stretched(places), at);
}

/** Rows of ones and zeros: 1 at the index. Shape: `[n], classes → [n, classes]`. */
export function oneHot(
  index: Tensor,
  classes: number,
  options: { readonly dtype?: DType } = {},
): Tensor {
  checkOptions("oneHot", options, { dtype: true });
  checkWhole("oneHot", "classes", classes, 0);
  const places = checkIndices("oneHot", index, classes);
  const columns = iota([...places.shape, classes], places.rank);
  return places
    .unsqueeze(-1)
    .equal(columns)
    .cast(options.dtype ?? "int32");
}

/** Coordinates of elements by their number in row-major order, one tensor per axis of `shape`. Shape: `[...] → [...]` each. */
export function unravelIndex(index: Tensor, shape: Shape): Tensor[] {
  checkShape("unravelIndex", shape);
  const places = checkIndices("unravelIndex", index, sizeOf(shape));
  const strides = stridesOf(shape);
  return shape.map((length, axis) => places.floorDivide(strides[axis]).remainder(length));
}
