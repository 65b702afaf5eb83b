// Barriers in lowered programs. While kernels are merged, a storage behind a barrier is another one than the storage
// itself, so that a kernel which computes anew never joins the one which computed first. Afterwards it is the same
// memory, and what is left of the barrier is the order of steps.

import { effectsOf, type Step, type Storage } from "./kernel.ts";
import type { Program } from "./steps.ts";

/** What must be written before a storage is read: itself, or what it is, seen from behind barriers, and what they wait for. */
export function originsOf(storage: Storage): Storage[] {
  if (storage.behind === undefined) return [storage];
  return [storage.behind.storage, ...storage.behind.after].flatMap(originsOf);
}

/** The program in which every storage is memory of its own, with the order that barriers asked for. */
export function withoutBarriers(program: Program): Program {
  const waits = new Map<Step, readonly Storage[]>();
  const steps = program.steps.map((step) => {
    const behind = [...effectsOf(step).reads].filter((s) => s.behind !== undefined);
    if (behind.length === 0) return step;
    const now = withStorages(step);
    waits.set(now, [...new Set(behind.flatMap(originsOf))]);
    return now;
  });
  if (waits.size === 0 && !program.outputs.some((s) => s.behind)) return program;
  const writes = program.writes.map(({ argument, value }) => ({
    argument,
    value: memoryOf(value),
  }));
  return { ...program, steps, writes, outputs: program.outputs.map(memoryOf), waits };
}

function withStorages(step: Step): Step {
  if (step.kind === "loops") return { ...step, storages: step.storages.map(memoryOf) };
  const moved = <T extends { readonly storage: Storage }>(operand: T): T => ({
    ...operand,
    storage: memoryOf(operand.storage),
  });
  if (step.kind === "extern") return { ...step, operands: step.operands.map(moved) };
  return { ...step, operands: step.operands.map(moved) };
}

function memoryOf(storage: Storage): Storage {
  return storage.behind === undefined ? storage : memoryOf(storage.behind.storage);
}
