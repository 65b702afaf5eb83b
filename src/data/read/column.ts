// What the cells of a column are: numbers, whole numbers, truth values, dates, categories or text. Found by looking at
// all cells, or said by the caller and then checked.

/** What the values of a column mean. Dates are milliseconds since 1970 (UTC). */
export type ColumnKind = "number" | "integer" | "boolean" | "date" | "category" | "text";

/** Kinds, for checks. */
export const columnKinds: readonly ColumnKind[] = [
  "number",
  "integer",
  "boolean",
  "date",
  "category",
  "text",
];

/** The values of one column, in the order of the records. */
export interface TableColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Numbers, with NaN for what is missing; of categories and text strings, with null. Truth values are 1 and 0. */
  readonly values: Float64Array | readonly (string | null)[];
}

/** How kinds are found. */
export interface InferOptions {
  /** Most different texts that are taken for categories; default 100. */
  readonly maxCategories?: number;
}

/** Cells of a column as read; null is missing. */
export type Cells = readonly (string | null)[];

const numeral = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;
const truth: Readonly<Record<string, number>> = { true: 1, false: 0, yes: 1, no: 0 };
/** ISO 8601: a day, and a time where there is one. */
const isoDate =
  /^\s*\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?\s*$/;

/** The number that a cell stands for in a column of a kind; undefined where it stands for none. */
const readers: Readonly<Record<Exclude<ColumnKind, "category" | "text">, Reader>> = {
  number: (cell) => (numeral.test(cell) ? finite(Number(cell)) : undefined),
  integer: (cell) => {
    const value = numeral.test(cell) ? Number(cell) : Number.NaN;
    return Number.isSafeInteger(value) ? value : undefined;
  },
  boolean: (cell) => {
    const word = cell.trim().toLowerCase();
    return Object.hasOwn(truth, word) ? truth[word] : undefined;
  },
  date: (cell) =>
    isoDate.test(cell) && isDay(cell.trim()) ? finite(timeOf(cell.trim())) : undefined,
};

type Reader = (cell: string) => number | undefined;

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

/** Whether its month has the day: JavaScript takes February 30 for March 1. */
function isDay(text: string): boolean {
  const [year, month, day] = text.slice(0, 10).split("-").map(Number);
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
}

/** Whether digits would be lost: such a cell is an identifier rather than a number. */
function isTooLong(cell: string): boolean {
  return /^\s*[+-]?\d{16,}\s*$/.test(cell) && !Number.isSafeInteger(Number(cell));
}

/** Milliseconds of a date; a time without a zone is UTC, so that a file means the same everywhere. */
function timeOf(text: string): number {
  const iso = text.replace(" ", "T");
  return Date.parse(iso.length <= 10 || /(?:Z|[+-]\d{2}:?\d{2})$/.test(iso) ? iso : `${iso}Z`);
}

/** Finds the kind of a column: the narrowest that all its cells have. Whole numbers over 2⁵³ stay as they are written. */
export function kindOf(cells: Cells, { maxCategories = 100 }: InferOptions = {}): ColumnKind {
  const present = cells.filter((cell) => cell !== null);
  if (present.length === 0) return "number";
  for (const kind of ["integer", "number", "boolean", "date"] as const)
    if (present.every((cell) => readers[kind](cell) !== undefined && !isTooLong(cell))) return kind;
  const different = new Set<string>();
  for (const cell of present) {
    different.add(cell);
    if (different.size > maxCategories) return "text";
  }
  return different.size < present.length ? "category" : "text";
}

/** Converts cells to values of a kind; `refuse` makes the error for the cell at an index that cannot be one. */
export function columnOf(
  name: string,
  cells: Cells,
  kind: ColumnKind,
  refuse: (index: number, cell: string) => Error,
): TableColumn {
  if (kind === "category" || kind === "text") return { name, kind, values: cells };
  const read = readers[kind];
  const values = Float64Array.from(cells, (cell, index) => {
    if (cell === null) return Number.NaN;
    const value = read(cell);
    if (value === undefined) throw refuse(index, cell);
    return value;
  });
  return { name, kind, values };
}
