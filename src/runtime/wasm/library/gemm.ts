// Matrix products and contractions, one tile of C in a call (tiles and blocks: `compiler/gemm-tiles.ts`). A contraction
// has four groups of axes: batch, rows, columns and inner. Operands are read where they lie or packed from there, however
// many strides a group has, so that permuted, sliced, flipped, repeated and windowed operands need no copy.

import type { ModuleBuilder } from "../../../compiler/4-emit/wasm/encoder.ts";
import type { FunctionBuilder, Local } from "../../../compiler/4-emit/wasm/function.ts";
import { axisBytes, contractAxes, workspaceLayout } from "../../../compiler/gemm-tiles.ts";
import {
  integers,
  movePointer,
  parametersOf,
  pushCeilDivide,
  pushMin,
  whileCounting,
} from "./arithmetic.ts";
import { addBlas, type BlasImports, blasParameters } from "./gemm-blas.ts";
import { type ProductParameter, productParameters } from "./gemm-operands.ts";
import { addProduct } from "./gemm-product.ts";
import type { GemmType, MacroPanels } from "./gemm-types.ts";

/** How a product is cut, whether it is added to C, and which tile a call computes. */
const tileParameters = ["tileRows", "tileColumns", "accumulate", "tile"] as const;

/** Parameters of a product: addresses, sizes and strides in elements, tiles. */
export const gemmParameters = [
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
  "tileRows",
  "tileColumns",
  "accumulate",
  "tile",
] as const;

/** The groups of axes of a contraction, and the matrices in which they have strides. */
const groups = [
  { group: "batch", strides: ["a", "b", "c"] },
  { group: "row", strides: ["a", "c"] },
  { group: "column", strides: ["b", "c"] },
  { group: "inner", strides: ["a", "b"] },
] as const;

type Group = (typeof groups)[number]["group"];

/** Parameters of a contraction: for each axis of each group, outermost first, its size and strides in elements. */
export const contractParameters: readonly string[] = [
  ...["c", "a", "b"],
  ...groups.flatMap(({ group, strides }) =>
    Array.from({ length: contractAxes }, (_, k) =>
      ["size", ...strides].map((what) => `${group}${k}.${what}`),
    ).flat(),
  ),
  "tileBatch",
  ...tileParameters,
];

/** What the kernels of a type are made from. */
export interface GemmContext {
  /** Number of the global that holds the address of the thread's workspace. */
  readonly workspace: number;
  /** A block function in machine code. */
  readonly macro?: MacroPanels & { readonly index: number };
  /** The system's BLAS. */
  readonly blas?: BlasImports;
}

/** Adds `gemm_<type>` and `contract_<type>` and exports them. */
export function addGemm(module: ModuleBuilder, type: GemmType, context: GemmContext): void {
  const product = addProduct(module, { type, ...context });
  const blas = context.blas && addBlas(module, type, context.blas);
  const add = (
    name: string,
    parameters: readonly string[],
    emit: (f: FunctionBuilder, type: GemmType, product: number, workspace: number) => void,
  ): void => {
    const types = parameters.map(() => "i32" as const);
    const index = module.function(types, [], (f) => emit(f, type, product, context.workspace));
    module.export(`${name}_${type.name}`, index);
  };
  add("gemm", gemmParameters, (f) => emitGemm(f, type, product, blas));
  add("contract", contractParameters, emitContract);
}

/** The locals that a product is called with; those of a group with one axis are not needed. */
type ProductCall = Readonly<Record<ProductParameter, Local>>;

function callProduct(f: FunctionBuilder, product: number, call: ProductCall): void {
  for (const name of productParameters) f.get(call[name]);
  f.call(product);
}

/** Sets `start` and makes `size` the size of part `tile` of it, where parts are `share` long. */
function cut(f: FunctionBuilder, size: Local, share: Local, start: Local, tile: Local): void {
  f.get(tile).get(share).op("i32.mul").set(start);
  f.get(size).get(start).op("i32.sub").set(size);
  pushMin(f, size, share);
  f.set(size);
}

