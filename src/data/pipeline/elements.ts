// Putting elements of one type into an array of another without losing what they are: what is missing, or is no whole number,
// must not quietly become class 0.

import type { HostArray } from "../../core/dtype.ts";
import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";

/**
 * Copies elements into `out` from `start` on; `bool` is `x ≠ 0`. Errors: `BAD_ARGUMENT` for what is no number, for fractions,
 * NaN and numbers beyond int32 where `out` holds int32, and for NaN where it holds bool.
 */
export function putElements(
  out: HostArray,
  data: HostArray | readonly number[],
  start: number,
  field: string,
): void {
  const isTyped = ArrayBuffer.isView(data);
  const isSafe = isTyped && (data.constructor === out.constructor || isFloatArray(out));
  if (!isSafe) checkElements(out, data, field);
  if (!(out instanceof Uint8Array)) out.set(data, start);
  else for (let k = 0; k < data.length; k++) out[start + k] = data[k] !== 0 ? 1 : 0;
}

function isFloatArray(array: HostArray): boolean {
  return array instanceof Float32Array || array instanceof Float64Array;
}

function checkElements(out: HostArray, data: ArrayLike<unknown>, field: string): void {
  const fits = isFloatArray(out) ? isNumber : out instanceof Int32Array ? isInt32 : isKnown;
  for (let k = 0; k < data.length; k++) if (!fits(data[k])) throw unfit(out, data[k], k, field);
}

const isNumber = (x: unknown): boolean => typeof x === "number" || typeof x === "boolean";
const isInt32 = (x: unknown): boolean => isNumber(x) && (Number(x) | 0) === Number(x);
const isKnown = (x: unknown): boolean => isNumber(x) && !Number.isNaN(x);

function unfit(out: HostArray, value: unknown, index: number, field: string): ChainruleError {
  const isOther = !isNumber(value);
  const dtype = out instanceof Int32Array ? "int32" : "bool";
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "data",
    problem:
      `element ${index} of field "${field}" is ${showValue(value)}` +
      (isOther ? ", which is no number" : `, which ${dtype} cannot hold`),
    fix: isOther
      ? "Pass numbers, records of several numbers one after the other; encode text as numbers first."
      : "Fill in or leave out what is missing, round numbers yourself, or give the field another element type.",
    detail: { field, index, value },
  });
}
