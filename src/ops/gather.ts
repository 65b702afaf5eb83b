// Indexing by tensors: gather reads, scatterAdd adds; each is the other's gradient.

import { ChainruleError } from "../core/errors.ts";
import { normalizeAxis, type Shape, showShape } from "../core/shape.ts";
import { type Attributes, defineOp, type OpDefinition, record, type TensorType } from "../ir/op.ts";
import type { Tensor } from "../ir/tensor.ts";
import { cast } from "./cast.ts";
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

/** Picks along `axis`: `y[i][j] = x[index[i][j]][j]` for axis 0. Shape: the index's. */
export function gather(x: Tensor, index: Tensor, axis: number): Tensor {
  return record(gatherOp, [x, indexOf("gather", index)], {
    axis: normalizeAxis("gather", axis, x.rank),
  });
}

/** Adds `source` into zeros of length `size` along `axis`: `y[index[i][j]][j] += source[i][j]` for axis 0. */
export function scatterAdd(source: Tensor, index: Tensor, axis: number, size: number): Tensor {
  const at = normalizeAxis("scatterAdd", axis, source.rank);
  return record(scatterAddOp, [source, indexOf("scatterAdd", index)], { axis: at, size });
}

/** Takes whole slices along `axis`, as NumPy's `take`; an embedding look-up for axis 0. Shape: `[v, d], [b, t] → [b, t, d]`. */
export function take(x: Tensor, index: Tensor, axis = 0): Tensor {
  const at = normalizeAxis("take", axis, x.rank);
  const before = x.shape.slice(0, at);
  const after = x.shape.slice(at + 1);
  const flat = indexOf("take", index).reshape([
    ...before.map(() => 1),
    index.size,
    ...after.map(() => 1),
  ]);
  const picked = gather(x, broadcastTo(flat, [...before, index.size, ...after]), at);
  return picked.reshape([...before, ...index.shape, ...after]);
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
