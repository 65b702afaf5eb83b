// The errors of a preprocessor about one column: always which column, which record where it is one, and what to do.

import { ChainruleError } from "../../core/errors.ts";
import type { TableColumn } from "./column.ts";
import type { FittedCategory } from "./fit-column.ts";

/** The error of a preprocessor. */
export function bad(problem: string, fix: string, detail: Record<string, unknown>): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "TablePreprocessor",
    problem,
    fix,
    detail,
  });
}

/** Text is no input. */
export function isText(name: string): ChainruleError {
  return bad(
    `column ${JSON.stringify(name)} is text`,
    "Leave it out of `inputs`, cut it into words for a model of text, or read it as a category by `kinds`.",
    { column: name },
  );
}

/** Values are missing in the training records, and no rule says what is to be done. */
export function lacks({ name, values }: TableColumn, present: number): ChainruleError {
  const missing = values.length - present;
  return bad(
    `column ${JSON.stringify(name)} lacks ${missing} of ${values.length} values`,
    'Say what is to be done by `missing`, for instance "median" or "mostFrequent", or leave these records out by table.dropMissing().',
    { column: name, missing, records: values.length },
  );
}

/** There is nothing to measure. */
export function allMissing(name: string): ChainruleError {
  return bad(
    `column ${JSON.stringify(name)} has no values to measure`,
    "Leave it out of `inputs`.",
    { column: name },
  );
}

/** Numbers have no category for missing ones. */
export function noCategory(name: string): ChainruleError {
  return bad(
    `column ${JSON.stringify(name)} holds numbers, so missing ones are no category`,
    'Use "mean", "median" or a number, with `indicator: true` to keep which were missing.',
    { column: name },
  );
}

/** Categories have no mean. */
export function noNumber(name: string, missing: unknown): ChainruleError {
  return bad(
    `column ${JSON.stringify(name)} holds categories, for which there is no ${JSON.stringify(missing)}`,
    'Use "mostFrequent", "category" or "error" instead.',
    { column: name, missing },
  );
}

/** A value is missing that never was in training. */
export function isAbsent(name: string, record: number): ChainruleError {
  return bad(
    `column ${JSON.stringify(name)}, record ${record}: the value is missing, and training had none missing`,
    "Leave the record out, or fit with a rule for `missing`.",
    { column: name, record },
  );
}

/** A category that training had not. */
export function isUnseen(
  { name, categories }: FittedCategory,
  value: string,
  record: number,
): ChainruleError {
  const known = categories.slice(0, 8).join(", ") + (categories.length > 8 ? ", …" : "");
  return bad(
    `column ${JSON.stringify(name)}, record ${record}: ${JSON.stringify(value)} was not among the training records, which have ${known}`,
    'Mend the value, or fit with `unseen: "unknown"` instead.',
    { column: name, record, value },
  );
}

/** Text where training had numbers. */
export function isNoNumber({ name, kind }: TableColumn): ChainruleError {
  return bad(
    `column ${JSON.stringify(name)} is ${kind}, and held numbers in the training records`,
    "Read it as a number by `kinds`.",
    { column: name, kind },
  );
}
