// Short ways to write loop kernels and number sequences in tests.

import type { DType } from "../../src/core/dtype.ts";
import type { Affine, Combine, KernelBuffer, LoopKernel, Statement } from "../../src/ir/loops.ts";

type Load = Extract<Statement, { kind: "load" }>;
type Store = Extract<Statement, { kind: "store" }>;

export const at = (terms: readonly number[], offset = 0): Affine => ({ offset, terms });

export function load(
  dtype: DType,
  buffer: number,
  place: Affine,
  more: Partial<Load> = {},
): Statement {
  return { kind: "load", dtype, buffer, at: place, dynamic: [], bounds: [], fill: 0, ...more };
}

export function store(
  dtype: DType,
  buffer: number,
  place: Affine,
  value: number,
  more: Partial<Store> = {},
): Statement {
  return { kind: "store", dtype, buffer, at: place, dynamic: [], mode: "set", value, ...more };
}

export const apply = (dtype: DType, fn: string, ...args: number[]): Statement => ({
  kind: "apply",
  dtype,
  fn,
  args,
});

export const accumulate = (dtype: DType, combine: Combine, arg: number): Statement => ({
  kind: "accumulate",
  dtype,
  combine,
  arg,
});

export const cast = (dtype: DType, arg: number): Statement => ({ kind: "cast", dtype, arg });

export const constant = (dtype: DType, value: number): Statement => ({
  kind: "constant",
  dtype,
  value,
});

/** Buffers written as `dtype[elements]`; the ones that are only written start with ">". */
export function buffersOf(...texts: string[]): KernelBuffer[] {
  return texts.map((text) => {
    const [, sign, dtype, elements] = /^([>~]?)(\w+)\[(\d+)\]$/.exec(text) as RegExpExecArray;
    const access = sign === ">" ? "write" : sign === "~" ? "update" : "read";
    return { dtype: dtype as DType, elements: Number(elements), access };
  });
}

export function kernel(
  parallel: readonly number[],
  reduce: readonly number[],
  buffers: readonly KernelBuffer[],
  ...body: Statement[]
): LoopKernel {
  return { parallel, reduce, buffers, body };
}

/** A seeded stream of whole numbers in 0 … n−1 (a 32-bit xorshift). */
export function numbers(seed: number): (n: number) => number {
  let state = seed * 2654435761 + 1;
  return (n) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % n;
  };
}

/** Elements for a buffer: small whole numbers, exact in every type and under sums. */
export function fillBuffer(buffer: KernelBuffer, pick: (n: number) => number): number[] {
  return Array.from({ length: buffer.elements }, () =>
    buffer.dtype === "bool" ? pick(2) : pick(17) - 8,
  );
}
