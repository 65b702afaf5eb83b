// Who watches runs: nobody, usually. Debugging and the search for what differs between two runs install an observer, which
// is given each program with its graph and what it is bound to. Without one, a run costs one comparison more.

import type { HostArray } from "../core/dtype.ts";
import type { Tensor } from "../ir/tensor.ts";
import type { DrawSource } from "../ir/trace.ts";
import type { Binding } from "./device.ts";
import type { Extract } from "./extract.ts";

/** A program that is about to run. */
export interface Job {
  /** The compiled function's name; undefined for what is computed on reading or assigning. */
  readonly name: string | undefined;
  readonly found: Extract;
  /** What the leaves of the graph are bound to, then slots that are only written. */
  readonly bindings: readonly Binding[];
  /** Sources of random draws of a compiled function. */
  readonly sources: readonly DrawSource[];
}

/** Stands around runs. */
export interface Observer {
  /** Calls `run`, which computes the outputs and writes state. */
  around(job: Job, run: () => HostArray[]): HostArray[];
  /** The user's line that made a tensor, where it is known. */
  placeOf?(tensor: Tensor): string | undefined;
  /** Told of a compiled function that was recorded. */
  recorded?(name: string, captured: readonly Tensor[]): void;
}

let observer: Observer | undefined;

/** The observer, if there is one. */
export function currentObserver(): Observer | undefined {
  return observer;
}

/** Installs an observer, or none; gives back the one before. */
export function observe(next: Observer | undefined): Observer | undefined {
  const before = observer;
  observer = next;
  return before;
}
