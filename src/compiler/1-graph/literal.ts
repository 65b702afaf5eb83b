// Numbers known while compiling: recognising them, and computing with them exactly as a target would round.

import type { DType } from "../../core/dtype.ts";
import { scalarFunction } from "../../ir/scalar.ts";
import type { Tensor } from "../../ir/tensor.ts";

/** The number that every element of a tensor is, if it is a literal or a view of one. */
export function numberOf(tensor: Tensor): number | undefined {
  const { body } = tensor.definition;
  if (body.kind === "literal") return rounded(Number(tensor.attributes.value), tensor.dtype);
  if (body.kind !== "view" || tensor.inputs[0].definition.body.kind !== "literal") return undefined;
  if (body.view(tensor.inputs[0], tensor, tensor.attributes).fill !== undefined) return undefined;
  return numberOf(tensor.inputs[0]);
}

/** Rounds to what an element of `dtype` can hold; undefined where targets may differ. */
export function rounded(value: number, dtype: DType): number | undefined {
  if (dtype === "float64") return value;
  if (dtype === "float32") return Math.fround(value);
  if (dtype === "bool") return value !== 0 ? 1 : 0;
  return Number.isSafeInteger(value) ? value | 0 : undefined;
}

/** Converts a number between types, truncating to int32; undefined outside the range of int32. */
export function converted(value: number, dtype: DType): number | undefined {
  if (dtype !== "int32") return rounded(value, dtype);
  const whole = Math.trunc(value);
  return whole >= -(2 ** 31) && whole < 2 ** 31 ? whole + 0 : undefined;
}

/** A scalar function of numbers, rounded to the type of the result. */
export function applied(fn: string, values: readonly number[], dtype: DType): number | undefined {
  const [a, b, c] = values;
  const { js, jsInt32 } = scalarFunction(fn);
  return rounded((dtype === "int32" && jsInt32 ? jsInt32 : js)(a, b, c), dtype);
}
