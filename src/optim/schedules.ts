// Learning rates as functions of the step: `optimizer.learningRate = schedule(t)` before update t = 0, 1, …. What joins
// several is in `schedule-joins.ts`.

import { checkOptions } from "../ir/arguments.ts";
import { badOption, checkAtLeastZero, checkCounts, checkPositive } from "./options.ts";

/** The learning rate of update `step`, counted from 0. */
export type Schedule = (step: number) => number;

/** Multiplies by gamma every `stepSize` steps: `base·gamma^⌊t / stepSize⌋`. */
export function step(
  base: number,
  options: { readonly stepSize: number; readonly gamma?: number },
): Schedule {
  checkOptions("step", options, { stepSize: true, gamma: true });
  const { stepSize, gamma = 0.1 } = options;
  checkCounts("step", { stepSize });
  checkAtLeastZero("step", { base, gamma });
  return (t) => base * gamma ** Math.floor(t / stepSize);
}

/** Multiplies by gamma at each milestone: `base·gamma^#{milestones ≤ t}`. */
export function multiStep(
  base: number,
  options: { readonly milestones: readonly number[]; readonly gamma?: number },
): Schedule {
  checkOptions("multiStep", options, { milestones: true, gamma: true });
  const { milestones, gamma = 0.1 } = options;
  checkAtLeastZero("multiStep", { base, gamma });
  checkMilestones("multiStep", milestones);
  return (t) => base * gamma ** milestones.filter((milestone) => milestone <= t).length;
}

/** `base·gammaᵗ`. */
export function exponential(base: number, options: { readonly gamma: number }): Schedule {
  checkOptions("exponential", options, { gamma: true });
  const { gamma } = options;
  checkAtLeastZero("exponential", { base, gamma });
  return (t) => base * gamma ** t;
}

/** Half a cosine from base to `end` in `steps`, periodic after that: `end + (base − end)(1 + cos(πt / steps)) / 2`. */
export function cosine(
  base: number,
  options: { readonly steps: number; readonly end?: number },
): Schedule {
  checkOptions("cosine", options, { steps: true, end: true });
  const { steps, end = 0 } = options;
  checkPositive("cosine", { steps });
  checkAtLeastZero("cosine", { base, end });
  return (t) => end + ((base - end) * (1 + Math.cos((Math.PI * t) / steps))) / 2;
}

/** `cosine` that starts over after `steps`, `steps·factor`, … steps (Loshchilov & Hutter 2017). */
export function cosineWarmRestarts(
  base: number,
  options: { readonly steps: number; readonly factor?: number; readonly end?: number },
): Schedule {
  checkOptions("cosineWarmRestarts", options, { steps: true, factor: true, end: true });
  const { steps, factor = 1, end = 0 } = options;
  checkPositive("cosineWarmRestarts", { steps });
  checkAtLeastZero("cosineWarmRestarts", { base, end });
  if (!(factor >= 1)) throw badOption("cosineWarmRestarts", "factor", factor, "≥ 1");
  return (t) => {
    let length = steps;
    let since = factor === 1 ? t % steps : t;
    while (factor > 1 && since >= length) {
      since -= length;
      length *= factor;
    }
    return cosine(base, { steps: length, end })(since);
  };
}

/** A straight line from `base·startFactor` to `base·endFactor` in `steps`, then constant. */
export function linear(
  base: number,
  options: { readonly steps: number; readonly startFactor?: number; readonly endFactor?: number },
): Schedule {
  checkOptions("linear", options, { steps: true, startFactor: true, endFactor: true });
  const { steps, startFactor = 1 / 3, endFactor = 1 } = options;
  checkPositive("linear", { steps });
  checkAtLeastZero("linear", { base, startFactor, endFactor });
  return (t) => base * (startFactor + ((endFactor - startFactor) * Math.min(t, steps)) / steps);
}

/** `base·factor` for `steps`, then base. */
export function constant(
  base: number,
  options: { readonly steps?: number; readonly factor?: number } = {},
): Schedule {
  checkOptions("constant", options, { steps: true, factor: true });
  const { steps = 0, factor = 1 } = options;
  checkAtLeastZero("constant", { base, steps, factor });
  return (t) => (t < steps ? base * factor : base);
}

/** `base·(1 − t / steps)^power`, 0 after `steps`. */
export function polynomial(
  base: number,
  options: { readonly steps: number; readonly power?: number },
): Schedule {
  checkOptions("polynomial", options, { steps: true, power: true });
  const { steps, power = 1 } = options;
  checkPositive("polynomial", { steps });
  checkAtLeastZero("polynomial", { base, power });
  return (t) => base * (1 - Math.min(t, steps) / steps) ** power;
}

/** Grows linearly to base at `warmup`, then falls with the root: `base·min((t + 1) / warmup, √(warmup / (t + 1)))`. */
export function inverseSqrtWarmup(base: number, options: { readonly warmup: number }): Schedule {
  checkOptions("inverseSqrtWarmup", options, { warmup: true });
  const { warmup } = options;
  checkPositive("inverseSqrtWarmup", { warmup });
  checkAtLeastZero("inverseSqrtWarmup", { base });
  return (t) => base * Math.min((t + 1) / warmup, Math.sqrt(warmup / (t + 1)));
}

/** Options of `cyclic`. */
export interface CyclicOptions {
  readonly max: number;
  /** Steps from base to max; default 2000. */
  readonly stepsUp?: number;
  /** Steps back; default `stepsUp`. */
  readonly stepsDown?: number;
  /** triangular2 halves the height each cycle; exponential multiplies it by gamma each step. */
  readonly mode?: "triangular" | "triangular2" | "exponential";
  /** Of mode exponential; default 1. */
  readonly gamma?: number;
}

/** A triangle from base to max and back, again and again (Smith 2017). */
export function cyclic(base: number, options: CyclicOptions): Schedule {
  checkOptions("cyclic", options);
  const { max, stepsUp = 2000, stepsDown = stepsUp, mode = "triangular", gamma = 1 } = options;
  checkAtLeastZero("cyclic", { base, max, gamma });
  checkPositive("cyclic", { stepsUp, stepsDown });
  return (t) => {
    const cycle = Math.floor(t / (stepsUp + stepsDown));
    const at = t - cycle * (stepsUp + stepsDown);
    const height = at <= stepsUp ? at / stepsUp : 1 - (at - stepsUp) / stepsDown;
    const scales = { triangular: 1, triangular2: 0.5 ** cycle, exponential: gamma ** t };
    return base + (max - base) * height * scales[mode];
  };
}

/** Checks that milestones are whole and grow. */
export function checkMilestones(op: string, milestones: readonly number[]): void {
  const grows = milestones.every((milestone, k) => {
    return Number.isInteger(milestone) && milestone > (milestones[k - 1] ?? -1);
  });
  if (!grows) throw badOption(op, "milestones", `[${milestones}]`, "list that is whole and grows");
}