/** Takes the number of a part off `tile`, where `size` has parts of `share`. */
function takeTile(f: FunctionBuilder, size: Local, share: Local, tile: Local, part: Local): void {
  const [parts] = integers(f, 1);
  pushCeilDivide(f, size, share);
  f.set(parts);
  f.get(tile).get(parts).op("i32.rem_u").set(part);
  f.get(tile).get(parts).op("i32.div_u").set(tile);
}

/** Where there is BLAS, its function has the first word. */
function emitGemm(f: FunctionBuilder, type: GemmType, product: number, blas?: number): void {
  const p = parametersOf(gemmParameters);
  const [zero, cColumn, rowStart, columnStart, rowTile] = integers(f, 5);
  for (const stride of [p.aRow, p.aInner, p.bInner, p.bColumn, p.cRow]) {
    f.get(stride).i32(type.bytes).op("i32.mul").set(stride);
  }
  f.i32(type.bytes).set(cColumn);
  for (const size of [p.m, p.n]) {
    f.get(size).op("i32.eqz");
    f.if(() => f.op("return"));
  }
  takeTile(f, p.m, p.tileRows, p.tile, rowTile);
  cut(f, p.m, p.tileRows, rowStart, rowTile);
  cut(f, p.n, p.tileColumns, columnStart, p.tile);
  movePointer(f, p.a, rowStart, { local: p.aRow });
  movePointer(f, p.c, rowStart, { local: p.cRow });
  movePointer(f, p.b, columnStart, { local: p.bColumn });
  movePointer(f, p.c, columnStart, { local: cColumn });
  f.get(p.k).op("i32.eqz");
  f.if(() => {
    clearWithoutDepth(f, type, p);
    f.op("return");
  });
  if (blas !== undefined) {
    for (const name of blasParameters) f.get(p[name]);
    f.call(blas).if(() => f.op("return"));
  }
  const none = { rowAxes: zero, columnAxes: zero, innerAxes: zero };
  callProduct(f, product, { ...p, cColumn, ...none, rowStart: zero, columnStart: zero });
}

/** A product without depth is zero. */
function clearWithoutDepth(
  f: FunctionBuilder,
  type: GemmType,
  p: Readonly<Record<"accumulate" | "m" | "n" | "c" | "cRow", Local>>,
): void {
  f.get(p.accumulate).if(() => f.op("return"));
  whileCounting(f, p.m, 1, () => {
    f.get(p.c).i32(0).get(p.n).i32(type.bytes).op("i32.mul").memoryFill();
    f.get(p.c).get(p.cRow).op("i32.add").set(p.c);
  });
}

/** The parameters of one axis. */
interface AxisLocals {
  readonly size: Local;
  readonly strides: Readonly<Record<string, Local>>;
}

type GroupLocals = Readonly<Record<Group, readonly AxisLocals[]>>;

function groupLocals(): GroupLocals {
  let next = 3;
  const axis = (strides: readonly string[]): AxisLocals => ({
    size: next++,
    strides: Object.fromEntries(strides.map((matrix) => [matrix, next++])),
  });
  return Object.fromEntries(
    groups.map(({ group, strides }) => [
      group,
      Array.from({ length: contractAxes }, () => axis(strides)),
    ]),
  ) as unknown as GroupLocals;
}

