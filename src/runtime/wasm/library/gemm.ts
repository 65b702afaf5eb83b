// Matrix products `C = A·B` or `C += A·B`: blocks chosen from the shape alone (`compiler/gemm-tiles.ts`), packed where
// that pays, any strides of A and B. The three block loops are independent in rows and columns: a unit of work for
// threads is one (row block, column block) with all of the depth.

import type { ModuleBuilder } from "../../../compiler/4-emit/wasm/encoder.ts";
import type { FunctionBuilder, Local } from "../../../compiler/4-emit/wasm/function.ts";
import {
  gemmMaxColumnBlock,
  gemmMaxDepth,
  gemmMaxRowBlock,
  gemmTileElements,
} from "../../../compiler/gemm-tiles.ts";
import {
  integers,
  movePointer,
  parametersOf,
  pushCeilDivide,
  pushMin,
  pushShare,
  whileCounting,
} from "./arithmetic.ts";
import { addDots } from "./gemm-dots.ts";
import { addMacro, pushPanelBytes } from "./gemm-macro.ts";
import { addPack } from "./gemm-pack.ts";
import type { GemmType } from "./gemm-types.ts";

/** Parameters of a product: addresses, sizes, strides in elements, and whether to add to C. */
export const gemmParameters = [
  "c",
  "a",
  "b",
  "workspace",
  "m",
  "n",
  "k",
  "aRow",
  "aCol",
  "bRow",
  "bCol",
  "cRow",
  "accumulate",
] as const;

/** A batched product adds the number of products and the strides between them, in elements. */
export const batchedParameters: readonly string[] = [
  ...gemmParameters,
  "batch",
  "aBatch",
  "bBatch",
  "cBatch",
];

type Locals = Readonly<Record<(typeof gemmParameters)[number], Local>>;

/** Rows of C up to which a contiguous B is read where it is. */
const directRows = 18;

/** Columns of C up to which an A whose rows are adjacent (a transposed one) is read where it is. */
const directColumns = 128;

/** Columns of C up to which an A whose steps of k are adjacent is read where it is. */
const directNarrow = 16;

/** Bytes of an operand that is always read where it is: half a first-level cache. */
const smallOperand = 16384;

/** Adds `gemm_<type>` and `gemm_<type>_batched` and exports them. */
export function addGemm(module: ModuleBuilder, type: GemmType): void {
  const functions = {
    macro: addMacro(module, type),
    pack: addPack(module, type),
    dots: addDots(module, type),
  };
  const types = (names: readonly string[]): "i32"[] => names.map(() => "i32");
  const gemm = module.function(types(gemmParameters), [], (f) => emitGemm(f, type, functions));
  const batched = module.function(types(batchedParameters), [], (f) => {
    emitBatched(f, type, gemm);
  });
  module.export(`gemm_${type.name}`, gemm);
  module.export(`gemm_${type.name}_batched`, batched);
}

interface Functions {
  readonly macro: number;
  readonly pack: number;
  readonly dots: number;
}

/** One of the three block loops: where the block starts, how long it is, how long most are. */
interface Block {
  readonly start: Local;
  readonly size: Local;
  readonly length: Local;
}

/** What the block loops share. */
interface State {
  readonly f: FunctionBuilder;
  readonly type: GemmType;
  readonly p: Locals;
  readonly functions: Functions;
  readonly columns: Block;
  readonly depth: Block;
  readonly rows: Block;
  /** Strides with which A and B are read where they are; 0 where they are packed. */
  readonly aStep: Local;
  readonly aRow: Local;
  readonly bStep: Local;
  readonly packedA: Local;
  readonly packedB: Local;
}

function emitGemm(f: FunctionBuilder, type: GemmType, functions: Functions): void {
  const p = parametersOf(gemmParameters);
  const block = (): Block => {
    const [start, size, length] = integers(f, 3);
    return { start, size, length };
  };
  const [aStep, aRow, bStep, packedA, packedB] = integers(f, 5);
  const own = { aStep, aRow, bStep, packedA, packedB };
  const blocks = { columns: block(), depth: block(), rows: block() };
  const state: State = { f, type, p, functions, ...blocks, ...own };
  for (const stride of [p.aRow, p.aCol, p.bRow, p.bCol, p.cRow]) {
    f.get(stride).i32(type.bytes).op("i32.mul").set(stride);
  }
  f.get(p.k)
    .op("i32.eqz")
    .if(() => clearWithoutDepth(state));
  for (const size of [p.m, p.n, p.k])
    f.get(size)
      .op("i32.eqz")
      .if(() => f.op("return"));
  matrixByVector(state);
  chooseDirect(state);
  chooseLength(f, state.columns, p.n, gemmMaxColumnBlock, 2 * type.lanes);
  chooseLength(f, state.depth, p.k, gemmMaxDepth, 1);
  chooseLength(f, state.rows, p.m, gemmMaxRowBlock, 1);
  placeWorkspace(state);
  eachBlock(f, state.columns, p.n, () =>
    eachBlock(f, state.depth, p.k, () => {
      packB(state);
      eachBlock(f, state.rows, p.m, () => multiply(state));
    }),
  );
}

