// A program whose arguments are known. Addresses and views over memory are kept from run to run; they are made anew when
// state has moved, the arena has, or the memory has grown, which detaches its views (those of a shared memory stay
// valid).

import { type HostArray, hostArray } from "../../core/dtype.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Residence, Slot } from "../../ir/state.ts";
import type { Binding, BoundProgram, ValueBinding } from "../device.ts";
import type { ArgumentType, WasmProgram } from "./program.ts";
import { copyElements, copyIn, storedBytes, viewAt } from "./storage.ts";

/** State among the arguments, and where it was at the last run. */
interface BoundSlot {
  readonly slot: Slot;
  readonly word: number;
  residence: Residence | undefined;
}

/** Values among the arguments, with the view that they are copied to. */
interface Input {
  readonly binding: ValueBinding;
  readonly word: number;
  /** Offset in the arena, behind the scratch memory of the plan. */
  readonly offset: number;
  view: HostArray;
  /** What was copied last. */
  copied: HostArray;
}

const nowhere: HostArray = new Int32Array(0);

export class BoundPlan implements BoundProgram {
  readonly #program: WasmProgram;
  readonly #slots: BoundSlot[] = [];
  readonly #inputs: Input[] = [];
  /** The table: the address of the arena, then of each argument. */
  readonly #words: number[];
  #arenaBytes: number;
  #table: Int32Array = new Int32Array(0);
  #outputs: readonly HostArray[] = [];

  constructor(program: WasmProgram, bindings: readonly Binding[]) {
    this.#program = program;
    this.#words = new Array<number>(1 + bindings.length).fill(0);
    this.#arenaBytes = program.plan.scratchBytes;
    const constants = new Map<HostArray, number>();
    bindings.forEach((binding, k) => {
      const word = 1 + k;
      if (binding.kind === "slot")
        this.#slots.push({ slot: binding.slot, word, residence: undefined });
      else if (binding.kind === "value") {
        const offset = this.#stage(program.types[k]);
        this.#inputs.push({ binding, word, offset, view: nowhere, copied: nowhere });
      } else {
        const address = constants.get(binding.value) ?? this.#keep(binding.value, k);
        constants.set(binding.value, address);
        this.#words[word] = address;
      }
    });
  }

  run(times = 1, between?: () => void): HostArray[] {
    const { enter, machine } = this.#program;
    this.#locate();
    this.#copyIn("all");
    for (let k = 1; k < times; k++) {
      enter(machine.table);
      if (between === undefined) continue;
      between();
      this.#copyIn("changed");
    }
    enter(machine.table);
    for (const input of this.#inputs) input.copied = nowhere;
    return this.#copyOut();
  }

  /** Writes the table, after finding out where everything is now. */
  #locate(): void {
    const { machine } = this.#program;
    let moved = false;
    for (const bound of this.#slots) {
      if (bound.slot.residence === bound.residence) continue;
      this.#words[bound.word] = machine.slots.addressOf(bound.slot);
      bound.residence = bound.slot.residence;
      moved = true;
    }
    const arena = machine.arena(this.#arenaBytes);
    if (moved || arena !== this.#words[0] || this.#table.length === 0) this.#makeViews(arena);
    for (let k = 0; k < this.#words.length; k++) this.#table[k] = this.#words[k];
  }

  #makeViews(arena: number): void {
    const { machine, plan, types } = this.#program;
    const words = this.#words;
    words[0] = arena;
    for (const input of this.#inputs) {
      const { elements, dtype } = types[input.word - 1];
      words[input.word] = arena + input.offset;
      input.view = viewAt(machine.heap, words[input.word], elements, dtype);
    }
    this.#outputs = plan.outputs.map(({ ref, dtype, shape }) => {
      const { place } = plan.buffers[ref.buffer];
      const base = place.kind === "scratch" ? arena + place.offset : words[1 + place.index];
      return viewAt(machine.heap, base + storedBytes(dtype, ref.offset), sizeOf(shape), dtype);
    });
    this.#table = viewAt(machine.heap, machine.table, words.length, "int32") as Int32Array;
  }

  #copyIn(which: "all" | "changed"): void {
    for (const input of this.#inputs) {
      const { value } = input.binding;
      if (which === "changed" && value === input.copied) continue;
      copyElements(value, input.view);
      input.copied = value;
    }
  }

  #copyOut(): HostArray[] {
    const { outputs } = this.#program.plan;
    return this.#outputs.map((view, k) => {
      const result = hostArray(outputs[k].dtype, view.length);
      copyElements(view, result);
      return result;
    });
  }

  /** Reserves room in the arena, with what a vector may touch beyond the end. */
  #stage({ dtype, elements }: ArgumentType): number {
    const offset = this.#arenaBytes;
    this.#arenaBytes += Math.ceil((storedBytes(dtype, elements) + 16) / 64) * 64;
    return offset;
  }

  /** Stores a value for as long as this object lives. */
  #keep(value: HostArray, k: number): number {
    const { machine, types } = this.#program;
    const address = machine.slots.keep(this, storedBytes(types[k].dtype, value.length));
    copyIn(machine.heap, address, value, types[k].dtype);
    return address;
  }
}
