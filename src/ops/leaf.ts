// Tensors from nothing or from JavaScript values: constants, fills, ranges.

import {
  checkType,
  convertArray,
  type DType,
  dtypeOf,
  dtypeOfData,
  type HostArray,
} from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import { type HostTensor, isHostTensor } from "../core/host.ts";
import { checkShape, normalizeAxis, type Shape, showShape, sizeOf } from "../core/shape.ts";
import type { Known, ShapeOfData } from "../core/shape-types.ts";
import { defineOp, type OpDefinition, record } from "../ir/op.ts";
import { Tensor, withValue } from "../ir/tensor.ts";
import { literal } from "./operand.ts";
import { broadcastTo } from "./view.ts";

/** Values from JavaScript: a number, a boolean, nested arrays of them, or a typed array. */
export type TensorValues = number | boolean | HostArray | readonly TensorValues[];

/** What a tensor can be made of: values, or a field of a batch, which says its shape itself. */
export type TensorData = TensorValues | HostTensor;

export const constantOp: OpDefinition = defineOp({
  name: "constant",
  doc: "Values from JavaScript.",
  formula: "c",
  body: { kind: "leaf" },
  type: () => {
    throw new ChainruleError({ code: "INTERNAL", problem: "a constant is made directly" });
  },
  samples: [],
});

/** Makes a constant that holds `value` itself, uncopied. */
export function constant(value: HostArray, shape: Shape, dtype: DType = dtypeOf(value)): Tensor {
  return withValue(new Tensor(constantOp, [], {}, { shape: [...shape], dtype }), value);
}

/**
 * Makes a tensor from JavaScript values (copied): nested arrays give the shape; typed arrays are one-dimensional unless `shape`
 * is given. What data sets, files and `predict` give, `{ dtype, shape, data }`, becomes a tensor of that type and shape.
 */
export function tensor<const D extends TensorData, const S extends Shape = ShapeOfData<D>>(
  data: D,
  options: { readonly dtype?: DType; readonly shape?: S } = {},
): Tensor<Known<S>> {
  const host = isHostTensor(data) ? data : undefined;
  const values = host?.data ?? (data as TensorValues);
  const nested = shapeOf(values);
  const shape = options.shape ?? host?.shape ?? nested;
  checkShape("tensor", shape);
  const dtype = options.dtype ?? host?.dtype ?? inferType(values);
  const flat = ArrayBuffer.isView(values)
    ? (values as HostArray).slice()
    : flattened(values, nested);
  if (flat.length !== sizeOf(shape)) {
    throw new ChainruleError({
      code: "SHAPE_MISMATCH",
      op: "tensor",
      problem: `${flat.length} values do not fill ${showShape(shape)}`,
      fix: "Nested arrays must be rectangular, and `shape` must hold as many elements as the data.",
      detail: { elements: flat.length, shape },
    });
  }
  return constant(convertArray(flat, dtype), shape, dtype);
}

/** A tensor in which every element is `value`. */
export function full<const S extends Shape>(
  shape: S,
  value: number,
  dtype: DType = "float32",
): Tensor<Known<S>> {
  checkShape("full", shape);
  checkType("full", dtype);
  if (typeof value !== "number" && typeof value !== "boolean") throw notNumber(value);
  return broadcastTo(literal(value, dtype), shape);
}

function notNumber(value: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "full",
    problem: `the value must be a number; received ${showValue(value)}`,
    fix: "Write full(shape, value), e.g. full([2, 3], 0.5).",
  });
}

/** A tensor of zeros. */
export function zeros<const S extends Shape>(shape: S, dtype: DType = "float32"): Tensor<Known<S>> {
  checkShape("zeros", shape);
  return full(shape, 0, dtype);
}

/** A tensor of ones. */
export function ones<const S extends Shape>(shape: S, dtype: DType = "float32"): Tensor<Known<S>> {
  checkShape("ones", shape);
  return full(shape, 1, dtype);
}

export const iotaOp: OpDefinition = defineOp({
  name: "iota",
  doc: "The coordinate along one axis.",
  formula: "y_{ij} = j",
  body: { kind: "iota" },
  type: (_, { shape }) => ({ shape: shape as Shape, dtype: "int32" }),
  samples: [
    { inputs: [], attributes: { shape: [2, 3], axis: 1 } },
    { inputs: [], attributes: { shape: [2, 3], axis: 0 } },
  ],
  example: {
    inputs: [],
    attributes: { shape: [2, 2], axis: 1 },
    output: { shape: [2, 2], values: [0, 1, 0, 1] },
  },
});

