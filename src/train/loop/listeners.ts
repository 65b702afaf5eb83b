// Calling callbacks in their order. Their answers are awaited only where they are promises, and a step makes an event only
// where somebody listens.

import type { Batch } from "../../data/dataset.ts";
import type { Callback, NonFiniteEvent } from "../callback.ts";
import type { StoredCheckpoint } from "../checkpoints/training-state.ts";
import type { EpochRecord, FitResult } from "../fit.ts";
import type { LiveRun } from "./live-run.ts";
import { spoiledLoss } from "./not-finite.ts";
import type { StepResult } from "./step.ts";

/** The callbacks of a run. */
export class Listeners {
  readonly #run: LiveRun;
  readonly #all: readonly Callback[];
  readonly #ofSteps: readonly Callback[];
  /** Whether gradients decide, too, and not only the loss. */
  readonly #undoes: boolean;

  constructor(run: LiveRun) {
    this.#run = run;
    this.#all = run.parts.callbacks;
    this.#ofSteps = this.#all.filter(({ onStep }) => onStep !== undefined);
    this.#undoes = this.#all.some(({ undoNonFinite }) => undoNonFinite === true);
  }

  async start(): Promise<void> {
    for (const callback of this.#all) await callback.onStart?.(this.#run);
  }

  /** After a step that was counted; a promise where a callback answers with one. */
  step(result: StepResult): Promise<void> | undefined {
    if (this.#ofSteps.length === 0) return undefined;
    const event = this.#run.event(result);
    for (let k = 0; k < this.#ofSteps.length; k++) {
      const answer = this.#ofSteps[k].onStep!(event, this.#run);
      if (answer instanceof Promise)
        return answer.then(async () => {
          for (const { onStep } of this.#ofSteps.slice(k + 1)) await onStep!(event, this.#run);
        });
    }
    return undefined;
  }

  /** Whether a step's loss is a finite number, and its gradients where steps can be undone. */
  isSound({ outcomes, gradientNorm }: StepResult): boolean {
    for (const { scores } of outcomes) if (!Number.isFinite(scores[0])) return false;
    return !this.#undoes || Number.isFinite(gradientNorm);
  }

  /** After a step with numbers that are not finite: an error, unless a callback says to go on. */
  async nonFinite(result: StepResult, batches: readonly Batch[]): Promise<void> {
    const run = this.#run;
    const at = result.outcomes.findIndex(({ scores }) => !Number.isFinite(scores[0]));
    const [loss] = result.outcomes[Math.max(at, 0)].scores;
    run.skip(result);
    const event: NonFiniteEvent = {
      ...{ epoch: run.cursor.epoch + 1, step: run.done.steps, loss },
      learningRate: run.learningRate,
      gradientNorm: result.gradientNorm,
    };
    let goesOn = false;
    for (const { onNonFinite } of this.#all)
      if ((await onNonFinite?.(event, run)) === "continue") goesOn = true;
    if (!goesOn) throw spoiledLoss(event, batches[Math.max(at, 0)], run.parts.task, run.model);
  }

  async epoch(record: EpochRecord): Promise<void> {
    for (const callback of this.#all) await callback.onEpoch?.(record, this.#run);
  }

  async stored(checkpoints: readonly StoredCheckpoint[]): Promise<void> {
    for (const checkpoint of checkpoints)
      for (const callback of this.#all) await callback.onCheckpoint?.(checkpoint, this.#run);
  }

  /** The end, which every callback hears of, also after another has failed at it; the first such error is thrown. */
  async end(result: FitResult, error?: unknown): Promise<void> {
    const failures: unknown[] = [];
    for (const callback of this.#all) {
      try {
        await callback.onEnd?.(result, this.#run, error);
      } catch (failure) {
        failures.push(failure);
      }
    }
    if (failures.length > 0 && error === undefined) throw failures[0]; // what broke the run comes first
  }
}
