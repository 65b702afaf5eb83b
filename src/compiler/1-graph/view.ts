// Views as data: composition, identity, and which reshapes are views.

import type { Shape } from "../../core/shape.ts";
import type { TensorType, View, ViewCoordinate } from "../../ir/op.ts";
import type { Tensor } from "../../ir/tensor.ts";

/** The view of a node, if its op is one. */
export function viewOf(tensor: Tensor): View | undefined {
  const { body } = tensor.definition;
  return body.kind === "view" ? body.view(tensor.inputs[0], tensor, tensor.attributes) : undefined;
}

/** Reads through `inner` at the places that `outer` gives. */
export function composeCoordinates(
  outer: readonly ViewCoordinate[],
  inner: readonly ViewCoordinate[],
): ViewCoordinate[] {
  return inner.map(({ offset, terms }) => {
    const scales = new Map<number, number>();
    let total = offset;
    for (const { axis, scale } of terms) {
      total += scale * outer[axis].offset;
      for (const t of outer[axis].terms)
        scales.set(t.axis, (scales.get(t.axis) ?? 0) + scale * t.scale);
    }
    return { offset: total, terms: Array.from(scales, ([axis, scale]) => ({ axis, scale })) };
  });
}

/** Whether coordinates name each element of `input` at its own place in `output`. */
export function isIdentity(
  coordinates: readonly ViewCoordinate[],
  input: TensorType,
  output: TensorType,
): boolean {
  if (input.shape.length !== output.shape.length) return false;
  return coordinates.every(({ offset, terms }, axis) => {
    if (offset !== 0 || input.shape[axis] !== output.shape[axis]) return false;
    if (input.shape[axis] === 1) return terms.every((t) => output.shape[t.axis] === 1);
    return terms.length === 1 && terms[0].axis === axis && terms[0].scale === 1;
  });
}

/**
 * Coordinates of the input of a reshape that only splits axes and inserts or removes axes of length 1; undefined for one
 * that joins axes, which no coordinates can say.
 */
export function reshapeCoordinates(input: Shape, output: Shape): ViewCoordinate[] | undefined {
  const long = output.flatMap((n, axis) => (n === 1 ? [] : [axis]));
  const coordinates: ViewCoordinate[] = [];
  let next = 0;
  for (const length of input) {
    const axes: number[] = [];
    let size = 1;
    while (size < length && next < long.length) {
      axes.push(long[next]);
      size *= output[long[next++]];
    }
    if (size !== length) return undefined;
    coordinates.push({ offset: 0, terms: scaled(axes, output) });
  }
  return next === long.length ? coordinates : undefined;
}

/** Terms of one coordinate that walks several axes in row-major order. */
function scaled(axes: readonly number[], shape: Shape): ViewCoordinate["terms"] {
  let scale = 1;
  const terms = axes.toReversed().map((axis) => {
    const term = { axis, scale };
    scale *= shape[axis];
    return term;
  });
  return terms.toReversed();
}

/** The affine coordinates of the input of a view or reshape, where it has some and nothing is filled in. */
export function innerCoordinates(x: Tensor): readonly ViewCoordinate[] | undefined {
  const view = viewOf(x);
  if (view !== undefined) return view.fill === undefined ? view.coordinates : undefined;
  if (x.definition.body.kind !== "reshape") return undefined;
  return reshapeCoordinates(x.inputs[0].shape, x.shape);
}
