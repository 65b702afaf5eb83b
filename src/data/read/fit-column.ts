// How one column of a table becomes numbers: what stands for a missing value, a logarithm, a scale, or one place per
// category. Everything is measured once, on the training records, and is plain JSON afterwards.

import type { ColumnKind, TableColumn } from "./column.ts";
import {
  allMissing,
  bad,
  isAbsent,
  isNoNumber,
  isText,
  isUnseen,
  lacks,
  noCategory,
  noNumber,
} from "./column-errors.ts";
import { isMissing } from "./table.ts";

/** Rules for a column. */
export interface ColumnRules {
  /**
   * What becomes of missing values: `error` (the default) refuses them; numbers take the `mean`, the `median`, the
   * `mostFrequent`, a number given here, or `keep` NaN for a model that handles it; categories take the `mostFrequent`, or
   * `category` makes missing one of them. As a rule for all columns, `mean` and `median` mean `mostFrequent` for categories.
   */
  readonly missing?: "error" | "mean" | "median" | "mostFrequent" | "category" | "keep" | number;
  /** Adds a column that is 1 where the value was missing, else 0; default false. */
  readonly indicator?: boolean;
  /** Natural logarithm of a number, before anything else; default false. */
  readonly log?: boolean;
  /**
   * `standard`: `(x − mean)/deviation` (of the population); `minMax`: to 0 … 1; `robust`: `(x − median)/(q75 − q25)`;
   * `none`. A constant column becomes 0. Default `standard`, for truth values `none`.
   */
  readonly scale?: ColumnScale;
  /** `oneHot`: a column of 0 and 1 per category (the default); `ordinal`: one column with the category's number from 0. */
  readonly encode?: "oneHot" | "ordinal";
  /** Categories not in the training records: `error` (the default), or `unknown`: all 0, ordinal the number after the last. */
  readonly unseen?: "error" | "unknown";
}

/** How numbers of a column are scaled: by mean and deviation, to 0 … 1, by median and quartiles, or not. */
export type ColumnScale = "standard" | "minMax" | "robust" | "none";

/** A number: `((log?) x − centre)/spread`. */
export interface FittedNumber {
  readonly as: "number";
  readonly name: string;
  readonly kind: ColumnKind;
  readonly log: boolean;
  /** What stands for a missing value, before the scale; null: nothing may. */
  readonly fill: number | null;
  readonly keep: boolean;
  readonly indicator: boolean;
  readonly centre: number;
  readonly spread: number;
}

/** One of the categories, which stand in ascending order. */
export interface FittedCategory {
  readonly as: "oneHot" | "ordinal";
  readonly name: string;
  readonly kind: ColumnKind;
  readonly categories: readonly string[];
  readonly fill: string | null;
  readonly indicator: boolean;
  readonly unseen: "error" | "unknown";
}

export type FittedColumn = FittedNumber | FittedCategory;

/** The category that stands for missing values where they are one. */
const missingCategory = "<missing>";

/** Measures a column of the training records. */
export function fitColumn(column: TableColumn, rules: ColumnRules, own: ColumnRules): FittedColumn {
  if (column.kind === "text") throw isText(column.name);
  return column.values instanceof Float64Array
    ? fitNumber(column, column.values, rules)
    : fitCategory(column.name, column.kind, textsOf(column), rules, own);
}

/** Names of the columns that a fitted column becomes. */
export function namesOf(fitted: FittedColumn): readonly string[] {
  const { name } = fitted;
  const values = fitted.as === "oneHot" ? fitted.categories.map((c) => `${name}=${c}`) : [name];
  return fitted.indicator ? [...values, `${name} missing`] : values;
}

/** Writes a column's numbers into rows of `width` from `offset` on. */
export function encodeColumn(
  fitted: FittedColumn,
  column: TableColumn,
  out: Float32Array,
  offset: number,
  width: number,
): void {
  const write =
    fitted.as === "number" ? numberWriter(fitted, column) : categoryWriter(fitted, column);
  const last = offset + namesOf(fitted).length - 1;
  for (let k = 0; k < column.values.length; k++) {
    write(k, out, k * width + offset);
    if (fitted.indicator) out[k * width + last] = isMissing(column.values[k]) ? 1 : 0;
  }
}

/** The number of each value's category. */
export function codesOf(fitted: FittedCategory, column: TableColumn): Int32Array {
  const numbers = new Map(fitted.categories.map((category, k) => [category, k]));
  return Int32Array.from(textsOf(column), (text, k) => {
    const value = text ?? fitted.fill;
    if (value === null) throw isAbsent(column.name, k);
    const code = numbers.get(value);
    if (code !== undefined) return code;
    if (fitted.unseen === "error") throw isUnseen(fitted, value, k);
    return fitted.categories.length;
  });
}

/** Values as text; numbers as they are written in JavaScript, so that categories may look like numbers. */
export function textsOf({ values, kind }: TableColumn): readonly (string | null)[] {
  if (!(values instanceof Float64Array)) return values;
  const text = (x: number): string => (kind === "boolean" ? String(x === 1) : String(x));
  return Array.from(values, (x) => (Number.isNaN(x) ? null : text(x)));
}

