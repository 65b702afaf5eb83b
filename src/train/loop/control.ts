// Steering a run from outside: a page's buttons, Ctrl-C, a test. The loop asks `go` before each step.

import { ChainruleError } from "../../core/errors.ts";
import type { TrainingRun } from "../callback.ts";

/**
 * Pauses, continues, stops and saves a run from outside, also before it starts.
 *
 * `const control = new FitControl(); const done = fit(model, { train, control }); control.pause();`
 */
export class FitControl {
  #run: TrainingRun | undefined;
  #isPaused = false;
  /** Steps that may be done though the run is paused. */
  #allowed = 0;
  #stop: string | undefined;
  #save = false;
  #rate: number | undefined;
  #wake: (() => void) | undefined;

  /** The run that this steers, while there is one. */
  get run(): TrainingRun | undefined {
    return this.#run;
  }

  /** What the run does, or will do when it starts. */
  get status(): "running" | "paused" | "stopping" {
    if (this.#stop !== undefined) return "stopping";
    return this.#isPaused ? "paused" : "running";
  }

  /** Why the run was asked to stop, if it was. */
  get reason(): string | undefined {
    return this.#stop;
  }

  /** The learning rate of the next step; undefined before a run unless it was set. */
  get learningRate(): number | undefined {
    return this.#run?.learningRate ?? this.#rate;
  }

  /** Replaces the schedule's choice from the next step on. */
  set learningRate(rate: number) {
    if (this.#run === undefined) this.#rate = rate;
    else this.#run.learningRate = rate;
  }

  /** Waits before the next step. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Goes on after `pause`. */
  resume(): void {
    this.#isPaused = false;
    this.#allowed = 0;
    this.#wakeUp();
  }

  /** Does one step and pauses. */
  step(): void {
    this.#isPaused = true;
    this.#allowed++;
    this.#wakeUp();
  }

  /** Ends the run after the step in progress. */
  stop(reason = "stop was called"): void {
    this.#stop ??= reason;
    this.#wakeUp();
  }

  /** Asks for a checkpoint after the step in progress; the run needs `checkpoints`. */
  save(): void {
    this.#save = true;
    this.#wakeUp();
  }

  /** For `fit`: takes over a run. */
  attach(run: TrainingRun): void {
    if (this.#run !== undefined) throw inUse();
    this.#run = run;
    if (this.#rate !== undefined) run.learningRate = this.#rate;
    this.#rate = undefined;
  }

  /** For `fit`: the run is over, and the control is as new. */
  detach(): void {
    this.#run = undefined;
    this.#stop = undefined;
    this.#isPaused = false;
    this.#allowed = 0;
    this.#save = false;
  }

  /** For `fit`: whether a step may be done now. */
  mayStep(): boolean {
    if (this.#stop !== undefined) return false;
    if (!this.#isPaused) return true;
    if (this.#allowed === 0) return false;
    this.#allowed--;
    return true;
  }

  /** For `fit`: whether a checkpoint was asked for since the last question. */
  takeSave(): boolean {
    const asked = this.#save;
    this.#save = false;
    return asked;
  }

  /** For `fit`: waits until something is asked of a run that is paused. */
  news(): Promise<void> {
    if (this.status !== "paused" || this.#allowed > 0 || this.#save) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}

function inUse(): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "fit",
    problem: "this control steers another run that is not over",
    fix: "Make a new FitControl for each run.",
  });
}
