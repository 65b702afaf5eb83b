// Contractions as matrix products: which axes are batch, rows, columns and depth, and with which strides an operand can
// be read where it lies. Looking through views (transposes, slices, broadcasts) spares their copies.

import { stridesOf } from "../../core/shape.ts";
import type { ContractAxes, OpBody, ViewCoordinate } from "../../ir/op.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { composeCoordinates, differByOnes, reshapeCoordinates, viewOf } from "./view.ts";

/** An operand as a stack of matrices inside the storage of `base`, in elements; `outer` is the row of a, column of b. */
export interface MatrixOperand {
  readonly base: Tensor;
  readonly offset: number;
  readonly batch: number;
  readonly outer: number;
  readonly inner: number;
}

/** Sizes of a contraction as `batch` products of m × k by k × n matrices. */
export interface ProductSizes {
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

interface AxisGroups {
  readonly batch: readonly number[];
  readonly outer: readonly number[];
  readonly inner: readonly number[];
}

const groups = new WeakMap<Tensor, readonly [AxisGroups, AxisGroups]>();

/** The axis groups of both operands of a contraction. */
export function groupsOf(tensor: Tensor): readonly [AxisGroups, AxisGroups] {
  const known = groups.get(tensor) ?? findGroups(tensor);
  groups.set(tensor, known);
  return known;
}

function findGroups(tensor: Tensor): readonly [AxisGroups, AxisGroups] {
  const { axes } = tensor.definition.body as OpBody & { kind: "contract" };
  const pairs = axes(tensor.attributes);
  return [groupAxes(tensor.inputs[0], pairs, 0), groupAxes(tensor.inputs[1], pairs, 1)];
}

function groupAxes(x: Tensor, { batch, contract }: ContractAxes, side: 0 | 1): AxisGroups {
  const inner = contract.map((pair) => pair[side]);
  const shared = batch.map((pair) => pair[side]);
  const outer = x.shape
    .map((_, axis) => axis)
    .filter((a) => !inner.includes(a) && !shared.includes(a));
  return { batch: shared, outer, inner };
}

/** Sizes of a contraction. */
export function productSizes(tensor: Tensor): ProductSizes {
  const [a, b] = groupsOf(tensor);
  const size = (x: Tensor, axes: readonly number[]): number =>
    axes.reduce((product, axis) => product * x.shape[axis], 1);
  const [x, y] = tensor.inputs;
  return { batch: size(x, a.batch), m: size(x, a.outer), k: size(x, a.inner), n: size(y, b.outer) };
}

/** How operand `side` can be read through its views, or as it is if `through` is false; undefined if it needs a copy. */
export function matrixOperand(
  tensor: Tensor,
  side: 0 | 1,
  through: ((x: Tensor) => boolean) | false,
): MatrixOperand | undefined {
  const x = tensor.inputs[side];
  const groups = groupsOf(tensor)[side];
  const { base, offset, strides } = through === false ? whole(x) : lookThrough(x, through);
  const merged = [groups.batch, groups.outer, groups.inner].map((axes) =>
    mergeAxes(axes.map((axis) => ({ length: x.shape[axis], stride: strides[axis] }))),
  );
  const [batch, outer, inner] = merged;
  if (batch === undefined || outer === undefined || inner === undefined) return undefined;
  if (batch.stride < 0 || outer.stride < 0 || inner.stride < 0) return undefined;
  if ((outer.length > 1 && outer.stride === 0) || (inner.length > 1 && inner.stride === 0))
    return undefined;
  return {
    base,
    offset,
    batch: batch.length > 1 ? batch.stride : 0,
    ...natural(outer, inner),
  };
}

/** Strides of groups of length 1 do not matter; they get those of a packed matrix, which kernels know as the good case. */
function natural(outer: Run, inner: Run): { outer: number; inner: number } {
  if (outer.length === 1 && inner.length === 1) return { outer: 1, inner: 1 };
  if (outer.length === 1)
    return { outer: inner.stride === 1 ? inner.length : 1, inner: inner.stride };
  if (inner.length === 1)
    return { outer: outer.stride, inner: outer.stride === 1 ? outer.length : 1 };
  return { outer: outer.stride, inner: inner.stride };
}

interface Run {
  readonly length: number;
  readonly stride: number;
}

/** Several axes as one, if one stride walks over all of them. */
function mergeAxes(axes: readonly Run[]): Run | undefined {
  let merged: Run = { length: 1, stride: 0 };
  for (const axis of axes) {
    if (axis.length === 1) continue;
    if (merged.length > 1 && merged.stride !== axis.stride * axis.length) return undefined;
    merged = { length: merged.length * axis.length, stride: axis.stride };
  }
  return merged;
}

interface Reading {
  readonly base: Tensor;
  readonly offset: number;
  readonly strides: readonly number[];
}

function whole(x: Tensor): Reading {
  return { base: x, offset: 0, strides: stridesOf(x.shape) };
}

/** Where the elements of `x` lie in the tensor under its views; `stop` holds for tensors that are not looked behind. */
function lookThrough(x: Tensor, stop: (x: Tensor) => boolean): Reading {
  let base = x;
  let coordinates: ViewCoordinate[] = x.shape.map((_, axis) => ({
    offset: 0,
    terms: [{ axis, scale: 1 }],
  }));
  while (!stop(base)) {
    const inner = innerCoordinates(base);
    if (inner === undefined) break;
    coordinates = composeCoordinates(coordinates, inner);
    base = base.inputs[0];
  }
  const steps = stridesOf(base.shape);
  const strides = x.shape.map(() => 0);
  let offset = 0;
  coordinates.forEach((coordinate, axis) => {
    offset += steps[axis] * coordinate.offset;
    for (const t of coordinate.terms) strides[t.axis] += steps[axis] * t.scale;
  });
  return { base, offset, strides };
}

function innerCoordinates(x: Tensor): readonly ViewCoordinate[] | undefined {
  const view = viewOf(x);
  if (view !== undefined) return view.fill === undefined ? view.coordinates : undefined;
  const [input] = x.inputs;
  const thin = x.definition.body.kind === "reshape" && differByOnes(input.shape, x.shape);
  return thin ? reshapeCoordinates(input.shape, x.shape) : undefined;
}
