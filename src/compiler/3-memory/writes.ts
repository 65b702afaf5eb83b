// Places written values. The kernel that computes a new value writes it straight into the argument where every reader of
// the old value can come first, and where the kernel itself reads old elements only at the point that it overwrites.
// Elsewhere the value is computed aside and copied at the end.

import { unreachable } from "../../core/errors.ts";
import { type LoopStep, type Storage, sameAffine } from "../2-loops/kernel.ts";
import { lowerCopy } from "../2-loops/lower.ts";
import { newStorage, type Program } from "../2-loops/steps.ts";
import { Dependencies } from "./dependencies.ts";

/** Steps with their order constraints; `placeOf` gives the argument that a storage turned out to be. */
export interface Placed {
  readonly dependencies: Dependencies;
  readonly outputs: readonly Storage[];
  readonly placeOf: (storage: Storage) => Storage;
}

export function placeWrites(program: Program): Placed {
  const dependencies = new Dependencies(program.steps, program.waits);
  const places = new Map<Storage, Storage>();
  const placeOf = (storage: Storage): Storage => places.get(storage) ?? storage;
  const writes = program.writes
    .map(({ argument, value }) => ({ target: program.arguments[argument], value }))
    .filter(({ target, value }) => target !== value && target.elements > 0);
  const written = new Set(writes.map((write) => write.target));
  const copies = new Map<Storage, Storage>();
  /** The value that an argument has before any write. */
  const old = (storage: Storage): Storage => {
    if (!written.has(storage)) return storage;
    const copy = copies.get(storage) ?? newStorage(storage.dtype, storage.elements);
    if (!copies.has(storage)) dependencies.append(lowerCopy(storage, copy));
    copies.set(storage, copy);
    return copy;
  };
  const outputs = program.outputs.map(old);
  const sources = writes.map(({ target, value }) => ({ target, value: old(value) }));
  const later: typeof sources = [];
  for (const write of sources) {
    const free = write.value.argument === undefined && !places.has(write.value);
    if (free && canWriteInPlace(dependencies, write.value, write.target)) {
      places.set(write.value, write.target);
      const writers = dependencies.writersOf(write.value);
      for (const reader of dependencies.readersOf(write.target)) {
        for (const writer of writers) dependencies.order(reader, writer);
      }
    } else later.push(write);
  }
  for (const { target, value } of later) {
    const readers = [...dependencies.readersOf(target)];
    const copy = dependencies.append(lowerCopy(value, target));
    for (const reader of readers) dependencies.order(reader, copy);
  }
  return { dependencies, outputs, placeOf };
}

function canWriteInPlace(dependencies: Dependencies, value: Storage, target: Storage): boolean {
  const writers = dependencies.writersOf(value);
  const readers = dependencies.readersOf(target);
  if (writers.size === 0) return unreachable("writes: a written value has no kernel");
  for (const writer of writers) {
    const step = dependencies.steps[writer];
    if (readers.has(writer) && (step.kind !== "loops" || !readsOnlyOwnPoint(step, value, target)))
      return false;
    if (step.kind === "extern" && value.dtype !== target.dtype) return false;
  }
  const others = new Set([...readers].filter((reader) => !writers.has(reader)));
  return !dependencies.reaches(writers, others);
}

/** Whether a kernel reads `target` only where it stores `value`. */
function readsOnlyOwnPoint(step: LoopStep, value: Storage, target: Storage): boolean {
  const stores = step.body.filter((s) => s.kind === "store" && step.storages[s.buffer] === value);
  const [store] = stores;
  if (stores.length !== 1 || store.kind !== "store") return false;
  if (store.mode === "add" || store.dynamic.length > 0) return false;
  return step.body.every((s) => {
    if (s.kind !== "load" || step.storages[s.buffer] !== target) return true;
    return s.dynamic.length === 0 && s.bounds.length === 0 && sameAffine(s.at, store.at);
  });
}
