// The order of steps: as recorded, except that a step which frees at least as much memory as it takes goes first. So an
// optimizer's update runs as soon as its gradient is there, and intermediates live briefly.

import { unreachable } from "../../core/errors.ts";
import { type Effects, effectsOf, type Step, type Storage } from "../2-loops/kernel.ts";
import type { Dependencies } from "./dependencies.ts";

/** Steps looked at when the next one is chosen. */
const window = 32;

/** Orders the steps. `kept` storages live to the end; `bytesOf` is 0 for storages outside the scratch memory. */
export function orderSteps(
  { steps, before }: Dependencies,
  kept: ReadonlySet<Storage>,
  bytesOf: (storage: Storage) => number,
): Step[] {
  const effects = steps.map(effectsOf);
  const waiting = before.map((set) => set.size);
  const after = steps.map((): number[] => []);
  before.forEach((set, k) => {
    for (const earlier of set) after[earlier].push(k);
  });
  const readersLeft = new Map<Storage, number>();
  for (const { reads } of effects)
    for (const s of reads) readersLeft.set(s, (readersLeft.get(s) ?? 0) + 1);
  const begun = new Set<Storage>();
  const ready = steps.flatMap((_, k) => (waiting[k] === 0 ? [k] : []));
  const result: Step[] = [];
  while (ready.length > 0) {
    const chosen = ready.splice(choose(), 1)[0];
    result.push(steps[chosen]);
    finish(effects[chosen]);
    for (const next of after[chosen]) if (--waiting[next] === 0) insert(ready, next);
  }
  return result.length === steps.length ? result : unreachable("order: steps wait for each other");

  /** Place in `ready` of the first step that frees most, if one frees anything, else of the first. */
  function choose(): number {
    let best = 0;
    let least = 0;
    for (let k = 0; k < ready.length && k < window; k++) {
      const growth = growthOf(effects[ready[k]]);
      if (growth < least) [best, least] = [k, growth];
    }
    return best;
  }

  function growthOf({ reads, writes }: Effects): number {
    let bytes = 0;
    for (const s of writes)
      if (!begun.has(s)) bytes += (readersLeft.get(s) ?? 0) > 0 || kept.has(s) ? bytesOf(s) : 0;
    for (const s of reads)
      if (readersLeft.get(s) === 1 && !kept.has(s) && begun.has(s)) bytes -= bytesOf(s);
    return bytes;
  }

  function finish({ reads, writes }: Effects): void {
    for (const s of writes) begun.add(s);
    for (const s of reads) readersLeft.set(s, readersLeft.get(s)! - 1);
  }
}

/** Inserts into an ascending list. */
function insert(list: number[], value: number): void {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle] < value) low = middle + 1;
    else high = middle;
  }
  list.splice(low, 0, value);
}