/** A product without depth is zero. */
function clearWithoutDepth({ f, type, p }: State): void {
  f.get(p.accumulate).if(() => f.op("return"));
  whileCounting(f, p.m, 1, () => {
    f.get(p.c).i32(0).get(p.n).i32(type.bytes).op("i32.mul").memoryFill();
    f.get(p.c).get(p.cRow).op("i32.add").set(p.c);
  });
}

/** One row or one column of C, where both operands are contiguous along k: dot products. */
function matrixByVector({ f, type, p, functions }: State): void {
  const alongDepth = (size: Local): void => {
    f.get(size).i32(1).op("i32.eq");
    for (const stride of [p.aCol, p.bRow]) {
      f.get(stride).i32(type.bytes).op("i32.eq").op("i32.and");
    }
  };
  alongDepth(p.n);
  f.if(() => {
    for (const local of [p.c, p.cRow, p.b, p.a, p.aRow, p.m, p.k, p.accumulate]) f.get(local);
    f.call(functions.dots).op("return");
  });
  alongDepth(p.m);
  f.if(() => {
    f.get(p.c).i32(type.bytes);
    for (const local of [p.a, p.b, p.bCol, p.n, p.k, p.accumulate]) f.get(local);
    f.call(functions.dots).op("return");
  });
}

/**
 * Decides which operands are read where they are: contiguous ones that few tiles read, or that the first-level cache
 * holds. A stride of 0 means packing.
 */
function chooseDirect({ f, type, p, aStep, aRow, bStep }: State): void {
  const choose = (result: Local, from: DirectRead): void => {
    const { stride, count, unit, uses, most } = from;
    f.get(stride).i32(0).get(unit).i32(type.bytes).op("i32.eq");
    f.get(uses).i32(most).op("i32.le_s");
    f.get(stride).get(count).op("i32.mul").i32(smallOperand).op("i32.le_u").op("i32.or");
    f.op("i32.and").op("select").set(result);
  };
  choose(aStep, { stride: p.aCol, count: p.k, unit: p.aRow, uses: p.n, most: directColumns });
  choose(aRow, { stride: p.aRow, count: p.m, unit: p.aCol, uses: p.n, most: directNarrow });
  choose(bStep, { stride: p.bRow, count: p.k, unit: p.bCol, uses: p.m, most: directRows });
  f.get(aStep).if(() => f.i32(0).set(aRow));
}

/** An operand of `count` lines `stride` bytes apart, contiguous in `unit`, that is read for up to `most` `uses`. */
interface DirectRead {
  readonly stride: Local;
  readonly count: Local;
  readonly unit: Local;
  readonly uses: Local;
  readonly most: number;
}

/** Cuts `total` into equal blocks of at most `most`, whole units long. */
function chooseLength(
  f: FunctionBuilder,
  { length, size }: Block,
  total: Local,
  most: number,
  unit: number,
): void {
  const more = unit - 1;
  pushCeilDivide(f, total, most);
  f.set(size);
  pushShare(f, total, size);
  f.i32(more).op("i32.add").i32(-unit).op("i32.and").set(length);
}

/** In the workspace: the tile for edges, then the packed A, then the packed B. */
function placeWorkspace({ f, type, p, rows, depth, packedA, packedB }: State): void {
  const tileBytes = gemmTileElements * type.bytes;
  f.get(p.workspace).i32(tileBytes).op("i32.add").tee(packedA);
  f.get(rows.length).get(depth.length).op("i32.mul").i32(15).op("i32.add").i32(-16);
  f.op("i32.and").i32(type.bytes).op("i32.mul").op("i32.add").set(packedB);
}

