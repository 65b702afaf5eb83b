// The block function of matrix products in x86-64 machine code: C = A·B or C += A·B for a packed A and B (see
// macro.ts). It walks the panels of B, and for each the panels of A, so that a panel of B stays in the first-level
// cache; x64-tile.ts writes what happens to one tile of C. There is a kernel for each number of rows, so short last
// panels waste nothing.

import { CodeBuffer, type Label } from "./code-buffer.ts";
import { descriptorWord, type MacroCode } from "./macro.ts";
import { at, indexed, X64, type X64Address, x64Register } from "./x64.ts";
import { held, kept, keptBytes, type X64Frame, type X64Level, x64Frame } from "./x64-frame.ts";
import { setEdge, type Tile, tileKernel, writeSigns } from "./x64-tile.ts";
import { X64Vectors } from "./x64-vector.ts";

/** How the system passes arguments and which registers it wants back. */
export type X64Convention = "systemV" | "windows";

/** What a macro-kernel is made for. */
export interface X64MacroOptions {
  readonly level: X64Level;
  readonly elementBytes: 4 | 8;
  readonly convention: X64Convention;
}

const { rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r12, r13, r14, r15 } = x64Register;

/**
 * Writes the macro-kernel: functions of the descriptor's address in a memory and the memory's base. There are two ways
 * in, for packed operands and for operands in place, to one and the same code.
 */
export function x64Macro({ level, elementBytes, convention }: X64MacroOptions): MacroCode {
  const frame = x64Frame(level, elementBytes);
  const { x64, rows, columns } = frame;
  const start = x64.code.label();
  enter(frame, convention);
  readDescriptor(frame, convention);
  packedDistances(frame);
  x64.jump(start);
  const inPlace = x64.code.length;
  enter(frame, convention);
  readDescriptor(frame, convention);
  givenDistances(frame);
  x64.code.bind(start);
  multiplesOfRows(frame);
  loopOverColumns(frame);
  leave(frame, convention);
  if (level === "avx2") writeSigns(frame);
  return { code: x64.code.finish(), rows, columns, inPlace };
}

/** A function that calls another one with a memory's base after its argument. */
export function x64Binding(base: bigint, target: bigint, convention: X64Convention): Uint8Array {
  const x64 = new X64(new CodeBuffer());
  x64.moveImmediate(convention === "windows" ? rdx : rsi, base);
  x64.moveImmediate(rax, target);
  x64.jumpTo(rax);
  return x64.code.finish();
}

// --- entry and exit ---

