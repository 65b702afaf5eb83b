// A run in progress: where it stands, what it has gathered, and how it is steered. The loop in `fit.ts` moves it on;
// callbacks see it as a `TrainingRun`; `capture.ts` reads its state and puts it back.

import type { Json } from "../../core/json.ts";
import type { Loader } from "../../data/loader.ts";
import type { Generator } from "../../ops/random.ts";
import type { ExponentialMovingAverage } from "../../optim/index.ts";
import type { Callback, StepEvent, TrainingRun } from "../callback.ts";
import type { EpochRecord, Optimizer } from "../fit.ts";
import type { Model, Scores, Task } from "../task.ts";
import type { FitControl } from "./control.ts";
import type { GradientNorms } from "./gradient-norms.ts";
import type { Layout, Outcome } from "./outcome.ts";
import { type FitSchedule, type RunSchedule, runSchedule } from "./run-schedule.ts";
import type { StepResult, TrainStep } from "./step.ts";
import { Tally } from "./tally.ts";

/** What a run is made of. */
export interface RunParts {
  readonly model: Model<unknown>;
  readonly optimizer: Optimizer;
  readonly task: Task;
  readonly data: Loader;
  readonly epochs: number;
  /** Batches in one step. */
  readonly accumulate: number;
  readonly seed: number;
  readonly generator: Generator;
  readonly average: ExponentialMovingAverage | undefined;
  readonly step: TrainStep;
  readonly gradientNorms: GradientNorms | undefined;
  readonly control: FitControl;
  readonly callbacks: readonly Callback[];
}

/** The run that `fit` does. */
export class LiveRun implements TrainingRun {
  readonly parts: RunParts;
  readonly done = { epochs: 0, steps: 0, samples: 0, seconds: 0 };
  readonly history: EpochRecord[] = [];
  /** Where the next step begins in the data. */
  readonly cursor = { epoch: 0, batch: 0 };
  /** What the epoch in progress has gathered. */
  readonly tally: Tally;
  /** Whether the learning rate was set by hand, so that the schedule has no say any more. */
  rateIsSet = false;
  /** The optimizer's learning rate before the first step, which schedules start from; a continued run has that of its beginning. */
  firstRate: number;
  #schedule: RunSchedule | undefined;
  /** What a state must fit, once somebody has asked. */
  forms: Json | undefined;

  constructor(parts: RunParts) {
    this.parts = parts;
    this.tally = new Tally(parts.task);
    this.firstRate = parts.optimizer.learningRate;
  }

  get model(): TrainingRun["model"] {
    return this.parts.model as TrainingRun["model"];
  }

  get optimizer(): Optimizer {
    return this.parts.optimizer;
  }

  get average(): ExponentialMovingAverage | undefined {
    return this.parts.average;
  }

  get epochs(): number {
    return this.parts.epochs;
  }

  get steps(): number | undefined {
    return stepsOf(this.parts.data, this.parts);
  }

  get status(): TrainingRun["status"] {
    return this.parts.control.status;
  }

  get learningRate(): number {
    return this.parts.optimizer.learningRate;
  }

  set learningRate(rate: number) {
    this.parts.optimizer.learningRate = rate;
    this.rateIsSet = true;
  }

  pause(): void {
    this.parts.control.pause();
  }

  resume(): void {
    this.parts.control.resume();
  }

  step(): void {
    this.parts.control.step();
  }

  stop(reason?: string): void {
    this.parts.control.stop(reason);
  }

  save(): void {
    this.parts.control.save();
  }

  /** For `fit`: decides on the learning rates of the run, once a state is restored. */
  plan({ schedule, warmup }: { readonly schedule?: FitSchedule; readonly warmup?: number }): void {
    const { steps, epochs, firstRate: learningRate } = this;
    this.#schedule = runSchedule(schedule, { steps, epochs, learningRate, warmup });
  }

  /** For `fit`: sets the learning rate that the schedule has for the next step. */
  follow(): void {
    if (this.#schedule === undefined || this.rateIsSet) return;
    const rate = this.#schedule(this.done.steps, this.cursor.epoch);
    if (rate !== undefined) this.parts.optimizer.learningRate = rate;
  }

  /** For `fit`: counts a step. */
  count({ outcomes }: StepResult): void {
    const { layout } = this.parts.step;
    this.done.steps++;
    this.cursor.batch += outcomes.length;
    for (const outcome of outcomes) {
      this.done.samples += outcome.samples;
      this.tally.add(layout, outcome);
    }
  }

  /** For `fit`: leaves out a step that was undone. */
  skip({ outcomes }: StepResult): void {
    this.done.steps++;
    this.cursor.batch += outcomes.length;
    for (const { samples } of outcomes) this.done.samples += samples;
  }

  /** For `fit`: what callbacks hear of a step. */
  event(result: StepResult): StepEvent {
    return new Step(this, result);
  }

  /** For `fit`: notes an epoch and moves on to the next. */
  finishEpoch(validation: Scores | undefined): EpochRecord {
    const { steps, samples, seconds } = this.done;
    const record: EpochRecord = {
      epoch: this.cursor.epoch + 1,
      learningRate: this.learningRate,
      ...{ steps, samples, seconds, train: this.tally.scores },
      ...(validation && { validation }),
    };
    this.history.push(record);
    this.done.epochs++;
    this.cursor.epoch++;
    this.cursor.batch = 0;
    return record;
  }
}

/** Steps in the whole run, where the data know their length. */
export function stepsOf(
  { length }: Loader,
  { accumulate, epochs }: Pick<RunParts, "accumulate" | "epochs">,
): number | undefined {
  return length === undefined ? undefined : epochs * Math.ceil(length / accumulate);
}

/** A step as callbacks hear of it; the scores are worked out when they are read. */
class Step implements StepEvent {
  readonly epoch: number;
  readonly step: number;
  readonly samples: number;
  readonly learningRate: number;
  readonly gradientNorm?: number;
  readonly gradientNorms?: () => Promise<Readonly<Record<string, number>>>;
  readonly #run: LiveRun;
  readonly #layout: Layout;
  readonly #outcomes: readonly Outcome[];

  constructor(run: LiveRun, { outcomes, gradientNorm, gradientNorms: norms }: StepResult) {
    this.#run = run;
    this.#layout = run.parts.step.layout;
    this.#outcomes = outcomes;
    this.epoch = run.cursor.epoch + 1;
    this.step = run.done.steps;
    this.samples = run.done.samples;
    this.learningRate = run.learningRate;
    if (gradientNorm !== undefined) this.gradientNorm = gradientNorm;
    if (norms !== undefined) this.gradientNorms = () => run.parts.gradientNorms!.read(norms);
  }

  get batch(): Scores {
    const tally = new Tally(this.#run.parts.task);
    for (const outcome of this.#outcomes) tally.add(this.#layout, outcome);
    return tally.scores;
  }

  get mean(): Scores {
    return this.#run.tally.scores;
  }
}
