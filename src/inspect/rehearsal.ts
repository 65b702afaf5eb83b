// A rehearsal: a step of training recorded apart, and run on copies. Writes of state become results, random draws come
// from a stream of the rehearsal's own, so neither the model nor the optimizer nor any generator changes by a bit.

import type { HostArray } from "../core/dtype.ts";
import { RandomStream } from "../core/random.ts";
import { Recording } from "../ir/recording.ts";
import type { Slot } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import { recordInto } from "../ir/trace.ts";
import type { Binding, Device, Program } from "../runtime/device.ts";
import { extract } from "../runtime/extract.ts";
import { programFor } from "../runtime/programs.ts";
import { currentDevice } from "../runtime/target.ts";

/** Values that state has in a rehearsal; other state has its real value. */
export type Copies = ReadonlyMap<Slot, HostArray>;

/** Records what would be done. */
export class Rehearsal {
  readonly #recording = new Recording();

  /** Runs `body`, whose tensors are recorded and not computed; may be called again to record more. */
  record<T>(body: () => T): T {
    return recordInto(this.#recording, body);
  }

  /** The value that each slot would have at the end. */
  get writes(): ReadonlyMap<Slot, Tensor> {
    return this.#recording.writes;
  }

  /** Makes the function that computes tensors, on copies where there are any; random draws are the same each time. */
  runner(outputs: readonly Tensor[]): (copies?: Copies) => HostArray[] {
    const { reads, draws } = this.#recording;
    const own = new Set<Tensor>([...reads.values(), ...draws.keys()]);
    const isArgument = (t: Tensor): boolean => t.value !== null || own.has(t);
    const found = extract(outputs, [], isArgument, (leaf) => (own.has(leaf) ? leaf.slot : null));
    const prepared = new Map<Device, Program>();
    return (copies) => {
      const stream = new RandomStream(1);
      const device = currentDevice();
      const program = prepared.get(device) ?? programFor(device, found);
      prepared.set(device, program);
      const bindings = found.leaves.map((leaf): Binding => {
        if (draws.has(leaf)) return { kind: "value", value: Int32Array.from(stream.next()) };
        if (!own.has(leaf)) return { kind: "value", value: leaf.value! };
        const copy = copies?.get(leaf.slot!);
        return copy === undefined
          ? { kind: "slot", slot: leaf.slot! }
          : { kind: "value", value: copy };
      });
      return program.run(bindings);
    };
  }
}
