// Learning rates over a run, in the forms that `fit` takes, as one function.

import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";
import type { Schedule } from "../../optim/index.ts";

/** What a schedule for a whole run may depend on. */
export interface RunLength {
  /** Steps in the whole run. */
  readonly steps: number;
  readonly epochs: number;
  /** The optimizer's learning rate before the first step. */
  readonly learningRate: number;
}

/**
 * The learning rate of each step: a function of the step, counted from 0 over the whole run; `{ epoch }`, a function of the
 * epoch, counted from 0; or `{ forRun }`, which makes a function of the step for the length of the run.
 *
 * `schedule: { forRun: ({ steps, learningRate }) => optim.cosine(learningRate, { steps }) }`
 */
export type FitSchedule =
  | Schedule
  | { readonly epoch: (epoch: number) => number }
  | { readonly forRun: (length: RunLength) => Schedule };

/** The learning rate of a step, from the steps and epochs done; undefined leaves it as it is. */
export type RunSchedule = (step: number, epoch: number) => number | undefined;

/** What decides over a run's learning rate beside the schedule. */
interface RunFacts {
  readonly steps: number | undefined;
  readonly epochs: number;
  readonly learningRate: number;
  /** Steps in which the rate grows from 0 to what it is else. */
  readonly warmup: number | undefined;
}

/** One function for all forms. Errors: `BAD_ARGUMENT` for other things, and where `forRun` needs a length that nobody knows. */
export function runSchedule(
  given: FitSchedule | undefined,
  facts: RunFacts,
): RunSchedule | undefined {
  const { warmup = 0, learningRate } = facts;
  const schedule = given === undefined ? undefined : scheduleOf(given, facts);
  if (warmup === 0) return schedule;
  return (step, epoch) => {
    if (step > warmup) return schedule?.(step, epoch);
    return (schedule?.(step, epoch) ?? learningRate) * Math.min(1, (step + 1) / warmup);
  };
}

function scheduleOf(
  given: FitSchedule,
  { steps, epochs, learningRate }: RunFacts,
): (step: number, epoch: number) => number {
  if (typeof given === "function") return given;
  const form = given as Partial<Record<"epoch" | "forRun", unknown>> | null;
  if (typeof form?.epoch === "function") return (_, epoch) => (form.epoch as Schedule)(epoch);
  if (typeof form?.forRun !== "function") throw noSchedule(given);
  if (steps === undefined) throw noLength();
  return (form.forRun as (length: RunLength) => Schedule)({ steps, epochs, learningRate });
}

function noSchedule(given: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "fit",
    problem: `a schedule is a function of the step; received ${showValue(given)}`,
    fix: "Write (step) => rate, { epoch: (epoch) => rate } or { forRun: ({ steps }) => optim.cosine(0.1, { steps }) }.",
  });
}

function noLength(): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "fit",
    problem:
      "the schedule is made for the length of the run, and the data do not know how many batches they have",
    fix: "Write { forRun: () => … } as a function of the step with the number of steps you expect, or take(n) batches.",
  });
}
