// Turns ordered steps into a plan: numbers the storages, finds how long each lives, and places it.

import type { Graph } from "../../ir/graph.ts";
import type { LoopKernel, Statement } from "../../ir/loops.ts";
import {
  effectsOf,
  type LoopStep,
  mapStatement,
  type RepeatStep,
  type Step,
  type Storage,
} from "../2-loops/kernel.ts";
import type { Plan, PlanBuffer, PlanStep, TargetFacts } from "../plan.ts";
import { type Lifetime, planArena } from "./arena.ts";
import { Embedding } from "./embed.ts";
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
  const embedded = new Embedding(buffers, numberOf, (scratch) => offsets.get(scratch)!);
  const steps = ordered.map((step) => ({
    ...(step.kind === "repeat" ? embedded.step(step) : toPlanStep(step, placeOf, numberOf)),
    ...originsOf(step),
  }));
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
    ...(embedded.counters > 0 && { counters: embedded.counters }),
  };
}

/** Where what a step writes comes from, where that is known. */
function originsOf(step: Step): Pick<PlanStep, "origins"> {
  const origins = [...effectsOf(step).writes].flatMap(({ origin }) => origin ?? []);
  return origins.length === 0 ? {} : { origins };
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
  step: Exclude<Step, RepeatStep>,
  placeOf: (storage: Storage) => Storage,
  numberOf: (storage: Storage) => number,
): PlanStep {
  if (step.kind === "extern") {
    const buffers = step.operands.map(({ storage, offset }) => ({
      buffer: numberOf(storage),
      offset,
    }));
    const { name, numbers, tiles, host } = step;
    const rest = { ...(tiles === undefined ? {} : { tiles }), ...(host && { host }) };
    return { kind: "extern", name, buffers, numbers, ...rest };
  }
  const { kernel, storages, starts } = toKernel(step, placeOf);
  return {
    kind: "loops",
    kernel,
    buffers: storages.map((s, k) => ({ buffer: numberOf(s), offset: starts[k] })),
  };
}

/**
 * Numbers the places that a kernel uses, each once, in order of use. A buffer begins where the kernel first touches it:
 * the steps of an unrolled recurrence, which walk along one storage, then are calls of one function.
 */
function toKernel(
  step: LoopStep,
  placeOf: (storage: Storage) => Storage,
): { kernel: LoopKernel; storages: Storage[]; starts: readonly number[] } {
  const effects = effectsOf(step);
  const reads = new Set([...effects.reads].map(placeOf));
  const writes = new Set([...effects.writes].map(placeOf));
  const storages = [...new Set([...reads, ...writes])];
  const numbers = new Map(storages.map((storage, k) => [storage, k]));
  const buffer = (k: number): number => numbers.get(placeOf(step.storages[k]))!;
  const starts = startsOf(step, storages.length, buffer);
  const access = (s: Storage): "read" | "write" | "update" =>
    !writes.has(s) ? "read" : reads.has(s) ? "update" : "write";
  return {
    storages,
    starts,
    kernel: {
      parallel: step.parallel,
      reduce: step.reduce,
      buffers: storages.map((s, k) => ({
        dtype: s.dtype,
        elements: s.elements - starts[k],
        access: access(s),
      })),
      body: step.body.map((s) =>
        movedBack(
          mapStatement(s, (value) => value, buffer),
          starts,
        ),
      ),
    },
  };
}

/** For each buffer of a kernel, the least offset of an access to it; 0 where an access walks backwards from its offset. */
function startsOf(step: LoopStep, buffers: number, buffer: (k: number) => number): number[] {
  const starts = new Array<number>(buffers).fill(Number.POSITIVE_INFINITY);
  for (const s of step.body) {
    if (s.kind !== "load" && s.kind !== "store") continue;
    const forwards = s.at.terms.every((term) => term >= 0);
    const k = buffer(s.buffer);
    starts[k] = Math.min(starts[k], forwards ? Math.max(0, s.at.offset) : 0);
  }
  return starts.map((start) => (Number.isFinite(start) ? start : 0));
}

/** The statement with its buffer beginning at `starts`. */
function movedBack(s: Statement, starts: readonly number[]): Statement {
  if ((s.kind !== "load" && s.kind !== "store") || starts[s.buffer] === 0) return s;
  return { ...s, at: { ...s.at, offset: s.at.offset - starts[s.buffer] } };
}
