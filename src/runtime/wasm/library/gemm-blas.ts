// A tile of a product by the system's BLAS, called from WebAssembly. Whether BLAS computes a tile depends on its sizes and
// strides alone, so that neither the run nor the number of threads decides about bits. The rule comes from measurements
// (docs/decisions/0009-system-blas.md): a call costs a fraction of a microsecond, and a BLAS packs whatever it gets.

import type { ModuleBuilder } from "../../../compiler/4-emit/wasm/encoder.ts";
import type { FunctionBuilder, Local, ValueType } from "../../../compiler/4-emit/wasm/function.ts";
import { integers, parametersOf } from "./arithmetic.ts";
import type { GemmType } from "./gemm-types.ts";

/** Parameters of a tile, all i32: addresses, sizes, strides in bytes. */
export const blasParameters = [
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
  "accumulate",
] as const;

/** The imports that BLAS comes by. */
export interface BlasImports {
  /** `cblas_sgemm` or `cblas_dgemm`, as a function. */
  readonly gemm: number;
  /** The address of the memory's first byte, as a global: BLAS takes addresses of the process. */
  readonly base: number;
}

/** Rows, columns, elements of C and multiply-adds from which BLAS is as fast as the library's own kernel, or faster. */
const leastRows = 4;
const leastColumns = 8;
const leastElements = 64;
const leastWork = 16_384;

// The values of CBLAS_ORDER and CBLAS_TRANSPOSE.
const rowMajor = 101;
const asItIs = 111;
const transposed = 112;

interface State extends BlasImports {
  readonly f: FunctionBuilder;
  readonly type: GemmType;
  readonly p: Readonly<Record<(typeof blasParameters)[number], Local>>;
}

/** Imports a type's product. An f64 holds an address exactly, and reaches JavaScript as a plain number. */
export function importBlas(module: ModuleBuilder, { name }: GemmType): BlasImports {
  const number = name === "f64" ? "f64" : "f32";
  const matrix = ["f64", "i32"] as const;
  const sizes = Array.from({ length: 6 }, () => "i32" as const);
  const types: ValueType[] = [...sizes, number, ...matrix, ...matrix, number, ...matrix];
  return {
    gemm: module.importFunction("env", `blas_${name}`, types),
    base: module.importGlobal("env", "blasBase", "f64"),
  };
}

/** Adds the function that computes a tile by BLAS and answers 1, or answers 0; returns its index. */
export function addBlas(module: ModuleBuilder, type: GemmType, imports: BlasImports): number {
  const types = blasParameters.map(() => "i32" as const);
  return module.function(types, ["i32"], (f) => {
    const p = parametersOf(blasParameters);
    const state: State = { ...imports, f, type, p };
    unlessWorthwhile(state);
    const [aSide, aLeading, bSide, bLeading] = integers(f, 4);
    const a = { rows: p.m, columns: p.k, row: p.aRow, column: p.aInner };
    const b = { rows: p.k, columns: p.n, row: p.bInner, column: p.bColumn };
    chooseSide(state, a, aSide, aLeading);
    chooseSide(state, b, bSide, bLeading);
    f.i32(rowMajor).get(aSide).get(bSide).get(p.m).get(p.n).get(p.k);
    pushNumber(state, () => f.i32(1));
    pushAddress(state, p.a);
    f.get(aLeading);
    pushAddress(state, p.b);
    f.get(bLeading);
    pushNumber(state, () => f.get(p.accumulate).i32(0).op("i32.ne"));
    pushAddress(state, p.c);
    pushLeading(state, p.cRow, p.n);
    f.call(imports.gemm).i32(1);
  });
}

/** Leaves where the library's own kernel is as good; sizes multiply in 64 bits. */
function unlessWorthwhile({ f, p }: State): void {
  const elements = f.local("i64");
  f.get(p.m).op("i64.extend_i32_u").get(p.n).op("i64.extend_i32_u").op("i64.mul").tee(elements);
  f.i64(leastElements).op("i64.lt_u");
  f.get(elements).get(p.k).op("i64.extend_i32_u").op("i64.mul").i64(leastWork).op("i64.lt_u");
  f.get(p.m).i32(leastRows).op("i32.lt_u").op("i32.or").op("i32.or");
  f.get(p.n).i32(leastColumns).op("i32.lt_u").op("i32.or");
  f.if(() => f.i32(0).op("return"));
}

type Matrix = Readonly<Record<"rows" | "columns" | "row" | "column", Local>>;

/** Sets how BLAS is told of a matrix, or leaves where it cannot be told. */
function chooseSide(state: State, matrix: Matrix, side: Local, leading: Local): void {
  const { f } = state;
  const { rows, columns, row, column } = matrix;
  const choose = (value: number, stride: Local, length: Local): void => {
    f.i32(value).set(side);
    pushLeading(state, stride, length);
    f.set(leading);
  };
  pushAreLines(state, { rows, columns, row, column });
  f.if(
    () => choose(asItIs, row, columns),
    () => {
      pushAreLines(state, { rows: columns, columns: rows, row: column, column: row });
      f.if(
        () => choose(transposed, column, rows),
        () => f.i32(0).op("return"),
      );
    },
  );
}

/** Pushes whether rows have adjacent elements and do not overlap; a single row may lie anyhow. */
function pushAreLines({ f, type }: State, { rows, columns, row, column }: Matrix): void {
  f.get(column).i32(type.bytes).op("i32.eq");
  f.get(row).get(columns).i32(type.bytes).op("i32.mul").op("i32.ge_s");
  f.get(rows).i32(1).op("i32.eq").op("i32.or").op("i32.and");
}

/** Pushes the elements from one line to the next, which for BLAS are never fewer than its length. */
function pushLeading({ f, type }: State, stride: Local, length: Local): void {
  const [elements] = integers(f, 1);
  f.get(stride).i32(type.bytes).op("i32.div_s").tee(elements).get(length);
  f.get(elements).get(length).op("i32.gt_s").op("select");
}

function pushAddress({ f, base }: State, address: Local): void {
  f.global(base).get(address).op("f64.convert_i32_u").op("f64.add");
}

/** Pushes a whole number as one of the type's. */
function pushNumber({ f, type }: State, push: () => void): void {
  push();
  f.op(`${type.name === "f64" ? "f64" : "f32"}.convert_i32_u`);
}
