// Tensors made by rule: like another, evenly spaced, grids of coordinates, indices of triangles, powers of a vector.

import { checkChoice, checkFinite } from "../../core/checks.ts";
import type { DType } from "../../core/dtype.ts";
import { ChainruleError } from "../../core/errors.ts";
import type { OptionNames } from "../../core/option-names.ts";
import { broadcastShapes, checkWhole } from "../../core/shape.ts";
import { checkOptions, checkTensors } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { constant, full, iota } from "../leaf.ts";

/** Options of tensors made like another. */
export interface LikeOptions {
  /** Default: the type of the other. */
  readonly dtype?: DType;
}

const likeNames: OptionNames<LikeOptions> = { dtype: true };

/** A tensor of the shape and type of `x` in which every element is `value`. */
export function fullLike(x: Tensor, value: number, options: LikeOptions = {}): Tensor {
  checkOptions("fullLike", options, likeNames);
  return full(x.shape, value, options.dtype ?? x.dtype);
}

/** A tensor of zeros of the shape and type of `x`. */
export function zerosLike(x: Tensor, options: LikeOptions = {}): Tensor {
  checkOptions("zerosLike", options, likeNames);
  return fullLike(x, 0, options);
}

/** A tensor of ones of the shape and type of `x`. */
export function onesLike(x: Tensor, options: LikeOptions = {}): Tensor {
  checkOptions("onesLike", options, likeNames);
  return fullLike(x, 1, options);
}

/** `count` numbers from `start` to `end`, both included, at equal distances. Shape: `→ [count]`. */
export function linspace(
  start: number,
  end: number,
  count: number,
  dtype: "float32" | "float64" = "float32",
): Tensor {
  return spaced("linspace", start, end, count, dtype, (x) => x);
}

/** `count` numbers from `base^start` to `base^end` at equal ratios. Shape: `→ [count]`. */
export function logspace(
  start: number,
  end: number,
  count: number,
  options: { readonly base?: number; readonly dtype?: "float32" | "float64" } = {},
): Tensor {
  checkOptions("logspace", options, { base: true, dtype: true });
  const { base = 10, dtype = "float32" } = options;
  return spaced("logspace", start, end, count, dtype, (x) => base ** x);
}

/** Computed in double precision, from both ends, so that the ends are exact and the row is symmetric. */
function spaced(
  op: string,
  start: number,
  end: number,
  count: number,
  dtype: DType,
  place: (x: number) => number,
): Tensor {
  checkFinite(op, { start, end });
  if (!Number.isInteger(count) || count < 0) {
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op,
      problem: `the count must be a whole number ≥ 0; received ${count}`,
      fix: `Write ${op}(start, end, count), e.g. ${op}(0, 1, 5).`,
    });
  }
  const step = count > 1 ? (end - start) / (count - 1) : 0;
  const values = Float64Array.from({ length: count }, (_, k) =>
    place(k < count / 2 ? start + k * step : end - (count - 1 - k) * step),
  );
  const data = dtype === "float32" ? Float32Array.from(values) : values;
  return constant(data, [count], dtype);
}

/**
 * Coordinates of a grid: one tensor per axis, each of the shape of the grid. `"xy"` swaps the first two axes, as for images.
 * Shape: `[m], [n] → [m, n], [m, n]`.
 */
export function meshgrid(axes: readonly Tensor[], indexing: "ij" | "xy" = "ij"): Tensor[] {
  checkChoice("meshgrid", "indexing", indexing, ["ij", "xy"]);
  checkTensors("meshgrid", axes);
  const odd = axes.find((x) => x.rank > 1);
  if (odd !== undefined || axes.length === 0) {
    throw new ChainruleError({
      code: "SHAPE_MISMATCH",
      op: "meshgrid",
      problem:
        odd === undefined
          ? "received no axes"
          : `received an axis of shape [${odd.shape.join(", ")}]`,
      fix: "Pass a list of vectors, one per axis of the grid.",
    });
  }
  const grid = axes.map((x) => x.size);
  const grids = axes.map((x, k) => {
    const line = x.reshape(grid.map((_, axis) => (axis === k ? x.size : 1)));
    return line.broadcastTo(grid);
  });
  return indexing === "xy" && axes.length > 1 ? grids.map((x) => x.transpose(0, 1)) : grids;
}

/** Stretches tensors to their common shape. Shape: `[2, 1], [3] → [2, 3], [2, 3]`. */
export function broadcastTensors(tensors: readonly Tensor[]): Tensor[] {
  checkTensors("broadcastTensors", tensors);
  const shape = broadcastShapes("broadcastTensors", ...tensors.map((x) => x.shape));
  return tensors.map((x) => x.broadcastTo(shape));
}

/** Rows and columns of the elements of a lower triangle, row by row, as int32. Shape: `→ [2, n]`. */
export function trilIndices(rows: number, columns: number, offset = 0): Tensor {
  checkWhole("trilIndices", "offset", offset);
  return triangle(rows, columns, (i, j) => j - i <= offset);
}

/** Rows and columns of the elements of an upper triangle, row by row, as int32. Shape: `→ [2, n]`. */
export function triuIndices(rows: number, columns: number, offset = 0): Tensor {
  checkWhole("triuIndices", "offset", offset);
  return triangle(rows, columns, (i, j) => j - i >= offset);
}

function triangle(
  rows: number,
  columns: number,
  inside: (i: number, j: number) => boolean,
): Tensor {
  checkWhole("triangle", "rows", rows, 0);
  checkWhole("triangle", "columns", columns, 0);
  const places: [number, number][] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) if (inside(i, j)) places.push([i, j]);
  }
  const flat = [...places.map(([i]) => i), ...places.map(([, j]) => j)];
  return constant(Int32Array.from(flat), [2, places.length]);
}

/** Powers of a vector as columns: highest first, or lowest first with `increasing`. Shape: `[n], columns → [n, columns]`. */
export function vander(
  x: Tensor,
  columns: number = x.size,
  options: { readonly increasing?: boolean } = {},
): Tensor {
  checkOptions("vander", options, { increasing: true });
  const line = iota([columns], 0);
  const powers = options.increasing ? line : line.neg().add(columns - 1);
  return x.reshape([x.size, 1]).pow(powers);
}
