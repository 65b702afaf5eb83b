// Contractions as matrix products: which axes are batch, rows, columns and depth, and with which strides operands are
// read and the result is written where they lie. Looking through views (transposes, slices, flips, broadcasts, windows)
// spares their copies.

import { stridesOf } from "../../core/shape.ts";
import type { ContractAxes, OpBody, ViewCoordinate } from "../../ir/op.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { contractAxes } from "../gemm-tiles.ts";
import { composeCoordinates, innerCoordinates, viewOf } from "./view.ts";

/** An axis of a contraction: its length and its stride, in elements, in each matrix. */
export interface Axis {
  readonly size: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** The groups of axes, each outermost first; neighbours that every matrix walks as one axis are one. */
export interface AxisGroups {
  readonly batch: readonly Axis[];
  readonly row: readonly Axis[];
  readonly column: readonly Axis[];
  readonly inner: readonly Axis[];
}

/** Where an operand is read: in the storage of `base`, from an element on. */
export interface Operand {
  readonly base: Tensor;
  readonly offset: number;
}

/** A contraction as it is computed: rows are those of a, columns those of b. */
export interface Contraction {
  readonly operands: readonly [Operand, Operand];
  readonly axes: AxisGroups;
}

/** Sizes of a contraction as `batch` products of m × k by k × n matrices. */
export interface ProductSizes {
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

interface OperandAxes {
  readonly batch: readonly number[];
  readonly outer: readonly number[];
  readonly inner: readonly number[];
}

const groups = new WeakMap<Tensor, readonly [OperandAxes, OperandAxes]>();

/** The axis groups of both operands of a contraction. */
export function groupsOf(tensor: Tensor): readonly [OperandAxes, OperandAxes] {
  const known = groups.get(tensor) ?? findGroups(tensor);
  groups.set(tensor, known);
  return known;
}

function findGroups(tensor: Tensor): readonly [OperandAxes, OperandAxes] {
  const { axes } = tensor.definition.body as OpBody & { kind: "contract" };
  const pairs = axes(tensor.attributes);
  return [groupAxes(tensor.inputs[0], pairs, 0), groupAxes(tensor.inputs[1], pairs, 1)];
}

function groupAxes(x: Tensor, { batch, contract }: ContractAxes, side: 0 | 1): OperandAxes {
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

/** For each axis of the input of a permutation, the axis of its output; undefined for any other tensor. */
export function permutedOutput(t: Tensor): readonly number[] | undefined {
  const view = viewOf(t);
  if (view === undefined || view.fill !== undefined || t.size !== t.inputs[0].size)
    return undefined;
  const plain = view.coordinates.every(
    ({ offset, terms }, axis) =>
      offset === 0 &&
      (terms.length === 1
        ? terms[0].scale === 1 && t.shape[terms[0].axis] === t.inputs[0].shape[axis]
        : terms.length === 0 && t.inputs[0].shape[axis] === 1),
  );
  return plain ? view.coordinates.map(({ terms }) => terms[0]?.axis ?? -1) : undefined;
}

/** How a contraction is computed: its operands read through their views if that leaves few enough axes. */
export function planContraction(product: Tensor, opaque: ReadonlySet<Tensor>): Contraction {
  const steps = stridesOf(product.shape);
  return (
    contractionInto(product, product, opaque) ?? arrange(product, product.inputs.map(whole), steps)
  );
}

/** How `product` is computed into the storage of `target`, itself or a permutation of it; undefined with too many axes. */
export function contractionInto(
  target: Tensor,
  product: Tensor,
  opaque: ReadonlySet<Tensor>,
): Contraction | undefined {
  const steps = stridesOf(target.shape);
  const places = target === product ? product.shape.map((_, k) => k) : permutedOutput(target)!;
  const strides = places.map((axis) => (axis < 0 ? 0 : steps[axis]));
  const readings = product.inputs.map((x) => lookThrough(x, (t) => opaque.has(t)));
  const found = arrange(product, readings, strides);
  return fits(found) ? found : undefined;
}

function fits({ axes }: Contraction): boolean {
  return Object.values(axes).every((group) => group.length <= contractAxes);
}

/** Puts the axes into groups, by which matrices they have strides in, and joins those that walk as one. */
function arrange(
  product: Tensor,
  readings: readonly Reading[],
  outputStrides: readonly number[],
): Contraction {
  const [ofA, ofB] = groupsOf(product);
  const [x, y] = product.inputs;
  const [a, b] = readings;
  const batch: Axis[] = [];
  const row: Axis[] = [];
  const column: Axis[] = [];
  let next = 0;
  for (const [k, axis] of ofA.batch.entries()) {
    const strides = { a: a.strides[axis], b: b.strides[ofB.batch[k]], c: outputStrides[next++] };
    // A batch in which one operand repeats is more rows, or columns, of the other.
    const group = strides.b === 0 ? row : strides.a === 0 ? column : batch;
    group.push({ size: x.shape[axis], ...strides });
  }
  for (const axis of ofA.outer)
    row.push({ size: x.shape[axis], a: a.strides[axis], b: 0, c: outputStrides[next++] });
  for (const axis of ofB.outer)
    column.push({ size: y.shape[axis], a: 0, b: b.strides[axis], c: outputStrides[next++] });
  const inner = ofA.inner.map((axis, k) => ({
    ...{ size: x.shape[axis], a: a.strides[axis], b: b.strides[ofB.inner[k]], c: 0 },
  }));
  const axes = {
    batch: joined(batch, (axis) => axis.c),
    row: joined(row, (axis) => axis.c),
    column: joined(column, (axis) => axis.c),
    inner: joined(inner, (axis) => Math.abs(axis.a) + Math.abs(axis.b)),
  };
  return oriented({ operands: [place(a), place(b)], axes });
}

const place = ({ base, offset }: Reading): Operand => ({ base, offset });

/** Axes longer than 1, the largest `key` first, neighbours joined where every matrix has one stride for both. */
function joined(axes: readonly Axis[], key: (axis: Axis) => number): Axis[] {
  const sorted = axes.filter(({ size }) => size > 1).sort((p, q) => key(q) - key(p));
  const result: Axis[] = [];
  for (const axis of sorted) {
    const outer = result.at(-1);
    const joins =
      outer !== undefined &&
      (["a", "b", "c"] as const).every((matrix) => outer[matrix] === axis[matrix] * axis.size);
    if (joins) result.pop();
    result.push(joins ? { ...axis, size: outer.size * axis.size } : axis);
  }
  return result;
}

/**
 * The contraction, or the same with its operands exchanged: kernels store columns, so these should be adjacent in the
 * result, unless the depth is great and the other way fills registers better.
 */
function oriented(contraction: Contraction): Contraction {
  const { row, column, inner } = contraction.axes;
  const [m, n, k] = [row, column, inner].map(sizeOf);
  if (k >= deep && m > 1 && n > 1) {
    const [here, there] = [unitsOf(m, n), unitsOf(n, m)];
    if (Math.max(here, there) > worthwhile * Math.min(here, there))
      return here < there ? contraction : exchanged(contraction);
  }
  const turn = column.at(-1)?.c !== 1 && row.at(-1)?.c === 1;
  return turn ? exchanged(contraction) : contraction;
}

/** Depth from which a result of scattered elements does not count, and the gain for which it is taken. */
const deep = 128;
const worthwhile = 1.2;

/** Time of m × n elements in tiles of three rows of vectors: a tile of fewer rows takes almost as long. */
function unitsOf(m: number, n: number): number {
  return (m - (m % 3) + (m % 3 === 0 ? 0 : 2.7)) * 4 * Math.ceil(n / 4);
}

/** The number of elements of a group. */
export function sizeOf(axes: readonly Axis[]): number {
  return axes.reduce((product, { size }) => product * size, 1);
}

function exchanged({ operands, axes }: Contraction): Contraction {
  const { batch, row, column, inner } = axes;
  const turned = (group: readonly Axis[]): Axis[] =>
    group.map(({ size, a, b, c }) => ({ size, a: b, b: a, c }));
  return {
    operands: [operands[1], operands[0]],
    axes: { batch: turned(batch), row: turned(column), column: turned(row), inner: turned(inner) },
  };
}

interface Reading extends Operand {
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
