// A prepared program: a run writes the addresses of its buffers into a table, copies values in, enters WebAssembly once,
// and copies outputs out.

import type { Plan, PlanOutput } from "../../compiler/plan.ts";
import { type DType, type HostArray, hostArray } from "../../core/dtype.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Binding, Program } from "../device.ts";
import type { WasmHeap } from "./memory.ts";
import type { SlotStore } from "./slots.ts";
import { copyIn, copyOut, storedBytes } from "./storage.ts";

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

/** A plan with its module, and where its value arguments are staged. */
export class WasmProgram implements Program {
  readonly #machine: Machine;
  readonly #plan: Plan;
  readonly #run: (table: number) => void;
  readonly #types: readonly ArgumentType[];
  /** Offset of each argument's staging place behind the scratch memory. */
  readonly #staging: readonly number[];
  readonly #arenaBytes: number;
  readonly #constants = new Map<HostArray, number>();

  constructor(
    machine: Machine,
    plan: Plan,
    run: (table: number) => void,
    types: readonly ArgumentType[],
  ) {
    this.#machine = machine;
    this.#plan = plan;
    this.#run = run;
    this.#types = types;
    let offset = plan.scratchBytes;
    this.#staging = types.map((type) => {
      const start = offset;
      offset += Math.ceil((storedBytes(type.dtype, type.elements) + 16) / 64) * 64;
      return start;
    });
    this.#arenaBytes = offset;
  }

  run(bindings: readonly Binding[]): HostArray[] {
    const machine = this.#machine;
    const addresses = bindings.map((binding, k) => this.#persistent(binding, k));
    const arena = machine.arena(this.#arenaBytes);
    bindings.forEach((binding, k) => {
      if (binding.kind !== "value") return;
      addresses[k] = arena + this.#staging[k];
      copyIn(machine.heap, addresses[k], binding.value, this.#types[k].dtype);
    });
    const words = new Int32Array(machine.heap.memory.buffer, machine.table, 1 + addresses.length);
    words[0] = arena;
    words.set(addresses, 1);
    this.#run(machine.table);
    return this.#plan.outputs.map((output) => this.#fetch(output, arena, addresses));
  }

  /** Address of an argument that outlives the run; 0 for a value. */
  #persistent(binding: Binding, k: number): number {
    if (binding.kind === "slot") return this.#machine.slots.addressOf(binding.slot);
    if (binding.kind === "value") return 0;
    let address = this.#constants.get(binding.value);
    if (address === undefined) {
      address = this.#machine.slots.keep(
        this,
        storedBytes(this.#types[k].dtype, binding.value.length),
      );
      copyIn(this.#machine.heap, address, binding.value, this.#types[k].dtype);
      this.#constants.set(binding.value, address);
    }
    return address;
  }

  #fetch(
    { ref, dtype, shape }: PlanOutput,
    arena: number,
    addresses: readonly number[],
  ): HostArray {
    const { place } = this.#plan.buffers[ref.buffer];
    const base = place.kind === "scratch" ? arena + place.offset : addresses[place.index];
    const result = hostArray(dtype, sizeOf(shape));
    copyOut(this.#machine.heap, base + storedBytes(dtype, ref.offset), result, dtype);
    return result;
  }
}
