// A table in memory: columns of one kind each. It is what readers of CSV, JSON lines, Parquet and Arrow give, and what a
// `TablePreprocessor` makes tensors of.

import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";
import { checkOptionNames } from "../../core/option-names.ts";
import { printAsText } from "../../core/print-as-text.ts";
import { ArrayDataset, checkIndices } from "../dataset.ts";
import { type SplitOptions, splitIndices, splitNames } from "../split.ts";
import type { ColumnKind, InferOptions, TableColumn } from "./column.ts";
import { textOfTable } from "./table-text.ts";
import { columnOfValues } from "./values-column.ts";

/** A value of a record: what JSON has, and dates. */
export type RecordValue = string | number | boolean | bigint | Date | null | undefined;

/** One row of a table, by names of columns. */
export type TableRecord = Readonly<Record<string, RecordValue>>;

/** Kinds of columns that the caller knows; others are found by looking at the values. */
export interface KindOptions extends InferOptions {
  readonly kinds?: Readonly<Record<string, ColumnKind>>;
}

/** The kind that the caller gave for a column; names may be those of any object, such as `constructor`. */
export function givenKind({ kinds = {} }: KindOptions, name: string): ColumnKind | undefined {
  return Object.hasOwn(kinds, name) ? kinds[name] : undefined;
}

/** Named columns with one value per record each. */
export class Table {
  /** Number of records. */
  readonly size: number;
  readonly columns: readonly TableColumn[];

  constructor(columns: readonly TableColumn[]) {
    const [first] = columns;
    this.size = first === undefined ? 0 : first.values.length;
    this.columns = columns;
    for (const { name, values } of columns) {
      if (columns.filter((other) => other.name === name).length > 1)
        throw badTable(`two columns are called ${JSON.stringify(name)}`, "Rename one of them.");
      if (values.length === this.size) continue;
      const found = `${first.name} has ${this.size}, ${name} has ${values.length}`;
      throw badTable(`columns have different numbers of values: ${found}`, "Give each as many.");
    }
  }

  /** Makes a table of records, for instance of parsed JSON. A name that a record lacks is a missing value. */
  static fromRecords(records: readonly TableRecord[], options: KindOptions = {}): Table {
    const names = new Set<string>();
    checkRecords(records);
    for (const record of records) for (const name of Object.keys(record)) names.add(name);
    for (const name of Object.keys(options.kinds ?? {}))
      if (!names.has(name)) throw noColumn("Table.fromRecords", name, [...names]);
    return Table.fromValues(
      [...names].map((name) => [name, records.map((record) => record[name])] as const),
      options,
    );
  }

  /** Makes a table of columns of values; null and undefined are missing. */
  static fromValues(
    columns: Iterable<readonly [name: string, values: readonly unknown[]]>,
    options: KindOptions = {},
  ): Table {
    const { maxCategories } = options;
    const made = Array.from(columns, ([name, values]) =>
      columnOfValues(name, values, { maxCategories, kind: givenKind(options, name) }),
    );
    return new Table(made);
  }

  /** Names of the columns. */
  get names(): readonly string[] {
    return this.columns.map(({ name }) => name);
  }

  /** The column of a name. Errors: `BAD_ARGUMENT` names those there are. */
  column(name: string): TableColumn {
    const column = this.columns.find((other) => other.name === name);
    if (column === undefined) throw noColumn("Table.column", name, this.names);
    return column;
  }

  /** The values of a column of numbers, NaN where one is missing. Errors: `BAD_ARGUMENT` where it holds text. */
  numbers(name: string): Float64Array {
    const { values, kind } = this.column(name);
    if (values instanceof Float64Array) return values;
    throw badTable(
      `column ${JSON.stringify(name)} is ${kind}, not numbers`,
      "Call `texts`, or read it as a number by `kinds`.",
    );
  }

  /** The values of a column of categories or text, null where one is missing. Errors: `BAD_ARGUMENT` where it holds numbers. */
  texts(name: string): readonly (string | null)[] {
    const { values, kind } = this.column(name);
    if (!(values instanceof Float64Array)) return values;
    throw badTable(
      `column ${JSON.stringify(name)} is ${kind}, not text`,
      "Call `numbers`, or read it as text by `kinds`.",
    );
  }

  /** Says of each column its kind, how many values are missing, and how many different ones there are. */
  describe(): readonly ColumnFacts[] {
    return this.columns.map(({ name, kind, values }) => {
      const present = [...values].filter((value) => !isMissing(value));
      const missing = values.length - present.length;
      return { name, kind, missing, different: new Set(present).size };
    });
  }

