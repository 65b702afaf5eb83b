// A table as text, for the console: its size, the first records, and as many columns as fit on a line.

import type { RecordValue, Table } from "./table.ts";

/** Records that are shown, and characters on a line and in a cell. */
const [recordsShown, lineLength, cellLength] = [5, 100, 40];

/** Names of columns that are listed where there is no room for the columns. */
const namesListed = 6;

/** `Table: 150 records, 5 columns`, then the first records below the names and kinds of their columns. */
export function textOfTable(table: Table): string {
  const records = table.records(
    Array.from({ length: Math.min(table.size, recordsShown) }, (_, k) => k),
  );
  const columns = table.columns.map(({ name, kind }) => {
    return aligned([name, kind, ...records.map((record) => shown(record[name]))], kind);
  });
  const fitting = columnsThatFit(columns);
  const lines = (columns[0] ?? []).map((_, row) => {
    return columns
      .slice(0, fitting)
      .map((cells) => cells[row])
      .join("  ")
      .trimEnd();
  });
  const left = leftOut(table.names.slice(fitting));
  return [`Table: ${table.size} records, ${columns.length} columns${left}`, ...lines].join("\n");
}

function leftOut(names: readonly string[]): string {
  if (names.length === 0) return "";
  const listed = names.length > namesListed ? [...names.slice(0, namesListed), "…"] : names;
  return `; ${names.length} more: ${listed.join(", ")}`;
}

function columnsThatFit(columns: readonly (readonly string[])[]): number {
  let width = 0;
  const over = columns.findIndex(([name]) => {
    width += name.length + 2;
    return width > lineLength + 2;
  });
  return over < 0 ? columns.length : Math.max(1, over);
}

/** Cells of one width, numbers to the right. */
function aligned(cells: readonly string[], kind: string): readonly string[] {
  const short = cells.map((cell) =>
    cell.length > cellLength ? `${cell.slice(0, cellLength - 1)}…` : cell,
  );
  const width = Math.max(...short.map((cell) => cell.length));
  const isNumber = kind === "integer" || kind === "number";
  return short.map((cell) => (isNumber ? cell.padStart(width) : cell.padEnd(width)));
}

/** Whole numbers are often names of things, and stay as they are. */
function wholeOrShort(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(7));
}

function shown(value: RecordValue): string {
  if (value === null || value === undefined) return "—";
  if (value instanceof Date) return value.toISOString().replace(/T00:00:00\.000Z$/, "");
  if (typeof value === "number") return String(wholeOrShort(value));
  return String(value).replace(/\s+/g, " ");
}
