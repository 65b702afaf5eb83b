// One block of a product: all tiles of C that a block of A and one of B give. Columns are the outer loop, so that a
// panel of B stays in the first-level cache while the rows of A stream by from the second.

import type { ModuleBuilder } from "../../../compiler/4-emit/wasm/encoder.ts";
import type { FunctionBuilder, Label, Local } from "../../../compiler/4-emit/wasm/function.ts";
import {
  integers,
  movePointer,
  parametersOf,
  pushCeilDivide,
  pushMin,
  pushShare,
  whileCounting,
} from "./arithmetic.ts";
import { type AOrder, addMicroKernel } from "./gemm-kernel.ts";
import type { GemmType } from "./gemm-types.ts";

/**
 * Parameters, all i32, strides in bytes: A is packed in panels, or read with `aStep` bytes from one k to the next or
 * `aRow` bytes from one row to the next (the others are 0). B is packed, or read with `bStep` bytes from one k to the
 * next; then its last panel is packed at `bLast` where it is not full.
 */
const names = [
  "rows",
  "columns",
  "depth",
  "a",
  "aStep",
  "aRow",
  "b",
  "bStep",
  "bLast",
  "c",
  "cRow",
  "accumulate",
  "tile",
] as const;

type Parameters = Readonly<Record<(typeof names)[number], Local>>;

/** What the loops over panels share. */
interface Macro {
  readonly f: FunctionBuilder;
  readonly type: GemmType;
  readonly p: Parameters;
  /** First by order of A, then by rows, then by one or two vectors. */
  readonly kernels: readonly number[];
  /** Columns of a full panel, and their bytes. */
  readonly full: number;
  readonly fullBytes: number;
}

/** A panel of B: address, bytes per k, columns. */
interface ColumnPanel {
  readonly b: Local;
  readonly bStep: Local;
  readonly width: Local;
}

/** Adds the block function and its micro-kernels; returns its index. */
export function addMacro(module: ModuleBuilder, type: GemmType): number {
  const kernels: number[] = [];
  const orders: readonly AOrder[] = ["rows", "steps"];
  for (const order of orders) {
    for (let rows = 1; rows <= type.rows; rows++) {
      for (const vectors of [1, 2]) {
        kernels.push(addMicroKernel(module, type, { rows, vectors, order }));
      }
    }
  }
  const types = names.map(() => "i32" as const);
  return module.function(types, [], (f) => {
    const full = 2 * type.lanes;
    const p = parametersOf(names);
    const macro = { f, type, p, kernels, full, fullBytes: full * type.bytes };
    eachColumnPanel(macro, (panel) => eachRowPanel(macro, panel));
  });
}

function eachColumnPanel(
  { f, p, full, fullBytes, type }: Macro,
  body: (panel: ColumnPanel) => void,
): void {
  const [b, bStep, width] = integers(f, 3);
  whileCounting(f, p.columns, 1, () => {
    pushMin(f, p.columns, full);
    f.set(width);
    f.get(p.bStep).i32(0).op("i32.ne").get(width).i32(full).op("i32.eq").op("i32.and");
    f.if(
      () => {
        f.get(p.b).set(b).get(p.bStep).set(bStep);
        f.increment(p.b, fullBytes);
      },
      () => {
        f.get(p.bLast).get(p.b).get(p.bStep).op("select").set(b);
        pushPanelBytes(f, type, width);
        f.set(bStep);
        movePointer(f, p.b, p.depth, { bytes: fullBytes });
      },
    );
    body({ b, bStep, width });
    f.increment(p.c, fullBytes).increment(p.columns, 1 - full);
  });
}

/** Pushes the bytes per k of a packed panel: one vector or two. */
export function pushPanelBytes(f: FunctionBuilder, type: GemmType, width: Local): void {
  f.i32(32).i32(16).get(width).i32(type.lanes).op("i32.gt_s").op("select");
}

