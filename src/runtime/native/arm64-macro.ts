// The block function of matrix products in arm64 machine code with NEON: C = A·B or C += A·B for a packed A and B (see
// macro.ts). Built like x64-macro.ts: panels of B outside, panels of A inside, a tile of C of up to 8 rows of 3 vectors
// in registers. NEON has no masked stores, so rows that end within a tile pass through a row on the stack.

import { Arm64, stackPointer } from "./arm64.ts";
import { CodeBuffer, type Label } from "./code-buffer.ts";
import { descriptorWord, type MacroCode } from "./macro.ts";

// Where things are kept throughout; all are registers that a function may change.
const [descriptor, base] = [0, 1];
const aPointer = 2;
const bPointer = 3;
const cTile = 4;
const cRow = 5;
const depth = 6;
const rowsLeft = 7;
const bPanel = 8;
const cPanel = 9;
const aStart = 10;
const columnsLeft = 11;
const rowCount = 12;
const accumulate = 13;
const stepsLeft = 14;
const row = 15;
// Free after the descriptor has been read.
const [element, count, from, to] = [0, 1, 16, 17];

const vectorBytes = 16;
/** Rows and vectors of a whole tile. */
const tile = { rows: 8, vectors: 3 };
/** Registers: sums from 0, a row of B, a column of A. */
const bValues = tile.rows * tile.vectors;
const aValues = bValues + tile.vectors;
/** Steps of k in one round of the loop. */
const unroll = 4;
/** Vectors whose low halves belong to the caller. */
const saved = [8, 9, 10, 11, 12, 13, 14, 15];
/** On the stack: a row of a tile, then the saved registers. */
const rowBytes = tile.vectors * vectorBytes;
const stackBytes = rowBytes + 8 * saved.length;

interface Macro {
  readonly arm64: Arm64;
  readonly elementBytes: 4 | 8;
  /** Elements of a vector. */
  readonly lanes: number;
}

/** Writes the macro-kernel: a function of the descriptor's address in a memory and the memory's base. */
export function arm64Macro(elementBytes: 4 | 8): MacroCode {
  const arm64 = new Arm64(new CodeBuffer(), elementBytes);
  const macro: Macro = { arm64, elementBytes, lanes: vectorBytes / elementBytes };
  arm64.subtractImmediate(stackPointer, stackPointer, stackBytes);
  saved.forEach((register, k) => {
    arm64.storeHalf(register, stackPointer, rowBytes + 8 * k);
  });
  readDescriptor(macro);
  loopOverColumns(macro);
  saved.forEach((register, k) => {
    arm64.loadHalf(register, stackPointer, rowBytes + 8 * k);
  });
  arm64.addImmediate(stackPointer, stackPointer, stackBytes);
  arm64.return();
  return { code: arm64.code.finish(), rows: tile.rows, columns: tile.vectors * macro.lanes };
}

/** A function that calls another one with a memory's base after its argument. */
export function arm64Binding(memoryBase: bigint, target: bigint): Uint8Array {
  const arm64 = new Arm64(new CodeBuffer(), 8);
  arm64.moveImmediate(base, memoryBase);
  arm64.moveImmediate(to, target);
  arm64.jumpTo(to);
  return arm64.code.finish();
}

/** Reads the descriptor; addresses become pointers. */
function readDescriptor({ arm64 }: Macro): void {
  arm64.addLow(from, base, descriptor);
  const place = (name: keyof typeof descriptorWord) => 4 * descriptorWord[name];
  arm64.loadSigned32(rowCount, from, place("rows"));
  arm64.loadSigned32(columnsLeft, from, place("columns"));
  arm64.loadSigned32(depth, from, place("depth"));
  arm64.loadSigned32(accumulate, from, place("accumulate"));
  arm64.loadSigned32(cRow, from, place("cRow"));
  for (const [register, name] of [
    [aStart, "a"],
    [bPanel, "b"],
    [cPanel, "c"],
  ] as const) {
    arm64.load32(register, from, place(name));
    arm64.add(register, base, register);
  }
}

// --- loops over panels ---

function loopOverColumns(macro: Macro): void {
  const { arm64, lanes } = macro;
  const { code } = arm64;
  const [next, done, end] = [code.label(), code.label(), code.label()];
  arm64.compareImmediate(rowCount, 0);
  arm64.jumpIf("atMost", end);
  code.bind(next);
  arm64.compareImmediate(columnsLeft, 0);
  arm64.jumpIf("atMost", end);
  arm64.move(aPointer, aStart);
  arm64.move(cTile, cPanel);
  arm64.move(rowsLeft, rowCount);
  for (let vectors = 1; vectors <= tile.vectors; vectors++) {
    const wider = code.label();
    arm64.compareImmediate(columnsLeft, vectors * lanes);
    if (vectors < tile.vectors) arm64.jumpIf("more", wider);
    loopOverRows(macro, vectors, done);
    code.bind(wider);
  }
  code.bind(done);
  // The kernels left the end of B's panel in bPointer.
  arm64.move(bPanel, bPointer);
  arm64.addImmediate(cPanel, cPanel, rowBytes);
  arm64.subtractImmediate(columnsLeft, columnsLeft, tile.vectors * lanes);
  arm64.jump(next);
  code.bind(end);
}