const systemVSaved = [rbx, rbp, r12, r13, r14, r15];
const windowsSaved = [...systemVSaved, rsi, rdi];
const windowsVectors = [6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

function enter({ x64 }: X64Frame, convention: X64Convention): void {
  for (const register of savedBy(convention)) x64.push(register);
  if (convention === "windows") {
    x64.subtractImmediate(rsp, 16 * windowsVectors.length);
    const low = new X64Vectors(x64, 128, 4);
    windowsVectors.forEach((register, k) => {
      low.store(at(rsp, 16 * k), register);
    });
  }
  x64.subtractImmediate(rsp, keptBytes);
}

function leave({ x64, vector }: X64Frame, convention: X64Convention): void {
  vector.leave();
  x64.addImmediate(rsp, keptBytes);
  if (convention === "windows") {
    const low = new X64Vectors(x64, 128, 4);
    windowsVectors.forEach((register, k) => {
      low.load(register, at(rsp, 16 * k));
    });
    x64.addImmediate(rsp, 16 * windowsVectors.length);
  }
  for (const register of [...savedBy(convention)].reverse()) x64.pop(register);
  x64.return();
}

function savedBy(convention: X64Convention): readonly number[] {
  return convention === "windows" ? windowsSaved : systemVSaved;
}

/** Reads what both forms of the descriptor have. */
function readDescriptor({ x64 }: X64Frame, convention: X64Convention): void {
  const [descriptor, base] = convention === "windows" ? [rcx, rdx] : [rdi, rsi];
  x64.moveLow(rax, descriptor);
  x64.move(rcx, base);
  x64.add(rax, rcx);
  for (const name of ["rowCount", "columnsLeft", "accumulate"] as const) {
    x64.loadSigned32(rdx, word(keptWords[name]));
    x64.store64(kept[name], rdx);
  }
  for (const name of ["aStart", "bPanel", "cPanel"] as const) {
    x64.load32(rdx, word(keptWords[name]));
    x64.add(rdx, rcx);
    x64.store64(kept[name], rdx);
  }
  x64.loadSigned32(held.depth, word("depth"));
  x64.loadSigned32(held.cRow, word("cRow"));
}

const keptWords = {
  rowCount: "rows",
  columnsLeft: "columns",
  accumulate: "accumulate",
  aStart: "a",
  bPanel: "b",
  cPanel: "c",
} as const;

/** A word of the descriptor, which rax points at. */
function word(name: keyof typeof descriptorWord): X64Address {
  return at(rax, 4 * descriptorWord[name]);
}

/** The distances in packed panels follow from the tile and the depth. */
function packedDistances({ x64, rows, columns, elementBytes }: X64Frame): void {
  x64.moveSmall(held.aRow, elementBytes);
  x64.moveSmall(held.aColumn, rows * elementBytes);
  x64.moveSmall(held.bRow, columns * elementBytes);
  x64.multiplyImmediate(rdx, held.depth, rows * elementBytes);
  x64.store64(kept.aStep, rdx);
  x64.multiplyImmediate(rdx, held.depth, columns * elementBytes);
  x64.store64(kept.bStep, rdx);
}

function givenDistances({ x64 }: X64Frame): void {
  for (const name of ["aRow", "aColumn", "bRow"] as const) x64.loadSigned32(held[name], word(name));
  for (const name of ["aStep", "bStep"] as const) {
    x64.loadSigned32(rdx, word(name));
    x64.store64(kept[name], rdx);
  }
}

function multiplesOfRows({ x64 }: X64Frame): void {
  x64.loadPlace(held.aRow3, indexed(held.aRow, held.aRow, 2));
  x64.loadPlace(held.aRow5, indexed(held.aRow, held.aRow, 4));
  x64.loadPlace(held.aRow7, indexed(held.aRow3, held.aRow, 4));
}

// --- loops over panels ---

function loopOverColumns(frame: X64Frame): void {
  const { x64, columns, vectors } = frame;
  const { code } = x64;
  const [next, edge, narrow] = [code.label(), code.label(), code.label()];
  const [advance, end] = [code.label(), code.label()];
  x64.compareMemory(kept.rowCount, 0);
  x64.jumpIf("atMost", end);
  code.bind(next);
  x64.load64(rax, kept.aStart);
  x64.store64(kept.aPanel, rax);
  x64.load64(held.cTile, kept.cPanel);
  x64.load64(held.rowsLeft, kept.rowCount);
  x64.compareMemory(kept.columnsLeft, columns);
  x64.jumpIf("less", edge);
  loopOverRows(frame, { vectors, masked: false }, advance);
  code.bind(edge);
  x64.compareMemory(kept.columnsLeft, 0);
  x64.jumpIf("atMost", end);
  setEdge(frame);
  x64.compareMemory(kept.columnsLeft, columns / 2);
  x64.jumpIf("atMost", narrow);
  loopOverRows(frame, { vectors, masked: true }, end);
  code.bind(narrow);
  loopOverRows(frame, { vectors: vectors / 2, masked: true }, end);
  code.bind(advance);
  advancePanel(frame);
  x64.jump(next);
  code.bind(end);
}

function advancePanel({ x64, columns, elementBytes }: X64Frame): void {
  x64.load64(rax, kept.bStep);
  x64.addToMemory(kept.bPanel, rax);
  x64.moveSmall(rax, columns * elementBytes);
  x64.addToMemory(kept.cPanel, rax);
  x64.subtractFromMemory(kept.columnsLeft, columns);
}

/** All panels of A against one panel of B: whole tiles, then one of the rows that are left. */
function loopOverRows(frame: X64Frame, width: Omit<Tile, "rows">, done: Label): void {
  const { x64, rows } = frame;
  const { code } = x64;
  const [whole, rest] = [code.label(), code.label()];
  code.bind(whole);
  x64.compareImmediate(held.rowsLeft, rows);
  x64.jumpIf("less", rest);
  tileKernel(frame, { ...width, rows });
  x64.move(held.cTile, held.row);
  x64.load64(rax, kept.aStep);
  x64.addToMemory(kept.aPanel, rax);
  x64.subtractImmediate(held.rowsLeft, rows);
  x64.jump(whole);
  code.bind(rest);
  for (let count = 1; count < rows; count++) {
    const other = code.label();
    x64.compareImmediate(held.rowsLeft, count);
    x64.jumpIf("notEqual", other);
    tileKernel(frame, { ...width, rows: count });
    x64.jump(done);
    code.bind(other);
  }
  x64.jump(done);
}
