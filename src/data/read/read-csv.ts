// CSV and TSV files as tables, or as a stream of records where a file is too large to hold: cells become numbers, truth
// values, dates, categories or text, and what is wrong is said with its line and column.

import { checkChoice } from "../../core/checks.ts";
import { ChainruleError } from "../../core/errors.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { type ColumnKind, columnKinds, columnOf, kindOf } from "./column.ts";
import { CsvParser, type CsvRow, delimiterOf } from "./csv.ts";
import { type ByteSource, nameOf, type SourceOptions, textOf } from "./source.ts";
import { givenKind, type KindOptions, noColumn, Table, type TableRecord } from "./table.ts";

/** Options of `readCsv` and `parseCsv`. */
export interface CsvOptions extends KindOptions, SourceOptions {
  /** The character between cells; `" "` means runs of blanks. Default: by the first line, a tab where it has one, else `,`, `;` or `|`. */
  readonly delimiter?: string;
  /** The character around cells with delimiters or line breaks; null: none is special. Default `"`. */
  readonly quote?: string | null;
  /** Whether the first row has the names, or the names; false: they are `column1`, `column2`, … Default true. */
  readonly header?: boolean | readonly string[];
  /** Rows, not counting blank ones, to pass over before header and data; default 0. */
  readonly skipRows?: number;
  /** Cells that mean a missing value; default "", NA, N/A, NaN, nan, ?, null, NULL and None. */
  readonly missing?: readonly string[];
}

/** Options of `csvRecords`. */
export interface CsvRecordsOptions extends CsvOptions {
  /** Records by which the kinds of columns are found; default 1000. */
  readonly inferFrom?: number;
}

const csvNames = {
  delimiter: true,
  quote: true,
  header: true,
  skipRows: true,
  missing: true,
  kinds: true,
  maxCategories: true,
  name: true,
  maxBytes: true,
} as const satisfies OptionNames<CsvOptions>;

const usualMissing = ["", "NA", "N/A", "NaN", "nan", "?", "null", "NULL", "None"];

/**
 * Reads a CSV or TSV file, gzipped or not, as a table. Kinds of columns are found from all cells (integer, number,
 * boolean, date, then category or text) unless `kinds` says them.
 *
 * Errors: `BAD_FILE` with line and column for rows of another length, quotes out of place and cells of another kind.
 * Source: RFC 4180.
 */
export async function readCsv(source: ByteSource, options: CsvOptions = {}): Promise<Table> {
  checkCsv("readCsv", options, csvNames);
  const reader = new RowReader(options, nameOf(source, options));
  const rows: CsvRow[] = [];
  for await (const text of textOf(source, options)) append(rows, reader.push(text));
  append(rows, reader.end());
  return tableOf(rows, reader, options);
}

/** Reads CSV or TSV from text, as `readCsv` does from a file. */
export function parseCsv(text: string, options: CsvOptions = {}): Table {
  checkCsv("parseCsv", options, csvNames);
  const reader = new RowReader(options, options.name ?? "the text");
  return tableOf([...reader.push(text), ...reader.end()], reader, options);
}

/**
 * Reads a CSV or TSV file record after record, for files that are too large to hold. Kinds are found from the first
 * `inferFrom` records; a later cell of another kind is an error that names its line.
 */
export async function* csvRecords(
  source: ByteSource,
  options: CsvRecordsOptions = {},
): AsyncGenerator<TableRecord, void, void> {
  const { inferFrom = 1000, ...others } = options;
  checkCsv("csvRecords", options, { ...csvNames, inferFrom: true });
  const reader = new RowReader(others, nameOf(source, options));
  let waiting: CsvRow[] = [];
  let kinds: Record<string, ColumnKind> | undefined;
  const ready = function* (rows: readonly CsvRow[], last: boolean): Generator<TableRecord> {
    append(waiting, rows);
    if (waiting.length === 0 || (kinds === undefined && waiting.length < inferFrom && !last))
      return;
    const table = tableOf(waiting, reader, { ...others, kinds: kinds ?? others.kinds });
    kinds ??= Object.fromEntries(table.columns.map(({ name, kind }) => [name, kind]));
    waiting = [];
    yield* recordsOf(table);
  };
  for await (const text of textOf(source, options)) yield* ready(reader.push(text), false);
  yield* ready(reader.end(), true);
}

/** Adds rows; there may be more than a call takes arguments. */
function append(all: CsvRow[], rows: readonly CsvRow[]): void {
  for (const row of rows) all.push(row);
}

/** Rows after the ones to skip, of the header's length; and the names. */
class RowReader {
  names: readonly string[] | undefined;
  readonly name: string;
  readonly missing: ReadonlySet<string>;
  readonly #options: CsvOptions;
  #parser: CsvParser | undefined;
  #toSkip: number;
  /** Text before the first line's end, where the delimiter is to be found by it. */
  #first = "";

  constructor(options: CsvOptions, name: string) {
    this.name = name;
    this.missing = new Set(options.missing ?? usualMissing);
    this.#options = options;
    this.#toSkip = options.skipRows ?? 0;
    if (Array.isArray(options.header)) this.names = checkedNames(options.header, name);
  }

