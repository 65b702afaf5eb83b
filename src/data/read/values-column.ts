// Columns of values that have types already, as JSON, Parquet and Arrow give them: numbers stay numbers, and text is text
// even where it looks like a number.

import { ChainruleError } from "../../core/errors.ts";
import {
  type ColumnKind,
  columnOf,
  type InferOptions,
  kindOf,
  type TableColumn,
} from "./column.ts";

/** How the kind of a column is found: by the caller, or by its values. */
export interface ValueOptions extends InferOptions {
  readonly kind?: ColumnKind;
}

type Sort = "number" | "boolean" | "date" | "text";

/**
 * Makes a column of values: numbers, bigints, truth values, dates, texts, and null or undefined for what is missing. Errors:
 * `BAD_FILE` for lists and records, integers over 2⁵³, and values that are not of the kind.
 */
export function columnOfValues(
  name: string,
  values: readonly unknown[],
  options: ValueOptions = {},
): TableColumn {
  const sorts = new Set<Sort>();
  for (const [index, value] of values.entries()) {
    const sort = sortOf(value);
    if (sort === undefined) throw noValue(name, index, value);
    if (sort !== "missing") sorts.add(sort);
  }
  const [sort = "number"] = sorts;
  const { kind } = options;
  if (sorts.size <= 1 && sort !== "text" && fits(sort, kind))
    return numbersOf(name, values, sort, kind);
  const cells = values.map(textOf);
  const found = kind ?? (sorts.has("text") ? kindOfText(cells, options) : kindOf(cells, options));
  return columnOf(name, cells, found, (index, cell) => notOfKind(name, index, cell, found));
}

function sortOf(value: unknown): Sort | "missing" | undefined {
  if (value === null || value === undefined || Number.isNaN(value)) return "missing";
  if (typeof value === "number" || typeof value === "bigint") return "number";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "string") return "text";
  return value instanceof Date ? "date" : undefined;
}

function fits(sort: Sort, kind: ColumnKind | undefined): boolean {
  return (
    kind === undefined ||
    kind === sort ||
    (sort === "number" && kind !== "category" && kind !== "text" && kind !== "boolean")
  );
}

function numbersOf(
  name: string,
  values: readonly unknown[],
  sort: Sort,
  kind: ColumnKind | undefined,
): TableColumn {
  const numbers = Float64Array.from(values, (value, index) => numberOf(name, value, index));
  const whole = sort === "number" && numbers.every((x) => Number.isNaN(x) || Number.isInteger(x));
  if (kind === "integer" && !whole) {
    const index = numbers.findIndex((x) => !Number.isNaN(x) && !Number.isInteger(x));
    throw notOfKind(name, index, String(numbers[index]), kind);
  }
  const found =
    sort === "number" ? (whole && numbers.some(Number.isFinite) ? "integer" : "number") : sort;
  return { name, kind: kind ?? (found as ColumnKind), values: numbers };
}

function numberOf(name: string, value: unknown, index: number): number {
  if (value === null || value === undefined) return Number.NaN;
  const number = Number(value);
  if (typeof value === "bigint" && !Number.isSafeInteger(number))
    throw tooLarge(name, index, value);
  return number;
}

/** Text of JSON is text even where it looks like a number; dates have no other form there. */
function kindOfText(cells: readonly (string | null)[], options: InferOptions): ColumnKind {
  const kind = kindOf(cells, options);
  return kind === "date" || kind === "text" ? kind : "category";
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined || Number.isNaN(value)) return null;
  if (!(value instanceof Date)) return String(value);
  return Number.isNaN(value.getTime()) ? null : value.toISOString();
}

function bad(name: string, index: number, problem: string, fix: string): ChainruleError {
  return new ChainruleError({
    code: "BAD_FILE",
    op: "Table",
    problem: `column ${JSON.stringify(name)}, record ${index}: ${problem}`,
    fix,
    detail: { column: name, record: index },
  });
}

/** The error of what is neither number nor text. */
export function noValue(name: string, index: number, value: unknown): ChainruleError {
  const what =
    Array.isArray(value) || ArrayBuffer.isView(value)
      ? "a list"
      : `a value of type ${typeof value}`;
  return bad(
    name,
    index,
    `${what} is no value of a table`,
    "Leave the column out, or give each of its numbers and texts a column of its own.",
  );
}

function notOfKind(name: string, index: number, cell: string, kind: ColumnKind): ChainruleError {
  const text = JSON.stringify(cell.slice(0, 60));
  return bad(
    name,
    index,
    `${text} is no ${kind}`,
    "Mend the value, or choose another kind in `kinds`.",
  );
}

function tooLarge(name: string, index: number, value: bigint): ChainruleError {
  return bad(
    name,
    index,
    `${value} is over 2⁵³, where numbers have gaps`,
    "Read the column as a category or text by `kinds`, if it is an identifier, or leave it out.",
  );
}
