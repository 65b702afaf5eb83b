// Joining side by side as NumPy names it, and all combinations of elements of vectors.

import { checkTensors } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { concatenate, stack } from "../concatenate.ts";
import { meshgrid } from "./creation.ts";

/** Joins along axis 1; vectors along axis 0. Shape: `[2, 3], [2, 1] → [2, 4]`. */
export function hstack(tensors: readonly Tensor[]): Tensor {
  checkTensors("hstack", tensors);
  const parts = tensors.map((x) => (x.rank === 0 ? x.reshape([1]) : x));
  return concatenate(parts, parts[0]?.rank === 1 ? 0 : 1);
}

/** Joins along axis 0; vectors as rows. Shape: `[3], [3] → [2, 3]`. */
export function vstack(tensors: readonly Tensor[]): Tensor {
  checkTensors("vstack", tensors);
  return concatenate(
    tensors.map((x) => (x.rank < 2 ? x.reshape([1, x.size]) : x)),
    0,
  );
}

/** Joins along axis 2; matrices as slices of one. Shape: `[2, 3], [2, 3] → [2, 3, 2]`. */
export function dstack(tensors: readonly Tensor[]): Tensor {
  checkTensors("dstack", tensors);
  const deep = (x: Tensor): Tensor =>
    x.rank < 2 ? x.reshape([1, x.size, 1]) : x.rank === 2 ? x.unsqueeze(2) : x;
  return concatenate(tensors.map(deep), 2);
}

/** Joins along axis 1; vectors as columns. Shape: `[3], [3, 2] → [3, 3]`. */
export function columnStack(tensors: readonly Tensor[]): Tensor {
  checkTensors("columnStack", tensors);
  return concatenate(
    tensors.map((x) => (x.rank < 2 ? x.reshape([x.size, 1]) : x)),
    1,
  );
}

/** All combinations of one element of each vector, as rows. Shape: `[m], [n] → [mn, 2]`. */
export function cartesianProd(vectors: readonly Tensor[]): Tensor {
  checkTensors("cartesianProd", vectors);
  const columns = meshgrid(vectors).map((x) => x.reshape([x.size]));
  return columns.length === 1 ? columns[0] : stack(columns, 1);
}
