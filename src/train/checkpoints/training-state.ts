// All that a run needs to continue to the same bits, as data: tensors by name and plain facts. Where it is kept (a folder,
// memory, a browser's storage) is a store's affair.

import type { HostTensor } from "../../core/host.ts";
import type { Json } from "../../core/json.ts";

/** A run between two steps. Tensors are named `model/<path>`, `optimizer/<name>`, `metrics/<…>`, `callbacks/<name>/<…>`. */
export interface TrainingState {
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly facts: TrainingFacts;
}

/** The part of a run's state that is no tensor. */
export interface TrainingFacts {
  readonly step: number;
  /** Everything else: epoch, cursor, random states, learning rate, history, sums, callbacks' memory, settings. */
  readonly [name: string]: Json;
}

/** A checkpoint in a store. */
export interface StoredCheckpoint {
  /** Name within the store, e.g. `step-000500`. */
  readonly name: string;
  readonly step: number;
  /** The number by which the best ones are kept; smaller is better. */
  readonly score?: number;
}

/** Keeps training states; `checkpointFolder` in Node, `checkpointMemory` anywhere. */
export interface CheckpointStore {
  /**
   * Stores a state and resolves when it is safe. The state's tensors are snapshots that nobody writes to. Only one save
   * is under way at a time; `fit` waits for the one before.
   */
  save(state: TrainingState, facts?: { readonly score?: number }): Promise<StoredCheckpoint>;
  /** Checkpoints that are whole, oldest first. */
  list(): Promise<readonly StoredCheckpoint[]>;
  /** Reads the newest whole one, or the named one; undefined where there is none. */
  load(name?: string): Promise<TrainingState | undefined>;
  /** Lets go of what the store holds, such as a lock; `fit` calls it at its end. The store may be used again. */
  close?(): Promise<void>;
}
