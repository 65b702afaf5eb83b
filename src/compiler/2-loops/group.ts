// A kernel that takes in others over the same axes. Its statements are collected once and only added to, so that taking
// in many small kernels costs no more than they are long.

import type { Affine } from "../../ir/loops.ts";
import { KernelBuilder, type Store } from "./builder.ts";
import { type LoopStep, type Step, type Storage, sameAffine } from "./kernel.ts";
import { replay } from "./replay.ts";

/** Limits of a joined kernel, so that its values stay in registers. */
const mostStatements = 256;
const mostStorages = 24;

export class Group {
  readonly #first: LoopStep;
  #builder: KernelBuilder | undefined;
  #results: Store[] = [];
  readonly #values = new Map<Storage, number>();
  readonly #storages: Set<Storage>;
  /** Where each storage is written: in several places where parts of it are laid side by side. */
  readonly #stores = new Map<Storage, Affine[]>();
  readonly #loads = new Map<Storage, Affine[]>();
  #length: number;

  constructor(first: LoopStep) {
    this.#first = first;
    this.#storages = new Set(first.storages);
    this.#length = first.body.length;
    this.#note(first);
  }

  /** Whether `step` works on what this kernel has at hand, and never on what it must have finished before. */
  accepts(step: LoopStep): boolean {
    const { parallel, reduce } = this.#first;
    if (!sameList(parallel, step.parallel) || !sameList(reduce, step.reduce)) return false;
    if (this.#length + step.body.length > mostStatements) return false;
    let storages = this.#storages.size;
    for (const storage of step.storages) if (!this.#storages.has(storage)) storages++;
    if (storages > mostStorages) return false;
    let shared = parallel.length === 0 && reduce.length === 0;
    for (const s of step.body) {
      if (s.kind !== "load") continue;
      const storage = step.storages[s.buffer];
      const stored = this.#stores.get(storage);
      if (stored !== undefined) {
        if (reduce.length > 0 || s.bounds.length > 0 || s.dynamic.length > 0) return false;
        if (stored.length > 1 || !sameAffine(s.at, stored[0])) return false;
        shared = true;
      } else if (storage.elements > 1) {
        shared ||= this.#loads.get(storage)?.some((at) => sameSteps(at, s.at)) ?? false;
      }
    }
    return shared;
  }

  /** Takes in a kernel that it accepts; what is stored here, the kernel has at hand. */
  take(step: LoopStep): void {
    this.#builder ??= this.#begin();
    const known = (storage: Storage): number | undefined => this.#values.get(storage);
    this.#keep(replay(this.#builder, step, { known }));
    this.#length = this.#builder.length + this.#results.length;
    for (const storage of step.storages) this.#storages.add(storage);
    this.#note(step);
  }

  /** The kernel as it is now. */
  step(): LoopStep {
    return this.#builder?.finish(this.#results) ?? this.#first;
  }

  #begin(): KernelBuilder {
    const builder = new KernelBuilder(this.#first.parallel);
    this.#keep(replay(builder, this.#first));
    return builder;
  }

  #keep(stores: readonly Store[]): void {
    this.#results.push(...stores);
    for (const { storage, value } of stores) this.#values.set(storage, value);
  }

  #note(step: LoopStep): void {
    for (const s of step.body) {
      if (s.kind !== "load" && s.kind !== "store") continue;
      const places = s.kind === "store" ? this.#stores : this.#loads;
      const storage = step.storages[s.buffer];
      const known = places.get(storage);
      if (known === undefined) places.set(storage, [s.at]);
      else known.push(s.at);
    }
  }
}

/** Whether two indices differ by a constant: parts of a tensor that are read side by side. */
function sameSteps(a: Affine, b: Affine): boolean {
  return sameAffine({ ...a, offset: 0 }, { ...b, offset: 0 });
}

/** Whether a step is a kernel that stores each element once at a place known beforehand. */
export function isPlain(step: Step): step is LoopStep {
  if (step.kind !== "loops") return false;
  return step.body.every((s) => s.kind !== "store" || (s.mode === "set" && s.dynamic.length === 0));
}

function sameList(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, k) => n === b[k]);
}
