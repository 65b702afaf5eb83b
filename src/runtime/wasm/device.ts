// The WebAssembly device: plans become modules over one memory, which slots, a shared arena and a table of addresses
// divide among them.

import { emitPlan } from "../../compiler/4-emit/wasm/plan.ts";
import { compileGraph } from "../../compiler/pipeline.ts";
import type { Plan } from "../../compiler/plan.ts";
import { ChainruleError } from "../../core/errors.ts";
import type { Graph } from "../../ir/graph.ts";
import { scalarFunction } from "../../ir/scalar.ts";
import type { Device, DeviceMemory, Program } from "../device.ts";
import { wasmFacts } from "./facts.ts";
import { type WasmFeatures, wasmFeatures } from "./features.ts";
import { Library } from "./library/library.ts";
import { WasmHeap } from "./memory.ts";
import { type Machine, WasmProgram } from "./program.ts";
import { SlotStore } from "./slots.ts";

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
class WasmMachine implements Machine {
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
