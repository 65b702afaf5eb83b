// What all losses share: how values per element become one number, and the check that operands fit.

import { isFloat } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import type { OptionNames } from "../core/option-names.ts";
import { sameShape, showShape } from "../core/shape.ts";
import { checkOptions, checkTensor } from "../ir/arguments.ts";
import { currentRegion, describeRegion, inRegion } from "../ir/region.ts";
import type { Tensor } from "../ir/tensor.ts";

/** How a loss combines its values: their mean, their sum, or not at all. */
export type Reduction = "mean" | "sum" | "none";

/** Option that every loss takes. */
export interface LossOptions {
  /** Default mean. */
  readonly reduction?: Reduction;
}

/** Names of these options. */
export const lossNames: OptionNames<LossOptions> = { reduction: true };

/** Combines the values of a loss. */
export function reduce(values: Tensor, reduction: Reduction = "mean"): Tensor {
  const combine: Record<Reduction, () => Tensor> = {
    mean: () => values.mean(),
    sum: () => values.sum(),
    none: () => values,
  };
  return (combine[reduction] ?? badReduction(reduction))();
}

/** Records a loss under its name. */
export function lossRegion(
  name: string,
  options: object,
  known: Readonly<Record<string, true>>,
  body: () => Tensor,
): Tensor {
  checkOptions(name, options, known);
  return inRegion({}, name, body);
}

/** Checks that operands are floats of one shape and type: broadcasting here is nearly always a mistake. */
export function checkAlike(loss: string, operands: Readonly<Record<string, Tensor>>): void {
  const entries = Object.entries(operands);
  const [[, first]] = entries;
  for (const [name, x] of entries) {
    checkTensor(loss, name, x);
    if (!isFloat(x.dtype)) throw notFloat(loss, name, x);
    if (x.dtype !== first.dtype) throw differentTypes(loss, entries);
    if (!sameShape(x.shape, first.shape)) throw differentShapes(loss, entries);
  }
}

type Operands = readonly (readonly [string, Tensor])[];

function notFloat(loss: string, name: string, x: Tensor): ChainruleError {
  return lossError("DTYPE_MISMATCH", loss, {
    problem: `${name} must be float; received ${x.dtype}${showShape(x.shape)}`,
    fix: `Convert it with .cast("float32").`,
    detail: { operand: name, dtype: x.dtype },
  });
}

function differentTypes(loss: string, operands: Operands): ChainruleError {
  return lossError("DTYPE_MISMATCH", loss, {
    problem: `operands differ in type: ${describe(operands)}`,
    fix: "Convert one with .cast().",
    detail: Object.fromEntries(operands.map(([name, x]) => [name, x.dtype])),
  });
}

function differentShapes(loss: string, operands: Operands): ChainruleError {
  return lossError("SHAPE_MISMATCH", loss, {
    problem: `operands differ in shape: ${describe(operands)}`,
    fix: "Reshape one: broadcasting [n, 1] against [n] would compare every element with every other.",
    detail: Object.fromEntries(operands.map(([name, x]) => [name, x.shape])),
  });
}

function describe(operands: Operands): string {
  return operands.map(([name, x]) => `${name} ${x.dtype}${showShape(x.shape)}`).join(", ");
}

/** An error of a loss, with the layer it was called in, if any. */
export function lossError(
  code: "SHAPE_MISMATCH" | "DTYPE_MISMATCH" | "BAD_ARGUMENT",
  op: string,
  facts: {
    readonly problem: string;
    readonly fix: string;
    readonly detail?: Record<string, unknown>;
  },
): ChainruleError {
  return new ChainruleError({ code, op, ...facts, path: describeRegion(currentRegion()) });
}

function badReduction(reduction: string): never {
  throw lossError("BAD_ARGUMENT", "loss", {
    problem: `no reduction is named ${JSON.stringify(reduction)}`,
    fix: 'Use "mean", "sum" or "none".',
  });
}
