// What a device is to the runtime: it prepares a graph once and runs it many times. The graph holds no values; a run
// binds each argument to host values or to a slot, and the device writes new state into slots.

import type { Plan } from "../compiler/plan.ts";
import type { HostArray } from "../core/dtype.ts";
import type { Graph } from "../ir/graph.ts";
import type { Slot } from "../ir/state.ts";

/** Host values, which may be others of the same type in the next run. */
export interface ValueBinding {
  readonly kind: "value";
  value: HostArray;
}

/** What an argument stands for. */
export type Binding =
  | ValueBinding
  /** The same value in every run: a device may keep its copy. */
  | { readonly kind: "constant"; readonly value: HostArray }
  | { readonly kind: "slot"; readonly slot: Slot };

/** A prepared graph. */
export interface Program {
  /** Bytes of the arena that it needs. */
  readonly scratchBytes?: number;
  /** Computes outputs as fresh host arrays and applies the writes to their slots. */
  run(bindings: readonly Binding[]): HostArray[];
  /** As `run`, for many runs with the same arguments: what can be looked up once is. */
  bind(bindings: readonly Binding[]): BoundProgram;
}

/** A prepared graph with its arguments. */
export interface BoundProgram {
  /** Runs so many times (at least once) and gives the outputs of the last run; `between` is called before each further one. */
  run(times?: number, between?: () => void): HostArray[];
}

/** Told of a step of a plan that has run; times in milliseconds, `start` as of `performance.now()`. */
export type StepTimer = (plan: Plan, step: number, start: number, duration: number) => void;

export interface Device {
  readonly name: string;
  /** Threads that compute now; more may be starting. */
  readonly threads: number;
  prepare(graph: Graph): Program;
  /** The same device, whose programs run step by step and tell how long each takes; missing where it cannot. */
  timed?(name: string, timer: StepTimer): Device;
  /** Bytes held by the device, by owner. */
  memory(): DeviceMemory;
  /** State that has a place on the device, with its bytes; missing where state is ordinary arrays. */
  slots?(): (readonly [slot: Slot, bytes: number])[];
}

export interface DeviceMemory {
  /** Bytes of state kept on the device. */
  readonly slotBytes: number;
  /** Bytes of the arena that plans share. */
  readonly scratchBytes: number;
  /** Bytes reserved in all. */
  readonly totalBytes: number;
}
