// The forms that people have numbers in, nested arrays and tensors, as the flat elements that data sets keep.

import type { HostArray } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import type { HostTensor } from "../core/host.ts";
import type { Shape } from "../core/shape.ts";

/** Numbers in arrays of arrays, all of one depth and length: `[[0, 1], [1, 0]]`; the innermost may be typed. */
export type NestedArrays = readonly (number | HostArray | NestedArrays)[];

/** A tensor, as far as data have to know it. */
export interface TensorLike extends Pick<HostTensor, "dtype" | "shape"> {
  dataSync(): HostTensor["data"];
}

/** The elements of nested arrays, row by row, and their shape. Errors: `BAD_ARGUMENT` where rows differ in length or depth. */
export function flatNumbers(
  op: string,
  field: string,
  values: NestedArrays,
): { readonly shape: Shape; readonly data: readonly number[] } {
  const shape: number[] = [];
  for (let part: unknown = values; isList(part); part = part[0]) shape.push(part.length);
  if (shape.length === 1) return { shape, data: values as readonly number[] };
  const data: number[] = [];
  const put = (part: unknown, depth: number): void => {
    const fits = isList(part) ? part.length === shape[depth] : depth === shape.length;
    if (!fits) throw ragged(op, field, shape, part, depth);
    if (!isList(part)) data.push(part as number);
    else for (let k = 0; k < part.length; k++) put(part[k], depth + 1);
  };
  put(values, 0);
  return { shape, data };
}

function isList(part: unknown): part is ArrayLike<unknown> {
  return Array.isArray(part) || ArrayBuffer.isView(part);
}

/** Whether a value is a tensor, and not only its elements with their type and shape. */
export function isTensorLike(value: unknown): value is TensorLike {
  const { dtype, shape, dataSync } = Object(value) as Partial<TensorLike>;
  return typeof dataSync === "function" && dtype !== undefined && shape !== undefined;
}

/** The values of a tensor, if it is one. */
export function fetchedTensor(value: unknown): HostTensor | undefined {
  if (!isTensorLike(value)) return undefined;
  const { dtype, shape } = value;
  return { dtype, shape, data: value.dataSync() };
}

function ragged(
  op: string,
  field: string,
  shape: Shape,
  part: unknown,
  depth: number,
): ChainruleError {
  const needed =
    depth < shape.length ? `a list of ${shape[depth]} is needed` : "a number is needed";
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `field "${field}" has ${showValue(part)} where ${needed}, as in its first row`,
    fix: "Give all rows one length: fill shorter ones up, or pass sequences through padBatch or bucket of a pipeline.",
    detail: { field, shape },
  });
}
