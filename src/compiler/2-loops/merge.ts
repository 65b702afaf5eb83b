// Joins kernels over the same axes that share loads or of which one uses what the other stores at the same point (the
// moments and the weights of an optimizer's update, say): one pass over memory instead of several. Then drops stores
// that nobody reads.

import { Ancestors } from "./ancestors.ts";
import { KernelBuilder } from "./builder.ts";
import { effectsOf, type LoopStep, type Step, type Storage, sameAffine } from "./kernel.ts";
import { replay } from "./replay.ts";
import type { Program } from "./steps.ts";

/** Limits of a joined kernel, so that its values stay in registers. */
const mostStatements = 256;
const mostStorages = 24;
/** Earlier kernels looked at for each storage. */
const candidatesPerStorage = 4;

export function mergeKernels(program: Program): Program {
  const groups: (Step | undefined)[] = [];
  const ancestors = new Ancestors(program.steps.length);
  const writers = new Map<Storage, number[]>();
  const readers = new Map<Storage, number[]>();
  for (const step of program.steps) {
    const { reads, writes } = effectsOf(step);
    const inputs = new Set<number>();
    for (const storage of reads)
      for (const writer of writers.get(storage) ?? []) inputs.add(writer);
    const partner = isPlain(step) ? findPartner(step, reads, inputs) : undefined;
    const place = partner ?? groups.length;
    if (partner === undefined) groups.push(step);
    else groups[partner] = join(groups[partner] as LoopStep, step as LoopStep);
    inputs.delete(place);
    ancestors.add(place, inputs);
    for (const storage of reads) enter(readers, storage, place);
    for (const storage of writes) enter(writers, storage, place);
  }
  return dropUnread({ ...program, steps: groups as Step[] });

  function findPartner(
    step: LoopStep,
    reads: ReadonlySet<Storage>,
    inputs: ReadonlySet<number>,
  ): number | undefined {
    const candidates = new Set<number>(inputs);
    for (const storage of reads) {
      for (const reader of readers.get(storage)?.slice(-candidatesPerStorage) ?? [])
        candidates.add(reader);
    }
    return [...candidates]
      .sort((a, b) => b - a)
      .find((place) => {
        const group = groups[place]!;
        if (!isPlain(group) || !canJoin(group, step)) return false;
        for (const input of inputs)
          if (input !== place && ancestors.has(input, place)) return false;
        return true;
      });
  }
}

function enter(map: Map<Storage, number[]>, storage: Storage, place: number): void {
  const list = map.get(storage);
  if (list === undefined) map.set(storage, [place]);
  else if (list.at(-1) !== place) list.push(place);
}

/** Whether a step is a kernel that stores each element once at a place known beforehand. */
function isPlain(step: Step): step is LoopStep {
  if (step.kind !== "loops") return false;
  return step.body.every((s) => s.kind !== "store" || (s.mode === "set" && s.dynamic.length === 0));
}

function canJoin(first: LoopStep, second: LoopStep): boolean {
  if (!sameList(first.parallel, second.parallel) || !sameList(first.reduce, second.reduce))
    return false;
  if (first.body.length + second.body.length > mostStatements) return false;
  if (new Set([...first.storages, ...second.storages]).size > mostStorages) return false;
  const stored = storesOf(first);
  for (const storage of storesOf(second).keys()) if (stored.has(storage)) return false;
  let shared = first.parallel.length === 0 && first.reduce.length === 0;
  const loads = new Map<Storage, LoopStep["body"][number][]>();
  for (const s of first.body) {
    if (s.kind !== "load") continue;
    const storage = first.storages[s.buffer];
    loads.set(storage, [...(loads.get(storage) ?? []), s]);
  }
  for (const s of second.body) {
    if (s.kind !== "load") continue;
    const storage = second.storages[s.buffer];
    const store = stored.get(storage);
    if (store !== undefined) {
      if (first.reduce.length > 0 || s.bounds.length > 0 || s.dynamic.length > 0) return false;
      if (!sameAffine(s.at, store.at)) return false;
      shared = true;
    } else if (storage.elements > 1) {
      shared ||=
        loads.get(storage)?.some((l) => l.kind === "load" && sameAffine(l.at, s.at)) ?? false;
    }
  }
  return shared;
}

type StoreStatement = LoopStep["body"][number] & { kind: "store" };

function storesOf(step: LoopStep): Map<Storage, StoreStatement> {
  const stores = new Map<Storage, StoreStatement>();
  for (const s of step.body) if (s.kind === "store") stores.set(step.storages[s.buffer], s);
  return stores;
}

function sameList(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, k) => n === b[k]);
}

/** One kernel that does what both do; what the first stores, the second has at hand. */
function join(first: LoopStep, second: LoopStep): LoopStep {
  const builder = new KernelBuilder(first.parallel);
  const stores = replay(builder, first);
  const values = new Map(stores.map((store) => [store.storage, store.value]));
  const more = replay(builder, second, { known: (storage) => values.get(storage) });
  return builder.finish([...stores, ...more]);
}

/** Removes stores to storages that no step reads and that are not results. */
function dropUnread(program: Program): Program {
  const needed = new Set<Storage>([
    ...program.outputs,
    ...program.writes.map((write) => write.value),
  ]);
  for (const step of program.steps)
    for (const storage of effectsOf(step).reads) needed.add(storage);
  const steps = program.steps.map((step) => {
    if (step.kind === "extern") return step;
    const body = step.body.filter((s) => s.kind !== "store" || needed.has(step.storages[s.buffer]));
    return body.length === step.body.length ? step : { ...step, body };
  });
  return { ...program, steps };
}
