// What the parts of the x86-64 macro-kernel agree on: the tile for each level of vector instructions, and which register
// holds what from entry to exit.

import { unreachable } from "../../core/errors.ts";
import { CodeBuffer, type Label } from "./code-buffer.ts";
import { at, X64, type X64Address, x64Register } from "./x64.ts";
import { X64Vectors } from "./x64-vector.ts";

/** The vector instructions that kernels are written for. */
export type X64Level = "avx512" | "avx2";

/** A macro-kernel being written. */
export interface X64Frame {
  readonly x64: X64;
  readonly vector: X64Vectors;
  readonly level: X64Level;
  readonly elementBytes: 4 | 8;
  readonly vectorBytes: number;
  /** Rows of a whole tile, and vectors in each. */
  readonly rows: number;
  readonly vectors: number;
  /** Columns of a panel of B. */
  readonly columns: number;
  /** Vector registers: the sums row by row, a row of B, elements of A. */
  readonly sums: readonly number[];
  readonly values: readonly number[];
  readonly elements: readonly number[];
  /** Signs for the lanes of a vector that are in use (AVX2). */
  readonly signs: Label;
}

const { rax, rbx, rcx, rdx, rbp, rsp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15 } =
  x64Register;

type Held =
  | "aPointer"
  | "bPointer"
  | "aRow"
  | "aRow3"
  | "aRow5"
  | "aRow7"
  | "aColumn"
  | "bRow"
  | "cTile"
  | "cRow"
  | "depth"
  | "rowsLeft"
  | "row"
  | "stepsLeft"
  | "count"
  | "signs";

type Kept =
  | "rowCount"
  | "columnsLeft"
  | "accumulate"
  | "aStart"
  | "aPanel"
  | "aStep"
  | "bPanel"
  | "bStep"
  | "cPanel";

/** What the general registers hold. Distances are in bytes. */
export const held: Readonly<Record<Held, number>> = {
  /** The column of A and the row of B that are next. */
  aPointer: rsi,
  bPointer: rdi,
  /** From one row of A to the next, and three, five and seven times that. */
  aRow: rbx,
  aRow3: rbp,
  aRow5: r14,
  aRow7: r15,
  aColumn: r12,
  bRow: r13,
  cTile: r8,
  cRow: r9,
  depth: r10,
  rowsLeft: r11,
  /** Walks down the rows of a tile; free between tiles. */
  row: rax,
  /** Counts steps of k; free outside that loop. */
  stepsLeft: rdx,
  /** The register that shifts count by (AVX-512), or the signs of the edge (AVX2). */
  count: rcx,
  signs: rcx,
};

/** What lies on the stack. */
export const kept: Readonly<Record<Kept, X64Address>> = {
  rowCount: at(rsp, 0),
  columnsLeft: at(rsp, 8),
  accumulate: at(rsp, 16),
  aStart: at(rsp, 24),
  /** The panel of A that is next, and the distance to the one after it. */
  aPanel: at(rsp, 32),
  aStep: at(rsp, 40),
  /** The same for B. */
  bPanel: at(rsp, 48),
  bStep: at(rsp, 56),
  /** C beside the panel of B. */
  cPanel: at(rsp, 64),
};
export const keptBytes: number = 72;

/** Rows and vectors of a tile: enough sums to hide the latency of a multiply-add, few enough for the registers. */
const tiles = { avx512: { rows: 8, vectors: 2 }, avx2: { rows: 6, vectors: 2 } };

/** Starts a macro-kernel. */
export function x64Frame(level: X64Level, elementBytes: 4 | 8): X64Frame {
  const code = new CodeBuffer();
  const x64 = new X64(code);
  const vector = new X64Vectors(x64, level === "avx512" ? 512 : 256, elementBytes);
  const vectorBytes = vector.bits / 8;
  const { rows, vectors } = tiles[level];
  const registers = Array.from({ length: level === "avx512" ? 32 : 16 }, (_, k) => k);
  const sums = registers.splice(0, rows * vectors);
  const values = registers.splice(0, vectors);
  if (registers.length === 0) unreachable("a tile that does not fit into the registers");
  const columns = (vectors * vectorBytes) / elementBytes;
  const shape = { rows, vectors, columns, vectorBytes, elementBytes };
  return { x64, vector, level, ...shape, sums, values, elements: registers, signs: code.label() };
}
