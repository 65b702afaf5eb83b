// Joins kernels over the same axes that share loads or of which one uses what the other stores at the same point (the
// moments and the weights of an optimizer's update, say): one pass over memory instead of several. Then drops stores
// that nobody reads.

import { Ancestors } from "./ancestors.ts";
import { Group, isPlain } from "./group.ts";
import { type ExternStep, effectsOf, type LoopStep, type Storage } from "./kernel.ts";
import type { Program } from "./steps.ts";

/** Earlier kernels looked at for each storage. */
const candidatesPerStorage = 4;

export function mergeKernels(program: Program): Program {
  /** Kernels that take in others, and steps that stay as they are. */
  const places: (Group | LoopStep | ExternStep)[] = [];
  const ancestors = new Ancestors(program.steps.length);
  const writers = new Map<Storage, number[]>();
  const readers = new Map<Storage, number[]>();
  for (const step of program.steps) {
    const { reads, writes } = effectsOf(step);
    const inputs = new Set<number>();
    for (const storage of reads)
      for (const writer of writers.get(storage) ?? []) inputs.add(writer);
    const plain = isPlain(step);
    const partner = plain ? findPartner(step, reads, inputs) : undefined;
    const place = partner ?? places.length;
    if (partner === undefined) places.push(plain ? new Group(step) : step);
    else (places[partner] as Group).take(step as LoopStep);
    inputs.delete(place);
    ancestors.add(place, inputs);
    for (const storage of reads) enter(readers, storage, place);
    for (const storage of writes) enter(writers, storage, place);
  }
  const steps = places.map((each) => (each instanceof Group ? each.step() : each));
  return dropUnread({ ...program, steps });

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
        const group = places[place];
        if (!(group instanceof Group) || !group.accepts(step)) return false;
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