  push(text: string): CsvRow[] {
    if (this.#parser !== undefined) return this.#checked(this.#parser.push(text));
    this.#first += text;
    if (/[\r\n]/.test(text.trimStart()) || this.#first.length > firstLine) return this.#begin();
    return [];
  }

  end(): CsvRow[] {
    const before = this.#parser === undefined ? this.#begin() : [];
    const rows = [...before, ...this.#checked(this.#parser!.end())];
    if (this.names !== undefined) return rows;
    throw badCsv(this.name, "has no rows", "Check that this is the right file.", {});
  }

  #begin(): CsvRow[] {
    const { quote = '"' } = this.#options;
    const text = this.#first.replace(/^\uFEFF/, "");
    const delimiter = this.#options.delimiter ?? delimiterOf(text.trimStart(), quote);
    this.#parser = new CsvParser({ delimiter, quote }, this.name);
    return this.#checked(this.#parser.push(text));
  }

  #checked(rows: CsvRow[]): CsvRow[] {
    const skipped = rows.splice(0, this.#toSkip).length;
    this.#toSkip -= skipped;
    if (this.names === undefined && rows.length > 0) this.names = this.#header(rows);
    const width = this.names?.length;
    for (const { line, cells } of rows) {
      if (cells.length === width) continue;
      throw badCsv(
        this.name,
        `line ${line}: the row has ${cells.length} cells, but there are ${width} columns (${short(this.names!)})`,
        "Mend the row, or check `delimiter`, `quote` and `header`.",
        { line, cells: cells.length, columns: width },
      );
    }
    return rows;
  }

  #header(rows: CsvRow[]): readonly string[] {
    if (this.#options.header === false) return rows[0].cells.map((_, k) => `column${k + 1}`);
    return checkedNames(rows.shift()!.cells, this.name);
  }
}

/** Most characters that are looked through for the end of the first line. */
const firstLine = 2 ** 16;

function tableOf(rows: readonly CsvRow[], reader: RowReader, options: CsvOptions): Table {
  const names = reader.names!;
  for (const name of Object.keys(options.kinds ?? {}))
    if (!names.includes(name)) throw noColumn("readCsv", name, names);
  return new Table(
    names.map((name, k) => {
      const cells = rows.map((row) =>
        reader.missing.has(row.cells[k].trim()) ? null : row.cells[k],
      );
      const kind = givenKind(options, name) ?? kindOf(cells, options);
      return columnOf(name, cells, kind, (index, cell) => {
        const { line } = rows[index];
        return badCsv(
          reader.name,
          `line ${line}, column ${k + 1} (${name}): ${JSON.stringify(cell.slice(0, 60))} is no ${kind}`,
          `Mend the cell, add it to \`missing\`, or choose another kind for ${name} in \`kinds\`.`,
          { line, column: k + 1, name, cell, kind },
        );
      });
    }),
  );
}

function* recordsOf(table: Table): Generator<TableRecord, void, void> {
  for (let k = 0; k < table.size; k++) {
    const entries = table.columns.map(({ name, kind, values }) => {
      const value = values[k];
      if (Number.isNaN(value)) return [name, null];
      return [name, kind === "boolean" ? value === 1 : value];
    });
    yield Object.fromEntries(entries);
  }
}

function checkedNames(names: readonly string[], file: string): readonly string[] {
  const trimmed = names.map((name) => name.trim());
  const double = trimmed.find((name, k) => trimmed.indexOf(name) !== k);
  if (double === undefined) return trimmed;
  throw badCsv(
    file,
    `two columns are called ${JSON.stringify(double)}`,
    "Where the first row holds data rather than names, pass `header: false` or the names.",
    { names: trimmed },
  );
}

function checkCsv(op: string, options: CsvOptions, known: Readonly<Record<string, true>>): void {
  checkOptionNames(op, options, known);
  const { delimiter, quote, kinds = {} } = options;
  for (const kind of Object.values(kinds)) checkChoice(op, "kind", kind, columnKinds);
  for (const [name, mark] of Object.entries({ delimiter, quote })) {
    if (mark === undefined || mark === null) continue;
    if (mark.length === 1 && !/[\r\n]/.test(mark) && (name !== "quote" || mark !== delimiter))
      continue;
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op,
      problem: `${name} is ${JSON.stringify(mark)}`,
      fix: 'Use one character, for instance "\\t"; delimiter and quote must differ.',
      detail: { [name]: mark },
    });
  }
}

function short(names: readonly string[]): string {
  return names.length <= 6 ? names.join(", ") : `${names.slice(0, 5).join(", ")}, …`;
}

function badCsv(
  file: string,
  problem: string,
  fix: string,
  detail: Readonly<Record<string, unknown>>,
): ChainruleError {
  const text = problem.startsWith("line") ? `${file}, ${problem}` : `${file}: ${problem}`;
  return new ChainruleError({
    code: "BAD_FILE",
    op: "csv",
    problem: text,
    fix,
    detail: { file, ...detail },
  });
}
