// What a worker thread runs. `threadMain` is handed over as text, so that no bundler has to know of a second entry: it
// refers to nothing outside itself.

import type { Koffi } from "../../native/koffi.ts";
import type { SharedBlas, SharedFamily } from "../library/library.ts";

/** Messages to a thread; all threads get the same ones, in the same order. */
export type ThreadMessage =
  | {
      readonly kind: "start";
      readonly memory: WebAssembly.Memory;
      readonly pool: WebAssembly.Module;
      /** Addresses: of the control block, the table that binds a run, and this thread's workspace. */
      readonly control: number;
      readonly table: number;
      readonly workspace: number;
      /** Offsets in the control block. */
      readonly words: { readonly mail: number; readonly plan: number } & Failure;
    }
  | {
      readonly kind: "plan";
      readonly id: number;
      readonly module: WebAssembly.Module;
      /** Families of hand-written kernels that the plan imports. */
      readonly library: readonly SharedFamily[];
      /** JavaScript functions that the plan imports: conditional ones, by the function of `Math`; others only the caller calls. */
      readonly hostFunctions: readonly HostFunction[];
      /** Number of TypeScript kernels that the plan imports; only the caller calls them. */
      readonly hostCalls: number;
    }
  | { readonly kind: "drop"; readonly id: number };

interface HostFunction {
  readonly name: string;
  readonly math: "sin" | "cos" | "tan" | undefined;
}

interface Failure {
  readonly abort: number;
  readonly done: number;
}

type Exports = Record<string, CallableFunction>;

/** Serves the pool: takes messages, and between them tiles, until the process ends. */
export function threadMain(
  listen: (handle: (message: ThreadMessage) => void) => void,
  fail: (error: unknown) => void,
  load: (path: string) => unknown,
): void {
  const plans = new Map<number, (table: number, mail: number) => void>();
  const families = new Map<string, Exports>();
  let start: Extract<ThreadMessage, { kind: "start" }> | undefined;
  let pool: Exports = {};
  let handled = 0;

  /** A callable of machine code. */
  const bindMacro = (koffi: Koffi, address: bigint): CallableFunction => {
    const code = koffi.decode(address, koffi.proto("void (int32_t)"));
    return (descriptor: number) => {
      code(descriptor);
    };
  };

  /** A product of the system's BLAS, which may have to be held to one thread on each thread anew. */
  const bindBlas = (
    koffi: Koffi,
    { path, declaration, oneThread }: SharedBlas,
  ): CallableFunction => {
    const library = koffi.load(path);
    if (oneThread !== undefined) library.func(oneThread.declaration)(oneThread.value);
    return library.func(declaration);
  };

  /** What a family imports from outside WebAssembly. */
  const foreign = ({ family, koffi: path, macro, blas }: SharedFamily): object => {
    if (path === undefined) return {};
    const koffi = load(path) as Koffi;
    // The package prepares a thread for calls when it first opens a library there.
    koffi.load(null);
    if (macro !== undefined) return { [`macro_${family}`]: bindMacro(koffi, macro) };
    return { [`blas_${family}`]: bindBlas(koffi, blas!), blasBase: blas!.base };
  };

  const kernelsOf = (shared: SharedFamily): Exports => {
    const { family, module } = shared;
    const known = families.get(family);
    if (known !== undefined) return known;
    const { memory, workspace } = start!;
    const env = { memory, workspace, ...foreign(shared) };
    const made = new WebAssembly.Instance(module, { env } as unknown as WebAssembly.Imports);
    families.set(family, made.exports as Exports);
    return made.exports as Exports;
  };

  const hosted = (math: HostFunction["math"]): CallableFunction => {
    if (math === undefined) return () => Number.NaN;
    return (condition: number, x: number, y: number) => (condition ? Math[math](x) : y);
  };

  const addPlan = (message: Extract<ThreadMessage, { kind: "plan" }>): void => {
    const { id, module, library, hostFunctions, hostCalls } = message;
    const { memory } = start!;
    const kernels = Object.assign({}, ...library.map(kernelsOf));
    const js = Object.fromEntries(hostFunctions.map(({ name, math }) => [name, hosted(math)]));
    const host = { ...Array.from({ length: hostCalls }, () => () => {}) };
    const imports = { env: { memory }, pool: { ...pool, plan: id }, library: kernels, js, host };
    const { assist } = new WebAssembly.Instance(module, imports as WebAssembly.Imports).exports;
    plans.set(id, assist as (table: number, mail: number) => void);
  };

  const handle = (message: ThreadMessage): void => {
    if (message.kind === "start") {
      start = message;
      const env = { memory: message.memory, control: message.control };
      pool = new WebAssembly.Instance(message.pool, { env }).exports as Exports;
      pool.enter();
    } else if (message.kind === "plan") addPlan(message);
    else plans.delete(message.id);
  };

  /** Takes tiles until there is a message. The caller may be about to publish a plan that is not known here. */
  const serve = (): void => {
    const { memory, control, table, words } = start!;
    const at = (offset: number): number => (control + offset) >> 2;
    const view = new Int32Array(memory.buffer);
    while (Atomics.load(view, at(words.mail)) === handled) {
      pool.next(-1, handled);
      plans.get(Atomics.load(view, at(words.plan)))?.(table, handled);
    }
  };

  const abort = (error: unknown): void => {
    const { memory, control, words } = start!;
    const view = new Int32Array(memory.buffer);
    Atomics.store(view, (control + words.abort) >> 2, 1);
    Atomics.notify(view, (control + words.done) >> 2);
    fail(error);
  };

  listen((message) => {
    try {
      handled++;
      handle(message);
      serve();
    } catch (error) {
      abort(error);
    }
  });
}
