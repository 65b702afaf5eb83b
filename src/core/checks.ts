// Checks of arguments that every layer makes: which numbers and which choices there may be.

import { ChainruleError } from "./errors.ts";
import { showValue } from "./explain.ts";

/** Checks that numbers are finite, and at least `least` where given. */
export function checkFinite(
  op: string,
  values: Readonly<Record<string, number>>,
  least: number = Number.NEGATIVE_INFINITY,
): void {
  for (const [name, value] of Object.entries(values)) {
    if (Number.isFinite(value) && value >= least) continue;
    const bound = least === Number.NEGATIVE_INFINITY ? "" : ` ≥ ${least}`;
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op,
      problem: `${name} must be a finite number${bound}; received ${showValue(value)}`,
      fix: "Pass a number, or leave it out for its default.",
      detail: { [name]: value },
    });
  }
}

/** Checks that an option is one of those there are. */
export function checkChoice<T>(op: string, name: string, value: T, choices: readonly T[]): void {
  if (choices.includes(value)) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `there is no ${name} ${showValue(value)}`,
    fix: `Use ${choices.map(showValue).join(", ")}.`,
    detail: { [name]: value },
  });
}

/** Checks that an argument has a method, where TypeScript would say so. */
export function checkMethod(
  op: string,
  name: string,
  value: unknown,
  method: string,
  fix = `Pass an object with ${method}(…).`,
): void {
  if (
    typeof (value as Readonly<Record<string, unknown>> | null | undefined)?.[method] === "function"
  )
    return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `${name} must have a method ${method}; received ${showValue(value)}`,
    fix,
    detail: { [name]: value },
  });
}

/** Checks that an argument is a function. */
export function checkFunction(op: string, name: string, value: unknown): void {
  if (typeof value === "function") return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `${name} must be a function; received ${showValue(value)}`,
    fix: "Pass a function.",
    detail: { [name]: value },
  });
}
