// Between a panel of C that was computed apart and the places of its elements in C: panels that are not full, and those
// whose columns are not adjacent in C.

import type { ModuleBuilder } from "../../../compiler/4-emit/wasm/encoder.ts";
import type { FunctionBuilder, Local } from "../../../compiler/4-emit/wasm/function.ts";
import { integers, parametersOf, whileCounting } from "./arithmetic.ts";
import { pushAdjacent } from "./gemm-pack.ts";
import type { GemmType } from "./gemm-types.ts";

export type Way = "to C" | "from C";

/** Parameters, all i32, strides in bytes: C at `c`, with rows `cRow` apart and adjacent columns. */
export const edgeParameters = ["rows", "used", "panel", "panelRow", "c", "cRow"] as const;

/** As above, with tables of the offsets of rows and columns in C. */
export const scatterParameters = [
  "rows",
  "used",
  "panel",
  "panelRow",
  "c",
  "rowTable",
  "columnTable",
] as const;

const integersOf = (names: readonly string[]): "i32"[] => names.map(() => "i32");

const spelling = {
  4: ["i32.load", "i32.store"],
  8: ["i64.load", "i64.store"],
} as const;

/** Adds the copy of a panel with adjacent columns. */
export function addEdge(module: ModuleBuilder, type: GemmType, way: Way): number {
  const [load, store] = spelling[type.bytes];
  return module.function(integersOf(edgeParameters), [], (f) => {
    const p = parametersOf(edgeParameters);
    const [from, to] = way === "to C" ? [p.panel, p.c] : [p.c, p.panel];
    const [left, source, target] = integers(f, 3);
    whileCounting(f, p.rows, 1, () => {
      f.get(p.used).set(left).get(from).set(source).get(to).set(target);
      whileCounting(f, left, type.lanes, () => {
        f.get(target).get(source).memory("v128.load").memory("v128.store");
        f.increment(source, 16).increment(target, 16);
      });
      whileCounting(f, left, 1, () => {
        f.get(target).get(source).memory(load).memory(store);
        f.increment(source, type.bytes).increment(target, type.bytes);
      });
      f.get(p.panel).get(p.panelRow).op("i32.add").set(p.panel);
      f.get(p.c).get(p.cRow).op("i32.add").set(p.c);
    });
  });
}

/** Adds the copy of a panel by tables. */
export function addScatter(module: ModuleBuilder, type: GemmType, way: Way): number {
  return module.function(integersOf(scatterParameters), [], (f) => {
    const p = parametersOf(scatterParameters);
    const [row, left, column, inPanel, place] = integers(f, 5);
    const next = (count: number): void => {
      f.increment(column, 4 * count).increment(inPanel, type.bytes * count);
    };
    whileCounting(f, p.rows, 1, () => {
      f.get(p.rowTable).memory("i32.load").get(p.c).op("i32.add").set(row);
      f.get(p.used).set(left).get(p.columnTable).set(column).get(p.panel).set(inPanel);
      const element = (): void => {
        move(f, spelling[type.bytes], way, { row, column, inPanel, place });
        next(1);
      };
      whileCounting(f, left, type.lanes, () => {
        pushAdjacent(f, type, column, 0, 0);
        f.if(
          () => {
            move(f, ["v128.load", "v128.store"], way, { row, column, inPanel, place });
            next(type.lanes);
          },
          () => {
            for (let lane = 0; lane < type.lanes; lane++) element();
          },
        );
      });
      whileCounting(f, left, 1, element);
      f.increment(p.rowTable, 4);
      f.get(p.panel).get(p.panelRow).op("i32.add").set(p.panel);
    });
  });
}

/** Moves an element, or a vector of adjacent ones. */
function move(
  f: FunctionBuilder,
  [load, store]: readonly [string, string],
  way: Way,
  { row, column, inPanel, place }: Readonly<Record<"row" | "column" | "inPanel" | "place", Local>>,
): void {
  f.get(column).memory("i32.load").get(row).op("i32.add").set(place);
  const [to, from] = way === "to C" ? [place, inPanel] : [inPanel, place];
  f.get(to).get(from).memory(load).memory(store);
}
