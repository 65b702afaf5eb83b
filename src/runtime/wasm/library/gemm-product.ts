// One tile of a product: blocks of columns, depth and rows, each packed where that pays, and handed to the block function.

import type { ModuleBuilder } from "../../../compiler/4-emit/wasm/encoder.ts";
import type { FunctionBuilder, Local } from "../../../compiler/4-emit/wasm/function.ts";
import { gemmMaxColumnBlock, gemmMaxDepth, gemmMaxRowBlock } from "../../../compiler/gemm-tiles.ts";
import { integers, parametersOf, pushMin } from "./arithmetic.ts";
import { addBlock, type BlockContext, pushPlace } from "./gemm-block.ts";
import { addDots } from "./gemm-dots.ts";
import {
  type Block,
  chooseDirect,
  chooseInPlace,
  type Functions,
  packA,
  packB,
  productParameters,
  type State,
  setPlace,
  tablesOfColumns,
  writeTable,
} from "./gemm-operands.ts";
import { addPack } from "./gemm-pack.ts";
import { addCommonStep, addTable } from "./gemm-tables.ts";

/** Adds the function of one tile; returns its index. */
export function addProduct(module: ModuleBuilder, context: BlockContext): number {
  const { type, macro } = context;
  const full = type.rows.length * type.lanes;
  const packA = addPack(module, type, macro?.rows);
  const functions = {
    block: addBlock(module, context),
    packA,
    packB: macro === undefined ? packA : addPack(module, type, macro.columns),
    table: addTable(module, Math.max(full, macro?.rows ?? 0, macro?.columns ?? 0)),
    commonStep: addCommonStep(module),
    dots: addDots(module, type),
  };
  const types = productParameters.map(() => "i32" as const);
  return module.function(types, [], (f) => emitProduct(f, context, functions));
}

function emitProduct(f: FunctionBuilder, context: BlockContext, functions: Functions): void {
  const { type, macro } = context;
  const p = parametersOf(productParameters);
  const block = (): Block => {
    const [start, size, length] = integers(f, 3);
    return { start, size, length };
  };
  const [aStep, aDirectRow, bStep, packedA, packedB, scattered] = integers(f, 6);
  const own = { aStep, aDirectRow, bStep, packedA, packedB, scattered };
  const blocks = { columns: block(), depth: block(), rows: block() };
  const state: State = { ...context, f, p, functions, ...blocks, ...own };
  matrixByVector(state);
  if (macro === undefined) chooseDirect(state);
  else if (macro.inPlace) chooseInPlace(state);
  const full = type.rows.length * type.lanes;
  chooseLength(
    f,
    state.columns,
    p.n,
    (4 * gemmMaxColumnBlock) / type.bytes,
    macro?.columns ?? full,
  );
  chooseLength(f, state.depth, p.k, gemmMaxDepth, 1);
  chooseLength(f, state.rows, p.m, (4 * gemmMaxRowBlock) / type.bytes, macro?.rows ?? full);
  pushPlace(state, "packedA");
  f.set(packedA);
  pushPlace(state, "packedB");
  f.set(packedB);
  f.get(p.rowAxes).get(p.columnAxes).op("i32.or");
  f.get(p.cColumn).i32(type.bytes).op("i32.ne").op("i32.or").set(scattered);
  eachBlock(f, state.columns, p.n, () => {
    tablesOfColumns(state);
    eachBlock(f, state.depth, p.k, () => {
      packB(state);
      eachBlock(f, state.rows, p.m, () => multiply(state));
    });
  });
}

/** One row or one column of C, where both operands are contiguous along k: dot products. */
function matrixByVector({ f, type, p, functions }: State): void {
  const single = (size: Local): void => {
    f.get(size).i32(1).op("i32.eq");
    for (const stride of [p.aInner, p.bInner]) {
      f.get(stride).i32(type.bytes).op("i32.eq").op("i32.and");
    }
    f.get(p.rowAxes).get(p.columnAxes).op("i32.or").get(p.innerAxes).op("i32.or").op("i32.eqz");
    f.op("i32.and");
  };
  single(p.n);
  f.if(() => {
    for (const local of [p.c, p.cRow, p.b, p.a, p.aRow, p.m, p.k, p.accumulate]) f.get(local);
    f.call(functions.dots).op("return");
  });
  single(p.m);
  f.if(() => {
    for (const local of [p.c, p.cColumn, p.a, p.b, p.bColumn, p.n, p.k, p.accumulate]) f.get(local);
    f.call(functions.dots).op("return");
  });
}

/** Sets the length of blocks: equal parts of at most `most`, in whole units. */
function chooseLength(
  f: FunctionBuilder,
  { length }: Block,
  total: Local,
  most: number,
  unit: number,
): void {
  const whole = most - (most % unit);
  const [parts] = integers(f, 1);
  f.get(total)
    .i32(whole - 1)
    .op("i32.add")
    .i32(whole)
    .op("i32.div_u")
    .set(parts);
  f.get(total).get(parts).op("i32.add").i32(1).op("i32.sub").get(parts).op("i32.div_u");
  if (unit > 1) {
    f.i32(unit - 1)
      .op("i32.add")
      .i32(unit)
      .op("i32.div_u")
      .i32(unit)
      .op("i32.mul");
  }
  f.set(length);
}

/** Repeats `body` for each block of `total`. */
function eachBlock(f: FunctionBuilder, block: Block, total: Local, body: () => void): void {
  const { start, size, length } = block;
  f.i32(0).set(start);
  f.loop((again) => {
    f.get(total).get(start).op("i32.sub").set(size);
    pushMin(f, length, size);
    f.set(size);
    body();
    f.get(start).get(length).op("i32.add").tee(start).get(total).op("i32.lt_s").brIf(again);
  });
}

/** One block of rows: packs A where it must be, then calls the block function. */
function multiply(state: State): void {
  const { f, p, functions, columns, depth, rows, aStep, aDirectRow, bStep } = state;
  const [a, b, c, cRow, accumulate] = integers(f, 5);
  const ofRows = { axes: p.rowAxes, block: rows };
  const ofColumns = { axes: p.columnAxes, block: columns };
  const inner = { axes: p.innerAxes, block: depth };
  setPlace(f, a, p.a, { ...ofRows, stride: p.aRow }, { ...inner, stride: p.aInner });
  f.get(aStep).get(aDirectRow).op("i32.or").op("i32.eqz");
  f.if(() => {
    packA(state, a);
    f.get(state.packedA).set(a);
  });
  setPlace(f, b, p.b, { ...inner, stride: p.bInner }, { ...ofColumns, stride: p.bColumn });
  f.get(b).get(state.packedB).get(bStep).op("select").set(b);
  setPlace(f, c, p.c, { ...ofRows, stride: p.cRow }, { ...ofColumns, stride: p.cColumn });
  f.get(p.cRow).set(cRow);
  f.get(state.scattered).if(() => {
    writeTable(state, "rowsOfC", { ...ofRows, stride: p.cRow, which: 2, start: p.rowStart });
    pushPlace(state, "rowsOfC");
    f.get(rows.size).call(functions.commonStep).set(cRow);
  });
  f.get(p.accumulate).get(depth.start).op("i32.or").i32(0).op("i32.ne").set(accumulate);
  const operands = [a, aStep, aDirectRow, b, bStep, state.packedB, c, cRow, state.scattered];
  for (const local of [rows.size, columns.size, depth.size, ...operands, accumulate]) f.get(local);
  f.call(functions.block);
}
