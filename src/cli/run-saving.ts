// Keeping a run's directory up to date while it goes on: weights and description at its beginning, now and then after an
// epoch, and at its end. What is needed to continue it is in its checkpoints, which `fit` saves.

import { type Callback, type EpochRecord, type RunDescription, saveRun } from "../train/node.ts";
import type { Run } from "./run.ts";

/** Seconds between two savings of weights and description of a run in progress. */
const pause = 15;

/** What watches a run to save it. */
export interface Saving {
  readonly callback: Callback;
  /** Hears of a checkpoint that could not be saved. */
  readonly onError: (error: unknown) => void;
}

/** Saves a run in progress; what cannot be saved is said, and the run goes on. */
export function saving(run: Run, say: (text: string) => void): Saving {
  let last = performance.now();
  const onError = (error: unknown): void => {
    const reason = error instanceof Error ? error.message : String(error);
    say(`could not save, and goes on without: ${reason}`);
  };
  return {
    onError,
    callback: {
      onStart: ({ history }) => save(run, "training", history),
      async onEpoch(_, { history }) {
        if (performance.now() - last < pause * 1000) return;
        await save(run, "training", history).catch(onError);
        last = performance.now();
      },
      onCheckpoint: () => run.place.settle(),
    },
  };
}

/**
 * Writes weights, history and description. Those of more epochs, which a run keeps whose last checkpoints could not be
 * saved, are left alone until it has come as far.
 */
export async function save(
  { directory, model, facts, past }: Run,
  status: RunDescription["status"],
  history: readonly EpochRecord[],
  results: Readonly<Record<string, number>> = {},
): Promise<void> {
  const epochs = history.length;
  if (epochs < (past?.epochs ?? 0)) return;
  await saveRun(directory, model, { ...facts, status, results, epochs }, history);
}
