// The one-cycle policy: up to a large learning rate, then down to nearly nothing (Smith & Topin 2019).

import type { OptionNames } from "../core/option-names.ts";
import { checkOptions } from "../ir/arguments.ts";
import { checkAtLeastZero, checkCounts, checkPositive, checkShares } from "./options.ts";
import type { Schedule } from "./schedules.ts";

/** Options of `oneCycle`. */
export interface OneCycleOptions {
  readonly steps: number;
  /** Share of the steps that go up; default 0.3. */
  readonly upShare?: number;
  /** Half a cosine (the default) or a line. */
  readonly anneal?: "cosine" | "linear";
  /** The start is `max / startDivisor`; default 25. */
  readonly startDivisor?: number;
  /** The end is the start divided by this; default 10,000. */
  readonly endDivisor?: number;
  /** Whether to come down as long as it went up, and then anneal; default false. */
  readonly threePhase?: boolean;
}

const names: OptionNames<OneCycleOptions> = {
  steps: true,
  upShare: true,
  anneal: true,
  startDivisor: true,
  endDivisor: true,
  threePhase: true,
};

interface Phase {
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

/** The learning rate: up from `max / startDivisor` to max, down to the end. */
export function oneCycle(max: number, options: OneCycleOptions): Schedule {
  checkOptions("oneCycle", options, names);
  const { startDivisor = 25, endDivisor = 1e4 } = options;
  checkAtLeastZero("oneCycle", { max });
  checkPositive("oneCycle", { startDivisor, endDivisor });
  const start = max / startDivisor;
  const last = start / endDivisor;
  return alongPhases(phasesOf(options, [start, max, start, last], [start, max, last]), options);
}

/** The momentum that goes with `oneCycle`: down from `max` to `base` while the learning rate goes up, and back. */
export function oneCycleMomentum(
  { base = 0.85, max = 0.95 }: { readonly base?: number; readonly max?: number },
  options: OneCycleOptions,
): Schedule {
  return alongPhases(phasesOf(options, [max, base, max, max], [max, base, max]), options);
}

function phasesOf(
  { steps, upShare = 0.3, threePhase = false }: OneCycleOptions,
  three: readonly number[],
  two: readonly number[],
): Phase[] {
  checkCounts("oneCycle", { steps });
  checkShares("oneCycle", { upShare });
  const peak = upShare * steps - 1;
  const ends = threePhase ? [peak, 2 * upShare * steps - 2, steps - 1] : [peak, steps - 1];
  const levels = threePhase ? three : two;
  return ends.map((end, k) => ({ end, from: levels[k], to: levels[k + 1] }));
}

function alongPhases(phases: readonly Phase[], { anneal = "cosine" }: OneCycleOptions): Schedule {
  return (t) => {
    let start = 0;
    for (const { end, from, to } of phases) {
      const share = end === start ? 1 : (t - start) / (end - start);
      if (t <= end) return between(from, to, share, anneal);
      start = end;
    }
    return phases[phases.length - 1].to;
  };
}

function between(from: number, to: number, share: number, anneal: "cosine" | "linear"): number {
  if (anneal === "linear") return from + (to - from) * share;
  return to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2;
}
