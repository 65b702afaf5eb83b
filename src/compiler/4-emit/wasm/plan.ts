// Emits a plan as one WebAssembly module with one export, `run(table)`. The table in memory binds it: word 0 is the
// address of scratch memory, word 1 + k the address of argument k. Equal kernels are emitted once.

import type { LoopKernel, Statement } from "../../../ir/loops.ts";
import { scalarFunction } from "../../../ir/scalar.ts";
import type { BufferRef, HostCall, Plan, PlanStep } from "../../plan.ts";
import { wasmStorage } from "./conversions.ts";
import { anyMemory, type MemoryLimits, ModuleBuilder } from "./encoder.ts";
import { addressType, type FunctionBuilder, type Local } from "./function.ts";
import { type EmittedKernel, emitLoopKernel, hostFunctionOf } from "./loops.ts";
import { importPool, ParallelSteps } from "./parallel.ts";

export interface EmitOptions {
  readonly relaxedSimd: boolean;
  /** Whether threads share the memory. */
  readonly shared?: boolean;
  /** Whether other threads may take tiles; the module then imports `pool` and exports `assist(table, mail)`. */
  readonly threads?: boolean;
  /** What the memory is at least and at most; default: anything that 32 bits can address. */
  readonly memory?: MemoryLimits;
}

/** A module, and what it imports besides `env.memory`: `js.<host function>`, `library.<extern>` and `host.<number>`. */
export interface EmittedPlan {
  readonly bytes: Uint8Array;
  readonly hostFunctions: string[];
  readonly externs: string[];
  /** Calls of TypeScript functions; the module imports them as `host.0`, `host.1`, … */
  readonly hostCalls: readonly NamedHostCall[];
  /** Number of steps that threads may share. */
  readonly parallelSteps: number;
}

/** A call of the TypeScript function of an op: addresses are its arguments. */
export interface NamedHostCall extends HostCall {
  readonly name: string;
}

/** Emits a plan as a module that exports `run(table)`. */
export function emitPlan(plan: Plan, options: EmitOptions): EmittedPlan {
  const steps = flatten(plan.steps);
  const kernels = distinctKernels(steps);
  const module = new ModuleBuilder();
  module.importMemory("env", "memory", options.memory ?? anyMemory, options.shared);
  const externs = importExterns(module, steps);
  const hosts = importHostCalls(module, steps);
  const hostFunctions = importHostFunctions(module, kernels.values());
  const pool = options.threads ? importPool(module) : undefined;
  const context = { relaxedSimd: options.relaxedSimd, hostFunctions };
  const functions = new Map<string, EmittedKernel>();
  for (const [key, kernel] of kernels) functions.set(key, emitLoopKernel(module, kernel, context));
  const emitted = new Map(
    steps.map((step): [CallStep, EmittedKernel] => [
      step,
      step.kind === "loops"
        ? functions.get(kernelKey(step.kernel))!
        : {
            index: hosts.get(hostKey(step))?.index ?? externs.get(step.name)!,
            ...(step.tiles && { tiles: step.tiles }),
          },
    ]),
  );
  const calls = new Calls(plan, new ParallelSteps(module, pool), emitted);
  const run = module.function([addressType], [], (f) => calls.emit(f, plan.steps));
  module.export("run", run);
  return {
    bytes: module.encode(),
    hostFunctions: [...hostFunctions.keys()],
    externs: [...externs.keys()],
    hostCalls: [...hosts.values()].map(({ call }) => call),
    parallelSteps: calls.parallelSteps,
  };
}

type CallStep = Exclude<PlanStep, { kind: "repeat" }>;

/** The calls of a plan: of whole kernels at once, of tiles through the steps that threads share. */
class Calls {
  readonly #plan: Plan;
  readonly #parallel: ParallelSteps;
  readonly #kernels: ReadonlyMap<CallStep, EmittedKernel>;
  /** Numbers of the shared steps. */
  readonly #shared = new Map<CallStep, number>();

  constructor(plan: Plan, parallel: ParallelSteps, kernels: ReadonlyMap<CallStep, EmittedKernel>) {
    this.#plan = plan;
    this.#parallel = parallel;
    this.#kernels = kernels;
    for (const [step, { index, tiles = 1 }] of kernels) {
      if (tiles === 1) continue;
      const number = parallel.add(tiles, (f, table, tile) => {
        this.#pushOperands(f, step, table);
        f.get(tile).call(index);
      });
      this.#shared.set(step, number);
    }
    parallel.finish();
  }

  get parallelSteps(): number {
    return this.#parallel.count;
  }

  emit(f: FunctionBuilder, steps: readonly PlanStep[]): void {
    for (const step of steps) {
      if (step.kind !== "repeat") this.#call(f, step);
      else if (step.count > 0) this.#repeat(f, step);
    }
  }