function eachRowPanel(macro: Macro, panel: ColumnPanel): void {
  const { f, type, p, full, fullBytes } = macro;
  const [left, panels, rows, a, aStride, rowBytes, c] = integers(f, 7);
  const [target, targetRow, direct] = integers(f, 3);
  const { width } = panel;
  f.get(p.rows).set(left).get(p.a).set(a).get(p.c).set(c);
  pushCeilDivide(f, p.rows, type.rows);
  f.set(panels);
  f.get(width).i32(full).op("i32.eq").get(width).i32(type.lanes).op("i32.eq").op("i32.or");
  f.set(direct).get(p.tile).get(c).get(direct).op("i32.eqz").op("select").set(target);
  f.i32(fullBytes).get(p.cRow).get(direct).op("i32.eqz").op("select").set(targetRow);
  setRowBytes(macro, rowBytes);
  const edge = { rows, width, c, tileRow: targetRow };
  whileCounting(f, panels, 1, () => {
    pushShare(f, left, panels);
    f.set(rows);
    setAStride(macro, rows, aStride);
    f.get(direct).if(
      () => f.get(c).set(target),
      () => f.get(p.accumulate).if(() => copyTile(macro, edge, "to tile")),
    );
    dispatch(macro, rows, width, [
      p.depth,
      a,
      aStride,
      panel.b,
      panel.bStep,
      target,
      targetRow,
      p.accumulate,
    ]);
    f.get(direct).op("i32.eqz");
    f.if(() => copyTile(macro, edge, "to C"));
    movePointer(f, a, rows, { local: rowBytes });
    movePointer(f, c, rows, { local: p.cRow });
    f.get(left).get(rows).op("i32.sub").set(left);
  });
}

/** Bytes from one row of A to the next: its stride in memory, or, packed, as many as it has elements. */
function setRowBytes({ f, type, p }: Macro, rowBytes: Local): void {
  const { bytes } = type;
  f.get(p.aRow).i32(bytes).i32(bytes).get(p.depth).op("i32.mul").get(p.aStep).op("select");
  f.get(p.aRow).op("select").set(rowBytes);
}

/** The kernel's stride of A: between rows, or between steps of k, which in a packed panel is its height. */
function setAStride({ f, type, p }: Macro, rows: Local, aStride: Local): void {
  f.get(p.aRow).get(p.aStep).get(rows).i32(type.bytes).op("i32.mul").get(p.aStep).op("select");
  f.get(p.aRow).op("select").set(aStride);
}

/** Calls the kernel for a number of rows, one or two vectors of columns, and the order of A. */
function dispatch(
  { f, type, p, kernels }: Macro,
  rows: Local,
  width: Local,
  parameters: readonly Local[],
): void {
  const choose = (labels: readonly Label[]): void => {
    f.get(rows).i32(2).op("i32.mul").get(width).i32(type.lanes).op("i32.gt_s").op("i32.add");
    f.i32(2)
      .op("i32.sub")
      .i32(kernels.length / 2)
      .i32(0)
      .get(p.aRow)
      .op("select");
    f.op("i32.add").brTable(labels.toReversed());
  };
  const nest = (labels: readonly Label[], done: Label): void => {
    if (labels.length === kernels.length) {
      choose(labels);
      return;
    }
    f.block((label) => nest([...labels, label], done));
    for (const parameter of parameters) f.get(parameter);
    f.call(kernels[kernels.length - 1 - labels.length]).br(done);
  };
  f.block((done) => nest([], done));
}

interface Edge {
  readonly rows: Local;
  readonly width: Local;
  readonly c: Local;
  readonly tileRow: Local;
}

/** Copies rows × width elements from C to the tile or back. */
function copyTile({ f, type, p }: Macro, edge: Edge, way: "to tile" | "to C"): void {
  const [row, column, c, tile] = integers(f, 4);
  const [load, store] = type.bytes === 4 ? ["i32.load", "i32.store"] : ["i64.load", "i64.store"];
  const place = (base: Local): void => {
    f.get(base).get(column).i32(type.bytes).op("i32.mul").op("i32.add");
  };
  const [from, to] = way === "to C" ? [tile, c] : [c, tile];
  f.get(edge.rows).set(row).get(edge.c).set(c).get(p.tile).set(tile);
  whileCounting(f, row, 1, () => {
    f.get(edge.width).set(column);
    f.loop((again) => {
      f.increment(column, -1);
      place(to);
      place(from);
      f.memory(load).memory(store).get(column).brIf(again);
    });
    f.get(c).get(p.cRow).op("i32.add").set(c);
    f.get(tile).get(edge.tileRow).op("i32.add").set(tile);
  });
}