/** Different texts in ascending order: of numbers where all are, else of characters. */
export function vocabularyOf(texts: Iterable<string>): readonly string[] {
  const different = [...new Set(texts)];
  const numeric = different.every((text) => text.trim() !== "" && Number.isFinite(Number(text)));
  return numeric ? different.sort((a, b) => Number(a) - Number(b)) : different.sort();
}

/** Centre and spread of a scale. */
export function scaleOf(
  values: Float64Array,
  scale: ColumnScale,
): { readonly centre: number; readonly spread: number } {
  if (scale === "none" || values.length === 0) return { centre: 0, spread: 1 };
  const measured = scales[scale](values);
  return { centre: measured.centre, spread: measured.spread || 1 };
}

type Measure = (values: Float64Array) => { readonly centre: number; readonly spread: number };

const scales: Readonly<Record<Exclude<ColumnScale, "none">, Measure>> = {
  standard: (values) => {
    const centre = mean(values);
    return { centre, spread: Math.sqrt(mean(values.map((x) => (x - centre) ** 2))) };
  },
  minMax: (values) => {
    const [least, most] = [quantile(values, 0), quantile(values, 1)];
    return { centre: least, spread: most - least };
  },
  robust: (values) => ({
    centre: quantile(values, 0.5),
    spread: quantile(values, 0.75) - quantile(values, 0.25),
  }),
};

function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Between neighbours by a straight line, as NumPy does. */
function quantile(values: Float64Array, share: number): number {
  const sorted = values.slice().sort();
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low + (high - low) * (place - Math.floor(place));
}

function mostFrequent<T>(values: Iterable<T>): T {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

// --- numbers ---

function fitNumber(column: TableColumn, values: Float64Array, rules: ColumnRules): FittedNumber {
  const { name, kind } = column;
  const { missing = "error", log = false, indicator = false } = rules;
  const scale = rules.scale ?? (kind === "boolean" ? "none" : "standard");
  const present = logged(values, log, name).filter((x) => !Number.isNaN(x));
  if (missing === "error" && present.length < values.length) throw lacks(column, present.length);
  if (missing === "category") throw noCategory(name);
  const keep = missing === "keep" || missing === "error";
  if (!keep && present.length === 0 && typeof missing !== "number") throw allMissing(name);
  const fill = keep ? null : fillOf(present, missing, log);
  const filled = fill === null ? present : values.length === present.length ? present : null;
  const measured = filled ?? logged(values, log, name).map((x) => (Number.isNaN(x) ? fill! : x));
  return {
    ...{ as: "number", name, kind, log, fill, keep: missing === "keep", indicator },
    ...scaleOf(measured, scale),
  };
}

function fillOf(present: Float64Array, missing: string | number, log: boolean): number {
  if (typeof missing === "number") return log ? Math.log(missing) : missing;
  if (missing === "mean") return mean(present);
  return missing === "median" ? quantile(present, 0.5) : mostFrequent(present);
}

function numberWriter(
  { name, log, fill, keep, centre, spread }: FittedNumber,
  column: TableColumn,
): (index: number, out: Float32Array, at: number) => void {
  if (!(column.values instanceof Float64Array)) throw isNoNumber(column);
  const values = logged(column.values, log, name);
  return (index, out, at) => {
    const value = values[index];
    const absent = Number.isNaN(value);
    if (absent && fill === null && !keep) throw isAbsent(name, index);
    out[at] = ((absent && fill !== null ? fill : value) - centre) / spread;
  };
}

function logged(values: Float64Array, log: boolean, name: string): Float64Array {
  if (!log) return values;
  const wrong = values.findIndex((x) => x <= 0);
  if (wrong < 0) return values.map(Math.log);
  throw bad(
    `column ${JSON.stringify(name)}, record ${wrong}: ${values[wrong]} has no logarithm`,
    "Take logarithms of positive columns only.",
    { column: name, record: wrong },
  );
}

// --- categories ---

function fitCategory(
  name: string,
  kind: ColumnKind,
  texts: readonly (string | null)[],
  rules: ColumnRules,
  own: ColumnRules,
): FittedCategory {
  const { encode = "oneHot", unseen = "error", indicator = false } = rules;
  const present = texts.filter((text) => text !== null);
  const fill = categoryFill(name, present, rules.missing ?? "error", own.missing !== undefined);
  if (fill === null && present.length < texts.length)
    throw lacks({ name, kind, values: texts }, present.length);
  const missing = fill === missingCategory ? [missingCategory] : [];
  const categories = [...vocabularyOf(present), ...missing];
  return { as: encode, name, kind, categories, fill, indicator, unseen };
}

function categoryFill(
  name: string,
  present: readonly string[],
  missing: NonNullable<ColumnRules["missing"]>,
  isOwn: boolean,
): string | null {
  if (missing === "error") return null;
  if (missing === "category") return missingCategory;
  if (missing !== "mostFrequent" && isOwn) throw noNumber(name, missing);
  if (present.length === 0) throw allMissing(name);
  return mostFrequent(present);
}

function categoryWriter(
  fitted: FittedCategory,
  column: TableColumn,
): (index: number, out: Float32Array, at: number) => void {
  const codes = codesOf(fitted, column);
  if (fitted.as === "ordinal") return (index, out, at) => (out[at] = codes[index]);
  return (index, out, at) => {
    if (codes[index] < fitted.categories.length) out[at + codes[index]] = 1;
  };
}