/** Repeats `body` for each block of `total`. */
function eachBlock(f: FunctionBuilder, block: Block, total: Local, body: () => void): void {
  const { start, size, length } = block;
  f.i32(0).set(start);
  f.loop((again) => {
    f.get(total).get(start).op("i32.sub").set(size);
    f.get(length).get(size).get(length).get(size).op("i32.lt_s").op("select").set(size);
    body();
    f.get(start).get(length).op("i32.add").tee(start).get(total).op("i32.lt_s").brIf(again);
  });
}

/** Sets `place` to `base + row · rowStride + column · columnStride`. */
function setPlace(
  f: FunctionBuilder,
  place: Local,
  base: Local,
  [row, rowStride]: readonly [Local, Local],
  [column, columnStride]: readonly [Local, Local],
): void {
  f.get(base).set(place);
  movePointer(f, place, row, { local: rowStride });
  movePointer(f, place, column, { local: columnStride });
}

/** Packs the block of B in panels; of one that is read in place, only a last panel that is not full. */
function packB({ f, type, p, functions, columns, depth, bStep, packedB }: State): void {
  const [left, source, target, used, width] = integers(f, 5);
  const full = 2 * type.lanes;
  setPlace(f, source, p.b, [depth.start, p.bRow], [columns.start, p.bCol]);
  f.get(columns.size).set(left).get(packedB).set(target);
  f.get(bStep).if(() => {
    f.get(left).i32(-full).op("i32.and").set(used);
    movePointer(f, source, used, { local: p.bCol });
    f.get(left).get(used).op("i32.sub").set(left);
  });
  whileCounting(f, left, 1, () => {
    pushMin(f, left, full);
    f.set(used);
    pushPanelBytes(f, type, used);
    f.i32(type.bytes).op("i32.div_u").set(width);
    for (const local of [source, p.bCol, p.bRow, depth.size, used, target, width]) f.get(local);
    f.call(functions.pack);
    f.get(p.bCol).i32(full).op("i32.mul").get(source).op("i32.add").set(source);
    movePointer(f, target, depth.size, { bytes: full * type.bytes });
    f.increment(left, 1 - full);
  });
}

/** Packs a block of A in panels of as many rows as the block function will take. */
function packA({ f, type, p, functions, depth, rows, packedA }: State, source: Local): void {
  const [left, panels, target, used, elements] = integers(f, 5);
  f.get(rows.size).set(left).get(packedA).set(target);
  pushCeilDivide(f, left, type.rows);
  f.set(panels);
  whileCounting(f, panels, 1, () => {
    pushShare(f, left, panels);
    f.set(used);
    for (const local of [source, p.aRow, p.aCol, depth.size, used, target, used]) f.get(local);
    f.call(functions.pack);
    movePointer(f, source, used, { local: p.aRow });
    f.get(depth.size).get(used).op("i32.mul").set(elements);
    movePointer(f, target, elements, { bytes: type.bytes });
    f.get(left).get(used).op("i32.sub").set(left);
  });
}

/** One block of rows: packs A where it must be, then calls the block function. */
function multiply(state: State): void {
  const { f, p, functions, columns, depth, rows, aStep, aRow, bStep, packedA, packedB } = state;
  const [a, b, c, accumulate, one] = integers(f, 5);
  setPlace(f, a, p.a, [rows.start, p.aRow], [depth.start, p.aCol]);
  f.get(aStep).get(aRow).op("i32.or").op("i32.eqz");
  f.if(() => {
    packA(state, a);
    f.get(packedA).set(a);
  });
  setPlace(f, b, p.b, [depth.start, p.bRow], [columns.start, p.bCol]);
  f.get(b).get(packedB).get(bStep).op("select").set(b);
  f.i32(state.type.bytes).set(one);
  setPlace(f, c, p.c, [rows.start, p.cRow], [columns.start, one]);
  f.get(p.accumulate).get(depth.start).op("i32.or").i32(0).op("i32.ne").set(accumulate);
  const sizes = [rows.size, columns.size, depth.size];
  const operands = [a, aStep, aRow, b, bStep, packedB, c, p.cRow];
  for (const local of [...sizes, ...operands, accumulate, p.workspace]) f.get(local);
  f.call(functions.macro);
}

function emitBatched(f: FunctionBuilder, type: GemmType, gemm: number): void {
  const p = parametersOf(batchedParameters);
  whileCounting(f, p.batch, 1, () => {
    for (const name of gemmParameters) f.get(p[name]);
    f.call(gemm);
    for (const operand of ["a", "b", "c"] as const) {
      movePointer(f, p[operand], p[`${operand}Batch`], { bytes: type.bytes });
    }
  });
}
