// Early stopping: a run that no longer improves ends, with the weights of its best epoch.

import { checkFinite } from "../../core/checks.ts";
import type { HostTensor } from "../../core/host.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { checkWhole } from "../../data/order.ts";
import type { StateTensor } from "../../ir/state.ts";
import { namedState } from "../../nn/walk.ts";
import type { Callback, TrainingRun } from "../callback.ts";
import { type Monitor, watcher } from "./monitor.ts";

/** Options of `earlyStopping`. */
export interface EarlyStoppingOptions {
  /** Epochs without improvement before the run stops; default 5. */
  readonly patience?: number;
  /** Smallest change that counts as improvement; default 0. */
  readonly minDelta?: number;
  /** The number that is watched; default: the validation loss, or the training loss where there is no validation. */
  readonly monitor?: Monitor;
  /** Whether smaller or larger is better; default `"min"`, and to be given for a score by name that is no loss. */
  readonly mode?: "min" | "max";
  /** Whether the model gets the weights of its best epoch back when the run stops; default true. */
  readonly restoreBest?: boolean;
  /** Name of its state in checkpoints; default "earlyStopping". */
  readonly name?: string;
}

const names: OptionNames<EarlyStoppingOptions> = {
  patience: true,
  minDelta: true,
  monitor: true,
  mode: true,
  restoreBest: true,
  name: true,
};

/** What a checkpoint keeps besides the best weights. */
interface Memory {
  readonly best: number;
  readonly bestEpoch: number;
  readonly isOver: boolean;
}

/**
 * Stops a run that no longer improves; when it does, the model gets the weights of its best epoch back.
 *
 * `earlyStopping({ patience: 3, monitor: "validation/accuracy", mode: "max" })`
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  checkOptionNames("earlyStopping", options, names);
  const { patience = 5, minDelta = 0, restoreBest = true } = options;
  checkWhole("earlyStopping", "patience", patience, 1);
  checkFinite("earlyStopping", { minDelta }, 0);
  const watch = watcher("earlyStopping", options);
  const sign = options.mode === "max" ? -1 : 1;
  let memory: Memory | undefined;
  let kept: ReadonlyMap<string, HostTensor> = new Map();
  const stop = (run: TrainingRun): void =>
    run.stop(`no improvement for ${patience} epochs; epoch ${memory?.bestEpoch} was the best`);
  return {
    name: options.name ?? "earlyStopping",
    onStart(run) {
      if (run.done.steps === 0) memory = undefined; // which it may have of another run
      if (memory?.isOver) stop(run);
    },
    onEpoch(record, run) {
      const now = sign * watch(record);
      const isFirst = memory === undefined || Number.isNaN(memory.best);
      if (isFirst || now < memory!.best - minDelta) {
        memory = { best: now, bestEpoch: record.epoch, isOver: false };
        if (restoreBest) kept = copyOf(run);
      }
      if (record.epoch - memory!.bestEpoch < patience) return;
      memory = { ...memory!, isOver: true };
      for (const [path, state] of weightsOf(run)) if (restoreBest) state.set(kept.get(path)!.data);
      stop(run);
    },
    state: () => (memory === undefined ? {} : { data: { ...memory }, tensors: kept }),
    restore({ data, tensors = new Map() }) {
      memory = data as Memory | undefined;
      kept = tensors;
    },
  };
}

/** The model's state, and the averages of its weights. */
function weightsOf({ model, average }: TrainingRun): Map<string, StateTensor> {
  const averages = [...(average?.stateTensors() ?? [])];
  return new Map([
    ...[...namedState(model)].map(([path, state]) => [`model/${path}`, state] as const),
    ...averages.map(([path, state]) => [`average/${path}`, state] as const),
  ]);
}

function copyOf(run: TrainingRun): Map<string, HostTensor> {
  const copies = [...weightsOf(run)].map(([path, { dtype, shape, slot }]) => {
    return [path, { dtype, shape, data: slot.fetch() }] as const;
  });
  return new Map(copies);
}
