// Indexing by tensors: gather reads, scatterAdd adds, each the other's gradient; scatter writes.

import { checkChoice } from "../core/checks.ts";
import { ChainruleError } from "../core/errors.ts";
import { checkWhole, normalizeAxis, type Shape, showShape } from "../core/shape.ts";
import { checkOptions } from "../ir/arguments.ts";
import { type Attributes, defineOp, type OpDefinition, record, type TensorType } from "../ir/op.ts";
import type { Tensor } from "../ir/tensor.ts";
import { cast } from "./cast.ts";
import { iota } from "./leaf.ts";
import { type Operand, toTensor } from "./operand.ts";
import { broadcastTo } from "./view.ts";

const axisOf = (attributes: Attributes): number => attributes.axis as number;

export const gatherOp: OpDefinition = defineOp({
  name: "gather",
  doc: "Picks along one axis by an index tensor of the output's shape; an index out of range gives NaN (0 for whole numbers).",
  formula: "y_{ij} = x_{k_{ij} j}",
  body: { kind: "gather" },
  type: ([x, index], attributes) => gatherType("gather", x, index, axisOf(attributes)),
  vjp: (g, [x, index], _y, attributes) => [
    scatterAdd(g, index, axisOf(attributes), x.shape[axisOf(attributes)]),
    null,
  ],
  derivatives: ["[i = k]"],
  samples: [
    {
      inputs: [{ shape: [4, 3] }, { shape: [2, 3], dtype: "int32", values: [0, 3, 1, 2, 2, 0] }],
      attributes: { axis: 0 },
    },
    {
      inputs: [{ shape: [2, 4] }, { shape: [2, 2], dtype: "int32", values: [3, 3, 0, 1] }],
      attributes: { axis: 1 },
    },
    {
      inputs: [{ shape: [1] }, { shape: [1], dtype: "int32", values: [0] }],
      attributes: { axis: 0 },
    },
    {
      inputs: [{ shape: [3, 2] }, { shape: [0, 2], dtype: "int32", values: [] }],
      attributes: { axis: 0 },
    },
  ],
  errors: [
    {
      inputs: [{ shape: [4, 3] }, { shape: [2, 4], dtype: "int32" }],
      attributes: { axis: 0 },
      code: "SHAPE_MISMATCH",
    },
  ],
  example: {
    inputs: [
      { shape: [3], values: [10, 20, 30] },
      { shape: [2], dtype: "int32", values: [2, 0] },
    ],
    attributes: { axis: 0 },
    output: { shape: [2], values: [30, 10] },
  },
});

export const scatterAddOp: OpDefinition = defineOp({
  name: "scatterAdd",
  doc: "Adds elements into zeros at the places an index tensor names along one axis; an index out of range adds nothing.",
  formula: "y_{kj} = \\sum_{i : k_{ij} = k} x_{ij}",
  body: { kind: "scatterAdd" },
  type: ([source, index], attributes) => {
    const shape = source.shape.map((n, k) =>
      k === axisOf(attributes) ? (attributes.size as number) : n,
    );
    gatherType("scatterAdd", { ...source, shape }, index, axisOf(attributes));
    return { shape, dtype: source.dtype };
  },
  vjp: (g, [, index], _y, attributes) => [gather(g, index, axisOf(attributes)), null],
  derivatives: ["[i = k]"],
  samples: [
    {
      inputs: [{ shape: [2, 3] }, { shape: [2, 3], dtype: "int32", values: [0, 3, 1, 2, 3, 1] }],
      attributes: { axis: 0, size: 4 },
    },
    {
      inputs: [{ shape: [2, 3] }, { shape: [2, 3], dtype: "int32", values: [0, 0, 1, 1, 1, 1] }],
      attributes: { axis: 1, size: 2 },
    },
    {
      inputs: [{ shape: [0, 2] }, { shape: [0, 2], dtype: "int32", values: [] }],
      attributes: { axis: 0, size: 3 },
    },
  ],
  errors: [
    {
      inputs: [{ shape: [2, 3] }, { shape: [2, 3] }],
      attributes: { axis: 0, size: 4 },
      code: "DTYPE_MISMATCH",
    },
  ],
  example: {
    inputs: [
      { shape: [3], values: [1, 2, 3] },
      { shape: [3], dtype: "int32", values: [1, 0, 1] },
    ],
    attributes: { axis: 0, size: 3 },
    output: { shape: [3], values: [2, 4, 0] },
  },
});

