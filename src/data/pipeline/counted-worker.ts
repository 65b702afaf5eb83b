// A loading worker as one of the threads that compute: while it makes a batch, it counts itself in the word that training
// threads look at, and they leave it a processor.

import { crowdOf } from "../../core/crowd.ts";
import type { Counters } from "./worker-main.ts";

/** The side of the program that started the worker. */
export class CountedWorker {
  #counters: Counters | undefined;

  /** Where the worker is to count itself, when that has changed since the last call. */
  news(): Counters | undefined {
    const crowd = crowdOf();
    if (crowd === undefined || crowd === this.#counters?.crowd) return undefined;
    this.leave();
    this.#counters = { crowd, own: new Int32Array(new SharedArrayBuffer(4)) };
    return this.#counters;
  }

  /** Takes a worker that ends, perhaps in the middle of a batch, out of the count for good: browsers let it run a little longer. */
  leave(): void {
    if (this.#counters === undefined) return;
    const { crowd, own } = this.#counters;
    if (Atomics.exchange(own, 0, 2) === 1) Atomics.sub(crowd, 0, 1);
  }
}
