// Shape arithmetic: sizes, strides, broadcasting, axis normalisation. Shapes are plain readonly arrays.

import { ChainruleError } from "./errors.ts";
import { notTensor, showValue } from "./explain.ts";

/** Sizes of the axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/** Number of elements: the product of the sizes. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/** Text form, `[2, 3]`. */
export function showShape(shape: Shape): string {
  if (!Array.isArray(shape)) throw notTensor();
  return `[${shape.join(", ")}]`;
}

/** Checks that sizes or axes are one list; other libraries take them one by one, `reshape(3, 2)`. */
export function checkList(op: string, name: "sizes" | "axes", value: unknown): void {
  if (Array.isArray(value)) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `takes its ${name} as one list; received ${showValue(value)}`,
    fix: `Write ${op}([${name === "sizes" ? "3, 2" : "1, 0"}]).`,
    detail: { [name]: value },
  });
}

/** Checks that every size is a whole number ≥ 0. */
export function checkShape(op: string, shape: Shape): void {
  if (Array.isArray(shape) && shape.every((length) => Number.isInteger(length) && length >= 0))
    return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `a shape holds whole numbers ≥ 0; received ${Array.isArray(shape) ? showShape(shape) : String(shape)}`,
    fix: "Pass sizes such as [2, 3].",
    detail: { shape },
  });
}

/** Checks that an argument is a whole number ≥ `least`, or a list of them. */
export function checkWhole(
  op: string,
  name: string,
  value: number | readonly number[],
  least: number = Number.NEGATIVE_INFINITY,
): void {
  if ([value].flat().every((n) => Number.isInteger(n) && n >= least)) return;
  const bound = least === Number.NEGATIVE_INFINITY ? "" : ` ≥ ${least}`;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `${name} must be ${typeof value === "number" ? `a whole number${bound}` : `whole numbers${bound}`}; received ${Array.isArray(value) ? showShape(value) : value}`,
    fix: "It counts elements or places.",
    detail: { [name]: value },
  });
}

/** Turns a possibly negative axis into 0 … rank−1. */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  const result = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(axis) && result >= 0 && result < rank) return result;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem:
      typeof axis === "number"
        ? `axis ${axis} does not exist in a tensor of rank ${rank}`
        : `the axis is a number here; received ${showValue(axis)}`,
    fix: rank === 0 ? "A scalar has no axes." : `Use an axis from ${-rank} to ${rank - 1}.`,
    detail: { axis, rank },
  });
}

/** Turns one axis, a list, or `undefined` (all axes) into a sorted list without duplicates. */
export function normalizeAxes(
  op: string,
  axes: number | readonly number[] | null | undefined,
  rank: number,
): number[] {
  if (axes === undefined || axes === null) return Array.from({ length: rank }, (_, axis) => axis);
  const list = (typeof axes === "number" ? [axes] : axes).map((a) => normalizeAxis(op, a, rank));
  const unique = [...new Set(list)].sort((a, b) => a - b);
  if (unique.length === list.length) return unique;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `axes name one axis twice: ${showShape(list)}`,
    fix: "Name each axis once.",
    detail: { axes: list },
  });
}

/** Returns the common shape of operands as in NumPy: aligned at the right, a length of 1 stretches. */
export function broadcastShapes(op: string, ...shapes: Shape[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (let k = 0; k < shape.length; k++) {
      const axis = rank - shape.length + k;
      if (shape[k] === result[axis] || shape[k] === 1) continue;
      if (result[axis] !== 1) throw notBroadcastable(op, shapes);
      result[axis] = shape[k];
    }
  }
  return result;
}

function notBroadcastable(op: string, shapes: readonly Shape[]): ChainruleError {
  return new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `shapes do not broadcast together: ${shapes.map(showShape).join(" and ")}`,
    fix: "Aligned at the right, lengths must be equal or 1; reshape or unsqueeze one operand.",
    detail: { shapes },
  });
}
