// Hooks that many runs want, as plain functions for `fit`'s `hooks`.

import type { HostArray } from "../core/dtype.ts";
import type { StateTensor } from "../ir/state.ts";
import { namedState } from "../nn/walk.ts";
import type { EpochRecord, Hooks } from "./fit.ts";

/** Calls several hooks in turn; the run stops when one of them says so. */
export function allHooks(...all: readonly Hooks[]): Hooks {
  return {
    async onBatch(report) {
      for (const { onBatch } of all) await onBatch?.(report);
    },
    async onEpoch(record) {
      const answers: unknown[] = [];
      for (const { onEpoch } of all) answers.push(await onEpoch?.(record));
      return answers.includes("stop") ? "stop" : undefined;
    },
  };
}

/** Prints one line per epoch: `epoch 3  loss 0.2310  accuracy 0.941 · validation loss 0.2502  accuracy 0.936`. */
export function logEpochs(print: (line: string) => void = console.log): Hooks {
  return {
    onEpoch({ epoch, train, validation }) {
      const checked = validation === undefined ? "" : ` · validation ${shown(validation)}`;
      print(`epoch ${epoch}  ${shown(train)}${checked}`);
    },
  };
}

export interface EarlyStoppingOptions {
  /** Epochs without improvement before the run stops; default 5. */
  readonly patience?: number;
  /** Smallest change that counts as improvement; default 0. */
  readonly minDelta?: number;
  /** The number that should fall; default: the validation loss, or the training loss where there is no validation. */
  readonly monitor?: (record: EpochRecord) => number;
}

/** Stops a run that no longer improves; when it does, the model gets the weights of its best epoch back. */
export function earlyStopping(model: object, options: EarlyStoppingOptions = {}): Hooks {
  const { patience = 5, minDelta = 0, monitor = watchedLoss } = options;
  let best = Number.POSITIVE_INFINITY;
  let bestEpoch = 0;
  let kept: readonly (readonly [StateTensor, HostArray])[] = [];
  return {
    onEpoch(record) {
      const now = monitor(record);
      if (now < best - minDelta) {
        best = now;
        bestEpoch = record.epoch;
        kept = [...namedState(model).values()].map((state) => [state, state.slot.fetch()] as const);
      }
      if (record.epoch - bestEpoch < patience) return undefined;
      for (const [state, value] of kept) state.set(value);
      return "stop";
    },
  };
}

function watchedLoss({ train, validation }: EpochRecord): number {
  return (validation ?? train).loss;
}

function shown(scores: Readonly<Record<string, number>>): string {
  return Object.entries(scores)
    .map(([name, score]) => `${name} ${score.toPrecision(4)}`)
    .join("  ");
}
