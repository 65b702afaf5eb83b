// Packing: copies a panel of A or B so that a micro-kernel reads it in order, `width` elements for each k. Panels that
// are contiguous either way move by whole vectors; others element by element. Missing columns are filled with zero.

import type { ModuleBuilder } from "../../../compiler/4-emit/wasm/encoder.ts";
import type { FunctionBuilder, Local } from "../../../compiler/4-emit/wasm/function.ts";
import { integers, parametersOf, whileCounting } from "./arithmetic.ts";
import type { GemmType } from "./gemm-types.ts";

/** Parameters, all i32: strides in bytes, `used` ≤ the panel's width, both in elements. */
const names = ["source", "acrossStride", "kStride", "k", "used", "target", "width"] as const;

type Parameters = Readonly<Record<(typeof names)[number], Local>>;

/** Adds the packing function of a type; returns its index. */
export function addPack(module: ModuleBuilder, type: GemmType): number {
  const types = names.map(() => "i32" as const);
  return module.function(types, [], (f) => {
    const p = parametersOf(names);
    for (const [used, width] of type.bytes === 4
      ? adjacentWidths
      : [
          [4, 4],
          [2, 2],
        ]) {
      f.get(p.used).i32(used).op("i32.eq").get(p.width).i32(width).op("i32.eq").op("i32.and");
      f.get(p.acrossStride).i32(type.bytes).op("i32.eq").op("i32.and");
      f.if(() => {
        copyRows(f, p, used * type.bytes, width * type.bytes);
        f.op("return");
      });
    }
    for (const width of type.bytes === 4 ? [8, 4] : []) {
      f.get(p.width).i32(width).op("i32.eq");
      f.get(p.kStride).i32(type.bytes).op("i32.eq").op("i32.and");
      f.if(() => {
        transposeRows(f, p, width);
        f.op("return");
      });
    }
    copyElements(f, p, type);
  });
}

/** Elements used, and width: panels of B (whole vectors) and of A (as wide as used). */
const adjacentWidths: readonly (readonly [used: number, width: number])[] = [
  ...[8, 7, 6, 5].map((used) => [used, 8] as const),
  ...[4, 3, 2, 1].map((used) => [used, 4] as const),
];

/** `used` adjacent bytes for each k; the rest of a vector is zero. */
function copyRows(f: FunctionBuilder, p: Parameters, used: number, width: number): void {
  const whole = used - (used % 16);
  const rest = used - whole;
  const vector = f.local("v128");
  whileCounting(f, p.k, 1, () => {
    for (let at = 0; at < whole; at += 16) {
      f.get(p.target).get(p.source).memory("v128.load", at).memory("v128.store", at);
    }
    if (rest > 0) {
      if (rest === 12) f.get(p.source);
      f.get(p.source).memory(rest === 4 ? "v128.load32_zero" : "v128.load64_zero", whole);
      if (rest === 12) f.memoryLane("v128.load32_lane", 2, whole + 8);
      f.set(vector).get(p.target).get(vector).memory("v128.store", whole);
    }
    f.increment(p.target, width);
    f.get(p.source).get(p.kStride).op("i32.add").set(p.source);
  });
}

/** Rows that are contiguous along k, four steps of k at a time; rows beyond `used` are zero. */
function transposeRows(f: FunctionBuilder, p: Parameters, width: number): void {
  const row = integers(f, width);
  f.get(p.source).set(row[0]);
  for (let i = 1; i < width; i++) {
    f.get(row[i - 1])
      .get(p.acrossStride)
      .op("i32.add")
      .set(row[i]);
  }
  const vectors = Array.from({ length: 4 }, () => f.local("v128"));
  const spare = Array.from({ length: 4 }, () => f.local("v128"));
  whileCounting(f, p.k, 4, () => {
    for (let first = 0; first < width; first += 4) {
      for (let i = 0; i < 4; i++) loadUsed(f, p, row[first + i], first + i, vectors[i]);
      transposeFour(f, vectors, spare);
      for (let step = 0; step < 4; step++) {
        f.get(p.target)
          .get(vectors[step])
          .memory("v128.store", 4 * (width * step + first));
      }
    }
    for (const local of row) f.increment(local, 16);
    f.increment(p.target, 16 * width);
  });
  whileCounting(f, p.k, 1, () => {
    for (let i = 0; i < width; i++) {
      f.get(p.target).get(p.used).i32(i).op("i32.gt_s");
      f.if(
        () => f.get(row[i]).memory("f32.load"),
        () => f.f32(0),
        "f32",
      );
      f.memory("f32.store", 4 * i).increment(row[i], 4);
    }
    f.increment(p.target, 4 * width);
  });
}

/** Loads four steps of a row, or zeros where the panel has no such row. */
function loadUsed(f: FunctionBuilder, p: Parameters, row: Local, index: number, to: Local): void {
  f.get(p.used).i32(index).op("i32.gt_s");
  f.if(
    () => f.get(row).memory("v128.load").set(to),
    () => f.get(f.splat("i32", 0)).set(to),
  );
}

/** Transposes four vectors of four lanes in place. */
function transposeFour(f: FunctionBuilder, v: readonly Local[], t: readonly Local[]): void {
  f.get(v[0]).get(v[1]).shuffle(0, 4, 1, 5).set(t[0]);
  f.get(v[0]).get(v[1]).shuffle(2, 6, 3, 7).set(t[1]);
  f.get(v[2]).get(v[3]).shuffle(0, 4, 1, 5).set(t[2]);
  f.get(v[2]).get(v[3]).shuffle(2, 6, 3, 7).set(t[3]);
  f.get(t[0]).get(t[2]).shuffle(0, 1, 4, 5).set(v[0]);
  f.get(t[0]).get(t[2]).shuffle(2, 3, 6, 7).set(v[1]);
  f.get(t[1]).get(t[3]).shuffle(0, 1, 4, 5).set(v[2]);
  f.get(t[1]).get(t[3]).shuffle(2, 3, 6, 7).set(v[3]);
}

function copyElements(f: FunctionBuilder, p: Parameters, type: GemmType): void {
  const [from, to, left] = integers(f, 3);
  const [load, store] = type.bytes === 4 ? ["i32.load", "i32.store"] : ["i64.load", "i64.store"];
  whileCounting(f, p.k, 1, () => {
    f.get(p.source).set(from).get(p.target).set(to).get(p.used).set(left);
    whileCounting(f, left, 1, () => {
      f.get(to).get(from).memory(load).memory(store).increment(to, type.bytes);
      f.get(from).get(p.acrossStride).op("i32.add").set(from);
    });
    f.get(p.width).get(p.used).op("i32.sub").set(left);
    whileCounting(f, left, 1, () => {
      f.get(to);
      if (type.bytes === 4) f.i32(0);
      else f.i64(0);
      f.memory(store).increment(to, type.bytes);
    });
    f.get(to).set(p.target);
    f.get(p.source).get(p.kStride).op("i32.add").set(p.source);
  });
}
