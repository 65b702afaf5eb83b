// A plan: what the compiler hands to a device. A list of kernel calls over numbered buffers, and where each buffer is.
// Plans are trees, so that repeated steps and `scan` need no new form.

import type { DType } from "../core/dtype.ts";
import type { Shape } from "../core/shape.ts";
import type { LoopKernel } from "../ir/loops.ts";
import type { Attributes, TensorType } from "../ir/op.ts";
import type { Region } from "../ir/region.ts";
import type { ProductCosts } from "./gemm-tiles.ts";

/** Where a buffer lives. An argument is bound by the caller before each run (a slot, an input, a constant). */
export type Place =
  | { readonly kind: "argument"; readonly index: number }
  | { readonly kind: "scratch"; readonly offset: number };

export interface PlanBuffer {
  readonly dtype: DType;
  readonly elements: number;
  readonly place: Place;
}

/** Part of a plan buffer, from element `offset` on. */
export interface BufferRef {
  readonly buffer: number;
  readonly offset: number;
  /** Inside loops: it begins so many elements further on for each turn of a counter. */
  readonly strides?: readonly CounterStride[];
}

export interface CounterStride {
  readonly counter: number;
  readonly elements: number;
}

/** What the TypeScript function of an op is called with, besides its buffers: the output first, then the inputs. */
export interface HostCall {
  readonly types: readonly TensorType[];
  readonly attributes: Attributes;
}

/** Where a step comes from, kept only for profiles. */
export interface StepOrigin {
  /** The op whose value is stored. */
  readonly op: string;
  readonly region: Region;
  /** Arithmetic of a product, `2·batch·m·n·k`. */
  readonly flops?: number;
}

export type PlanStep = {
  readonly origins?: readonly StepOrigin[];
} /** A generated kernel, called with one plan buffer per kernel buffer. */ & (
  | { readonly kind: "loops"; readonly kernel: LoopKernel; readonly buffers: readonly BufferRef[] }
  /** A hand-written kernel of the target's library: its name, buffers, then whole-number arguments. */
  | {
      readonly kind: "extern";
      readonly name: string;
      readonly buffers: readonly BufferRef[];
      readonly numbers: readonly number[];
      /** Set for a kernel that computes one of so many independent tiles, the number of which is its last argument. */
      readonly tiles?: number;
      /** Set where the kernel is not of the library but the TypeScript function of the op `name`. */
      readonly host?: HostCall;
    }
  | {
      readonly kind: "repeat";
      readonly count: number;
      readonly body: readonly PlanStep[];
      /** Number of the counter that goes from 0 to `count - 1`, or back. */
      readonly counter?: number;
      readonly reverse?: boolean;
    }
);

export interface PlanOutput {
  readonly ref: BufferRef;
  readonly dtype: DType;
  readonly shape: Shape;
}

export interface Plan {
  readonly buffers: readonly PlanBuffer[];
  readonly steps: readonly PlanStep[];
  readonly outputs: readonly PlanOutput[];
  /** Bytes of scratch memory, 64-byte aligned. */
  readonly scratchBytes: number;
  /** Number of arguments, bound or not. */
  readonly arguments: number;
  /** Number of counters of loops; none where it is missing. */
  readonly counters?: number;
}

/** What passes may ask of a target. */
export interface TargetFacts {
  readonly name: string;
  /** Bytes of one stored element. */
  readonly storage: Readonly<Record<DType, number>>;
  /** Names of the scalar functions it has natively for a type of operand. */
  readonly isNative: (fn: string, dtype: DType) => boolean;
  /** What its products cost. */
  readonly products: ProductCosts;
}
