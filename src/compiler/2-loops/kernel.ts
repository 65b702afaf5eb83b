// Kernels while they are being formed: as in `ir/loops.ts`, but over storages instead of numbered buffers, with one
// coefficient list per axis kind that may still grow. Steps are what the later passes merge, order and place.

import type { DType } from "../../core/dtype.ts";
import type { Affine, Statement } from "../../ir/loops.ts";
import type { HostCall, Plan, StepOrigin } from "../plan.ts";

/** A region of memory that holds one value in row-major order; its place is decided last. */
export interface Storage {
  readonly id: number;
  readonly dtype: DType;
  readonly elements: number;
  /** Number of the argument that is this storage. */
  readonly argument?: number;
  /** Set for another storage seen from behind a barrier: what reads it may do so when the others are written. */
  readonly behind?: Barrier;
  /** What is stored there, where somebody profiles. */
  readonly origin?: StepOrigin | undefined;
}

export interface Barrier {
  readonly storage: Storage;
  readonly after: readonly Storage[];
}

/** A kernel over storages; `buffer` in its statements is a place in `storages`. Stores come last in `body`. */
export interface LoopStep {
  readonly kind: "loops";
  readonly parallel: readonly number[];
  readonly reduce: readonly number[];
  readonly storages: readonly Storage[];
  readonly body: readonly Statement[];
}

/** A call of a hand-written kernel. */
export interface ExternStep {
  readonly kind: "extern";
  readonly name: string;
  readonly operands: readonly ExternOperand[];
  readonly numbers: readonly number[];
  /** Number of independent tiles, for a kernel that computes one of them in a call. */
  readonly tiles?: number;
  /** Set where the kernel is the TypeScript function of the op `name`. */
  readonly host?: HostCall;
}

export interface ExternOperand {
  readonly storage: Storage;
  readonly offset: number;
  readonly access: "read" | "write" | "scratch";
}

/** A plan repeated, over storages that take the place of its arguments. */
export interface RepeatStep {
  readonly kind: "repeat";
  readonly count: number;
  readonly reverse: boolean;
  readonly body: Plan;
  readonly operands: readonly RepeatOperand[];
  /** The scratch memory of the body. */
  readonly scratch: Storage;
}

/** An argument of the body: `stride` elements further on in each turn. */
export interface RepeatOperand {
  readonly storage: Storage;
  readonly stride: number;
  readonly access: "read" | "write" | "update";
}

export type Step = LoopStep | ExternStep | RepeatStep;

/** What a step reads and writes. */
export interface Effects {
  readonly reads: ReadonlySet<Storage>;
  readonly writes: ReadonlySet<Storage>;
}

const effects = new WeakMap<Step, Effects>();

/** The storages that a step reads (adding to one is a read too) and writes. */
export function effectsOf(step: Step): Effects {
  const known = effects.get(step);
  if (known !== undefined) return known;
  const found = findEffects(step);
  effects.set(step, found);
  return found;
}

function findEffects(step: Step): Effects {
  const reads = new Set<Storage>();
  const writes = new Set<Storage>();
  if (step.kind === "extern") {
    for (const { storage, access } of step.operands)
      (access === "read" ? reads : writes).add(storage);
    return { reads, writes };
  }
  if (step.kind === "repeat") {
    for (const { storage, access } of step.operands) {
      if (access !== "write") reads.add(storage);
      if (access !== "read") writes.add(storage);
    }
    return { reads, writes: writes.add(step.scratch) };
  }
  for (const s of step.body) {
    if (s.kind === "load") reads.add(step.storages[s.buffer]);
    if (s.kind === "store") writes.add(step.storages[s.buffer]);
    // A store at places of its own leaves the rest of the buffer as it was.
    if (s.kind === "store" && (s.mode === "add" || s.dynamic.length > 0)) {
      reads.add(step.storages[s.buffer]);
    }
  }
  return { reads, writes };
}

/** Whether two indices are the same over any axes. */
export function sameAffine(a: Affine, b: Affine): boolean {
  if (a.offset !== b.offset) return false;
  const length = Math.max(a.terms.length, b.terms.length);
  for (let k = 0; k < length; k++) if ((a.terms[k] ?? 0) !== (b.terms[k] ?? 0)) return false;
  return true;
}

/** Numbers of the values that a statement uses. */
export function usesOf(s: Statement): readonly number[] {
  switch (s.kind) {
    case "constant":
    case "index":
      return [];
    case "load":
      return s.dynamic.map((d) => d.value);
    case "apply":
      return s.args;
    case "cast":
    case "accumulate":
      return [s.arg];
    case "store":
      return [s.value, ...s.dynamic.map((d) => d.value)];
  }
}

/** The statement with its values, buffer and indices renumbered. */
export function mapStatement(
  s: Statement,
  value: (k: number) => number,
  buffer: (k: number) => number = (k) => k,
  affine: (at: Affine) => Affine = (at) => at,
): Statement {
  const dynamic = (
    list: (Statement & { kind: "load" })["dynamic"],
  ): (Statement & { kind: "load" })["dynamic"] =>
    list.map((d) => ({ ...d, value: value(d.value) }));
  switch (s.kind) {
    case "constant":
      return s;
    case "index":
      return { ...s, at: affine(s.at) };
    case "load": {
      const bounds = s.bounds.map((b) => ({ at: affine(b.at), size: b.size }));
      return {
        ...s,
        buffer: buffer(s.buffer),
        at: affine(s.at),
        dynamic: dynamic(s.dynamic),
        bounds,
      };
    }
    case "apply":
      return { ...s, args: s.args.map(value) };
    case "cast":
    case "accumulate":
      return { ...s, arg: value(s.arg) };
    case "store":
      return {
        ...s,
        buffer: buffer(s.buffer),
        at: affine(s.at),
        dynamic: dynamic(s.dynamic),
        value: value(s.value),
      };
  }
}
