// One block of a product: all elements of C that a block of A and one of B give. Columns are the outer loop, so that a
// panel of B stays in the first-level cache while the rows of A stream by from the second. A full panel goes straight to
// C where its columns are adjacent and its rows evenly spaced there; any other is computed in the workspace and moved.

import type { ModuleBuilder } from "../../../compiler/4-emit/wasm/encoder.ts";
import type { FunctionBuilder, Local } from "../../../compiler/4-emit/wasm/function.ts";
import { gemmMaxPanel, workspaceLayout } from "../../../compiler/gemm-tiles.ts";
import { integers, movePointer, parametersOf, pushMin, whilePositive } from "./arithmetic.ts";
import { pushAdjacent } from "./gemm-pack.ts";
import { addPanels, type PanelFunctions, pushPanelWidth } from "./gemm-panel.ts";
import { addEdge, addScatter, type Way } from "./gemm-scatter.ts";
import type { GemmType, MacroPanels } from "./gemm-types.ts";

/**
 * Parameters, all i32, strides in bytes: A is packed in panels, or read with `aStep` bytes from one k to the next or
 * `aRow` bytes from one row to the next (the others are 0). B is packed, or read with `bStep` bytes from one k to the
 * next; then its last panel is packed at `bLast` where it is not full. Where `scattered`, tables in the workspace say
 * where the rows and columns of C are, and `cRow` is their common distance, or 0.
 */
export const blockParameters = [
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
  "scattered",
  "accumulate",
] as const;

type Parameters = Readonly<Record<(typeof blockParameters)[number], Local>>;

/** What is known of a type's block function. */
export interface BlockContext {
  readonly type: GemmType;
  /** Number of the global that holds the address of the workspace. */
  readonly workspace: number;
  /** A block function in machine code: its index and its panels. */
  readonly macro?: MacroPanels & { readonly index: number };
}

interface State extends BlockContext {
  readonly f: FunctionBuilder;
  readonly p: Parameters;
  /** The panel of columns: address and bytes for each k of B, width and columns that are used. */
  readonly b: Local;
  readonly bStride: Local;
  readonly width: Local;
  readonly used: Local;
  /** Where the panel is computed. */
  readonly target: Local;
  readonly targetRow: Local;
  /** Where its first column is: in C, and in the table of columns. */
  readonly c: Local;
  readonly columnTable: Local;
  readonly direct: Local;
}

interface Copies {
  readonly edge: Readonly<Record<Way, number>>;
  readonly scatter: Readonly<Record<Way, number>>;
}

/** Adds the block function; returns its index. */
export function addBlock(module: ModuleBuilder, context: BlockContext): number {
  const { type, macro } = context;
  const ways = (add: typeof addEdge): Record<Way, number> => ({
    "to C": add(module, type, "to C"),
    "from C": add(module, type, "from C"),
  });
  const copies = { edge: ways(addEdge), scatter: ways(addScatter) };
  const panels = macro === undefined ? addPanels(module, type) : undefined;
  const types = blockParameters.map(() => "i32" as const);
  return module.function(types, [], (f) => {
    const p = parametersOf(blockParameters);
    const [b, bStride, width, used, target, targetRow, c, columnTable, direct] = integers(f, 9);
    const own = { b, bStride, width, used, target, targetRow, c, columnTable, direct };
    const state: State = { ...context, f, p, ...own };
    if (macro?.inPlace) describeOperands(state);
    if (panels === undefined) macroAtOnce(state);
    f.get(p.c).set(c);
    pushPlace(state, "columnsOfC");
    f.set(columnTable);
    whilePositive(f, p.columns, () => {
      choosePanel(state);
      chooseTarget(state);
      copyPanel(state, copies, "from C");
      if (panels === undefined) callMacro(state, { columns: used, b, c: target, cRow: targetRow });
      else eachRowPanel(state, panels);
      copyPanel(state, copies, "to C");
      movePointer(f, c, width, { bytes: type.bytes });
      movePointer(f, columnTable, width, { bytes: 4 });
      f.get(p.columns).get(width).op("i32.sub").set(p.columns);
    });
  });
}

