// One tile of C in x86-64 machine code: loaded or cleared, summed over the depth of the panels, stored. Columns beyond
// the end are left out by masked loads and stores: AVX-512 has registers for masks, AVX2 takes the signs of a vector.

import { at, indexed, type X64Address } from "./x64.ts";
import { held, kept, type X64Frame } from "./x64-frame.ts";

/** Steps of k in one round of the loop. */
const unroll = 4;
/** Masks of the vectors of a row (AVX-512). */
const edgeMasks = [1, 2];

/** What a kernel is written for. */
export interface Tile {
  readonly rows: number;
  readonly vectors: number;
  /** Whether some lanes of a row are beyond the last column. */
  readonly masked: boolean;
}

/** Writes the kernel for a tile; it leaves `row` behind the tile's last row. */
export function tileKernel(frame: X64Frame, tile: Tile): void {
  const { x64 } = frame;
  const { code } = x64;
  const [clear, sum] = [code.label(), code.label()];
  x64.compareMemory(kept.accumulate, 0);
  x64.jumpIf("equal", clear);
  eachRow(frame, tile, loadVector);
  x64.jump(sum);
  code.bind(clear);
  for (let k = 0; k < tile.rows * tile.vectors; k++) frame.vector.clear(k);
  prefetchTile(frame, tile);
  code.bind(sum);
  loopOverDepth(frame, tile);
  eachRow(frame, tile, storeVector);
}

/** Fetches the tile's rows while the sums are made. */
function prefetchTile({ x64 }: X64Frame, { rows, vectors }: Tile): void {
  x64.move(held.row, held.cTile);
  for (let i = 0; i < rows; i++) {
    x64.prefetch(at(held.row));
    if (vectors > 1) x64.prefetch(at(held.row, 64));
    x64.add(held.row, held.cRow);
  }
}

function loopOverDepth(frame: X64Frame, tile: Tile): void {
  const { x64 } = frame;
  const { code } = x64;
  const [round, single, tail, done] = [code.label(), code.label(), code.label(), code.label()];
  x64.load64(held.aPointer, kept.aPanel);
  x64.load64(held.bPointer, kept.bPanel);
  x64.move(held.stepsLeft, held.depth);
  x64.subtractImmediate(held.stepsLeft, unroll);
  x64.jumpIf("less", tail);
  code.bind(round);
  for (let k = 0; k < unroll; k++) step(frame, tile);
  x64.subtractImmediate(held.stepsLeft, unroll);
  x64.jumpIf("atLeast", round);
  code.bind(tail);
  x64.addImmediate(held.stepsLeft, unroll);
  x64.jumpIf("equal", done);
  code.bind(single);
  step(frame, tile);
  x64.subtractImmediate(held.stepsLeft, 1);
  x64.jumpIf("more", single);
  code.bind(done);
}

/** One step of the sums: a row of B in registers, times one element of A after the other. */
function step(frame: X64Frame, tile: Tile): void {
  const { x64, vector, sums, values, elements } = frame;
  for (let j = 0; j < tile.vectors; j++) {
    if (tile.masked && frame.level === "avx2") loadSigns(frame, j);
    loadVector(frame, tile, values[j], j, held.bPointer);
  }
  x64.add(held.bPointer, held.bRow);
  for (let i = 0; i < tile.rows; i++) {
    const element = elements[i % elements.length];
    vector.broadcast(element, rowsOfA[i]);
    for (let j = 0; j < tile.vectors; j++)
      vector.multiplyAdd(sums[i * tile.vectors + j], element, values[j]);
  }
  x64.add(held.aPointer, held.aColumn);
}

/** The elements of a column of A. */
const rowsOfA: readonly X64Address[] = [
  at(held.aPointer),
  indexed(held.aPointer, held.aRow, 1),
  indexed(held.aPointer, held.aRow, 2),
  indexed(held.aPointer, held.aRow3, 1),
  indexed(held.aPointer, held.aRow, 4),
  indexed(held.aPointer, held.aRow5, 1),
  indexed(held.aPointer, held.aRow3, 2),
  indexed(held.aPointer, held.aRow7, 1),
];

// --- rows, whole and in part ---

type Transfer = (frame: X64Frame, tile: Tile, register: number, j: number, place: number) => void;

/** Loads or stores the tile row by row; `row` walks down the rows. */
function eachRow(frame: X64Frame, tile: Tile, transfer: Transfer): void {
  const { x64, sums } = frame;
  x64.move(held.row, held.cTile);
  if (tile.masked && frame.level === "avx2")
    for (let j = 0; j < tile.vectors; j++) loadSigns(frame, j);
  for (let i = 0; i < tile.rows; i++) {
    for (let j = 0; j < tile.vectors; j++)
      transfer(frame, tile, sums[i * tile.vectors + j], j, held.row);
    x64.add(held.row, held.cRow);
  }
}

/** Loads vector j of a row. In AVX2 the signs are in the register that holds B's vector otherwise. */
function loadVector(frame: X64Frame, tile: Tile, register: number, j: number, place: number): void {
  const { vector, level, values } = frame;
  const from = at(place, j * frame.vectorBytes);
  if (!tile.masked) vector.load(register, from);
  else if (level === "avx512") vector.load(register, from, edgeMasks[j]);
  else vector.loadBySign(register, values[j], from);
}

function storeVector(
  frame: X64Frame,
  tile: Tile,
  register: number,
  j: number,
  place: number,
): void {
  const { vector, level, values } = frame;
  const to = at(place, j * frame.vectorBytes);
  if (!tile.masked) vector.store(to, register);
  else if (level === "avx512") vector.store(to, register, edgeMasks[j]);
  else vector.storeBySign(to, values[j], register);
}

function loadSigns({ vector, values, vectorBytes }: X64Frame, j: number): void {
  vector.load(values[j], at(held.signs, j * vectorBytes));
}

/** Prepares the masks for the columns that are left, fewer than a panel has or as many. */
export function setEdge(frame: X64Frame): void {
  if (frame.level === "avx512") setEdgeMasks(frame);
  else setEdgeSigns(frame);
}

/** One bit per column: the low ones for the first vector, the next for the second. */
function setEdgeMasks({ x64, vector, vectorBytes, elementBytes }: X64Frame): void {
  x64.load64(held.count, kept.columnsLeft);
  x64.moveSmall(held.row, 1);
  x64.shiftLeftByCount(held.row);
  x64.subtractImmediate(held.row, 1);
  vector.setMask(edgeMasks[0], held.row);
  x64.shiftRight(held.row, vectorBytes / elementBytes);
  vector.setMask(edgeMasks[1], held.row);
}

/** A place in the table as many elements before its middle as there are columns. */
function setEdgeSigns({ x64, columns, elementBytes, signs }: X64Frame): void {
  x64.loadAddress(held.signs, signs);
  x64.addImmediate(held.signs, columns * elementBytes);
  x64.load64(held.row, kept.columnsLeft);
  x64.shiftLeft(held.row, elementBytes === 8 ? 3 : 2);
  x64.subtract(held.signs, held.row);
}

/** Writes the table of signs (AVX2): as many elements of ones as a panel has columns, then as many of zeros. */
export function writeSigns({ x64, columns, elementBytes, signs }: X64Frame): void {
  const bytes = columns * elementBytes;
  x64.code.bind(signs);
  for (let k = 0; k < 2 * bytes; k++) x64.code.byte(k < bytes ? 0xff : 0);
}
