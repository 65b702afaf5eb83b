// A run in TensorBoard: `fit(model, { train, callbacks: [tensorboard("runs/first")] })`. Scores of training and validation
// are in sub-folders under one name each, so that their curves stand in one chart; the rest is in the folder itself.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { checkFinite } from "../../core/checks.ts";
import type { ChainruleError } from "../../core/errors.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { checkWhole } from "../../data/order.ts";
import type { Layer } from "../../nn/layer.ts";
import { parameters } from "../../nn/walk.ts";
import type { Callback, StepEvent, TrainingRun } from "../callback.ts";
import { keeper } from "../callbacks/log-lines.ts";
import { directoryOf } from "../checkpoints/node-directory.ts";
import type { EpochRecord } from "../fit.ts";
import { SummaryWriter } from "./node-tensorboard.ts";
import type { GraphInput } from "./tensorboard-graph.ts";
import type { Hyperparameter } from "./tensorboard-hparams.ts";

/** Options of `tensorboard`. */
export interface TensorboardOptions {
  /** Steps whose loss, metrics and learning rate are recorded: every n-th. Default: all of the first 1,000, and ever fewer later. */
  readonly everySteps?: number;
  /** Epochs between histograms of the parameters; 0 for none. Default 1. */
  readonly histogramEpochs?: number;
  /** What goes into the model, batch included, for its graph. Default: no graph. */
  readonly graph?: GraphInput | readonly GraphInput[];
  /** Settings of the run, for the dashboard that compares runs by them. */
  readonly hparams?: Readonly<Record<string, Hyperparameter>>;
  /** Longest time that something waits in memory; default 2. */
  readonly flushSeconds?: number;
}

const optionNames: OptionNames<TensorboardOptions> = {
  everySteps: true,
  histogramEpochs: true,
  graph: true,
  hparams: true,
  flushSeconds: true,
};

/**
 * Records a run as TensorBoard event files: loss, metrics, learning rate and gradient norm per step, means per epoch beside
 * those of validation, histograms of the parameters, the graph, the settings. Continued runs show no step twice.
 *
 * `callbacks: [tensorboard("runs/first", { graph: { shape: [32, 784] } })]`, then `tensorboard --logdir runs`.
 */
export function tensorboard(folder: string, options: TensorboardOptions = {}): Callback {
  return tensorboardWithMore(folder, options).callback;
}

/** The callback, and a way to record more numbers of a step among those that it records itself. */
export function tensorboardWithMore(
  folder: string,
  options: TensorboardOptions,
): { readonly callback: Callback; scalars(values: Scalars, step: number): void } {
  checkOptionNames("tensorboard", options, optionNames);
  const { everySteps, histogramEpochs = 1 } = options;
  if (everySteps !== undefined) checkWhole("tensorboard", "everySteps", everySteps, 1);
  checkWhole("tensorboard", "histogramEpochs", histogramEpochs, 0);
  checkFinite("tensorboard", { flushSeconds: options.flushSeconds ?? 0 }, 0);
  directoryOf("tensorboard", folder);
  const isKept = keeper(everySteps);
  const board = new Board(folder, options);
  const callback: Callback = {
    name: `tensorboard ${folder}`,
    onStart: (run) => board.start(run),
    onStep(event) {
      if (isKept(event.step)) board.step(event);
    },
    onEpoch(record, run) {
      const wanted = histogramEpochs > 0 && record.epoch % histogramEpochs === 0;
      board.epoch(record, wanted ? run.model : undefined);
    },
    onEnd: (_result, _run, error) => board.end(error === undefined),
    state() {
      board.flush(); // a checkpoint is never ahead of what is recorded
      return {};
    },
  };
  return { callback, scalars: (values, step) => board.scalars(values, step) };
}

type Scalars = Readonly<Record<string, number>>;

/** The writers of one run. */
class Board {
  readonly #folder: string;
  readonly #options: TensorboardOptions;
  readonly #writers = new Map<string, SummaryWriter>();
  /** Steps done before this process took over. */
  #stepsBefore = 0;
  /** Steps behind the last epoch that was recorded. */
  #epochSteps = 0;
  #warned = false;

  constructor(folder: string, options: TensorboardOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  start(run: TrainingRun): void {
    this.#stepsBefore = run.done.steps;
    this.#epochSteps = run.history.at(-1)?.steps ?? 0;
    const { graph, hparams } = this.#options;
    // TensorBoard warns of a second graph; a run that goes on has shown its own before the first checkpoint.
    const isShown = this.#stepsBefore > 0 && hasEvents(this.#folder);
    const writer = this.#writer("");
    const inputs = graph === undefined || isShown ? [] : [graph].flat();
    if (inputs.length > 0) this.#guarded(() => writer.graph(run.model, ...inputs));
    if (hparams === undefined) return;
    const results = ["loss", "accuracy"].flatMap((name) => [
      { folder: "train", tag: `epoch/${name}` },
      { folder: "validation", tag: `epoch/${name}` },
    ]);
    writer.hparams(hparams, results);
  }

  step({ step, batch, learningRate, gradientNorm }: StepEvent): void {
    const values: Record<string, number> = { ...batch, learningRate };
    if (gradientNorm !== undefined) values.gradientNorm = gradientNorm;
    this.scalars(values, step);
  }

  scalars(values: Scalars, step: number): void {
    this.#writer("train").scalars(values, step);
  }

  epoch({ steps, train, validation }: EpochRecord, model: Layer | undefined): void {
    this.#writer("train").scalars(perEpoch(train), steps);
    if (validation !== undefined) this.#writer("validation").scalars(perEpoch(validation), steps);
    if (model === undefined) return;
    for (const [path, { slot }] of parameters(model)) {
      const dot = path.lastIndexOf(".");
      const tag = `${dot < 0 ? "model" : path.slice(0, dot)}/${path.slice(dot + 1)}`;
      this.#writer("").histogram(tag, slot.peek(), steps);
    }
  }

  flush(): void {
    for (const writer of this.#writers.values()) this.#guarded(() => writer.flush());
  }

  end(succeeded: boolean): void {
    if (this.#options.hparams !== undefined) this.#writers.get("")?.ended(succeeded);
    for (const writer of this.#writers.values()) this.#guarded(() => writer.close());
  }

  #writer(part: string): SummaryWriter {
    const known = this.#writers.get(part);
    if (known !== undefined) return known;
    const made = new SummaryWriter(join(this.#folder, part), {
      purgeStep: 1 + (part === "validation" ? this.#epochSteps : this.#stepsBefore),
      flushSeconds: this.#options.flushSeconds,
      onFailure: (error) => this.#warn(error),
    });
    this.#writers.set(part, made);
    return made;
  }

  /** A record that cannot be written costs no run. */
  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#warn(error as ChainruleError);
    }
  }

  #warn(error: ChainruleError): void {
    if (!this.#warned) console.warn(`tensorboard: ${error.message}`);
    this.#warned = true;
  }
}

function hasEvents(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((name) => name.includes(".tfevents."));
}

function perEpoch(scores: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(scores).map(([name, score]) => [`epoch/${name}`, score]),
  );
}
