// How one tile of a product reads its operands: where they lie, or packed block by block through tables of offsets.

import type { FunctionBuilder, Local } from "../../../compiler/4-emit/wasm/function.ts";
import {
  directColumns,
  directRows,
  fewUses,
  nearBytes,
  type workspaceLayout,
} from "../../../compiler/gemm-tiles.ts";
import { integers, movePointer } from "./arithmetic.ts";
import { type BlockContext, pushPlace } from "./gemm-block.ts";
import { pushPanelWidth } from "./gemm-panel.ts";

/**
 * Parameters, all i32, strides in bytes. A group of several axes has their address in `…Axes`, and the tile starts at
 * place `…Start` of it; for any other that is 0, and the addresses of A, B and C are those of the tile.
 */
export const productParameters = [
  "c",
  "a",
  "b",
  "m",
  "n",
  "k",
  "aRow",
  "aInner",
  "bInner",
  "bColumn",
  "cRow",
  "cColumn",
  "accumulate",
  "rowAxes",
  "columnAxes",
  "innerAxes",
  "rowStart",
  "columnStart",
] as const;

export type ProductParameter = (typeof productParameters)[number];

/** Bytes of an operand that is always read where it is: half a first-level cache. */
const smallOperand = 16384;

/** The functions that the one of a tile calls. */
export interface Functions {
  readonly block: number;
  readonly packA: number;
  readonly packB: number;
  readonly table: number;
  readonly commonStep: number;
  readonly dots: number;
}

/** One of the three block loops: where the block starts, how long it is, how long most are. */
export interface Block {
  readonly start: Local;
  readonly size: Local;
  readonly length: Local;
}

/** What the block loops share. */
export interface State extends BlockContext {
  readonly f: FunctionBuilder;
  readonly p: Readonly<Record<ProductParameter, Local>>;
  readonly functions: Functions;
  readonly columns: Block;
  readonly depth: Block;
  readonly rows: Block;
  /** Strides with which A and B are read where they are; 0 where they are packed. */
  readonly aStep: Local;
  readonly aDirectRow: Local;
  readonly bStep: Local;
  readonly packedA: Local;
  readonly packedB: Local;
  /** Whether tables say where C is. */
  readonly scattered: Local;
}

interface DirectRead {
  readonly stride: Local;
  readonly count: Local;
  /** The other stride, which must be one element. */
  readonly unit: Local;
  /** How often each element is read, and how often it may be. */
  readonly uses: Local;
  readonly most: number;
  readonly axes: Local;
}

/**
 * Decides which operands are read where they are: contiguous ones that few tiles read, or that the first-level cache
 * holds. A stride of 0 means packing.
 */
export function chooseDirect({ f, type, p, aStep, aDirectRow, bStep }: State): void {
  const choose = (result: Local, from: DirectRead): void => {
    const { stride, count, unit, uses, most, axes } = from;
    f.get(axes).get(p.innerAxes).op("i32.or").op("i32.eqz");
    f.get(unit).i32(type.bytes).op("i32.eq").op("i32.and");
    f.if(() => {
      f.get(stride).i32(0);
      f.get(uses).i32(most).op("i32.le_s");
      f.get(stride).get(count).op("i32.mul").i32(smallOperand).op("i32.le_u").op("i32.or");
      f.op("select").set(result);
    });
  };
  const ofA = { uses: p.n, most: directColumns, axes: p.rowAxes };
  choose(aStep, { ...ofA, stride: p.aInner, count: p.k, unit: p.aRow });
  choose(aDirectRow, { ...ofA, stride: p.aRow, count: p.m, unit: p.aInner });
  const ofB = { uses: p.m, most: directRows, axes: p.columnAxes };
  choose(bStep, { ...ofB, stride: p.bInner, count: p.k, unit: p.bColumn });
}

/** As `chooseDirect` for machine code, which reads any A and a B of adjacent columns: unless their steps are far apart. */
export function chooseInPlace({ f, type, p, aStep, aDirectRow, bStep }: State): void {
  const near = (step: Local, uses: Local): void => {
    // Unsigned: a negative stride is far.
    f.get(step).i32(nearBytes).op("i32.le_u");
    f.get(uses).i32(fewUses).op("i32.le_s").op("i32.or");
  };
  f.get(p.rowAxes).get(p.innerAxes).op("i32.or").op("i32.eqz");
  near(p.aInner, p.n);
  f.op("i32.and");
  f.if(() => f.get(p.aInner).set(aStep).get(p.aRow).set(aDirectRow));
  f.get(p.columnAxes).get(p.innerAxes).op("i32.or").op("i32.eqz");
  f.get(p.bColumn).i32(type.bytes).op("i32.eq").op("i32.and");
  near(p.bInner, p.m);
  f.op("i32.and");
  f.if(() => f.get(p.bInner).set(bStep));
}