/** Pushes the address of a part of the workspace. */
export function pushPlace(
  { f, workspace }: Pick<State, "f" | "workspace">,
  part: keyof typeof workspaceLayout,
): void {
  f.global(workspace).i32(workspaceLayout[part]).op("i32.add");
}

/** Sets the width of the next panel, the columns that it uses and where its elements of B are. */
function choosePanel({ f, type, p, macro, b, bStride, width, used }: State): void {
  const [elements] = integers(f, 1);
  if (macro === undefined) pushPanelWidth(f, type, p.columns);
  else f.i32(macro.columns);
  f.set(width);
  pushMin(f, width, p.columns);
  f.set(used);
  f.get(p.b).set(b);
  f.get(p.bStep).i32(0).op("i32.ne");
  if (!macro?.inPlace) f.get(width).get(used).op("i32.eq").op("i32.and");
  f.if(
    () => {
      f.get(p.bStep).set(bStride);
      movePointer(f, p.b, width, { bytes: type.bytes });
    },
    () => {
      f.get(p.bLast).get(b).get(p.bStep).op("select").set(b);
      f.get(width).i32(type.bytes).op("i32.mul").set(bStride);
      f.get(width).get(p.depth).op("i32.mul").set(elements);
      movePointer(f, p.b, elements, { bytes: type.bytes });
    },
  );
}

/** Sets where the panel is computed: in C, or in the workspace. */
function chooseTarget(state: State): void {
  const { f, type, p, workspace, width, used, direct, target, targetRow, c, columnTable } = state;
  f.get(width).get(used).op("i32.eq").set(direct);
  f.get(p.scattered).if(() => {
    f.get(columnTable).memory("i32.load").get(p.c).op("i32.add");
    f.global(workspace).memory("i32.load", workspaceLayout.rowsOfC).op("i32.add").set(c);
    f.get(p.cRow).i32(0).op("i32.ne").get(direct).op("i32.and").set(direct);
    pushAllAdjacent(state, columnTable, width);
    f.get(direct).op("i32.and").set(direct);
  });
  f.get(direct).if(
    () => f.get(c).set(target).get(p.cRow).set(targetRow),
    () => {
      pushPlace(state, "panelOfC");
      f.set(target)
        .i32(gemmMaxPanel * type.bytes)
        .set(targetRow);
    },
  );
}

/** Pushes whether `count` columns, a whole number of vectors, are adjacent in C. */
function pushAllAdjacent({ f, type }: State, table: Local, count: Local): void {
  const [at, left, all] = integers(f, 3);
  const { lanes, bytes } = type;
  f.i32(1).set(all).get(table).set(at).get(count).set(left);
  whilePositive(f, left, () => {
    pushAdjacent(f, type, at, 0, 0);
    f.get(all).op("i32.and").set(all);
    f.increment(left, -lanes);
    f.get(left).i32(0).op("i32.gt_s");
    f.if(() => {
      // The next vector follows this one.
      f.get(at)
        .memory("i32.load", 4 * lanes)
        .get(at)
        .memory("i32.load")
        .op("i32.sub");
      f.i32(bytes * lanes)
        .op("i32.eq")
        .get(all)
        .op("i32.and")
        .set(all);
      f.increment(at, 4 * lanes);
    });
  });
  f.get(all);
}

/** Moves what is not computed in place: before, if it is added to, and after. */
function copyPanel(state: State, copies: Copies, way: Way): void {
  const { f, p, used, target, targetRow, c, columnTable, direct } = state;
  f.get(direct).op("i32.eqz");
  if (way === "from C") f.get(p.accumulate).i32(0).op("i32.ne").op("i32.and");
  f.if(() => {
    f.get(p.scattered).if(
      () => {
        for (const local of [p.rows, used, target, targetRow, p.c]) f.get(local);
        pushPlace(state, "rowsOfC");
        f.get(columnTable).call(copies.scatter[way]);
      },
      () => {
        for (const local of [p.rows, used, target, targetRow, c, p.cRow]) f.get(local);
        f.call(copies.edge[way]);
      },
    );
  });
}

