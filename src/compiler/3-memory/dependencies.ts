// Which step must come before which: a reader after the writers of what it reads, and, once a storage is used again for
// a new value, the writer of that value after the readers of the old one.

import { effectsOf, type Step, type Storage } from "../2-loops/kernel.ts";

/** A set of steps, by number, with the edges between them. */
export class Dependencies {
  readonly steps: Step[] = [];
  /** For each step, those that must come earlier. */
  readonly before: Set<number>[] = [];
  readonly #after: Set<number>[] = [];
  readonly #readers = new Map<Storage, Set<number>>();
  readonly #writers = new Map<Storage, Set<number>>();

  /** `waits`: what must be written before a step, besides what it reads. */
  constructor(steps: readonly Step[], waits?: ReadonlyMap<Step, readonly Storage[]>) {
    for (const step of steps) this.#add(step);
    // A joined kernel may be listed before one that it needs, so reads meet writers in a second pass.
    for (const [k, step] of steps.entries()) {
      this.#orderReads(k);
      for (const storage of waits?.get(step) ?? [])
        for (const writer of this.writersOf(storage)) this.order(writer, k);
    }
  }

  readersOf(storage: Storage): ReadonlySet<number> {
    return this.#readers.get(storage) ?? new Set();
  }

  writersOf(storage: Storage): ReadonlySet<number> {
    return this.#writers.get(storage) ?? new Set();
  }

  /** Adds a step after the writers of what it reads, and returns its number. */
  append(step: Step): number {
    const place = this.#add(step);
    this.#orderReads(place);
    return place;
  }

  /** Demands that step `earlier` comes before step `later`. */
  order(earlier: number, later: number): void {
    if (earlier === later) return;
    this.before[later].add(earlier);
    this.#after[earlier].add(later);
  }

  /** Whether any of `ends` has to come after one of `starts`. */
  reaches(starts: Iterable<number>, ends: ReadonlySet<number>): boolean {
    const seen = new Set<number>(starts);
    const first = new Set<number>(seen);
    for (const step of seen) {
      if (ends.has(step) && !first.has(step)) return true;
      for (const next of this.#after[step]) seen.add(next);
    }
    return false;
  }

  #add(step: Step): number {
    const place = this.steps.push(step) - 1;
    this.before.push(new Set());
    this.#after.push(new Set());
    const { reads, writes } = effectsOf(step);
    for (const storage of reads) enter(this.#readers, storage, place);
    for (const storage of writes) enter(this.#writers, storage, place);
    return place;
  }

  #orderReads(place: number): void {
    const { reads } = effectsOf(this.steps[place]);
    for (const storage of reads) {
      for (const writer of this.writersOf(storage)) this.order(writer, place);
    }
  }
}

function enter(map: Map<Storage, Set<number>>, storage: Storage, place: number): void {
  const set = map.get(storage);
  if (set === undefined) map.set(storage, new Set([place]));
  else set.add(place);
}
