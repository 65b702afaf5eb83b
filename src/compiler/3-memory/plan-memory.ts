// Turns ordered steps into a plan: numbers the storages, finds how long each lives, and places it.

import type { Graph } from "../../ir/graph.ts";
import type { LoopKernel } from "../../ir/loops.ts";
import {
  effectsOf,
  type LoopStep,
  mapStatement,
  type Step,
  type Storage,
} from "../2-loops/kernel.ts";
import type { Plan, PlanBuffer, PlanStep, TargetFacts } from "../plan.ts";
import { type Lifetime, planArena } from "./arena.ts";
import { orderSteps } from "./order.ts";
import type { Placed } from "./writes.ts";

export function planMemory(
  graph: Graph,
  { dependencies, outputs, placeOf }: Placed,
  target: TargetFacts,
): Plan {
  const bytesOf = (s: Storage): number =>
    placeOf(s).argument === undefined ? s.elements * target.storage[s.dtype] : 0;
  const ordered = orderSteps(dependencies, new Set(outputs), bytesOf);
  const lifetimes = lifetimesOf(ordered, outputs, placeOf);
  const scratch = [...lifetimes.keys()].filter((s) => s.argument === undefined);
  const arena = planArena(scratch.map((s) => ({ bytes: bytesOf(s), ...lifetimes.get(s)! })));
  const offsets = new Map(scratch.map((s, k) => [s, arena.offsets[k]]));
  const buffers: PlanBuffer[] = [];
  const numbers = new Map<Storage, number>();
  const numberOf = (storage: Storage): number => {
    const place = placeOf(storage);
    const known = numbers.get(place);
    if (known !== undefined) return known;
    const { dtype, elements, argument } = place;
    buffers.push({
      dtype,
      elements,
      place:
        argument === undefined
          ? { kind: "scratch", offset: offsets.get(place) ?? 0 }
          : { kind: "argument", index: argument },
    });
    numbers.set(place, buffers.length - 1);
    return buffers.length - 1;
  };
  const steps = ordered.map((step) => toPlanStep(step, placeOf, numberOf));
  const results = graph.outputs.map(({ dtype, shape }, k) => ({
    ref: { buffer: numberOf(outputs[k]), offset: 0 },
    dtype,
    shape,
  }));
  return {
    buffers,
    steps,
    outputs: results,
    scratchBytes: arena.bytes,
    arguments: graph.arguments.length,
  };
}

/** First and last step of each storage; outputs live to the end. */
function lifetimesOf(
  steps: readonly Step[],
  outputs: readonly Storage[],
  placeOf: (storage: Storage) => Storage,
): Map<Storage, Omit<Lifetime, "bytes">> {
  const lifetimes = new Map<Storage, Omit<Lifetime, "bytes">>();
  const touch = (storage: Storage, at: number): void => {
    const place = placeOf(storage);
    const first = lifetimes.get(place)?.first ?? at;
    lifetimes.set(place, { first, last: at });
  };
  steps.forEach((step, at) => {
    const { reads, writes } = effectsOf(step);
    for (const storage of reads) touch(storage, at);
    for (const storage of writes) touch(storage, at);
  });
  for (const storage of outputs) touch(storage, steps.length);
  return lifetimes;
}

function toPlanStep(
  step: Step,
  placeOf: (storage: Storage) => Storage,
  numberOf: (storage: Storage) => number,
): PlanStep {
  if (step.kind === "extern") {
    const buffers = step.operands.map(({ storage, offset }) => ({
      buffer: numberOf(storage),
      offset,
    }));
    const { name, numbers, tiles } = step;
    return { kind: "extern", name, buffers, numbers, ...(tiles === undefined ? {} : { tiles }) };
  }
  const { kernel, storages } = toKernel(step, placeOf);
  return {
    kind: "loops",
    kernel,
    buffers: storages.map((s) => ({ buffer: numberOf(s), offset: 0 })),
  };
}

/** Numbers the places that a kernel uses, each once, in order of use. */
function toKernel(
  step: LoopStep,
  placeOf: (storage: Storage) => Storage,
): { kernel: LoopKernel; storages: Storage[] } {
  const effects = effectsOf(step);
  const reads = new Set([...effects.reads].map(placeOf));
  const writes = new Set([...effects.writes].map(placeOf));
  const storages = [...new Set([...reads, ...writes])];
  const numbers = new Map(storages.map((storage, k) => [storage, k]));
  const buffer = (k: number): number => numbers.get(placeOf(step.storages[k]))!;
  const access = (s: Storage): "read" | "write" | "update" =>
    !writes.has(s) ? "read" : reads.has(s) ? "update" : "write";
  return {
    storages,
    kernel: {
      parallel: step.parallel,
      reduce: step.reduce,
      buffers: storages.map((s) => ({ dtype: s.dtype, elements: s.elements, access: access(s) })),
      body: step.body.map((s) => mapStatement(s, (value) => value, buffer)),
    },
  };
}
