// Packing: copies a block of A or B in panels, `width` elements for each k, so that micro-kernels read it in order. Tables
// say where each row (or column) and each k lie. What is adjacent moves by whole vectors, either way; a panel that is not
// full repeats its last row, since nothing reads what comes of it.

import type { ModuleBuilder } from "../../../compiler/4-emit/wasm/encoder.ts";
import type { FunctionBuilder, Local } from "../../../compiler/4-emit/wasm/function.ts";
import { integers, movePointer, parametersOf, whileCounting, whilePositive } from "./arithmetic.ts";
import { pushPanelWidth } from "./gemm-panel.ts";
import type { GemmType } from "./gemm-types.ts";

/** Parameters, all i32: addresses of the matrix, of the tables across and along k, and of the first packed panel. */
export const packParameters = ["base", "across", "count", "along", "k", "target"] as const;

/** Parameters of one panel; `width` is its elements for each k. */
const panelParameters = ["base", "across", "width", "along", "k", "target"] as const;

/** Parameters of the part of a panel that is one vector wide; `step` is the bytes of the panel for each k. */
const groupParameters = ["base", "across", "step", "along", "k", "target"] as const;

type Group = Readonly<Record<(typeof groupParameters)[number], Local>>;

const sixIntegers = ["i32", "i32", "i32", "i32", "i32", "i32"] as const;

/** Adds the function that packs panels: all of the width `fixed`, or as the micro-kernels want them. */
export function addPack(module: ModuleBuilder, type: GemmType, fixed?: number): number {
  const panel = addPanel(module, type, fixed ?? type.rows.length * type.lanes);
  return module.function(sixIntegers, [], (f) => {
    const p = parametersOf(packParameters);
    const [width, elements] = integers(f, 2);
    whilePositive(f, p.count, () => {
      if (fixed === undefined) pushPanelWidth(f, type, p.count);
      else f.i32(fixed);
      f.set(width);
      for (const local of [p.base, p.across, width, p.along, p.k, p.target]) f.get(local);
      f.call(panel);
      movePointer(f, p.across, width, { bytes: 4 });
      f.get(width).get(p.k).op("i32.mul").set(elements);
      movePointer(f, p.target, elements, { bytes: type.bytes });
      f.get(p.count).get(width).op("i32.sub").set(p.count);
    });
  });
}

/** One panel: at once where all its rows are adjacent and it is full, else vector by vector. */
function addPanel(module: ModuleBuilder, type: GemmType, full: number): number {
  const { lanes, bytes } = type;
  const group = addGroup(module, type);
  const column = full % lanes === 0 ? undefined : addColumn(module, type);
  return module.function(sixIntegers, [], (f) => {
    const p = parametersOf(panelParameters);
    const [step] = integers(f, 1);
    if (full % lanes === 0) {
      f.get(p.width).i32(full).op("i32.eq");
      for (let at = 0; at < full; at += lanes) {
        pushAdjacent(f, type, p.across, at, 0);
        f.op("i32.and");
      }
      f.if(() => {
        copyAdjacent(f, p, full / lanes);
        f.op("return");
      });
    }
    f.get(p.width).i32(bytes).op("i32.mul").set(step);
    const next = (count: number): void => {
      f.increment(p.across, 4 * count).increment(p.target, bytes * count);
    };
    const call = (index: number): void => {
      for (const local of [p.base, p.across, step, p.along, p.k, p.target]) f.get(local);
      f.call(index);
    };
    whileCounting(f, p.width, lanes, () => {
      call(group);
      next(lanes);
    });
    if (column === undefined) return;
    whileCounting(f, p.width, 1, () => {
      call(column);
      next(1);
    });
  });
}

/** Pushes whether the offsets from place `at` on of a table are those of adjacent elements, counted from place `from`. */
export function pushAdjacent(
  f: FunctionBuilder,
  type: GemmType,
  table: Local,
  at: number,
  from: number,
): void {
  const { lanes, bytes } = type;
  if (lanes === 4) {
    const first = bytes * (at - from);
    f.get(table).memory("v128.load", 4 * at);
    f.get(table)
      .memory("v128.load32_splat", 4 * from)
      .op("i32x4.sub");
    f.get(f.lanes("i32", [first, first + bytes, first + 2 * bytes, first + 3 * bytes]));
    f.op("i32x4.eq").op("i32x4.all_true");
    return;
  }
  const apart = (place: number): void => {
    f.get(table)
      .memory("i32.load", 4 * place)
      .get(table)
      .memory("i32.load", 4 * from);
    f.op("i32.sub")
      .i32(bytes * (place - from))
      .op("i32.eq");
  };
  apart(at);
  apart(at + 1);
  f.op("i32.and");
}

function copyAdjacent(
  f: FunctionBuilder,
  p: Readonly<Record<(typeof panelParameters)[number], Local>>,
  vectors: number,
): void {
  const [source] = integers(f, 1);
  f.get(p.across).memory("i32.load").get(p.base).op("i32.add").set(p.base);
  whileCounting(f, p.k, 1, () => {
    f.get(p.along).memory("i32.load").get(p.base).op("i32.add").set(source);
    for (let at = 0; at < 16 * vectors; at += 16) {
      f.get(p.target).get(source).memory("v128.load", at).memory("v128.store", at);
    }
    f.increment(p.along, 4).increment(p.target, 16 * vectors);
  });
}

