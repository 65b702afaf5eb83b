// A trace: the record of one run of a compiled function. It holds the leaves that stand for arguments and state, the
// assignments so far, and the random draws. Order of the program is order of the reads and writes.

import type { Slot } from "./state.ts";
import type { Tensor } from "./tensor.ts";

/** What nodes recorded inside a compiled function refer to. */
export interface Trace {
  /** The node for a slot's value at this point of the program. */
  read(slot: Slot): Tensor;
  /** Assigns; later reads see the new value. */
  write(slot: Slot, value: Tensor): void;
  /** The state of the next random draw of `source`, an int32[4] leaf bound anew at each call. */
  draw(source: DrawSource): Tensor;
}

/** A source of random draws: each compiled call takes as many as its trace did. */
export interface DrawSource {
  /** Takes the next draw: key and draw number as four words. */
  next(): readonly [number, number, number, number];
}

const traces: (Trace | undefined)[] = [];

/** The trace being recorded, if any. */
export function currentTrace(): Trace | undefined {
  return traces.at(-1);
}

/** Runs `body` while nodes are recorded into `trace`; undefined: as outside of traces. */
export function recordInto<T>(trace: Trace | undefined, body: () => T): T {
  traces.push(trace);
  try {
    return body();
  } finally {
    traces.pop();
  }
}
