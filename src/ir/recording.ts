// One recording of a function that runs many times, compiled or as the body of a loop: leaves for arguments, state and
// random draws, and the writes in program order.

import { argumentLeaf } from "./argument.ts";
import { record } from "./op.ts";
import { assignedOp, readLeaf, type Slot } from "./state.ts";
import type { Tensor } from "./tensor.ts";
import type { DrawSource, Trace } from "./trace.ts";

/** The record of one run. */
export class Recording implements Trace {
  /** Leaves that read the value a slot has when the call begins. */
  readonly reads: Map<Slot, Tensor> = new Map();
  /** Values that slots have when the call ends. */
  readonly writes: Map<Slot, Tensor> = new Map();
  /** Leaves of random draws, each with its source. */
  readonly draws: Map<Tensor, DrawSource> = new Map();
  readonly #present = new Map<Slot, Tensor>();

  read(slot: Slot): Tensor {
    const present = this.#present.get(slot);
    if (present !== undefined) return present;
    const leaf = readLeaf(slot);
    this.reads.set(slot, leaf);
    this.#present.set(slot, leaf);
    return leaf;
  }

  write(slot: Slot, value: Tensor): void {
    const now = record(assignedOp, [value]);
    now.slot = slot;
    this.writes.set(slot, value);
    this.#present.set(slot, now);
  }

  draw(source: DrawSource): Tensor {
    const leaf = argumentLeaf({ shape: [4], dtype: "int32" });
    this.draws.set(leaf, source);
    return leaf;
  }
}
