// State as it was before a step was tried: which state a step writes is seen by watching its runs, so that nothing has to
// be listed, and all of it is put back afterwards, with the random generators that were drawn from.

import type { HostArray } from "../core/dtype.ts";
import type { Slot } from "../ir/state.ts";
import { Generator, random } from "../ops/random.ts";
import { type Job, observe } from "../runtime/observer.ts";

/** Remembers what state was before it was first written, and where generators stood. */
export class StateWatch {
  readonly #before = new Map<Slot, HostArray>();
  readonly #generators = new Map<Generator, Generator["state"]>([[random, random.state]]);

  /** The state that was written, in order. */
  get written(): readonly Slot[] {
    return [...this.#before.keys()];
  }

  /** Calls a function whose writes are to be taken back. */
  during<T>(body: () => T): T {
    const outer = observe({ around: (job, run) => this.#around(job, run) });
    try {
      return body();
    } finally {
      observe(outer);
    }
  }

  /** Puts state and generators back. */
  restore(): void {
    for (const [slot, value] of this.#before) slot.store(value);
    for (const [generator, state] of this.#generators) generator.restore(state);
  }

  #around({ found, sources }: Job, run: () => HostArray[]): HostArray[] {
    for (const { slot } of found.writes)
      if (!this.#before.has(slot)) this.#before.set(slot, slot.fetch());
    for (const source of sources) {
      if (!(source instanceof Generator) || this.#generators.has(source)) continue;
      // It is met when the run has drawn from it already.
      const { seed, draw } = source.state;
      const drawn = sources.filter((other) => other === source).length;
      this.#generators.set(source, { seed, draw: draw - drawn });
    }
    return run();
  }
}
