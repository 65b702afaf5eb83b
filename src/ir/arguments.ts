// Checks of arguments that every layer above the graph makes: what is a tensor, and what are options.

import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import { checkOptionNames, noOptions } from "../core/option-names.ts";
import { Tensor } from "./tensor.ts";

/** Checks that an argument is a tensor. */
export function checkTensor(op: string, name: string, x: unknown): asserts x is Tensor {
  if (x instanceof Tensor) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `${name} must be a tensor; received ${showValue(x)}`,
    fix: "Wrap arrays with tensor([...]).",
  });
}

/** Checks that options are an object, and, where its names are `known`, that it has no others. */
export function checkOptions(
  op: string,
  options: unknown,
  known?: Readonly<Record<string, true>>,
): asserts options is object {
  const given = typeof options === "object" && options !== null;
  if (given && !Array.isArray(options) && !(options instanceof Tensor)) {
    if (known !== undefined) checkOptionNames(op, options, known);
    return;
  }
  throw noOptions(op, options, known === undefined ? undefined : Object.keys(known)[0]);
}

/** Checks that an argument is a list of tensors. */
export function checkTensors(op: string, xs: unknown): asserts xs is readonly Tensor[] {
  if (!Array.isArray(xs)) {
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op,
      problem: `takes a list of tensors; received ${showValue(xs)}`,
      fix: `Pass them as ${op}([a, b]).`,
    });
  }
  for (const [k, x] of xs.entries()) checkTensor(op, `entry ${k}`, x);
}
