// Repeats the statements of a kernel into a builder: how kernels are joined and how functions are expanded.

import type { Statement } from "../../ir/loops.ts";
import type { KernelBuilder, Store } from "./builder.ts";
import type { LoopStep, Storage } from "./kernel.ts";

/** What may be done differently on the way. */
export interface Replay {
  /** The value already known for what a storage holds at the point of the kernel. */
  readonly known?: (storage: Storage) => number | undefined;
  readonly apply?: (s: Statement & { kind: "apply" }, args: readonly number[]) => number;
}

/** Adds the statements of `step` to `builder`; the stores are returned, for the end. */
export function replay(
  builder: KernelBuilder,
  step: LoopStep,
  { known, apply }: Replay = {},
): Store[] {
  for (const [k, length] of step.reduce.entries()) builder.reduceAxis(k, length);
  const now: number[] = [];
  const stores: Store[] = [];
  for (const s of step.body) now.push(repeat(s));
  return stores;

  function repeat(s: Statement): number {
    switch (s.kind) {
      case "constant":
        return builder.constant(s.value, s.dtype);
      case "index":
        return builder.index(s.at);
      case "load": {
        const dynamic = s.dynamic.map((d) => ({ ...d, value: now[d.value] }));
        const storage = step.storages[s.buffer];
        return known?.(storage) ?? builder.load(storage, s.at, { ...s, dynamic });
      }
      case "apply": {
        const args = s.args.map((arg) => now[arg]);
        return apply?.(s, args) ?? builder.apply(s.fn, s.dtype, args);
      }
      case "cast":
        return builder.cast(now[s.arg], s.dtype);
      case "accumulate":
        return builder.accumulate(s.combine, now[s.arg], s.dtype);
      case "store": {
        const dynamic = s.dynamic.map((d) => ({ ...d, value: now[d.value] }));
        stores.push({ ...s, storage: step.storages[s.buffer], value: now[s.value], dynamic });
        return -1;
      }
    }
  }
}
