// Views as data: composition, identity, and whether a reshape only inserts or removes axes of length 1.

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

/** Whether two shapes differ only by axes of length 1. */
export function differByOnes(a: Shape, b: Shape): boolean {
  const long = b.filter((n) => n !== 1);
  let k = 0;
  for (const n of a) if (n !== 1 && n !== long[k++]) return false;
  return k === long.length;
}

/** Coordinates of the input of a reshape for which `differByOnes` holds. */
export function reshapeCoordinates(input: Shape, output: Shape): ViewCoordinate[] {
  const long = output.flatMap((n, axis) => (n === 1 ? [] : [axis]));
  let k = 0;
  return input.map((n) =>
    n === 1 ? { offset: 0, terms: [] } : { offset: 0, terms: [{ axis: long[k++], scale: 1 }] },
  );
}
