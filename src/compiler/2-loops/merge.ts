// Joins kernels over the same axes that share loads or of which one uses what the other stores at the same point (the
// moments and the weights of an optimizer's update, say): one pass over memory instead of several. Then drops stores
// that nobody reads.

import { Ancestors } from "./ancestors.ts";
import { originsOf } from "./barriers.ts";
import { Group, isPlain } from "./group.ts";
import { effectsOf, type LoopStep, type Step, type Storage } from "./kernel.ts";
import type { Program } from "./steps.ts";

/** Earlier kernels looked at for each storage. */
const candidatesPerStorage = 4;

export function mergeKernels(program: Program): Program {
  /** Kernels that take in others, and steps that stay as they are. */
  const places: (Group | Step)[] = [];
  const ancestors = new Ancestors(program.steps.length);
  const writers = new Map<Storage, number[]>();
  const readers = new Map<Storage, number[]>();
  for (const step of program.steps) {
    const { reads, writes } = effectsOf(step);
    const inputs = new Set<number>();
    /** Kernels that must have finished, since what they write is read from behind a barrier. */
    const finished = new Set<number>();
    for (const storage of reads) {
      const into = storage.behind === undefined ? inputs : finished;
      for (const origin of originsOf(storage))
        for (const writer of writers.get(origin) ?? []) into.add(writer);
    }
    const plain = isPlain(step);
    const partner = plain ? findPartner(step, reads, inputs, finished) : undefined;
    const place = partner ?? places.length;
    if (partner === undefined) places.push(plain ? new Group(step) : step);
    else (places[partner] as Group).take(step as LoopStep);
    inputs.delete(place);
    for (const writer of finished) inputs.add(writer);
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
    finished: ReadonlySet<number>,
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
        for (const input of finished)
          if (input === place || ancestors.has(input, place)) return false;
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
  const results = [...program.outputs, ...program.writes.map((write) => write.value)];
  const needed = new Set<Storage>(results.flatMap(originsOf));
  for (const step of program.steps)
    for (const storage of effectsOf(step).reads)
      for (const origin of originsOf(storage)) needed.add(origin);
  const steps = program.steps.map((step) => {
    if (step.kind !== "loops") return step;
    const body = step.body.filter((s) => s.kind !== "store" || needed.has(step.storages[s.buffer]));
    return body.length === step.body.length ? step : { ...step, body };
  });
  return { ...program, steps };
}
