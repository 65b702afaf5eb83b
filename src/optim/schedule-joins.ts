// Schedules made of schedules.

import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import type { OptionNames } from "../core/option-names.ts";
import { checkOptions } from "../ir/arguments.ts";
import { badOption, checkAtLeastZero, checkPositive } from "./options.ts";
import { checkMilestones, type Schedule } from "./schedules.ts";

/** Schedules one after another: `schedules[i]` from `milestones[i − 1]` on, each from its own step 0. */
export function sequential(
  schedules: readonly Schedule[],
  options: { readonly milestones: readonly number[] },
): Schedule {
  checkOptions("sequential", options, { milestones: true });
  const { milestones } = options;
  checkSchedules("sequential", schedules);
  checkMilestones("sequential", milestones);
  if (milestones.length !== schedules.length - 1) {
    const needed = `list of ${schedules.length - 1}, one where each further schedule begins`;
    throw badOption("sequential", "milestones", `[${milestones}]`, needed);
  }
  return (t) => {
    const index = milestones.filter((milestone) => milestone <= t).length;
    return schedules[index](index === 0 ? t : t - milestones[index - 1]);
  };
}

/** Several schedules of one base at once, `base·Π (schedule_i(t) / base)`, as PyTorch's ChainedScheduler. */
export function chained(base: number, schedules: readonly Schedule[]): Schedule {
  checkPositive("chained", { base });
  checkSchedules("chained", schedules);
  return (t) => schedules.reduce((rate, schedule) => (rate * schedule(t)) / base, base);
}

/** Options of `warmUp`. */
export interface WarmUpOptions {
  readonly steps: number;
  /** Where the line starts, as a share of the schedule's first rate; default 0. */
  readonly startFactor?: number;
}

const names: OptionNames<WarmUpOptions> = { steps: true, startFactor: true };

/** A straight line up to the first rate of a schedule in `steps`, then the schedule from its step 0. */
export function warmUp(schedule: Schedule, options: WarmUpOptions): Schedule {
  checkOptions("warmUp", options, names);
  const { steps, startFactor = 0 } = options;
  checkAtLeastZero("warmUp", { steps, startFactor });
  checkSchedule("warmUp", schedule);
  return (t) => {
    if (t >= steps) return schedule(t - steps);
    return schedule(0) * (startFactor + ((1 - startFactor) * t) / steps);
  };
}

function checkSchedule(op: string, given: unknown): void {
  if (typeof given === "function") return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `joins schedules, which are functions of the step; received ${showValue(given)}`,
    fix: "For a constant rate pass optim.constant(0.1).",
  });
}

function checkSchedules(op: string, given: unknown): void {
  for (const schedule of Array.isArray(given) ? given : [given]) checkSchedule(op, schedule);
}