/** All panels of A against one panel of B: whole tiles, then one of the rows that are left. */
function loopOverRows(macro: Macro, vectors: number, done: Label): void {
  const { arm64 } = macro;
  const { code } = arm64;
  const [whole, rest] = [code.label(), code.label()];
  code.bind(whole);
  arm64.compareImmediate(rowsLeft, tile.rows);
  arm64.jumpIf("less", rest);
  tileKernel(macro, tile.rows, vectors);
  arm64.move(cTile, row);
  arm64.subtractImmediate(rowsLeft, rowsLeft, tile.rows);
  arm64.jump(whole);
  code.bind(rest);
  for (let rows = 1; rows < tile.rows; rows++) {
    const other = code.label();
    arm64.compareImmediate(rowsLeft, rows);
    arm64.jumpIf("notEqual", other);
    tileKernel(macro, rows, vectors);
    arm64.jump(done);
    code.bind(other);
  }
  arm64.jump(done);
}

// --- one tile ---

/** A tile of C; leaves aPointer and bPointer behind their panels and `row` behind the tile's last row. */
function tileKernel(macro: Macro, rows: number, vectors: number): void {
  const { arm64 } = macro;
  const { code } = arm64;
  const [clear, sum] = [code.label(), code.label()];
  arm64.jumpIfZero(accumulate, clear);
  eachRow(macro, rows, vectors, "load");
  arm64.jump(sum);
  code.bind(clear);
  arm64.move(row, cTile);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < vectors; j++) arm64.clear(i * vectors + j);
    arm64.prefetch(row);
    arm64.add(row, row, cRow);
  }
  code.bind(sum);
  loopOverDepth(macro, rows, vectors);
  eachRow(macro, rows, vectors, "store");
}

function loopOverDepth(macro: Macro, rows: number, vectors: number): void {
  const { arm64 } = macro;
  const { code } = arm64;
  const [round, single, tail, done] = [code.label(), code.label(), code.label(), code.label()];
  arm64.move(bPointer, bPanel);
  arm64.subtractAndCompare(stepsLeft, depth, unroll);
  arm64.jumpIf("less", tail);
  code.bind(round);
  for (let k = 0; k < unroll; k++) step(macro, rows, vectors, k);
  advance(macro, unroll);
  arm64.subtractAndCompare(stepsLeft, stepsLeft, unroll);
  arm64.jumpIf("atLeast", round);
  code.bind(tail);
  arm64.addImmediate(stepsLeft, stepsLeft, unroll);
  arm64.jumpIfZero(stepsLeft, done);
  code.bind(single);
  step(macro, rows, vectors, 0);
  advance(macro, 1);
  arm64.subtractAndCompare(stepsLeft, stepsLeft, 1);
  arm64.jumpIf("more", single);
  code.bind(done);
}

function advance({ arm64, elementBytes }: Macro, steps: number): void {
  arm64.addImmediate(aPointer, aPointer, steps * tile.rows * elementBytes);
  arm64.addImmediate(bPointer, bPointer, steps * rowBytes);
}

/** Step k of the sums: a row of B and a column of A in registers, each row of B times each element of A. */
function step(
  { arm64, elementBytes, lanes }: Macro,
  rows: number,
  vectors: number,
  k: number,
): void {
  for (let j = 0; j < vectors; j++)
    arm64.loadVector(bValues + j, bPointer, k * rowBytes + j * vectorBytes);
  for (let i = 0; i < rows; i += lanes)
    arm64.loadVector(aValues + i / lanes, aPointer, (k * tile.rows + i) * elementBytes);
  for (let i = 0; i < rows; i++) {
    const [column, lane] = [aValues + Math.floor(i / lanes), i % lanes];
    for (let j = 0; j < vectors; j++) arm64.multiplyAdd(i * vectors + j, bValues + j, column, lane);
  }
}

/** Loads or stores the tile row by row; `row` walks down the rows. */
function eachRow(macro: Macro, rows: number, vectors: number, what: "load" | "store"): void {
  const { arm64, lanes } = macro;
  const { code } = arm64;
  const [partial, done] = [code.label(), code.label()];
  arm64.move(row, cTile);
  arm64.compareImmediate(columnsLeft, vectors * lanes);
  arm64.jumpIf("less", partial);
  for (let i = 0; i < rows; i++) {
    transfer(arm64, i * vectors, vectors, row, what);
    arm64.add(row, row, cRow);
  }
  arm64.jump(done);
  code.bind(partial);
  for (let i = 0; i < rows; i++) {
    if (what === "store") transfer(arm64, i * vectors, vectors, stackPointer, what);
    copyPart(arm64, what);
    if (what === "load") transfer(arm64, i * vectors, vectors, stackPointer, what);
    arm64.add(row, row, cRow);
  }
  code.bind(done);
}

function transfer(
  arm64: Arm64,
  first: number,
  vectors: number,
  place: number,
  what: "load" | "store",
): void {
  for (let j = 0; j < vectors; j++) {
    if (what === "load") arm64.loadVector(first + j, place, j * vectorBytes);
    else arm64.storeVector(first + j, place, j * vectorBytes);
  }
}

/** Copies the elements that are in use between a row of C and the row on the stack. */
function copyPart(arm64: Arm64, what: "load" | "store"): void {
  const next = arm64.code.label();
  arm64.addImmediate(what === "load" ? to : from, stackPointer, 0);
  arm64.move(what === "load" ? from : to, row);
  arm64.move(count, columnsLeft);
  arm64.code.bind(next);
  arm64.loadElement(element, from);
  arm64.storeElement(element, to);
  arm64.subtractAndCompare(count, count, 1);
  arm64.jumpIf("more", next);
}
