// Products of a matrix and a vector where both run along the depth: dot products, four rows at a time, vectors along k.

import type { ModuleBuilder } from "../../../compiler/4-emit/wasm/encoder.ts";
import type { FunctionBuilder, Local } from "../../../compiler/4-emit/wasm/function.ts";
import { integers, parametersOf, whileCounting } from "./arithmetic.ts";
import type { GemmType } from "./gemm-types.ts";

/** Parameters, all i32, strides in bytes: `count` results `cStep` apart, rows of `y` `yRow` apart, one vector `x`. */
const names = ["c", "cStep", "x", "y", "yRow", "count", "k", "accumulate"] as const;

type Parameters = Readonly<Record<(typeof names)[number], Local>>;

const shapes = { f32: "f32x4", f64: "f64x2", i32: "i32x4" } as const;

/** Adds the function; returns its index. */
export function addDots(module: ModuleBuilder, type: GemmType): number {
  const types = names.map(() => "i32" as const);
  const few = [1, 4].map((rows) => ({
    rows,
    index: module.function(types, [], (f) => emitRows(f, type, rows)),
  }));
  return module.function(types, [], (f) => {
    const p = parametersOf(names);
    for (const { rows, index } of few.toReversed()) {
      whileCounting(f, p.count, rows, () => {
        for (const name of names) f.get(p[name]);
        f.call(index);
        for (let i = 0; i < rows; i++) {
          f.get(p.y).get(p.yRow).op("i32.add").set(p.y);
          f.get(p.c).get(p.cStep).op("i32.add").set(p.c);
        }
      });
    }
  });
}

/** The dot products of `rows` rows. */
function emitRows(f: FunctionBuilder, type: GemmType, rows: number): void {
  const p = parametersOf(names);
  const { lanes, bytes, name } = type;
  const pointers = [p.y, ...integers(f, rows - 1)];
  const sums = Array.from({ length: 2 * rows }, () => f.local("v128"));
  const totals = pointers.map(() => f.local(name));
  for (let i = 1; i < rows; i++) {
    f.get(pointers[i - 1])
      .get(p.yRow)
      .op("i32.add")
      .set(pointers[i]);
  }
  const vectors = (count: number): void =>
    whileCounting(f, p.k, count * lanes, () => {
      for (let part = 0; part < count; part++) multiply(f, type, p, pointers, sums, part);
      for (const local of [p.x, ...pointers]) f.increment(local, 16 * count);
    });
  vectors(2);
  vectors(1);
  for (let i = 0; i < rows; i++) {
    foldLanes(f, type, sums[2 * i], sums[2 * i + 1]);
    f.set(totals[i]);
  }
  whileCounting(f, p.k, 1, () => {
    for (let i = 0; i < rows; i++) {
      f.get(totals[i]).get(p.x).memory(`${name}.load`).get(pointers[i]).memory(`${name}.load`);
      f.op(`${name}.mul`).op(`${name}.add`).set(totals[i]);
    }
    for (const local of [p.x, ...pointers]) f.increment(local, bytes);
  });
  for (const total of totals) storeTotal(f, type, p, total);
}

function multiply(
  f: FunctionBuilder,
  type: GemmType,
  p: Parameters,
  pointers: readonly Local[],
  sums: readonly Local[],
  part: number,
): void {
  const x = f.local("v128");
  f.get(p.x)
    .memory("v128.load", 16 * part)
    .set(x);
  for (const [i, pointer] of pointers.entries()) {
    const sum = sums[2 * i + part];
    type.multiplyAdd(
      f,
      () => f.get(sum),
      () => f.get(x),
      () => f.get(pointer).memory("v128.load", 16 * part),
    );
    f.set(sum);
  }
}

/** Pushes the sum of all lanes of two vectors, in a fixed order. */
function foldLanes(f: FunctionBuilder, type: GemmType, first: Local, second: Local): void {
  const shape = shapes[type.name];
  f.get(first).get(second).op(`${shape}.add`).set(first);
  for (let lane = 0; lane < type.lanes; lane++) {
    f.get(first).lane(`${shape}.extract_lane`, lane);
    if (lane > 0) f.op(`${type.name}.add`);
  }
}

function storeTotal(f: FunctionBuilder, { name }: GemmType, p: Parameters, total: Local): void {
  f.get(p.accumulate).if(() => {
    f.get(total).get(p.c).memory(`${name}.load`).op(`${name}.add`).set(total);
  });
  f.get(p.c).get(total).memory(`${name}.store`);
  f.get(p.c).get(p.cStep).op("i32.add").set(p.c);
}