/** The coordinate along `axis`, as int32. Shape: `→ shape`. */
export function iota<const S extends Shape>(shape: S, axis: number): Tensor<Known<S>> {
  checkShape("iota", shape);
  return record(iotaOp, [], { shape: [...shape], axis: normalizeAxis("iota", axis, shape.length) });
}

/** The numbers `start, start + step, …` before `end`, or `0, 1, …` before the only number: int32 where start and step are whole, else float32. */
export function arange(end: number): Tensor;
export function arange(start: number, end: number, step?: number): Tensor;
export function arange(first: number, second?: number, step = 1): Tensor {
  const [start, end] = second === undefined ? [0, first] : [first, second];
  if (step === 0 || ![start, end, step].every(Number.isFinite)) {
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op: "arange",
      problem: `cannot go from ${showValue(start)} to ${showValue(end)} in steps of ${showValue(step)}`,
      fix: "All three are finite, and the step is not 0.",
      detail: { start, end, step },
    });
  }
  const length = Math.max(0, Math.ceil((end - start) / step));
  return iota([length], 0).mul(step).add(start);
}

/** The identity matrix. Shape: `→ [n, n]`. */
export function eye<const N extends number>(n: N, dtype: DType = "float32"): Tensor<Known<[N, N]>> {
  const [row, column]: Tensor[] = [iota([n, n], 0), iota([n, n], 1)];
  return row.equal(column).cast(dtype);
}

function shapeOf(data: TensorValues): number[] {
  if (ArrayBuffer.isView(data)) return [(data as HostArray).length];
  if (!Array.isArray(data)) return [];
  return data.length === 0 ? [0] : [data.length, ...shapeOf(data[0])];
}

function inferType(data: TensorValues): DType {
  if (ArrayBuffer.isView(data)) return dtypeOfData(data as HostArray);
  let first: unknown = data;
  while (Array.isArray(first)) first = first[0];
  return typeof first === "boolean" ? "bool" : "float32";
}

/** The elements of nested arrays in order; `shape` is that of the first ones, and all others must have it too. */
function flattened(data: TensorValues, shape: Shape): Float64Array {
  checkRows(data, shape, []);
  const flat = new Float64Array(sizeOf(shape));
  let at = 0;
  const fill = (part: unknown, axis: number): void => {
    if (axis < shape.length) for (const inner of part as readonly unknown[]) fill(inner, axis + 1);
    else if (typeof part === "number" || typeof part === "boolean") flat[at++] = Number(part);
    else throw notElement(part, placeOf(at, shape));
  };
  fill(data, 0);
  return flat;
}

/** Checks the lengths of arrays at all depths, before anything is allocated for their elements. */
function checkRows(part: unknown, shape: Shape, path: readonly number[]): void {
  if (path.length === shape.length) return;
  const isList = Array.isArray(part) || ArrayBuffer.isView(part);
  if (!isList || (part as HostArray).length !== shape[path.length]) throw ragged(part, shape, path);
  if (path.length + 1 === shape.length) return;
  for (const [k, row] of (part as unknown[]).entries()) checkRows(row, shape, [...path, k]);
}

/** Where element `at` lies, as indices. */
function placeOf(at: number, shape: Shape): number[] {
  return shape.map((length, axis) => Math.floor(at / sizeOf(shape.slice(axis + 1))) % length);
}

function ragged(part: unknown, shape: Shape, path: readonly number[]): ChainruleError {
  const isList = Array.isArray(part) || ArrayBuffer.isView(part);
  const received = isList ? `has length ${(part as HostArray).length}` : `is ${showValue(part)}`;
  const first = showPath(path.map(() => 0));
  return new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "tensor",
    problem: `rows differ: data${showPath(path)} ${received}, data${first} has length ${shape[path.length]}`,
    fix: "Nested arrays must be rectangular: pad shorter rows, or make a tensor of each.",
    detail: { path },
  });
}

function notElement(value: unknown, path: readonly number[]): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "tensor",
    problem: `expected numbers or booleans; received ${showValue(value)}${path.length === 0 ? "" : ` at data${showPath(path)}`}`,
    fix: "Pass numbers, nested arrays of numbers that are all of one depth, or a typed array.",
    detail: { path },
  });
}

function showPath(path: readonly number[]): string {
  return path.map((k) => `[${k}]`).join("");
}
