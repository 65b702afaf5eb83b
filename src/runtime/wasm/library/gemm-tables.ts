// Tables of offsets: where the rows, columns or steps of k of a block lie in a matrix, in bytes. With them, a group of
// several axes (a permuted, sliced or windowed operand) is packed and stored like one of a single stride.

import type { ModuleBuilder } from "../../../compiler/4-emit/wasm/encoder.ts";
import type { FunctionBuilder, Local } from "../../../compiler/4-emit/wasm/function.ts";
import { axisBytes, contractAxes } from "../../../compiler/gemm-tiles.ts";
import { integers, parametersOf, whileCounting } from "./arithmetic.ts";

/**
 * Parameters, all i32: writes `count` ≥ 1 offsets at `table`, of elements from `start` on of the group of axes at
 * `axes`, with the strides `which` bytes into each axis; or, where `axes` is 0, `stride` apart from 0 on.
 */
export const tableParameters = ["table", "count", "stride", "axes", "which", "start"] as const;

type Parameters = Readonly<Record<(typeof tableParameters)[number], Local>>;

/** Adds the function; a table is followed by `spare` copies of its last offset. */
export function addTable(module: ModuleBuilder, spare: number): number {
  const types = tableParameters.map(() => "i32" as const);
  return module.function(types, [], (f) => {
    const p = parametersOf(tableParameters);
    const [zero] = integers(f, 1);
    f.get(p.axes).if(
      () => walkAxes(f, p),
      () => writeRun(f, p.table, zero, p.stride, p.count),
    );
    const last = f.local("v128");
    f.get(p.table).i32(4).op("i32.sub").memory("v128.load32_splat").set(last);
    for (let at = 0; at < spare; at += 4)
      f.get(p.table)
        .get(last)
        .memory("v128.store", 4 * at);
  });
}

/** Writes `count` offsets, `stride` apart, and moves `table` behind them; up to three more are overwritten. */
function writeRun(
  f: FunctionBuilder,
  table: Local,
  first: Local,
  stride: Local,
  count: Local,
): void {
  const [target, left] = integers(f, 2);
  const [offsets, step] = [f.local("v128"), f.local("v128")];
  f.get(stride)
    .op("i32x4.splat")
    .get(f.lanes("i32", [0, 1, 2, 3]))
    .op("i32x4.mul");
  f.get(first).op("i32x4.splat").op("i32x4.add").set(offsets);
  f.get(stride).i32(4).op("i32.mul").op("i32x4.splat").set(step);
  f.get(table).set(target).get(count).set(left);
  f.loop((again) => {
    f.get(target).get(offsets).memory("v128.store").increment(target, 16);
    f.get(offsets).get(step).op("i32x4.add").set(offsets);
    f.get(left).i32(4).op("i32.sub").tee(left).i32(0).op("i32.gt_s").brIf(again);
  });
  f.get(count).i32(4).op("i32.mul").get(table).op("i32.add").set(table);
}

interface Axis {
  readonly size: Local;
  readonly stride: Local;
  readonly index: Local;
}

/** Runs of the innermost axis, with the outer ones as an odometer. */
function walkAxes(f: FunctionBuilder, p: Parameters): void {
  const [base, first, run, place] = integers(f, 4);
  const axes: Axis[] = Array.from({ length: contractAxes }, () => {
    const [size, stride, index] = integers(f, 3);
    return { size, stride, index };
  });
  for (const [k, { size, stride }] of axes.entries()) {
    f.get(p.axes)
      .memory("i32.load", axisBytes * k)
      .set(size);
    f.get(p.axes)
      .get(p.which)
      .op("i32.add")
      .memory("i32.load", axisBytes * k)
      .set(stride);
  }
  f.get(p.start).set(place);
  for (const { size, stride, index } of axes.toReversed()) {
    f.get(place).get(size).op("i32.rem_u").set(index);
    f.get(place).get(size).op("i32.div_u").set(place);
    f.get(index).get(stride).op("i32.mul").get(base).op("i32.add").set(base);
  }
  const inner = axes[contractAxes - 1];
  f.get(base).get(inner.index).get(inner.stride).op("i32.mul").op("i32.sub").set(base);
  f.loop((again) => {
    f.get(inner.size).get(inner.index).op("i32.sub").set(run);
    f.get(run).get(p.count).get(run).get(p.count).op("i32.lt_s").op("select").set(run);
    f.get(inner.index).get(inner.stride).op("i32.mul").get(base).op("i32.add").set(first);
    writeRun(f, p.table, first, inner.stride, run);
    f.i32(0).set(inner.index);
    carry(f, base, axes.slice(0, -1));
    f.get(p.count).get(run).op("i32.sub").tee(p.count).brIf(again);
  });
}

/** One step of the last of these axes; one that is at its end starts again and moves the one before. */
function carry(f: FunctionBuilder, base: Local, axes: readonly Axis[]): void {
  const axis = axes.at(-1);
  if (axis === undefined) return;
  const { size, stride, index } = axis;
  f.get(base).get(stride).op("i32.add").set(base);
  f.increment(index, 1).get(index).get(size).op("i32.eq");
  f.if(() => {
    f.i32(0).set(index);
    f.get(base).get(size).get(stride).op("i32.mul").op("i32.sub").set(base);
    carry(f, base, axes.slice(0, -1));
  });
}

/** Adds `(table, count) → the distance between its offsets`, 0 where they are not evenly spaced. */
export function addCommonStep(module: ModuleBuilder): number {
  return module.function(["i32", "i32"], ["i32"], (f) => {
    const [table, count] = [0, 1];
    const [step] = integers(f, 1);
    f.get(count).i32(1).op("i32.eq");
    f.if(() => f.i32(16).op("return"));
    f.get(table).memory("i32.load", 4).get(table).memory("i32.load").op("i32.sub").set(step);
    whileCounting(f, count, 2, () => {
      f.get(table).memory("i32.load", 4).get(table).memory("i32.load").op("i32.sub");
      f.get(step).op("i32.ne");
      f.if(() => f.i32(0).op("return"));
      f.increment(table, 4).increment(count, 1);
    });
    f.get(step);
  });
}
