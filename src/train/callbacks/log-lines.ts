// Which steps a log keeps, and what its lines say. Which ones depends on the number of the step alone, so a run that goes on
// after a crash keeps the same ones as a run that never stopped.

import type { StepEvent } from "../callback.ts";
import type { EpochRecord } from "../fit.ts";

/**
 * Whether a log keeps a step: all of the first 1,000 (or another number), then every second to 2,000, every fourth to
 * 4,000, and so on. A run of n steps has about 1,000 + 500·log₂(n/1,000) lines: curves stay fine enough to look at, and
 * files small.
 */
export function isKept(step: number, all = 1000): boolean {
  let stride = 1;
  while (step > all * stride) stride *= 2;
  return step % stride === 0;
}

/** The test for steps: every n-th, or the thinned ones where nothing is said. */
export function keeper(everySteps: number | undefined): (step: number) => boolean {
  return everySteps === undefined ? (step) => isKept(step) : (step) => step % everySteps === 0;
}

/** A line of a log about one step. */
export interface StepLine {
  readonly kind: "step";
  readonly step: number;
  readonly epoch: number;
  /** Seconds spent on steps in the run so far. */
  readonly seconds: number;
  readonly learningRate: number;
  readonly gradientNorm?: number;
  /** Loss and metrics of the step's batch. */
  readonly train: Readonly<Record<string, number>>;
}

/** A line of a log about one epoch; `step` is the number of steps done. */
export interface EpochLine extends Omit<EpochRecord, "steps"> {
  readonly kind: "epoch";
  readonly step: number;
}

/** A line of `metrics.jsonl`. */
export type LogLine = StepLine | EpochLine;

/** The line for a step. Numbers that are not finite become `null` in JSON. */
export function stepLine(event: StepEvent, seconds: number): StepLine {
  const { step, epoch, learningRate, gradientNorm, batch: train } = event;
  const time = Math.round(seconds * 1e4) / 1e4;
  if (gradientNorm === undefined)
    return { kind: "step", step, epoch, seconds: time, learningRate, train };
  return { kind: "step", step, epoch, seconds: time, learningRate, gradientNorm, train };
}

/** The line for an epoch. */
export function epochLine({ steps, ...record }: EpochRecord): EpochLine {
  return { kind: "epoch", step: steps, ...record };
}

/** Names and numbers of a line, side by side: `loss`, `accuracy`, …, `validation/loss`, …. */
export function flatScores({
  train,
  validation,
}: Pick<EpochRecord, "train" | "validation">): Record<string, number> {
  const measured = Object.entries(validation ?? {});
  return {
    ...train,
    ...Object.fromEntries(measured.map(([name, score]) => [`validation/${name}`, score])),
  };
}
