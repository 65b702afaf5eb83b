// What a device is to the runtime: it prepares a graph once and runs it many times. The graph holds no values; a run
// binds each argument to host values or to a slot, and the device writes new state into slots.

import type { HostArray } from "../core/dtype.ts";
import type { Graph } from "../ir/graph.ts";
import type { Slot } from "../ir/state.ts";

/** What an argument stands for in one run. */
export type Binding =
  | { readonly kind: "value"; readonly value: HostArray }
  /** The same value in every run: a device may keep its copy. */
  | { readonly kind: "constant"; readonly value: HostArray }
  | { readonly kind: "slot"; readonly slot: Slot };

/** A prepared graph. */
export interface Program {
  /** Computes outputs as fresh host arrays and applies the writes to their slots. */
  run(bindings: readonly Binding[]): HostArray[];
}

export interface Device {
  readonly name: string;
  prepare(graph: Graph): Program;
  /** Bytes held by the device, by owner. */
  memory(): DeviceMemory;
}

export interface DeviceMemory {
  /** Bytes of state kept on the device. */
  readonly slotBytes: number;
  /** Bytes of the arena that plans share. */
  readonly scratchBytes: number;
  /** Bytes reserved in all. */
  readonly totalBytes: number;
}
