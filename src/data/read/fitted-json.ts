// The JSON of a preprocessor, checked when it is read: it comes from a file that anyone may have changed.

import { ChainruleError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import { columnKinds } from "./column.ts";
import type { FittedColumn } from "./fit-column.ts";

/** Fitted columns of inputs and targets. */
export interface FittedTable {
  readonly inputs: readonly FittedColumn[];
  readonly targets: readonly FittedColumn[];
}

type Check = (value: unknown) => boolean;

const isBoolean: Check = (value) => typeof value === "boolean";
const isNumber: Check = (value) => Number.isFinite(value);
const isText: Check = (value) => typeof value === "string";
const isOneOf =
  (...choices: readonly unknown[]): Check =>
  (value) =>
    choices.includes(value);
const isOr =
  (other: unknown, check: Check): Check =>
  (value) =>
    value === other || check(value);

const shared = { name: isText, kind: isOneOf(...columnKinds), indicator: isBoolean };
const numberFields: Readonly<Record<string, Check>> = {
  ...shared,
  log: isBoolean,
  fill: isOr(null, isNumber),
  keep: isBoolean,
  centre: isNumber,
  spread: (value) => Number.isFinite(value) && value !== 0,
};
const categoryFields: Readonly<Record<string, Check>> = {
  ...shared,
  categories: (value) => Array.isArray(value) && value.every(isText),
  fill: isOr(null, isText),
  unseen: isOneOf("error", "unknown"),
};
const fieldsOf: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  number: numberFields,
  oneHot: categoryFields,
  ordinal: categoryFields,
};

/** Refuses what no preprocessor described. Errors: `BAD_FILE` with the place. */
export function checkFitted(description: Json): FittedTable {
  const record = isRecord(description) ? description : {};
  if (record.version !== 1) throw notFitted(`version is ${JSON.stringify(record.version)}, not 1`);
  for (const part of ["inputs", "targets"] as const) {
    const columns = record[part];
    if (!Array.isArray(columns)) throw notFitted(`${part} is no list`);
    for (const [k, column] of columns.entries()) checkColumn(`${part}[${k}]`, column);
  }
  return record as unknown as FittedTable;
}

function checkColumn(path: string, column: Json): void {
  const fields =
    isRecord(column) && typeof column.as === "string" && Object.hasOwn(fieldsOf, column.as)
      ? fieldsOf[column.as]
      : undefined;
  if (fields === undefined || !isRecord(column)) throw notFitted(`${path} is no fitted column`);
  for (const [name, check] of Object.entries(fields))
    if (!check(column[name])) throw notFitted(`${path}.${name} is ${JSON.stringify(column[name])}`);
}

function isRecord(value: unknown): value is Readonly<Record<string, Json>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function notFitted(problem: string): ChainruleError {
  return new ChainruleError({
    code: "BAD_FILE",
    op: "TablePreprocessor.from",
    problem: `this is no description of a preprocessor: ${problem}`,
    fix: "Pass what `describe()` gave.",
  });
}