/** Where a table comes from: a group of axes or a stride, from which place on. */
interface TableSource {
  readonly axes: Local;
  readonly stride: Local;
  /** Which stride of an axis. */
  readonly which: number;
  readonly block: Block;
  /** Where the tile starts in the group. */
  readonly start?: Local;
}

/** Writes the table of a block. */
export function writeTable(
  state: State,
  table: keyof typeof workspaceLayout,
  { axes, stride, which, block, start }: TableSource,
): void {
  const { f, functions } = state;
  pushPlace(state, table);
  f.get(block.size)
    .get(stride)
    .get(axes)
    .i32(4 * which)
    .get(block.start);
  if (start !== undefined) f.get(start).op("i32.add");
  f.call(functions.table);
}

/** Writes where the columns of a block are, where tables say that. */
export function tablesOfColumns(state: State): void {
  const { f, type, p, macro, columns, scattered, bStep } = state;
  const from = { axes: p.columnAxes, block: columns, start: p.columnStart };
  f.get(scattered).if(() => {
    writeTable(state, "columnsOfC", { ...from, stride: p.cColumn, which: 2 });
  });
  f.get(bStep).op("i32.eqz");
  // The last panel of a B that is read where it is may have to be packed.
  if (!macro?.inPlace)
    f.get(columns.size)
      .i32(type.lanes - 1)
      .op("i32.and")
      .op("i32.or");
  f.if(() => writeTable(state, "columnsOfB", { ...from, stride: p.bColumn, which: 1 }));
}

/** Sets `place` to `base`, moved to the start of a block along axes that have one stride. */
export function setPlace(
  f: FunctionBuilder,
  place: Local,
  base: Local,
  ...moves: readonly { readonly axes: Local; readonly block: Block; readonly stride: Local }[]
): void {
  f.get(base).set(place);
  for (const { axes, block, stride } of moves) {
    f.get(axes).op("i32.eqz");
    f.if(() => movePointer(f, place, block.start, { local: stride }));
  }
}

/** Packs the block of B in panels; of one that is read in place, only a last panel that is not full. */
export function packB(state: State): void {
  const { f, p, functions, columns, depth, bStep, packedB } = state;
  const [source, across, along, count] = integers(f, 4);
  const inner = { axes: p.innerAxes, block: depth };
  setPlace(
    f,
    source,
    p.b,
    { ...inner, stride: p.bInner },
    { axes: p.columnAxes, block: columns, stride: p.bColumn },
  );
  pushPlace(state, "columnsOfB");
  f.set(across);
  pushPlace(state, "depthOfB");
  f.set(along);
  f.get(columns.size).set(count);
  f.get(bStep).if(() => {
    if (state.macro?.inPlace) f.i32(0).set(count);
    else skipFullPanels(state, count, across);
  });
  f.get(count).if(() => {
    writeTable(state, "depthOfB", { ...inner, stride: p.bInner, which: 2 });
    for (const local of [source, across, count, along, depth.size, packedB]) f.get(local);
    f.call(functions.packB);
  });
}

/** Passes over the panels of columns that are full, and so read where they are. */
function skipFullPanels({ f, type }: State, count: Local, across: Local): void {
  const [width] = integers(f, 1);
  f.block((done) => {
    f.loop((again) => {
      f.get(count).op("i32.eqz").brIf(done);
      pushPanelWidth(f, type, count);
      f.tee(width).get(count).op("i32.gt_s").brIf(done);
      f.get(count).get(width).op("i32.sub").set(count);
      movePointer(f, across, width, { bytes: 4 });
      f.br(again);
    });
  });
}

/** Packs a block of A in panels. */
export function packA(state: State, source: Local): void {
  const { f, p, functions, depth, rows, packedA } = state;
  const ofRows = { axes: p.rowAxes, block: rows, start: p.rowStart };
  writeTable(state, "rowsOfA", { ...ofRows, stride: p.aRow, which: 1 });
  writeTable(state, "depthOfA", { axes: p.innerAxes, stride: p.aInner, which: 1, block: depth });
  f.get(source);
  pushPlace(state, "rowsOfA");
  f.get(rows.size);
  pushPlace(state, "depthOfA");
  f.get(depth.size).get(packedA).call(functions.packA);
}