/** One column of a panel, element by element. */
function addColumn(module: ModuleBuilder, type: GemmType): number {
  const [load, store] = type.bytes === 4 ? ["i32.load", "i32.store"] : ["i64.load", "i64.store"];
  return module.function(sixIntegers, [], (f) => {
    const p = parametersOf(groupParameters);
    f.get(p.across).memory("i32.load").get(p.base).op("i32.add").set(p.base);
    whileCounting(f, p.k, 1, () => {
      f.get(p.target).get(p.along).memory("i32.load").get(p.base).op("i32.add");
      f.memory(load).memory(store).increment(p.along, 4);
      f.get(p.target).get(p.step).op("i32.add").set(p.target);
    });
  });
}

/** One vector's width of a panel. */
function addGroup(module: ModuleBuilder, type: GemmType): number {
  return module.function(sixIntegers, [], (f) => {
    const p = parametersOf(groupParameters);
    const rows = integers(f, type.lanes);
    for (const [lane, row] of rows.entries()) {
      f.get(p.across)
        .memory("i32.load", 4 * lane)
        .get(p.base)
        .op("i32.add")
        .set(row);
    }
    pushAdjacent(f, type, p.across, 0, 0);
    f.if(
      () => copyVectors(f, p, rows[0]),
      () => gather(f, type, p, rows),
    );
  });
}

function copyVectors(f: FunctionBuilder, p: Group, row: Local): void {
  whileCounting(f, p.k, 1, () => {
    f.get(p.target).get(p.along).memory("i32.load").get(row).op("i32.add");
    f.memory("v128.load").memory("v128.store").increment(p.along, 4);
    f.get(p.target).get(p.step).op("i32.add").set(p.target);
  });
}

/** Several steps of k at once while they are adjacent, by transposing them; else one. */
function gather(f: FunctionBuilder, type: GemmType, p: Group, rows: readonly Local[]): void {
  const { lanes } = type;
  f.block((done) => {
    f.loop((again) => {
      f.get(p.k).i32(lanes).op("i32.ge_s");
      f.if(() => {
        pushAdjacent(f, type, p.along, 0, 0);
        f.if(() => {
          transpose(f, type, p, rows);
          f.increment(p.along, 4 * lanes)
            .increment(p.k, -lanes)
            .br(again);
        });
      });
      f.get(p.k).op("i32.eqz").brIf(done);
      gatherOne(f, type, p, rows);
      f.increment(p.along, 4).increment(p.k, -1).br(again);
    });
  });
}

function gatherOne(f: FunctionBuilder, type: GemmType, p: Group, rows: readonly Local[]): void {
  const vector = f.local("v128");
  const [at] = integers(f, 1);
  const bits = 8 * type.bytes;
  f.get(p.along).memory("i32.load").set(at);
  f.get(rows[0]).get(at).op("i32.add").memory(`v128.load${bits}_zero`).set(vector);
  for (const [lane, row] of rows.entries()) {
    if (lane === 0) continue;
    f.get(row).get(at).op("i32.add").get(vector);
    f.memoryLane(`v128.load${bits}_lane`, lane).set(vector);
  }
  f.get(p.target).get(vector).memory("v128.store");
  f.get(p.target).get(p.step).op("i32.add").set(p.target);
}

function transpose(f: FunctionBuilder, type: GemmType, p: Group, rows: readonly Local[]): void {
  const vectors = rows.map(() => f.local("v128"));
  const [at] = integers(f, 1);
  f.get(p.along).memory("i32.load").set(at);
  for (const [lane, row] of rows.entries()) {
    f.get(row).get(at).op("i32.add").memory("v128.load").set(vectors[lane]);
  }
  const columns = type.lanes === 4 ? transposeFour(f, vectors) : transposeTwo(f, vectors);
  for (const column of columns) {
    f.get(p.target).get(column).memory("v128.store");
    f.get(p.target).get(p.step).op("i32.add").set(p.target);
  }
}

/** Transposes four vectors of four lanes in place. */
function transposeFour(f: FunctionBuilder, v: readonly Local[]): readonly Local[] {
  const t = v.map(() => f.local("v128"));
  f.get(v[0]).get(v[1]).shuffle(0, 4, 1, 5).set(t[0]);
  f.get(v[0]).get(v[1]).shuffle(2, 6, 3, 7).set(t[1]);
  f.get(v[2]).get(v[3]).shuffle(0, 4, 1, 5).set(t[2]);
  f.get(v[2]).get(v[3]).shuffle(2, 6, 3, 7).set(t[3]);
  f.get(t[0]).get(t[2]).shuffle(0, 1, 4, 5).set(v[0]);
  f.get(t[0]).get(t[2]).shuffle(2, 3, 6, 7).set(v[1]);
  f.get(t[1]).get(t[3]).shuffle(0, 1, 4, 5).set(v[2]);
  f.get(t[1]).get(t[3]).shuffle(2, 3, 6, 7).set(v[3]);
  return v;
}

/** Transposes two vectors of two lanes. */
function transposeTwo(f: FunctionBuilder, v: readonly Local[]): readonly Local[] {
  const t = v.map(() => f.local("v128"));
  f.get(v[0]).get(v[1]).shuffle(0, 1, 4, 5).set(t[0]);
  f.get(v[0]).get(v[1]).shuffle(2, 3, 6, 7).set(t[1]);
  return t;
}
