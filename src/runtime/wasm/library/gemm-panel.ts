// Panels of rows against one panel of columns: calls the micro-kernel that fits until no row is left.

import type { ModuleBuilder } from "../../../compiler/4-emit/wasm/encoder.ts";
import type { FunctionBuilder, Local } from "../../../compiler/4-emit/wasm/function.ts";
import { parametersOf, whileCounting } from "./arithmetic.ts";
import { type AOrder, addMicroKernel } from "./gemm-kernel.ts";
import type { GemmType } from "./gemm-types.ts";

/** Parameters, all i32: the rows, then those of a micro-kernel. */
export const panelParameters = [
  "rows",
  "k",
  "a",
  "aStride",
  "b",
  "bStride",
  "c",
  "cRow",
  "accumulate",
] as const;

/** Functions by vectors a row (from one), for each order of A. */
export type PanelFunctions = Readonly<Record<AOrder, readonly number[]>>;

/** Adds a function for each order of A and each number of vectors. */
export function addPanels(module: ModuleBuilder, type: GemmType): PanelFunctions {
  const ofOrder = (order: AOrder): number[] =>
    type.rows.map((most, k) => addPanel(module, type, order, k + 1, most));
  return { rows: ofOrder("rows"), steps: ofOrder("steps") };
}

function addPanel(
  module: ModuleBuilder,
  type: GemmType,
  order: AOrder,
  vectors: number,
  most: number,
): number {
  const kernels = Array.from({ length: most }, (_, k) =>
    addMicroKernel(module, type, { rows: k + 1, vectors, order }),
  );
  const types = panelParameters.map(() => "i32" as const);
  return module.function(types, [], (f) => {
    const p = parametersOf(panelParameters);
    const call = (rows: number): void => {
      for (const name of panelParameters.slice(1)) f.get(p[name as keyof typeof p]);
      f.call(kernels[rows - 1]);
    };
    whileCounting(f, p.rows, most, () => {
      call(most);
      f.get(p.a);
      if (order === "rows") f.i32(type.bytes * most);
      else f.get(p.aStride).i32(most).op("i32.mul");
      f.op("i32.add").set(p.a);
      f.get(p.cRow).i32(most).op("i32.mul").get(p.c).op("i32.add").set(p.c);
    });
    for (let rows = 1; rows < most; rows++) {
      f.get(p.rows).i32(rows).op("i32.eq");
      f.if(() => call(rows));
    }
  });
}

/**
 * Pushes the width of the next panel of a matrix with `left` rows or columns left: as many vectors as the widest
 * micro-kernel has, but two of two rather than three and one.
 */
export function pushPanelWidth(f: FunctionBuilder, type: GemmType, left: Local): void {
  const { lanes } = type;
  const most = type.rows.length;
  if (most === 2) {
    f.i32(lanes)
      .i32(2 * lanes)
      .get(left)
      .i32(lanes)
      .op("i32.le_s")
      .op("select");
    return;
  }
  if (most === 4) {
    wholeVectors(f, lanes, left);
    return;
  }
  f.i32(lanes);
  f.i32(3 * lanes).i32(2 * lanes);
  f.get(left)
    .i32(4 * lanes)
    .op("i32.gt_s");
  f.get(left)
    .i32(2 * lanes)
    .op("i32.gt_s")
    .get(left)
    .i32(3 * lanes)
    .op("i32.le_s")
    .op("i32.and");
  f.op("i32.or").op("select");
  f.get(left).i32(lanes).op("i32.le_s").op("select");
}

/** Pushes as many whole vectors as `left` takes, four at most. */
function wholeVectors(f: FunctionBuilder, lanes: number, left: Local): void {
  const most = 4 * lanes;
  f.i32(most).get(left).get(left).i32(most).op("i32.gt_s").op("select");
  f.i32(lanes - 1)
    .op("i32.add")
    .i32(-lanes)
    .op("i32.and");
}
