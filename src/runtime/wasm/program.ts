// A prepared program, and one with its arguments: a run copies values in, enters WebAssembly, and copies outputs out.
// For small networks these copies are most of the work, so views and addresses are looked up once.

import type { Plan } from "../../compiler/plan.ts";
import type { DType, HostArray } from "../../core/dtype.ts";
import type { Binding, BoundProgram, Program } from "../device.ts";
import { BoundPlan } from "./bound.ts";
import type { WasmHeap } from "./memory.ts";
import type { SlotStore } from "./slots.ts";

/** What a program uses of the device. */
export interface Machine {
  readonly heap: WasmHeap;
  readonly slots: SlotStore;
  /** Address of the table that binds a run. */
  readonly table: number;
  /** Address of the shared arena, made larger where `bytes` ask for it. */
  arena(bytes: number): number;
}

/** The type of one argument. */
export interface ArgumentType {
  readonly dtype: DType;
  readonly elements: number;
}

/** Enters WebAssembly with the address of the table. */
export type RunPlan = (table: number) => void;

/** A plan with its module. */
export class WasmProgram implements Program {
  readonly machine: Machine;
  readonly plan: Plan;
  readonly enter: RunPlan;
  readonly types: readonly ArgumentType[];

  constructor(machine: Machine, plan: Plan, enter: RunPlan, types: readonly ArgumentType[]) {
    this.machine = machine;
    this.plan = plan;
    this.enter = enter;
    this.types = types;
  }

  get scratchBytes(): number {
    return this.plan.scratchBytes;
  }

  run(bindings: readonly Binding[]): HostArray[] {
    return this.bind(bindings).run();
  }

  bind(bindings: readonly Binding[]): BoundProgram {
    return new BoundPlan(this, bindings);
  }
}
