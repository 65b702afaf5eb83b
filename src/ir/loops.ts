// The loop language: what one generated kernel computes, as data. A kernel is a perfect nest of parallel axes around
// an optional nest of reduction axes, and a list of statements in single-assignment form; statement k defines value k.
// It carries no lanes, threads or bytes: the emitters of a target choose those.

import type { DType } from "../core/dtype.ts";

/** An affine index in elements: `offset + Σ terms[k] · axis_k`, one coefficient per axis, parallel axes first. */
export interface Affine {
  readonly offset: number;
  readonly terms: readonly number[];
}

/** Adds `scale · value` to an index, where `value` is an int32 value; outside 0 … size−1 a load gives NaN (0 for integers), a store does nothing. */
export interface DynamicIndex {
  readonly value: number;
  readonly scale: number;
  readonly size: number;
}

/** Holds where `0 ≤ at < size`. */
export interface Bound {
  readonly at: Affine;
  readonly size: number;
}

export type Combine = "add" | "mul" | "max" | "min";

export type Statement =
  | { readonly kind: "constant"; readonly dtype: DType; readonly value: number }
  /** The index itself as an int32 number. */
  | { readonly kind: "index"; readonly dtype: "int32"; readonly at: Affine }
  /** Reads a buffer; where a bound fails the value is `fill` and memory is not touched. */
  | {
      readonly kind: "load";
      readonly dtype: DType;
      readonly buffer: number;
      readonly at: Affine;
      readonly dynamic: readonly DynamicIndex[];
      readonly bounds: readonly Bound[];
      readonly fill: number;
    }
  /** Applies a scalar function (a name of `ir/scalar.ts`) to earlier values. */
  | {
      readonly kind: "apply";
      readonly dtype: DType;
      readonly fn: string;
      readonly args: readonly number[];
    }
  | { readonly kind: "cast"; readonly dtype: DType; readonly arg: number }
  /** Combines a value over all reduction axes. Statements after the last accumulate run once per parallel point. */
  | {
      readonly kind: "accumulate";
      readonly dtype: DType;
      readonly combine: Combine;
      readonly arg: number;
    }
  /** Writes or adds to a buffer at each parallel point (with no reduction axes, or after them). */
  | {
      readonly kind: "store";
      readonly dtype: DType;
      readonly buffer: number;
      readonly at: Affine;
      readonly dynamic: readonly DynamicIndex[];
      readonly mode: "set" | "add";
      readonly value: number;
    };

export interface KernelBuffer {
  readonly dtype: DType;
  readonly elements: number;
  readonly access: "read" | "write" | "update";
}

/** A kernel: sizes of its axes (outer to inner), the buffers it is called with, and its statements. */
export interface LoopKernel {
  readonly parallel: readonly number[];
  readonly reduce: readonly number[];
  readonly buffers: readonly KernelBuffer[];
  readonly body: readonly Statement[];
}
