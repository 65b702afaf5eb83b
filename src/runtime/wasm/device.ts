// The WebAssembly device: plans become modules over one memory, which slots, a shared arena and a table of addresses
// divide among them.

import { emitPlan } from "../../compiler/4-emit/wasm/plan.ts";
import {
  libraryWorkspaceBytes,
  nativeProducts,
  wasmProducts,
  wideProducts,
} from "../../compiler/gemm-tiles.ts";
import { compileGraph } from "../../compiler/pipeline.ts";
import type { Plan, TargetFacts } from "../../compiler/plan.ts";
import { ChainruleError } from "../../core/errors.ts";
import type { Graph } from "../../ir/graph.ts";
import { scalarFunction } from "../../ir/scalar.ts";
import { systemBlas } from "../blas/system-blas.ts";
import type { Device, DeviceMemory, Program, StepTimer } from "../device.ts";
import { type NativeDType, type NativeEntry, nativeMacro } from "../native/native.ts";
import { wasmFacts } from "./facts.ts";
import { type WasmFeatures, wasmFeatures } from "./features.ts";
import { hostKernel } from "./host-kernel.ts";
import { type BlasCode, Library, type MachineCode } from "./library/library.ts";
import type { LibraryFamily } from "./library/module.ts";
import { WasmHeap } from "./memory.ts";
import { type Machine, type RunPlan, WasmProgram } from "./program.ts";
import { SlotStore } from "./slots.ts";
import { threadCount } from "./threads/count.ts";
import { ThreadPool } from "./threads/pool.ts";

/** Most arguments of one plan; the table of addresses holds one word for each, and one for scratch. */
const tableWords = 65_536;

/** Makes the device that computes in WebAssembly, on the calling thread and those that help it. */
export function wasmDevice(threads: number = threadCount()): Device {
  const machine = new WasmMachine(threads);
  return {
    name: "wasm",
    get threads() {
      return machine.threads;
    },
    prepare: (graph) => machine.prepare(graph),
    timed: (name, timer) => ({
      name,
      threads: machine.threads,
      prepare: (graph) => machine.prepare(graph, timer),
      memory: () => machine.memory(),
    }),
    memory: () => machine.memory(),
    slots: () => machine.slots.list(),
  };
}

/** The memory, the library of hand-written kernels, and the arena that all programs share. */
class WasmMachine implements Machine {
  readonly heap: WasmHeap;
  readonly slots: SlotStore;
  readonly table: number;
  readonly #features: WasmFeatures = wasmFeatures();
  readonly #library: Library;
  /** Missing where the calling thread computes alone. */
  readonly #pool: ThreadPool | undefined;
  /** What the compiler may know; asks for machine code where there is a product, not before. */
  readonly #facts: TargetFacts;
  #arena = { address: 0, bytes: 0 };

