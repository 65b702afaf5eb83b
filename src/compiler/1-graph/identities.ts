// Identities of scalar functions, by function name: what an application equals without computing it. Only identities
// that hold for every value of the type are here: x · 0 is not 0 for a float, which may be infinite or NaN.

import { isFloat } from "../../core/dtype.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { numberOf } from "./literal.ts";
import { filled, multiply } from "./make.ts";

type Identity = (
  inputs: readonly Tensor[],
  numbers: readonly (number | undefined)[],
) => Tensor | undefined;

/** Rows by the name of the scalar function; undefined means that no identity holds. */
export const identities: Readonly<Record<string, Identity>> = {
  add: ([a, b], [x, y]) => (y === 0 ? a : x === 0 ? b : undefined),
  sub: ([a], [, y]) => (y === 0 ? a : undefined),
  mul: ([a, b], [x, y]) => {
    if (y === 1) return a;
    if (x === 1) return b;
    return (x === 0 || y === 0) && !isFloat(a.dtype) ? filled(0, a.dtype, a.shape) : undefined;
  },
  div: ([a], [, y]) => {
    if (y === 1) return a;
    // The inverse of a power of two is exact, so the product is the quotient.
    if (y === undefined || !isInvertiblePower(y)) return undefined;
    return multiply(a, filled(1 / y, a.dtype, a.shape));
  },
  pow: ([a], [, y]) => (y === 1 ? a : y === 2 ? multiply(a, a) : undefined),
  neg: ([a]) => undone(a, "neg"),
  logicalNot: ([a]) => (a.dtype === "bool" ? undone(a, "logicalNot") : undefined),
  logicalAnd: ([a, b], [x, y]) => (y === 1 ? a : x === 1 ? b : undefined),
  logicalOr: ([a, b], [x, y]) => (y === 0 ? a : x === 0 ? b : undefined),
  select: ([, a, b], [condition]) => {
    if (condition !== undefined) return condition !== 0 ? a : b;
    return a === b ? a : undefined;
  },
};

/** `x` where `a` is `fn(x)`. */
function undone(a: Tensor, fn: string): Tensor | undefined {
  const { body } = a.definition;
  return body.kind === "scalar" && body.fn === fn ? a.inputs[0] : undefined;
}

function isInvertiblePower(y: number): boolean {
  const exponent = Math.log2(Math.abs(y));
  return Number.isInteger(exponent) && Math.abs(exponent) < 100;
}

/** The numbers of those inputs that are known. */
export function numbersOf(inputs: readonly Tensor[]): (number | undefined)[] {
  return inputs.map(numberOf);
}
