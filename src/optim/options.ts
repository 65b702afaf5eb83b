// Checks of the numbers that optimizers, schedules and clipping take.

import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";

/** The error of an option outside its range. */
export function badOption(op: string, name: string, value: unknown, range: string): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `${name} must be a number ${range}; received ${showValue(value)}`,
    fix: `Pass a ${name} ${range}.`,
    detail: { [name]: value },
  });
}

/** Numbers by the names of their options. */
export type NamedNumbers = Readonly<Record<string, number>>;

/** Checks that decay rates lie in [0, 1). */
export function checkBetas(op: string, betas: NamedNumbers): void {
  check(op, betas, (beta) => beta >= 0 && beta < 1, "from 0 to below 1");
}

/** Checks that numbers are shares, from 0 to 1. */
export function checkShares(op: string, shares: NamedNumbers): void {
  check(op, shares, (share) => share >= 0 && share <= 1, "from 0 to 1");
}

/** Checks that numbers are finite and not negative. */
export function checkAtLeastZero(op: string, numbers: NamedNumbers): void {
  check(op, numbers, (x) => x >= 0 && x < Number.POSITIVE_INFINITY, "≥ 0");
}

/** Checks that numbers are finite and positive. */
export function checkPositive(op: string, numbers: NamedNumbers): void {
  check(op, numbers, (x) => x > 0 && x < Number.POSITIVE_INFINITY, "> 0");
}

/** Checks that counts are whole numbers, at least `least`. */
export function checkCounts(op: string, counts: NamedNumbers, least = 1): void {
  const range = `that is whole and ≥ ${least}`;
  check(op, counts, (count) => Number.isInteger(count) && count >= least, range);
}

function check(
  op: string,
  numbers: NamedNumbers,
  fits: (x: number) => boolean,
  range: string,
): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (!fits(value)) throw badOption(op, name, value, range);
  }
}