function emitContract(
  f: FunctionBuilder,
  type: GemmType,
  product: number,
  workspace: number,
): void {
  const p = parametersOf(contractParameters) as Readonly<
    Record<"c" | "a" | "b" | "tileBatch" | (typeof tileParameters)[number], Local>
  >;
  const axes = groupLocals();
  for (const { strides } of Object.values(axes).flat()) {
    for (const stride of Object.values(strides)) {
      f.get(stride).i32(type.bytes).op("i32.mul").set(stride);
    }
  }
  const [m, n, k, batch] = (["row", "column", "inner", "batch"] as const).map((group) =>
    sizeOf(f, axes[group]),
  );
  const [rowTile, columnTile, batchStart, rowStart, columnStart] = integers(f, 5);
  takeTile(f, m, p.tileRows, p.tile, rowTile);
  takeTile(f, n, p.tileColumns, p.tile, columnTile);
  cut(f, m, p.tileRows, rowStart, rowTile);
  cut(f, n, p.tileColumns, columnStart, columnTile);
  cut(f, batch, p.tileBatch, batchStart, p.tile);
  const store = (group: Group): Local => storeAxes(f, workspace, group, axes[group]);
  const own = { rowAxes: store("row"), columnAxes: store("column"), innerAxes: store("inner") };
  const [row, column, inner] = (["row", "column", "inner"] as const).map(
    (group) => axes[group][contractAxes - 1].strides,
  );
  moveUnlessMany(f, own.rowAxes, rowStart, [p.a, row.a], [p.c, row.c]);
  moveUnlessMany(f, own.columnAxes, columnStart, [p.b, column.b], [p.c, column.c]);
  const at = { a: f.local("i32"), b: f.local("i32"), c: f.local("i32") };
  whileCounting(f, batch, 1, () => {
    moveToBatch(f, p, axes.batch, batchStart, at);
    callProduct(f, product, {
      ...{ c: at.c, a: at.a, b: at.b, m, n, k, accumulate: p.accumulate, ...own },
      ...{ rowStart, columnStart, aRow: row.a, cRow: row.c, bColumn: column.b },
      ...{ cColumn: column.c, aInner: inner.a, bInner: inner.b },
    });
    f.increment(batchStart, 1);
  });
}

/** A local with the number of elements of a group. */
function sizeOf(f: FunctionBuilder, axes: readonly AxisLocals[]): Local {
  const [product] = integers(f, 1);
  f.i32(1);
  for (const { size } of axes) f.get(size).op("i32.mul");
  f.set(product);
  return product;
}

/** Writes a group of several axes into the workspace; gives a local with their address, 0 for a single axis. */
function storeAxes(
  f: FunctionBuilder,
  workspace: number,
  group: Group,
  axes: readonly AxisLocals[],
): Local {
  const [address] = integers(f, 1);
  const start = workspaceLayout.axes + groupNumber(group) * contractAxes * axisBytes;
  for (const { size } of axes.slice(0, -1)) f.get(size);
  for (let k = 2; k < axes.length; k++) f.op("i32.or");
  f.i32(1).op("i32.ne");
  f.if(() => {
    f.global(workspace).i32(start).op("i32.add").set(address);
    for (const [k, { size, strides }] of axes.entries()) {
      for (const [word, local] of [size, ...Object.values(strides)].entries()) {
        f.get(address)
          .get(local)
          .memory("i32.store", axisBytes * k + 4 * word);
      }
    }
  });
  return address;
}

function groupNumber(group: Group): number {
  return groups.findIndex((other) => other.group === group);
}

/** Moves pointers to the start of a tile, if one stride leads there; tables begin there otherwise. */
function moveUnlessMany(
  f: FunctionBuilder,
  many: Local,
  start: Local,
  ...pointers: readonly (readonly [Local, Local])[]
): void {
  f.get(many).op("i32.eqz");
  f.if(() => {
    for (const [pointer, stride] of pointers) movePointer(f, pointer, start, { local: stride });
  });
}

/** Sets `at` to the matrices of product `index`. */
function moveToBatch(
  f: FunctionBuilder,
  p: Readonly<Record<"a" | "b" | "c", Local>>,
  axes: readonly AxisLocals[],
  index: Local,
  at: Readonly<Record<"a" | "b" | "c", Local>>,
): void {
  const [rest, place] = integers(f, 2);
  f.get(index).set(rest);
  for (const matrix of ["a", "b", "c"] as const) f.get(p[matrix]).set(at[matrix]);
  for (const { size, strides } of axes.toReversed()) {
    f.get(rest).get(size).op("i32.rem_u").set(place);
    f.get(rest).get(size).op("i32.div_u").set(rest);
    for (const matrix of ["a", "b", "c"] as const) {
      movePointer(f, at[matrix], place, { local: strides[matrix] });
    }
  }
}