  /** The counter is in the table, where all threads find it. */
  #repeat(f: FunctionBuilder, step: PlanStep & { kind: "repeat" }): void {
    const { count, body, counter, reverse } = step;
    if (counter === undefined) {
      f.repeat(count, "times", () => this.emit(f, body));
      return;
    }
    const [table, word] = [0, counterWord(this.#plan, counter)];
    f.get(table)
      .i32(reverse ? count - 1 : 0)
      .memory("i32.store", word);
    f.repeat(count, "times", () => {
      this.emit(f, body);
      f.get(table).get(table).memory("i32.load", word);
      f.i32(reverse ? -1 : 1)
        .op("i32.add")
        .memory("i32.store", word);
    });
  }

  #call(f: FunctionBuilder, step: CallStep): void {
    const table: Local = 0;
    const shared = this.#shared.get(step);
    const { index, tiles } = this.#kernels.get(step)!;
    if (shared !== undefined) {
      this.#parallel.run(f, table, shared, tiles!);
      return;
    }
    this.#pushOperands(f, step, table);
    if (tiles !== undefined) f.i32(0);
    f.call(index);
  }

  #pushOperands(f: FunctionBuilder, step: CallStep, table: Local): void {
    for (const ref of step.buffers) pushAddress(f, this.#plan, ref, table);
    if (step.kind === "extern") for (const number of step.numbers) f.i32(number);
  }
}

/** Pushes the address of a plan buffer: an entry of the table plus a constant. */
function pushAddress(f: FunctionBuilder, plan: Plan, ref: BufferRef, table: Local): void {
  const { dtype, place } = plan.buffers[ref.buffer];
  const inside = ref.offset * wasmStorage[dtype];
  const entry = place.kind === "scratch" ? 0 : 1 + place.index;
  const offset = inside + (place.kind === "scratch" ? place.offset : 0);
  f.get(table).memory("i32.load", 4 * entry);
  if (offset !== 0) f.i32(offset).op("i32.add");
  for (const { counter, elements } of ref.strides ?? []) {
    f.get(table).memory("i32.load", counterWord(plan, counter));
    f.i32(elements * wasmStorage[dtype])
      .op("i32.mul")
      .op("i32.add");
  }
}

/** Offset in the table of a counter: they follow the addresses of the arguments. */
function counterWord(plan: Plan, counter: number): number {
  return 4 * (1 + plan.arguments + counter);
}

function flatten(steps: readonly PlanStep[]): CallStep[] {
  return steps.flatMap((step) => (step.kind === "repeat" ? flatten(step.body) : [step]));
}

const keys = new WeakMap<LoopKernel, string>();

/** A kernel's structure as text: equal text, equal function. */
function kernelKey(kernel: LoopKernel): string {
  let key = keys.get(kernel);
  if (key === undefined) {
    const { parallel, reduce, body } = kernel;
    const types = kernel.buffers.map((buffer) => buffer.dtype);
    key = `${JSON.stringify([parallel, reduce, types, body])}${body.map(specialNumber).join("")}`;
    keys.set(kernel, key);
  }
  return key;
}

/** The number in a statement that JSON cannot tell: an infinity, NaN or negative zero. */
function specialNumber(s: Statement): string {
  const value = s.kind === "constant" ? s.value : s.kind === "load" ? s.fill : 1;
  if (Object.is(value, -0)) return " -0";
  return Number.isFinite(value) ? " " : ` ${value}`;
}

function distinctKernels(steps: readonly CallStep[]): Map<string, LoopKernel> {
  const kernels = new Map<string, LoopKernel>();
  for (const step of steps) {
    if (step.kind === "loops") kernels.set(kernelKey(step.kernel), step.kernel);
  }
  return kernels;
}

function importExterns(module: ModuleBuilder, steps: readonly CallStep[]): Map<string, number> {
  const externs = new Map<string, number>();
  for (const step of steps) {
    if (step.kind !== "extern" || step.host || externs.has(step.name)) continue;
    const parameters = [
      ...step.buffers.map(() => addressType),
      ...step.numbers.map(() => "i32" as const),
      ...(step.tiles === undefined ? [] : (["i32"] as const)),
    ];
    externs.set(step.name, module.importFunction("library", step.name, parameters));
  }
  return externs;
}

interface ImportedHostCall {
  readonly index: number;
  readonly call: NamedHostCall;
}

/** Equal calls are imported once. */
function importHostCalls(
  module: ModuleBuilder,
  steps: readonly CallStep[],
): Map<string, ImportedHostCall> {
  const calls = new Map<string, ImportedHostCall>();
  for (const step of steps) {
    const key = hostKey(step);
    if (step.kind !== "extern" || step.host === undefined || calls.has(key)) continue;
    const addresses = step.buffers.map(() => addressType);
    const index = module.importFunction("host", String(calls.size), addresses);
    calls.set(key, { index, call: { name: step.name, ...step.host } });
  }
  return calls;
}

function hostKey(step: CallStep): string {
  return step.kind === "extern" && step.host ? `${step.name}${JSON.stringify(step.host)}` : "";
}

function importHostFunctions(
  module: ModuleBuilder,
  kernels: Iterable<LoopKernel>,
): Map<string, number> {
  const functions = new Map<string, number>();
  for (const kernel of kernels) {
    for (const s of kernel.body) {
      const name = hostFunctionOf(kernel, s);
      if (name === undefined || functions.has(name)) continue;
      const parameters = Array.from({ length: scalarFunction(name).arity }, () => "f64" as const);
      functions.set(name, module.importFunction("js", name, parameters, ["f64"]));
    }
  }
  return functions;
}
