// Cursors: every affine index of a kernel is a local that starts at the index's value at the origin and moves by a
// constant with each loop. Indices that differ by a constant share one; the rest is the instruction's static offset.

import type { Affine, LoopKernel, Statement } from "../../../ir/loops.ts";
import { wasmStorage } from "./conversions.ts";
import { addressType, type FunctionBuilder, type Local, type ValueType } from "./function.ts";
import { affinesOf } from "./schedule.ts";

/** An index: a cursor, and what to add to it (bytes for memory, 1 for a number). */
export interface Index {
  readonly cursor: number;
  readonly offset: number;
  /** Change per step of each axis, parallel axes first. */
  readonly steps: readonly number[];
}

interface Cursor {
  /** The buffer it points into; undefined for a number. */
  readonly buffer: number | undefined;
  start: number;
  readonly steps: readonly number[];
}

/** The cursors of one kernel and the indices made of them. */
export class Cursors {
  readonly #cursors: Cursor[] = [];
  readonly #keys = new Map<string, number>();
  readonly #indices: (readonly Index[])[];
  readonly #sizes: readonly number[];

  constructor(kernel: LoopKernel, live: readonly boolean[]) {
    this.#sizes = [...kernel.parallel, ...kernel.reduce];
    this.#indices = kernel.body.map((s, i) => (live[i] ? this.#enter(kernel, s) : []));
  }

  get count(): number {
    return this.#cursors.length;
  }

  /** The type of each cursor as a parameter. */
  get types(): ValueType[] {
    return this.#cursors.map((c) => (c.buffer === undefined ? "i32" : addressType));
  }

  /** The index of a statement's own place. */
  place(statement: number): Index {
    return this.#fromStart(this.#indices[statement][0]);
  }

  /** The indices of a load's bounds. */
  bounds(statement: number): readonly Index[] {
    return this.#indices[statement].slice(1).map((index) => this.#fromStart(index));
  }

  /** Sets fresh locals to the origin; `pointers` are the kernel's buffers. */
  origin(f: FunctionBuilder, pointers: readonly Local[]): Local[] {
    return this.#cursors.map(({ buffer, start }) => {
      const local = f.local(buffer === undefined ? "i32" : addressType);
      if (buffer === undefined) f.i32(start);
      else if (start === 0) f.get(pointers[buffer]);
      else f.get(pointers[buffer]).i32(start).op("i32.add");
      f.set(local);
      return local;
    });
  }

  /** Moves all cursors by a number of steps along an axis. */
  advance(f: FunctionBuilder, locals: readonly Local[], axis: number, steps: number): void {
    for (const [i, cursor] of this.#cursors.entries()) {
      f.increment(locals[i], cursor.steps[axis] * steps);
    }
  }

  /** Moves all cursors by a number of steps along an axis, `count` times `scale`. */
  move(
    f: FunctionBuilder,
    locals: readonly Local[],
    axis: number,
    count: Local,
    scale: number,
  ): void {
    for (const [i, cursor] of this.#cursors.entries()) {
      const step = cursor.steps[axis] * scale;
      if (step !== 0) {
        f.get(count).i32(step).op("i32.mul").get(locals[i]).op("i32.add").set(locals[i]);
      }
    }
  }

  #enter(kernel: LoopKernel, s: Statement): Index[] {
    return affinesOf(s).map((affine, i) => {
      if (i > 0 || s.kind === "index") return this.#index(undefined, affine, 1, false);
      if (s.kind !== "load" && s.kind !== "store") return this.#index(undefined, affine, 1, false);
      // Such an index may lie outside of memory before its bounds are known: it gets its own cursor.
      const alone = s.dynamic.length > 0 || (s.kind === "load" && s.bounds.length > 0);
      const bytes = wasmStorage[kernel.buffers[s.buffer].dtype];
      return this.#index(s.buffer, affine, bytes, alone);
    });
  }

  #index(buffer: number | undefined, affine: Affine, scale: number, alone: boolean): Index {
    // Terms of outer axes only may be listed.
    const steps = this.#sizes.map((n, axis) => (n > 1 ? (affine.terms[axis] ?? 0) * scale : 0));
    const offset = affine.offset * scale;
    const key = `${buffer}:${steps.join()}:${alone ? offset : ""}`;
    let cursor = this.#keys.get(key);
    if (cursor === undefined) {
      cursor = this.#cursors.length;
      this.#cursors.push({ buffer, start: offset, steps });
      this.#keys.set(key, cursor);
    }
    const entry = this.#cursors[cursor];
    entry.start = Math.min(entry.start, offset);
    return { cursor, offset, steps };
  }

  #fromStart(index: Index): Index {
    return { ...index, offset: index.offset - this.#cursors[index.cursor].start };
  }
}
