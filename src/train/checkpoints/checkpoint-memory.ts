// Checkpoints kept in memory: for tests, and for pages that have nowhere else to put them.

import { checkOptionNames } from "../../core/option-names.ts";
import { checkWhole } from "../../data/order.ts";
import type { CheckpointStore, StoredCheckpoint, TrainingState } from "./training-state.ts";

/** Options of `checkpointMemory`. */
export interface CheckpointMemoryOptions {
  /** How many of the newest are kept, beside the best; default 2. */
  readonly keep?: number;
}

/** Keeps the newest training states and the one with the best score in memory. */
export function checkpointMemory(options: CheckpointMemoryOptions = {}): CheckpointStore {
  checkOptionNames("checkpointMemory", options, { keep: true });
  const { keep = 2 } = options;
  checkWhole("checkpointMemory", "keep", keep, 1);
  let kept: { readonly at: StoredCheckpoint; readonly state: TrainingState }[] = [];
  return {
    async save(state, { score } = {}) {
      const { step } = state.facts;
      const name = `step-${String(step).padStart(8, "0")}`;
      const at: StoredCheckpoint = score === undefined ? { name, step } : { name, step, score };
      kept = [...kept.filter((one) => one.at.name !== name), { at, state }];
      const best = bestOf(kept.map((one) => one.at));
      kept = kept.filter((one, k) => k >= kept.length - keep || one.at === best);
      return at;
    },
    async list() {
      return kept.map(({ at }) => at);
    },
    async load(name) {
      if (name === undefined) return kept.at(-1)?.state;
      return kept.find(({ at }) => at.name === name)?.state;
    },
  };
}

/** The one with the smallest score, the newest among equals. */
function bestOf(all: readonly StoredCheckpoint[]): StoredCheckpoint | undefined {
  const scored = all.filter(({ score }) => score !== undefined);
  return scored.reduce<StoredCheckpoint | undefined>(
    (best, one) => (best === undefined || one.score! <= best.score! ? one : best),
    undefined,
  );
}
