// Which checkpoints stay when a new one is safe: the last few, the best few, and now and then one for good.

import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { checkWhole } from "../../data/order.ts";
import type { StoredCheckpoint } from "../checkpoints/training-state.ts";

/** Checkpoints to keep; one stays if any of these wants it. */
export interface KeepPolicy {
  /** The last n; default 2, so that there is one to go back to when the newest is damaged. At least 1. */
  readonly last?: number;
  /** The n with the smallest score, of two equal ones the later; default 0. */
  readonly best?: number;
  /** The first one in every n steps, for good; default none. */
  readonly every?: number;
}

const names: OptionNames<KeepPolicy> = { last: true, best: true, every: true };

/** A checked policy; a number is short for the last n. */
export function keepPolicy(op: string, keep: number | KeepPolicy = {}): KeepPolicy {
  const policy = typeof keep === "number" ? { last: keep } : keep;
  checkOptionNames(op, policy, names);
  checkWhole(op, "keep.last", policy.last ?? 2, 1);
  checkWhole(op, "keep.best", policy.best ?? 0, 0);
  if (policy.every !== undefined) checkWhole(op, "keep.every", policy.every, 1);
  return policy;
}

/** Those of some checkpoints, oldest first, that a policy gives up. */
export function givenUp<Checkpoint extends StoredCheckpoint>(
  checkpoints: readonly Checkpoint[],
  { last = 2, best = 0, every }: KeepPolicy,
): readonly Checkpoint[] {
  const kept = new Set(checkpoints.slice(-last));
  const scored = checkpoints.filter(({ score }) => Number.isFinite(score)).toReversed();
  scored.sort((a, b) => a.score! - b.score!);
  for (const one of scored.slice(0, best)) kept.add(one);
  const passed = new Set<number>();
  for (const one of every === undefined ? [] : checkpoints) {
    const stretch = Math.floor(one.step / every!);
    if (stretch > 0 && !passed.has(stretch)) kept.add(one);
    passed.add(stretch);
  }
  return checkpoints.filter((one) => !kept.has(one));
}