export const scatterOp: OpDefinition = defineOp({
  name: "scatter",
  doc: "Writes elements into zeros at the places an index tensor names along one axis; of several for one place the last stays and has the gradient; an index out of range writes nothing.",
  formula: "y_{kj} = x_{ij}\\ \\text{for the last}\\ i\\ \\text{with}\\ k_{ij} = k",
  body: { kind: "scatterAdd", keeps: "last" },
  type: scatterAddOp.type,
  vjp: (g, [, index], _y, attributes) => {
    const axis = axisOf(attributes);
    const order = iota(index.shape, axis).add(1);
    const last = gather(record(scatterOp, [order, index], attributes), index, axis).equal(order);
    return [last.where(gather(g, index, axis), 0), null];
  },
  derivatives: ["[i\\ \\text{is the last with}\\ k_i = k]"],
  samples: [
    {
      inputs: [{ shape: [3, 2] }, { shape: [3, 2], dtype: "int32", values: [1, 3, 1, 2, 0, 3] }],
      attributes: { axis: 0, size: 4 },
    },
    {
      inputs: [{ shape: [2, 3] }, { shape: [2, 3], dtype: "int32", values: [0, 0, 1, 1, 1, 1] }],
      attributes: { axis: 1, size: 2 },
    },
    {
      inputs: [{ shape: [9] }, { shape: [9], dtype: "int32", values: [2, 2, 0, 2, 4, 4, 4, 1, 1] }],
      attributes: { axis: 0, size: 5 },
    },
    {
      inputs: [{ shape: [0, 2] }, { shape: [0, 2], dtype: "int32", values: [] }],
      attributes: { axis: 0, size: 3 },
    },
  ],
  errors: [
    {
      inputs: [{ shape: [2, 3] }, { shape: [2, 3] }],
      attributes: { axis: 0, size: 4 },
      code: "DTYPE_MISMATCH",
    },
  ],
  example: {
    inputs: [
      { shape: [3], values: [1, 2, 3] },
      { shape: [3], dtype: "int32", values: [1, 0, 1] },
    ],
    attributes: { axis: 0, size: 3 },
    output: { shape: [3], values: [2, 3, 0] },
  },
});

/**
 * Picks along `axis`: `y[i][j] = x[index[i][j]][j]` for axis 0. Shape: the index's, which may be smaller than `x` on
 * other axes.
 */
export function gather(x: Tensor, index: Tensor, axis: number): Tensor {
  const at = normalizeAxis("gather", axis, x.rank);
  const places = checkIndices("gather", index, x.shape[at]);
  return record(gatherOp, [cutTo(x, places.shape, at), places], { axis: at });
}

/** The first elements along all axes but one, as many as the shape has, where it has fewer. */
function cutTo(x: Tensor, shape: Shape, except: number): Tensor {
  if (shape.length !== x.rank) return x.node;
  return x.slice(shape.map((end, k) => (k === except || end >= x.shape[k] ? null : { end })));
}

/** Adds `source` into zeros of length `size` along `axis`: `y[index[i][j]][j] += source[i][j]` for axis 0. */
export function scatterAdd(source: Tensor, index: Tensor, axis: number, size: number): Tensor {
  const at = normalizeAxis("scatterAdd", axis, source.rank);
  checkWhole("scatterAdd", "size", size, 0);
  const places = checkIndices("scatterAdd", index, size);
  return record(scatterAddOp, [source, places], { axis: at, size });
}

