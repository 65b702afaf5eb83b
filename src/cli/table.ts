// Tables on a terminal: columns as wide as their texts, those that matter least left out where the line is too short.

import { columnsOf, padEnd, padStart, shortened } from "./columns.ts";
import type { colorsFor } from "./text.ts";

type Paint = (text: string) => string;

/** A column and its cells. */
export interface Column {
  readonly head: string;
  readonly cells: readonly string[];
  /** Whether numbers stand in it, which go to the right. */
  readonly numeric?: boolean;
  /** Columns with a larger number are left out first; one without never. */
  readonly rank?: number;
  /** How a cell is coloured. */
  readonly paint?: (row: number) => Paint | undefined;
}

const gap = 2;

/** Lines of a table of at most `width` columns, with a heading; the first column is shortened if need be. */
export function tableText(
  columns: readonly Column[],
  width: number,
  colors: ReturnType<typeof colorsFor>,
): string {
  const shown = fitting(columns, width);
  const spare = width - shown.reduce((sum, column) => sum + widthOf(column) + gap, 0);
  const sizes = shown.map((column, k) => widthOf(column) + (k === 0 ? Math.min(0, spare) : 0));
  const line = (row: number): string => {
    const cells = shown.map((column, k) => {
      const text = row < 0 ? column.head : (column.cells[row] ?? "");
      const padded = fitted(text, sizes[k], column.numeric === true);
      const paint = row < 0 ? colors.dim : column.paint?.(row);
      return paint === undefined ? padded : paint(padded);
    });
    return `  ${cells.join(" ".repeat(gap))}`.trimEnd();
  };
  const rows = shown[0].cells.map((_, row) => line(row));
  return `${[line(-1), ...rows].join("\n")}\n`;
}

function fitting(columns: readonly Column[], width: number): readonly Column[] {
  let shown = columns;
  const least = 20; // columns of the first column that are kept while others are left out
  const needed = (): number =>
    shown.reduce(
      (sum, column, k) =>
        sum + gap + (k === 0 ? Math.min(least, widthOf(column)) : widthOf(column)),
      0,
    );
  while (needed() > width) {
    const last = Math.max(...shown.map(({ rank = 0 }) => rank));
    if (last === 0) return shown;
    shown = shown.filter(({ rank = 0 }) => rank < last);
  }
  return shown;
}

function widthOf({ head, cells }: Column): number {
  return Math.max(columnsOf(head), ...cells.map(columnsOf));
}

function fitted(text: string, size: number, numeric: boolean): string {
  const room = Math.max(4, size);
  const pad = numeric ? padStart : padEnd;
  return pad(shortened(text, room), room);
}
