// Masks whose number of true elements gives a shape. The graph has static shapes, so such a mask is read when the op is
// called: outside compiled functions, on targets that run on the CPU.

import { ChainruleError } from "../../core/errors.ts";
import { showShape, stridesOf } from "../../core/shape.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { currentTrace } from "../../ir/trace.ts";
import { take } from "../gather.ts";
import { constant } from "../leaf.ts";
import { broadcastAll } from "../operand.ts";
import { cumSum } from "./cumulative.ts";

/** Elements where the mask holds, in row-major order, as a vector; reads the mask. Shape: `[2, 3], [3] → [n]`. */
export function maskedSelect(x: Tensor, mask: Tensor): Tensor {
  const [wide, from] = broadcastAll("maskedSelect", [mask.cast("bool"), x]);
  return take(from.reshape([from.size]), trueElements("maskedSelect", wide, mask));
}

/** Coordinates of the elements that are not 0, a row each, as int32; reads the tensor. Shape: `[2, 3] → [n, 2]`. */
export function nonzero(x: Tensor): Tensor {
  const places = trueElements("nonzero", x.cast("bool"), x).value!;
  const strides = stridesOf(x.shape);
  const rows = Array.from(places).flatMap((place) => coordinates(place, x.shape, strides));
  return constant(Int32Array.from(rows), [places.length, x.rank]);
}

/** As `nonzero`, one vector per axis. */
export function nonzeroColumns(op: string, mask: Tensor): Tensor[] {
  const places = trueElements(op, mask, mask).value!;
  const strides = stridesOf(mask.shape);
  return mask.shape.map((length, axis) => {
    const column = Array.from(places, (place) => Math.floor(place / strides[axis]) % length);
    return constant(Int32Array.from(column), [column.length]);
  });
}

/**
 * `x` with the elements of `source`, in order, where the mask holds: the first for the first true element and so on. Nothing
 * is read; places beyond the end of the source become NaN (0 in whole numbers). Shape: that of `x`.
 */
export function maskedScatter(x: Tensor, mask: Tensor, source: Tensor): Tensor {
  const wide = mask.cast("bool").broadcastTo(x.shape);
  const order = cumSum(wide.reshape([x.size]), 0)
    .sub(1)
    .reshape(x.shape);
  return wide.where(take(source.cast(x.dtype).reshape([source.size]), order), x);
}

function coordinates(
  place: number,
  shape: readonly number[],
  strides: readonly number[],
): number[] {
  return shape.map((length, axis) => Math.floor(place / strides[axis]) % length);
}

/** Numbers of the true elements; `given` is what the user passed. */
function trueElements(op: string, mask: Tensor, given: Tensor): Tensor {
  checkReadable(op, given);
  const values = mask.dataSync();
  const places = Int32Array.from(values.keys()).filter((k) => values[k] !== 0);
  return constant(places, [places.length]);
}

/** Refuses to read a tensor whose values a compiled function does not know. */
export function checkReadable(op: string, x: Tensor): void {
  if (currentTrace() === undefined || x.node.value !== null) return;
  throw new ChainruleError({
    code: "VALUE_IN_TRACE",
    op,
    problem: `the shape of the result depends on the values of ${x.dtype}${showShape(x.shape)}, which a compiled function does not know`,
    fix: "Keep the shape and choose by mask.where(x, 0), maskedFill or weights of 0 and 1, or call it outside compile.",
    detail: { shape: x.shape },
  });
}