/**
 * `x` with elements of `source` at the places that the index names along `axis`: `y[index[i][j]][j] = source[i][j]` for
 * axis 0. Of several for one place the last stays; with `reduce: "add"` they are added to `x`.
 * Shape: that of `x`; the index may be smaller on all axes, and the source larger than the index.
 */
export function scatter(
  x: Tensor,
  index: Tensor,
  axis: number,
  source: Operand,
  options: { readonly reduce?: "add" } = {},
): Tensor {
  checkOptions("scatter", options, { reduce: true });
  checkChoice("scatter", "reduction", options.reduce, ["add", undefined]);
  const at = normalizeAxis("scatter", axis, x.rank);
  const size = x.shape[at];
  const places = checkIndices("scatter", index, size);
  const values = cast(toTensor("scatter", source, x.dtype), x.dtype);
  const given =
    values.rank === 0 ? broadcastTo(values, places.shape) : cutTo(values, places.shape, -1);
  const padding = x.shape.map((n, k) => [0, k === at ? 0 : n - places.shape[k]] as const);
  const put = (op: OpDefinition, part: Tensor): Tensor =>
    record(op, [part, places], { axis: at, size }).pad(padding);
  if (options.reduce === "add") return x.add(put(scatterAddOp, given));
  const written = put(scatterOp, broadcastTo(toTensor("scatter", 1, "int32"), places.shape));
  return written.equal(1).where(put(scatterOp, given), x);
}

/** Takes whole slices along `axis`, as NumPy's `take`; an embedding look-up for axis 0. Shape: `[v, d], [b, t] → [b, t, d]`. */
export function take(x: Tensor, index: Tensor, axis = 0): Tensor {
  const at = normalizeAxis("take", axis, x.rank);
  const before = x.shape.slice(0, at);
  const after = x.shape.slice(at + 1);
  const flat = checkIndices("take", index, x.shape[at]).reshape([
    ...before.map(() => 1),
    index.size,
    ...after.map(() => 1),
  ]);
  const picked = gather(x, broadcastTo(flat, [...before, index.size, ...after]), at);
  return picked.reshape([...before, ...index.shape, ...after]);
}

/** The index as int32; where its values are known, each must name a place of `length`. */
export function checkIndices(op: string, index: Tensor, length: number): Tensor {
  const places = indexOf(op, index);
  const at = places.value?.findIndex((k) => k < 0 || k >= length) ?? -1;
  if (at < 0) return places;
  const found = places.value![at];
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `index ${found} at position ${at} does not exist along an axis of length ${length}`,
    fix: `Indices count from 0 to ${length - 1}${found < 0 ? "; only index() counts negative ones from the end" : ""}.`,
    detail: { position: at, index: found, length },
  });
}

function indexOf(op: string, index: Tensor): Tensor {
  if (index.dtype === "int32") return index.node;
  if (index.dtype === "bool") return cast(index, "int32");
  throw new ChainruleError({
    code: "DTYPE_MISMATCH",
    op,
    problem: `an index must be int32; received ${index.dtype}${showShape(index.shape)}`,
    fix: 'Make it with tensor(data, { dtype: "int32" }) or convert it with .cast("int32").',
    detail: { dtype: index.dtype },
  });
}

function gatherType(op: string, x: TensorType, index: TensorType, axis: number): TensorType {
  const fits = (s: Shape): boolean =>
    s.length === x.shape.length && s.every((n, k) => k === axis || n === x.shape[k]);
  if (index.dtype === "int32" && fits(index.shape)) return { shape: index.shape, dtype: x.dtype };
  throw new ChainruleError({
    code: index.dtype === "int32" ? "SHAPE_MISMATCH" : "DTYPE_MISMATCH",
    op,
    problem: `index ${index.dtype}${showShape(index.shape)} does not fit ${showShape(x.shape)} along axis ${axis}`,
    fix: "The index is int32 and equal in shape except along the axis; broadcast it first, or use take for whole slices.",
    detail: { shape: x.shape, index: index.shape, axis },
  });
}
