// Lowering the learning rate of a run that no longer improves: optim's `Plateau` as a callback.

import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { Plateau, type PlateauOptions, type PlateauState } from "../../optim/index.ts";
import type { Callback } from "../callback.ts";
import { type Monitor, watcher } from "./monitor.ts";

/** Options of `reduceOnPlateau`; those of `Plateau` count epochs. */
export interface ReduceOnPlateauOptions extends PlateauOptions {
  /** The number that is watched; default: the validation loss, or the training loss where there is no validation. */
  readonly monitor?: Monitor;
  /** Name of its state in checkpoints; default "reduceOnPlateau". */
  readonly name?: string;
}

const names: OptionNames<ReduceOnPlateauOptions> = {
  mode: true,
  factor: true,
  patience: true,
  threshold: true,
  thresholdMode: true,
  cooldown: true,
  minimum: true,
  eps: true,
  monitor: true,
  name: true,
};

/**
 * Lowers the learning rate after `patience` epochs without improvement, as PyTorch's `ReduceLROnPlateau`.
 *
 * `reduceOnPlateau({ patience: 2, monitor: "validation/accuracy", mode: "max" })`
 */
export function reduceOnPlateau(options: ReduceOnPlateauOptions = {}): Callback {
  checkOptionNames("reduceOnPlateau", options, names);
  const { monitor, name = "reduceOnPlateau", ...settings } = options;
  new Plateau(1, settings); // refuses impossible settings now
  const watch = watcher("reduceOnPlateau", { monitor, mode: settings.mode });
  let saved: PlateauState | undefined;
  let plateau: Plateau | undefined;
  return {
    name,
    onStart({ done }) {
      if (done.steps > 0) return;
      saved = undefined; // which it may have of another run
      plateau = undefined;
    },
    onEpoch(record, run) {
      plateau ??= plateauFrom(saved, run.learningRate, settings);
      const before = plateau.learningRate;
      const rate = plateau.report(watch(record));
      if (rate < before) run.learningRate = rate;
    },
    state: () => ({ data: plateau === undefined ? null : { ...plateau.state } }),
    restore({ data }) {
      plateau = undefined;
      saved = (data ?? undefined) as PlateauState | undefined;
    },
  };
}

function plateauFrom(
  saved: PlateauState | undefined,
  rate: number,
  settings: PlateauOptions,
): Plateau {
  const plateau = new Plateau(saved?.learningRate ?? rate, settings);
  if (saved !== undefined) plateau.restore(saved);
  return plateau;
}
