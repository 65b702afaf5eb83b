// Checkpoints during a run. The state is copied between two steps; storing the copy goes on beside the steps that follow,
// and a store that fails, on a full disk for instance, costs a warning and not the run.

import { checkFinite } from "../../core/checks.ts";
import { ChainruleError } from "../../core/errors.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { checkWhole } from "../../data/order.ts";
import { type Monitor, watcher } from "../callbacks/monitor.ts";
import type { EpochRecord } from "../fit.ts";
import type { Listeners } from "../loop/listeners.ts";
import type { LiveRun } from "../loop/live-run.ts";
import { captureState } from "./capture.ts";
import type { CheckpointStore, StoredCheckpoint } from "./training-state.ts";

/** When and where `fit` saves. Without any `every…` it saves after each epoch; it always saves at the end. */
export interface CheckpointOptions {
  /** `checkpointMemory()`, or in Node `checkpointFolder(path)`. */
  readonly store: CheckpointStore;
  readonly everySteps?: number;
  readonly everySeconds?: number;
  readonly everyEpochs?: number;
  /** The number by which the store keeps the best ones; default: the validation loss, or the training loss. */
  readonly monitor?: Monitor;
  /** Whether smaller or larger is better; default `"min"`, and to be given for a score by name that is no loss. */
  readonly mode?: "min" | "max";
  /** Hears of a save that failed, once until one succeeds; the run goes on unless this throws. Default: a warning on the console. */
  readonly onError?: (error: unknown) => void;
}

const names: OptionNames<CheckpointOptions> = {
  store: true,
  everySteps: true,
  everySeconds: true,
  everyEpochs: true,
  monitor: true,
  mode: true,
  onError: true,
};

/** Refuses impossible options. */
export function checkCheckpoints(options: CheckpointOptions): void {
  checkOptionNames("fit checkpoints", options, names);
  const { store, everySteps, everySeconds, everyEpochs } = options;
  if (everySteps !== undefined) checkWhole("fit checkpoints", "everySteps", everySteps, 1);
  if (everyEpochs !== undefined) checkWhole("fit checkpoints", "everyEpochs", everyEpochs, 1);
  if (everySeconds !== undefined) checkFinite("fit checkpoints", { everySeconds }, 0);
  watcher("fit checkpoints", options);
  if (typeof (store as Partial<CheckpointStore> | undefined)?.save === "function") return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "fit checkpoints",
    problem: "there is no store to keep checkpoints in",
    fix: 'Pass { store: checkpointMemory() }, or in Node { store: checkpointFolder("run") }.',
  });
}

/** Saves a run as its options say. */
export class Checkpointing {
  readonly #options: CheckpointOptions | undefined;
  readonly #run: LiveRun;
  /** Whether something has happened since the last copy. */
  #isDirty = false;
  /** Whether a checkpoint is due and waits for the one before. */
  #isDue = false;
  #underWay: Promise<void> | undefined;
  #lastTime: number = performance.now();
  #stored: StoredCheckpoint[] = [];
  #error: unknown;
  #isReported = false;
  /** What `onError` threw: it ends the run. */
  #thrown: { readonly error: unknown } | undefined;

  constructor(options: CheckpointOptions | undefined, run: LiveRun) {
    this.#options = options;
    this.#run = run;
  }

  /** The error of the newest save, if it failed. */
  get error(): unknown {
    return this.#error;
  }

  /** After a step: starts a save if one is due, and never waits for it. Gives what is stored since the last call. */
  afterStep(): readonly StoredCheckpoint[] {
    if (this.#options === undefined) return none;
    this.#isDirty = true;
    const { everySteps, everySeconds } = this.#options;
    if (this.#run.parts.control.takeSave()) this.#isDue = true;
    if (everySteps !== undefined && this.#run.done.steps % everySteps === 0) this.#isDue = true;
    if (everySeconds !== undefined && performance.now() - this.#lastTime >= 1000 * everySeconds)
      this.#isDue = true;
    if (this.#isDue && this.#underWay === undefined) this.#start(undefined);
    return this.#news();
  }

  /** After an epoch: waits for the save before, since this one has a score. */
  async afterEpoch(record: EpochRecord): Promise<readonly StoredCheckpoint[]> {
    if (this.#options === undefined) return none;
    this.#isDirty = true;
    const { everySteps, everySeconds, everyEpochs, monitor } = this.#options;
    const isDefault = everySteps === undefined && everySeconds === undefined;
    const every = everyEpochs ?? (isDefault || monitor !== undefined ? 1 : undefined);
    const isDue = every !== undefined && record.epoch % every === 0;
    if (isDue || this.#run.parts.control.takeSave()) {
      await this.#underWay;
      const score = watcher("fit checkpoints", this.#options)(record);
      this.#start(this.#options.mode === "max" ? -score : score);
    }
    return this.#news();
  }

  /** Waits while the run is paused, and saves when that is asked for; false where the run is to stop. */
  async waitForStep(listeners: Listeners): Promise<boolean> {
    const { control } = this.#run.parts;
    while (control.status !== "stopping") {
      if (control.mayStep()) return true;
      if (this.#options !== undefined && control.takeSave())
        await listeners.stored(await this.finish());
      await control.news();
    }
    return false;
  }

  /** At the end: saves what is not saved yet and waits until it is safe. */
  async finish(): Promise<readonly StoredCheckpoint[]> {
    if (this.#options === undefined) return none;
    await this.#underWay;
    if (this.#isDirty) this.#start(undefined);
    await this.#underWay;
    return this.#news();
  }

  /** Lets go of the store; where that fails, the run is not lost for it. */
  async close(): Promise<void> {
    try {
      await this.#options?.store.close?.();
    } catch (error) {
      this.#error ??= error;
    }
  }

  /** After an error: waits for what is under way; the state of a broken run is not saved. */
  async settle(): Promise<void> {
    await this.#underWay;
  }

  #start(score: number | undefined): void {
    const { store } = this.#options!;
    this.#isDue = false;
    this.#isDirty = false;
    this.#lastTime = performance.now();
    const state = captureState(this.#run);
    this.#underWay = Promise.resolve()
      .then(() => store.save(state, score === undefined || Number.isNaN(score) ? {} : { score }))
      .then(
        (stored) => {
          this.#stored.push(stored);
          this.#error = undefined;
          this.#isReported = false;
        },
        (error: unknown) => this.#failed(error),
      )
      .catch((error: unknown) => {
        this.#thrown = { error };
      })
      .finally(() => {
        this.#underWay = undefined;
      });
  }

  #failed(error: unknown): void {
    this.#error = error;
    this.#isDirty = true;
    if (this.#isReported) return;
    this.#isReported = true;
    const report = this.#options?.onError ?? warn;
    report(error);
  }

  #news(): readonly StoredCheckpoint[] {
    if (this.#thrown !== undefined) throw this.#thrown.error;
    if (this.#stored.length === 0) return none;
    const news = this.#stored;
    this.#stored = [];
    return news;
  }
}

const none: readonly StoredCheckpoint[] = [];

function warn(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  console.warn(
    `chainrule: a checkpoint could not be saved; training goes on and tries again. ${reason}`,
  );
}
