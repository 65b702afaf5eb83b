// Micro-kernels: a tile of C, a few rows of one to four vectors, stays in registers while k runs down the depth. Each
// element is summed in the order of k, one multiply-add at a time, whatever the tile: all kernels give the same bits.

import type { ModuleBuilder } from "../../../compiler/4-emit/wasm/encoder.ts";
import type { FunctionBuilder, Local } from "../../../compiler/4-emit/wasm/function.ts";
import { integers, parametersOf } from "./arithmetic.ts";
import type { GemmType } from "./gemm-types.ts";

/**
 * Parameters, all i32, strides in bytes. `aStride` is the distance between steps of k where the rows of A are adjacent
 * (packed, or transposed in memory), and the distance between rows where the steps of k are.
 */
const names = ["k", "a", "aStride", "b", "bStride", "c", "cRow", "accumulate"] as const;

type Parameters = Readonly<Record<(typeof names)[number], Local>>;

/** Steps of k in a round of the loop. */
const unrolled = 2;

/** Which way A is contiguous. */
export type AOrder = "rows" | "steps";

export interface KernelShape {
  readonly rows: number;
  readonly vectors: number;
  readonly order: AOrder;
}

/** Adds one kernel; returns its function index. */
export function addMicroKernel(module: ModuleBuilder, type: GemmType, shape: KernelShape): number {
  const types = names.map(() => "i32" as const);
  return module.function(types, [], (f) => {
    const p = parametersOf(names);
    const sums = Array.from({ length: shape.rows * shape.vectors }, () => f.local("v128"));
    const [row] = integers(f, 1);
    f.get(p.accumulate).if(() => {
      eachSum(f, shape, p, row, (i, offset) => {
        f.get(row).memory("v128.load", offset).set(sums[i]);
      });
    });
    const step = stepEmitter(f, type, shape, p, sums);
    f.get(p.k).if(() => countDown(f, p.k, step));
    eachSum(f, shape, p, row, (i, offset) => {
      f.get(row).get(sums[i]).memory("v128.store", offset);
    });
  });
}

/**
 * Repeats `body`, `unrolled` times a round. The branch out of a round after each time ends a basic block: V8 before 13
 * moves all loads of a block to its start, and those of two steps do not fit the registers.
 */
function countDown(f: FunctionBuilder, counter: Local, body: () => void): void {
  f.block((done) => {
    f.loop((again) => {
      for (let time = 1; time < unrolled; time++) {
        body();
        f.get(counter).i32(1).op("i32.sub").tee(counter).op("i32.eqz").brIf(done);
      }
      body();
      f.get(counter).i32(1).op("i32.sub").tee(counter).brIf(again);
    });
  });
}

/** Visits the tile of C row by row. */
function eachSum(
  f: FunctionBuilder,
  { rows, vectors }: KernelShape,
  { c, cRow }: Parameters,
  row: Local,
  visit: (sum: number, offset: number) => void,
): void {
  f.get(c).set(row);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < vectors; j++) visit(i * vectors + j, 16 * j);
    if (i < rows - 1) f.get(row).get(cRow).op("i32.add").set(row);
  }
}

/** Pushes and pops of one step of k. */
interface StepParts {
  /** Sets the local of row i to four times its element. */
  readonly loadA: (i: number) => void;
  readonly loadB: (j: number, to: Local) => void;
  /** Adds a product to the sum of row i and vector j. */
  readonly add: (i: number, j: number, b: Local) => void;
}

/** Sets up pointers and returns the function that emits one step of k. */
function stepEmitter(
  f: FunctionBuilder,
  type: GemmType,
  shape: KernelShape,
  p: Parameters,
  sums: readonly Local[],
): () => void {
  const { rows, vectors, order } = shape;
  const splats = Array.from({ length: rows }, () => f.local("v128"));
  const pointers = order === "rows" ? [p.a] : [p.a, ...integers(f, rows - 1)];
  for (let i = 1; i < pointers.length; i++) {
    f.get(pointers[i - 1])
      .get(p.aStride)
      .op("i32.add")
      .set(pointers[i]);
  }
  const loadA = (i: number): void => {
    const [pointer, offset] = order === "rows" ? [p.a, type.bytes * i] : [pointers[i], 0];
    f.get(pointer).memory(type.splatLoad, offset).set(splats[i]);
  };
  const loadB = (j: number, to: Local): void => {
    f.get(p.b)
      .memory("v128.load", 16 * j)
      .set(to);
  };
  const add = (i: number, j: number, b: Local): void => {
    const sum = sums[i * vectors + j];
    type.multiplyAdd(
      f,
      () => f.get(sum),
      () => f.get(splats[i]),
      () => f.get(b),
    );
    f.set(sum);
  };
  const products = vectors > 3 ? rowByRow : columnByColumn;
  const emit = products(f, shape, { loadA, loadB, add });
  return () => {
    emit();
    f.get(p.b).get(p.bStride).op("i32.add").set(p.b);
    if (order === "rows") f.get(p.a).get(p.aStride).op("i32.add").set(p.a);
    else for (const local of pointers) f.increment(local, type.bytes);
  };
}

/** All elements of A first, then vector by vector of B. */
function columnByColumn(
  f: FunctionBuilder,
  { rows, vectors }: KernelShape,
  { loadA, loadB, add }: StepParts,
): () => void {
  const b = f.local("v128");
  return () => {
    for (let i = 0; i < rows; i++) loadA(i);
    for (let j = 0; j < vectors; j++) {
      loadB(j, b);
      for (let i = 0; i < rows; i++) add(i, j, b);
    }
  };
}

/** All vectors of B first: neighbouring loads, sums and stores are what engines join to wider vectors. */
function rowByRow(
  f: FunctionBuilder,
  { rows, vectors }: KernelShape,
  { loadA, loadB, add }: StepParts,
): () => void {
  const bs = Array.from({ length: vectors }, () => f.local("v128"));
  return () => {
    for (const [j, b] of bs.entries()) loadB(j, b);
    for (let i = 0; i < rows; i++) {
      loadA(i);
      for (const [j, b] of bs.entries()) add(i, j, b);
    }
  };
}