/** Calls the panel functions for all rows: at once where A is read where it is, else packed panel by packed panel. */
function eachRowPanel(state: State, panels: PanelFunctions): void {
  const { f, type, p, target, targetRow } = state;
  const [left, rows, a, aStride, width, c, elements] = integers(f, 7);
  f.get(p.rows).set(left).get(p.a).set(a).get(target).set(c);
  const packed = (): void =>
    whilePositive(f, left, () => {
      pushPanelWidth(f, type, left);
      f.set(width);
      pushMin(f, width, left);
      f.set(rows);
      f.get(width).i32(type.bytes).op("i32.mul").set(aStride);
      callPanel(state, panels.rows, { rows, a, aStride, c });
      f.get(aStride).get(p.depth).op("i32.mul").set(elements);
      f.get(a).get(elements).op("i32.add").set(a);
      movePointer(f, c, width, { local: targetRow });
      f.get(left).get(width).op("i32.sub").set(left);
    });
  f.get(p.aRow).if(
    () => callPanel(state, panels.steps, { rows: left, a, aStride: p.aRow, c }),
    () => {
      f.get(p.aStep);
      f.if(() => callPanel(state, panels.rows, { rows: left, a, aStride: p.aStep, c }), packed);
    },
  );
}

type RowPanel = Readonly<Record<"rows" | "a" | "aStride" | "c", Local>>;

/** Calls the function for as many vectors as the panel of columns has. */
function callPanel(state: State, functions: readonly number[], panel: RowPanel): void {
  const { f, type, p, b, bStride, width, targetRow } = state;
  const call = (index: number): void => {
    const { rows, a, aStride, c } = panel;
    for (const local of [rows, p.depth, a, aStride, b, bStride, c, targetRow, p.accumulate])
      f.get(local);
    f.call(index);
  };
  const choose = (vectors: number): void => {
    if (vectors === 1) {
      call(functions[0]);
      return;
    }
    f.get(width)
      .i32(vectors * type.lanes)
      .op("i32.eq");
    f.if(
      () => call(functions[vectors - 1]),
      () => choose(vectors - 1),
    );
  };
  choose(functions.length);
}

/** Hands the whole block to machine code if C has adjacent columns. */
function macroAtOnce(state: State): void {
  const { f, p } = state;
  f.get(p.scattered).op("i32.eqz");
  f.if(() => {
    callMacro(state, { columns: p.columns, b: p.b, c: p.c, cRow: p.cRow });
    f.op("return");
  });
}

/**
 * Writes into the descriptor how far apart the elements of the operands are, in bytes: rows, columns and panels of A,
 * rows and panels of B.
 */
function describeOperands({ f, type, p, macro, workspace }: State): void {
  const { rows, columns } = macro!;
  const word = (k: number, push: () => void): void => {
    f.global(workspace);
    push();
    f.memory("i32.store", workspaceLayout.descriptor + 4 * k);
  };
  const bytes = (elements: number): number => elements * type.bytes;
  const panel = (width: number): void => {
    f.get(p.depth).i32(bytes(width)).op("i32.mul");
  };
  f.get(p.aStep).get(p.aRow).op("i32.or");
  f.if(
    () => {
      word(8, () => f.get(p.aRow));
      word(9, () => f.get(p.aStep));
      word(10, () => f.get(p.aRow).i32(rows).op("i32.mul"));
    },
    () => {
      word(8, () => f.i32(type.bytes));
      word(9, () => f.i32(bytes(rows)));
      word(10, () => panel(rows));
    },
  );
  f.get(p.bStep).if(
    () => {
      word(11, () => f.get(p.bStep));
      word(12, () => f.i32(bytes(columns)));
    },
    () => {
      word(11, () => f.i32(bytes(columns)));
      word(12, () => panel(columns));
    },
  );
}

/** Writes the descriptor of a block into the workspace and calls the machine code. */
function callMacro(
  state: State,
  { columns, b, c, cRow }: Readonly<Record<"columns" | "b" | "c" | "cRow", Local>>,
): void {
  const { f, p, macro, workspace } = state;
  for (const [k, local] of [p.rows, columns, p.depth, p.accumulate, p.a, b, c, cRow].entries()) {
    f.global(workspace)
      .get(local)
      .memory("i32.store", workspaceLayout.descriptor + 4 * k);
  }
  pushPlace(state, "descriptor");
  f.call(macro!.index);
}
