// The WebAssembly device: plans become modules over one memory. A run writes the addresses of its buffers into a table,
// copies values in, enters WebAssembly once, and copies outputs out.

import { emitPlan } from "../../compiler/4-emit/wasm/plan.ts";
import { compileGraph } from "../../compiler/pipeline.ts";
import type { Plan, PlanOutput } from "../../compiler/plan.ts";
import { type DType, type HostArray, hostArray } from "../../core/dtype.ts";
import { ChainruleError } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Graph } from "../../ir/graph.ts";
import { scalarFunction } from "../../ir/scalar.ts";
import type { Binding, Device, DeviceMemory, Program } from "../device.ts";
import { wasmFacts } from "./facts.ts";
import { type WasmFeatures, wasmFeatures } from "./features.ts";
import { Library } from "./library/library.ts";
import { WasmHeap } from "./memory.ts";
import { SlotStore } from "./slots.ts";
import { copyIn, copyOut, storedBytes } from "./storage.ts";

/** Most arguments of one plan; the table of addresses holds one word for each, and one for scratch. */
const tableWords = 65_536;

/** Makes the device that computes in WebAssembly on the calling thread. */
export function wasmDevice(): Device {
  const machine = new WasmMachine();
  return {
    name: "wasm",
    prepare: (graph) => machine.prepare(graph),
    memory: () => machine.memory(),
  };
}

/** The memory, the library of hand-written kernels, and the arena that all programs share. */
class WasmMachine {
  readonly #heap = new WasmHeap();
  readonly #features: WasmFeatures = wasmFeatures();
  readonly #slots = new SlotStore(this.#heap);
  readonly #table = this.#heap.allocate(4 * tableWords, "the table of addresses");
  readonly #library = new Library(this.#heap.memory, this.#features);
  #arena = { address: 0, bytes: 0 };

  prepare(graph: Graph): Program {
    checkArguments(graph.arguments.length);
    const plan = compileGraph(graph, wasmFacts);
    const run = this.#instantiate(plan);
    const types = graph.arguments.map((leaf) => ({ dtype: leaf.dtype, elements: leaf.size }));
    return new WasmProgram(this, plan, run, types);
  }

  memory(): DeviceMemory {
    return {
      slotBytes: this.#slots.bytes,
      scratchBytes: this.#arena.bytes,
      totalBytes: this.#heap.total,
    };
  }

  get heap(): WasmHeap {
    return this.#heap;
  }

  get slots(): SlotStore {
    return this.#slots;
  }

  get table(): number {
    return this.#table;
  }

  /** Address of the shared arena, made larger where `bytes` ask for it. */
  arena(bytes: number): number {
    if (bytes > this.#arena.bytes) {
      if (this.#arena.bytes > 0) this.#heap.release(this.#arena.address);
      this.#arena = { address: 0, bytes: 0 };
      this.#arena = { address: this.#heap.allocate(bytes, "the arena of a plan"), bytes };
    }
    return this.#arena.address;
  }

  #instantiate(plan: Plan): (table: number) => void {
    const { relaxedSimd } = this.#features;
    const { bytes, hostFunctions, externs } = emitPlan(plan, { relaxedSimd });
    const js = Object.fromEntries(hostFunctions.map((name) => [name, scalarFunction(name).js]));
    const module = new WebAssembly.Module(bytes as BufferSource);
    const imports = {
      env: { memory: this.#heap.memory },
      library: this.#library.kernels(externs),
      js,
    } as WebAssembly.Imports;
    return new WebAssembly.Instance(module, imports).exports.run as (table: number) => void;
  }
}

/** One more address would be written behind the table. */
function checkArguments(count: number): void {
  if (count < tableWords) return;
  throw new ChainruleError({
    code: "UNSUPPORTED",
    op: "wasm",
    problem: `one plan takes at most ${tableWords - 1} values and states; received ${count}`,
    fix: "Put numbers into one tensor instead of one tensor each, or read part of the result first.",
    detail: { count },
  });
}

interface ArgumentType {
  readonly dtype: DType;
  readonly elements: number;
}

/** A plan with its module, and where its value arguments are staged. */
class WasmProgram implements Program {
  readonly #machine: WasmMachine;
  readonly #plan: Plan;
  readonly #run: (table: number) => void;
  readonly #types: readonly ArgumentType[];
  /** Offset of each argument's staging place behind the scratch memory. */
  readonly #staging: readonly number[];
  readonly #arenaBytes: number;
  readonly #constants = new Map<HostArray, number>();

  constructor(
    machine: WasmMachine,
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
