// Where the units of a network stand: a column for each layer, few units as large circles with their numbers, many as small
// ones, and of very many only some.

import type { Network } from "./network.ts";

/** Elements of a tensor; undefined while they are on their way. */
export type Elements = ArrayLike<number> | undefined;

export interface Column {
  /** Units in all. */
  readonly units: number;
  /** Numbers of those that are drawn, in order. */
  readonly drawn: readonly number[];
  readonly radius: number;
  readonly x: number;
  /** Height of each that is drawn. */
  readonly ys: readonly number[];
}

/** Units that are all drawn, how many are drawn of more, and up to which each has room for its number. */
const [most, some, roomy] = [64, 16, 14];
const [columnWidth, edge, head] = [210, 58, 56];
const large = { pitch: 88, radius: 31 };
const small = { pitch: 25, radius: 10 };
const tiny = { pitch: 13, radius: 5 };
/** Large ones beside columns of small ones. */
const medium = { pitch: 74, radius: 28 };

/** Lines that are drawn between two columns. */
export const mostLines = 400;

/** Units of each column of a network: what comes in, each layer, and the loss. */
export function unitsOf({ layers }: Network): number[] {
  return [layers[0].inputs, ...layers.map(({ units }) => units), 1];
}

/** Which units of a column are drawn: all, or where there are very many, those with the largest values, in their order. */
export function drawnOf(units: number, values: Elements): number[] {
  const all = Array.from({ length: units }, (_, unit) => unit);
  if (units <= most) return all;
  if (values === undefined) return all.slice(0, some);
  const size = (unit: number): number => Math.abs(values[unit]);
  return all
    .toSorted((a, b) => size(b) - size(a))
    .slice(0, some)
    .toSorted((a, b) => a - b);
}

/** Places of the columns, and the size of the picture. */
export function placed(
  columns: readonly { readonly units: number; readonly drawn: readonly number[] }[],
): {
  readonly columns: readonly Column[];
  readonly width: number;
  readonly height: number;
} {
  const roomyOnes = columns.every(({ drawn }) => drawn.length <= roomy) ? large : medium;
  const sizes = columns.map(({ drawn: { length } }) =>
    length <= roomy ? roomyOnes : length <= 32 ? small : tiny,
  );
  const height = Math.max(...columns.map(({ drawn }, k) => drawn.length * sizes[k].pitch)) + head;
  return {
    columns: columns.map(({ units, drawn }, k) => {
      const { pitch, radius } = sizes[k];
      const top = height / 2 + 8 - ((drawn.length - 1) / 2) * pitch;
      const ys = drawn.map((_, row) => top + row * pitch);
      return { units, drawn, radius, x: edge + k * columnWidth, ys };
    }),
    width: (columns.length - 1) * columnWidth + 2 * edge,
    height: height + (columns.some(({ units, drawn }) => drawn.length < units) ? 22 : 0),
  };
}

/** A line from the unit in row `from` of a column to the one in row `to` of the next, with its weight's number and value. */
export interface Line {
  readonly from: number;
  readonly to: number;
  readonly element: number;
  readonly value: number;
}

/** The lines between two columns; where there are very many, those of the largest values. */
export function linesOf(before: Column, after: Column, weights: Elements): Line[] {
  if (weights === undefined) return [];
  const lines = after.drawn.flatMap((unit, to) =>
    before.drawn.map((input, from) => {
      const element = unit * before.units + input;
      return { from, to, element, value: weights[element] };
    }),
  );
  if (lines.length <= mostLines) return lines;
  return lines.toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value)).slice(0, mostLines);
}
