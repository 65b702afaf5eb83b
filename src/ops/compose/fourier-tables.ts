// The numbers `e^(∓2πi t)` that Fourier transforms multiply by. They are computed in double precision, from angles reduced
// to one turn, and kept for each length.

import { convertArray, type DType } from "../../core/dtype.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { constant } from "../leaf.ts";

/** Which transform: `forward` turns by −2π, `backward` by 2π. */
export type Direction = "forward" | "backward";

/** What a table is for. */
export interface TableKind {
  readonly direction: Direction;
  readonly dtype: DType;
}

/** The matrix of a transform of real numbers. Shape: `[n, n, 2]`. */
export function realMatrix(n: number, kind: TableKind): Tensor {
  return table(`real ${n}`, [n, n, 2], kind, (at) => ((at[0] * at[1]) % n) / n);
}

/** The matrix of a transform of pairs, `[[cos, sin], [−sin, cos]]` for each pair of places. Shape: `[n, 2, n, 2]`. */
export function pairMatrix(n: number, kind: TableKind): Tensor {
  // An imaginary number is a real one after a quarter turn.
  const quarter = kind.direction === "forward" ? -0.25 : 0.25;
  const turns: Turns = ([j, part, k]) => ((j * k) % n) / n + part * quarter;
  return table(`pairs ${n}`, [n, 2, n, 2], kind, turns);
}

/** The factors between two transforms of a length `rows · columns`. Shape: `[rows, columns, 2]`. */
export function factorTable(rows: number, columns: number, kind: TableKind): Tensor {
  const name = `factors ${rows} ${columns}`;
  return table(name, [rows, columns, 2], kind, ([j, k]) => (j * k) / (rows * columns));
}

/** Half turns of squares, `e^(∓πi j²/n)`. Shape: `[n, 2]`. */
export function chirpTable(n: number, kind: TableKind): Tensor {
  return table(`chirp ${n}`, [n, 2], kind, ([j]) => squareTurns(j, n));
}

/** The filter `e^(±πi j²/n)` for j between −n and n, around a circle of length `m`; zeros elsewhere. Shape: `[m, 2]`. */
export function chirpFilter(n: number, m: number, kind: TableKind): Tensor {
  return table(`filter ${n} ${m}`, [m, 2], kind, ([k]) => {
    const distance = Math.min(k, m - k);
    return distance < n ? -squareTurns(distance, n) : undefined;
  });
}

function squareTurns(j: number, n: number): number {
  return ((j * j) % (2 * n)) / (2 * n);
}

/** The angle at a place, in turns; undefined where the number is 0. */
type Turns = (at: readonly number[]) => number | undefined;

const tables = new Map<string, Tensor>();

/** Pairs in the last axis of `shape`, at angles that depend on the other coordinates. */
function table(
  name: string,
  shape: readonly number[],
  { direction, dtype }: TableKind,
  turns: Turns,
): Tensor {
  const key = `${name} ${direction} ${dtype}`;
  const known = tables.get(key);
  if (known !== undefined) return known;
  const sizes = shape.slice(0, -1);
  const at = sizes.map(() => 0);
  const count = sizes.reduce((a, b) => a * b, 1);
  const data = new Float64Array(2 * count);
  for (let i = 0; i < count; i++) {
    let rest = i;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      at[axis] = rest % sizes[axis];
      rest = Math.floor(rest / sizes[axis]);
    }
    const turn = turns(at);
    if (turn !== undefined) data.set(pointAt(direction === "forward" ? -turn : turn), 2 * i);
  }
  const made = constant(convertArray(data, dtype), shape, dtype);
  tables.set(key, made);
  return made;
}

/** The point on the unit circle after so many turns; exact at quarters. */
function pointAt(turns: number): [number, number] {
  const quarters = 4 * (turns - Math.floor(turns));
  if (Number.isInteger(quarters))
    return [
      [1, 0],
      [0, 1],
      [-1, 0],
      [0, -1],
    ][quarters % 4] as [number, number];
  return [Math.cos(2 * Math.PI * turns), Math.sin(2 * Math.PI * turns)];
}