  /**
   * The records as objects, default all: numbers, truth values, dates and texts; null where a value is missing.
   *
   * `pipeline(table.records<{ text: string; label: number }>()).map(({ text, label }) => ({ ids: tokenizer.encode(text), … }))`
   */
  records<Row extends object = TableRecord>(indices?: ArrayLike<number>): Row[] {
    if (indices !== undefined) checkIndices("Table.records", indices, this.size);
    const record = (k: number): Row =>
      Object.fromEntries(this.columns.map((column) => [column.name, valueAt(column, k)])) as Row;
    return Array.from({ length: indices?.length ?? this.size }, (_, k) =>
      record(indices?.[k] ?? k),
    );
  }

  /** The records at `indices`, in that order. */
  select(indices: ArrayLike<number>): Table {
    checkIndices("Table.select", indices, this.size);
    return new Table(this.columns.map((column) => picked(column, indices)));
  }

  /** The columns of some names, in that order. */
  pick(names: readonly string[]): Table {
    return new Table(names.map((name) => this.column(name)));
  }

  /** Without the records that lack a value in one of the columns; default: in any. */
  dropMissing(names: readonly string[] = this.names): Table {
    const columns = names.map((name) => this.column(name).values);
    const kept = Array.from({ length: this.size }, (_, k) => k).filter(
      (k) => !columns.some((values) => isMissing(values[k])),
    );
    return this.select(kept);
  }

  /** Splits at random, as `split` does a data set; `stratify` names a column whose values all parts hold alike. */
  split(
    options: SplitOptions<string> & { readonly test: number },
  ): Readonly<Record<"train" | "validation" | "test", Table>>;
  split(options?: SplitOptions<string>): Readonly<Record<"train" | "validation", Table>>;
  split(options: SplitOptions<string> = {}): Readonly<Record<string, Table>> {
    checkOptionNames("Table.split", options, splitNames);
    const { stratify, ...others } = options;
    const data = stratify === undefined ? new Int32Array(this.size) : this.#codes(stratify);
    const records = new ArrayDataset({ classes: { data } });
    const by = stratify === undefined ? {} : ({ stratify: "classes" } as const);
    const parts = Object.entries<Int32Array>(splitIndices(records, { ...others, ...by }));
    return Object.fromEntries(parts.map(([name, indices]) => [name, this.select(indices)]));
  }

  /** Size, columns and first records, as `console.log` shows them. */
  toString(): string {
    return textOfTable(this);
  }

  #codes(name: string): Int32Array {
    const codes = new Map<unknown, number>();
    return Int32Array.from(this.column(name).values as readonly (string | number | null)[], (x) => {
      if (!codes.has(x)) codes.set(x, codes.size);
      return codes.get(x)!;
    });
  }
}

printAsText(Table);

function checkRecords(records: unknown): void {
  const wrong = Array.isArray(records)
    ? records.find((record) => typeof record !== "object" || record === null)
    : records;
  if (Array.isArray(records) && wrong === undefined && !records.includes(undefined)) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "Table.fromRecords",
    problem: `takes a list of records; received ${showValue(wrong)}${Array.isArray(records) ? " in it" : ""}`,
    fix: 'Pass [{ name: value, … }, …], for instance [{ island: "Biscoe" }].',
  });
}

/** What `Table.describe` says of a column. */
export interface ColumnFacts {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly missing: number;
  /** Number of different values. */
  readonly different: number;
}

/** A value as a record has it. */
function valueAt({ kind, values }: TableColumn, k: number): RecordValue {
  const value = values[k];
  if (typeof value !== "number") return value;
  if (Number.isNaN(value)) return null;
  if (kind === "boolean") return value !== 0;
  return kind === "date" ? new Date(value) : value;
}

/** Whether a value of a column is missing. */
export function isMissing(value: string | number | null): boolean {
  return value === null || Number.isNaN(value);
}

/** The error for a column that a table does not have. */
export function noColumn(op: string, name: string, names: readonly string[]): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `there is no column ${JSON.stringify(name)}; the columns are ${names.join(", ")}`,
    fix: "Use one of these names.",
    detail: { name, names },
  });
}

function badTable(problem: string, fix: string): ChainruleError {
  return new ChainruleError({ code: "BAD_ARGUMENT", op: "Table", problem, fix });
}

function picked({ name, kind, values }: TableColumn, indices: ArrayLike<number>): TableColumn {
  if (values instanceof Float64Array)
    return { name, kind, values: Float64Array.from(indices, (k) => values[k]) };
  return { name, kind, values: Array.from(indices, (k) => values[k]) };
}
