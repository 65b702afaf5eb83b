// Runs a loop kernel the plain way: point by point, in order, with the rounding of each element type. It is the meaning
// that every emitter is tested against.

import type { DType } from "../../src/core/dtype.ts";
import type { Affine, Combine, DynamicIndex, LoopKernel, Statement } from "../../src/ir/loops.ts";
import { scalarFunction } from "../../src/ir/scalar.ts";

/** Elements of one buffer as numbers; bool is 0 or 1. */
export type Elements = number[];

/** Rounds a number to an element type as the emitters do. */
export function roundTo(dtype: DType, x: number): number {
  if (dtype === "float32") return Math.fround(x);
  if (dtype === "int32") return x | 0;
  return dtype === "bool" ? Number(x !== 0) : x;
}

/** Runs `kernel` on its buffers in place. */
export function interpret(kernel: LoopKernel, buffers: readonly Elements[]): void {
  const firstAfter = kernel.body.findLastIndex((s) => s.kind === "accumulate") + 1;
  const reduces = kernel.reduce.length > 0;
  for (const point of points(kernel.parallel)) {
    const values: number[] = [];
    if (!reduces) {
      for (const s of kernel.body) values.push(step(kernel, s, point, values, buffers));
      continue;
    }
    for (const [i, s] of kernel.body.entries()) {
      if (s.kind === "accumulate") values[i] = identity(s.combine, s.dtype);
    }
    for (const inner of points(kernel.reduce)) {
      const at = [...point, ...inner];
      for (let i = 0; i < firstAfter; i++) {
        const s = kernel.body[i];
        if (s.kind === "store") continue;
        if (s.kind === "accumulate") {
          values[i] = roundTo(s.dtype, combine(s.combine, s.dtype, values[i], values[s.arg]));
        } else values[i] = step(kernel, s, at, values, buffers);
      }
    }
    const still = [...point, ...kernel.reduce.map(() => 0)];
    for (const [i, s] of kernel.body.entries()) {
      if (s.kind === "accumulate") continue;
      const hasReduction = i < firstAfter && s.kind !== "store";
      if (!hasReduction) values[i] = step(kernel, s, still, values, buffers);
    }
  }
}

function* points(sizes: readonly number[]): Generator<number[]> {
  if (sizes.includes(0)) return;
  const at = sizes.map(() => 0);
  for (;;) {
    yield [...at];
    let axis = sizes.length - 1;
    while (axis >= 0 && ++at[axis] === sizes[axis]) at[axis--] = 0;
    if (axis < 0) return;
  }
}

function step(
  kernel: LoopKernel,
  s: Statement,
  at: readonly number[],
  values: readonly number[],
  buffers: readonly Elements[],
): number {
  switch (s.kind) {
    case "constant":
      return roundTo(s.dtype, s.value);
    case "index":
      return affine(s.at, at);
    case "load": {
      const inside = s.bounds.every((b) => affine(b.at, at) >= 0 && affine(b.at, at) < b.size);
      if (!inside) return roundTo(s.dtype, s.fill);
      const shift = dynamicShift(s.dynamic, values);
      if (shift === undefined) return s.dtype.startsWith("float") ? Number.NaN : 0;
      return buffers[s.buffer][affine(s.at, at) + shift];
    }
    case "apply": {
      const [a, b, c] = s.args.map((arg) => values[arg]);
      const operand = kernel.body[s.args[s.args.length - 1]].dtype;
      const row = scalarFunction(s.fn);
      const exact = operand === "int32" && s.fn === "mul" ? Math.imul(a, b) : row.js(a, b, c);
      return roundTo(s.dtype, exact);
    }
    case "cast":
      return castTo(s.dtype, values[s.arg]);
    case "accumulate":
      throw new Error("an accumulate without reduction axes");
    case "store": {
      const shift = dynamicShift(s.dynamic, values);
      if (shift === undefined) return 0;
      const buffer = buffers[s.buffer];
      const place = affine(s.at, at) + shift;
      const sum = s.mode === "add" ? buffer[place] + values[s.value] : values[s.value];
      buffer[place] = roundTo(s.dtype, sum);
      return 0;
    }
  }
}

function castTo(dtype: DType, x: number): number {
  if (dtype !== "int32") return roundTo(dtype, x);
  return Number.isNaN(x) ? 0 : Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), Math.trunc(x)));
}

function affine({ offset, terms }: Affine, at: readonly number[]): number {
  return terms.reduce((sum, term, axis) => sum + term * at[axis], offset);
}

function dynamicShift(
  dynamic: readonly DynamicIndex[],
  values: readonly number[],
): number | undefined {
  let shift = 0;
  for (const { value, scale, size } of dynamic) {
    if (values[value] < 0 || values[value] >= size) return undefined;
    shift += scale * values[value];
  }
  return shift;
}

function identity(kind: Combine, dtype: DType): number {
  if (kind === "add") return 0;
  if (kind === "mul") return 1;
  const least = dtype === "int32" ? -(2 ** 31) : dtype === "bool" ? 0 : Number.NEGATIVE_INFINITY;
  const most = dtype === "int32" ? 2 ** 31 - 1 : dtype === "bool" ? 1 : Number.POSITIVE_INFINITY;
  return kind === "max" ? least : most;
}

function combine(kind: Combine, dtype: DType, a: number, b: number): number {
  if (kind === "add") return a + b;
  if (kind === "mul") return dtype === "int32" ? Math.imul(a, b) : a * b;
  return kind === "max" ? Math.max(a, b) : Math.min(a, b);
}