  constructor(threads: number) {
    const shared = threads > 1;
    this.heap = new WasmHeap({ shared });
    this.slots = new SlotStore(this.heap);
    this.table = this.heap.allocate(4 * tableWords, "the table of addresses");
    const workspaceBytes = libraryWorkspaceBytes;
    const workspace = this.heap.allocate(workspaceBytes, "the workspace of a thread");
    const { heap, table } = this;
    const features = this.#features;
    const options = { ...features, shared };
    const code = onceEach((family: LibraryFamily) => machineCode(heap.memory, family));
    const blas = (family: LibraryFamily) => blasCode(heap.memory, family);
    this.#library = new Library(heap.memory, workspace, options, { machineCode: code, blas });
    this.#facts = {
      ...wasmFacts,
      get products() {
        if (code("f32")?.inPlace === true) return nativeProducts;
        return features.wide ? wideProducts : wasmProducts;
      },
    };
    if (shared) this.#pool = new ThreadPool({ heap, helpers: threads - 1, table, workspaceBytes });
  }

  /** Threads that compute now; others may still be starting. */
  get threads(): number {
    return 1 + (this.#pool?.helpers ?? 0);
  }

  prepare(graph: Graph, timer?: StepTimer): Program {
    checkArguments(graph.arguments.length);
    const plan = compileGraph(graph, this.#facts);
    checkArguments(plan.arguments + (plan.counters ?? 0));
    const run = timer === undefined ? this.#instantiate(plan) : this.#stepwise(plan, timer);
    const types = graph.arguments.map((leaf) => ({ dtype: leaf.dtype, elements: leaf.size }));
    return new WasmProgram(this, plan, run, types);
  }

  memory(): DeviceMemory {
    return {
      slotBytes: this.slots.bytes,
      scratchBytes: this.#arena.bytes,
      totalBytes: this.heap.total,
    };
  }

  /** Address of the shared arena, made larger where `bytes` ask for it. */
  arena(bytes: number): number {
    if (bytes > this.#arena.bytes) {
      if (this.#arena.bytes > 0) this.heap.release(this.#arena.address);
      this.#arena = { address: 0, bytes: 0 };
      this.#arena = { address: this.heap.allocate(bytes, "the arena of a plan"), bytes };
    }
    return this.#arena.address;
  }

  /** Runs the steps of a plan one by one, each a module of its own on the same addresses. */
  #stepwise(plan: Plan, timer: StepTimer): RunPlan {
    const runs = plan.steps.map((step) => this.#instantiate({ ...plan, steps: [step] }));
    return (table) => {
      runs.forEach((run, k) => {
        const start = performance.now();
        run(table);
        timer(plan, k, start, performance.now() - start);
      });
    };
  }

  #instantiate(plan: Plan): RunPlan {
    const { relaxedSimd } = this.#features;
    const threads = this.#pool !== undefined;
    const options = { relaxedSimd, shared: threads, threads };
    const { bytes, hostFunctions, externs, hostCalls, parallelSteps } = emitPlan(plan, options);
    const js = Object.fromEntries(hostFunctions.map((name) => [name, scalarFunction(name).js]));
    const module = new WebAssembly.Module(bytes as BufferSource);
    const member = this.#pool?.enter();
    const imports = {
      env: { memory: this.heap.memory },
      library: this.#library.kernels(externs),
      pool: member?.imports ?? {},
      js,
      host: { ...hostCalls.map((call) => hostKernel(this.heap, call)) },
    } as WebAssembly.Imports;
    const run = new WebAssembly.Instance(module, imports).exports.run as RunPlan;
    if (this.#pool === undefined || member === undefined || parallelSteps === 0) return run;
    const shared = sharedRun(this.#pool, run, () => {
      const library = this.#library.shared(externs);
      const functions = hostFunctions.map((name) => ({
        name,
        math: scalarFunction(name).conditional,
      }));
      const shares = { module, library, hostFunctions: functions, hostCalls: hostCalls.length };
      this.#pool!.share(member.id, shares, shared);
    });
    return shared;
  }
}

/**
 * The same run, whose second call offers its tiles to other threads; the first does where there are threads already, so
 * that a program's first step does not wait for their start. Tells a failure of another thread from one of its own.
 */
function sharedRun(pool: ThreadPool, run: RunPlan, share: () => void): RunPlan {
  let calls = 0;
  let offered = false;
  return (table) => {
    calls++;
    if (!offered && (calls === 2 || pool.isStarted)) {
      offered = true;
      share();
    }
    try {
      run(table);
    } catch (trap) {
      throw pool.failure(trap) ?? trap;
    }
  };
}

const machineTypes: { readonly [family in LibraryFamily]?: NativeDType } = {
  f32: "float32",
  f64: "float64",
};

/** The block function of a family's products in machine code, where there is one. */
function machineCode(memory: WebAssembly.Memory, family: LibraryFamily): MachineCode | undefined {
  const type = machineTypes[family];
  const found = type && nativeMacro(memory, type);
  if (found === undefined || "off" in found) return undefined;
  const { rows, columns, inPlace } = found;
  return { rows, columns, inPlace: inPlace !== undefined, ...entryOf(inPlace ?? found) };
}

function entryOf({ address, call }: NativeEntry): NativeEntry {
  return { address, call };
}

/** The products of the system's BLAS for a family, where there is one. */
function blasCode(memory: WebAssembly.Memory, family: LibraryFamily): BlasCode | undefined {
  const type = machineTypes[family];
  if (type === undefined) return undefined;
  const found = systemBlas(memory);
  if ("off" in found) return undefined;
  const { gemm, base, link } = found;
  const { path, declarations, oneThread } = link;
  return { call: gemm[type], base, path, declaration: declarations[type], oneThread };
}

/** The same function, called once for each argument. */
function onceEach<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key)!;
  };
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
