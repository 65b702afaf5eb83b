// The pool: worker threads over one shared memory that take tiles of the calling thread's plans. They start when a plan
// first has something to share, and nobody waits for them: until a thread says that it is ready, the caller computes all
// tiles itself, with the same bits.

import { setCrowd } from "../../../core/crowd.ts";
import { ChainruleError } from "../../../core/errors.ts";
import type { WasmHeap } from "../memory.ts";
import { control, controlBytes } from "./control.ts";
import { processorCount } from "./count.ts";
import { poolModule } from "./pool-module.ts";
import { startThread, type Thread, threadsMaySleep } from "./start.ts";
import type { ThreadMessage } from "./thread.ts";

/** What a thread needs to compute tiles of a plan. */
export type SharedPlan = Omit<Extract<ThreadMessage, { kind: "plan" }>, "kind" | "id">;

export interface PoolOptions {
  readonly heap: WasmHeap;
  /** Threads besides the caller. */
  readonly helpers: number;
  /** Address of the table that binds a run. */
  readonly table: number;
  /** Bytes of workspace that hand-written kernels need on each thread. */
  readonly workspaceBytes: number;
}

export class ThreadPool {
  readonly #options: PoolOptions;
  readonly #block: number;
  readonly #module: WebAssembly.Module;
  readonly #functions: WebAssembly.ModuleImports;
  readonly #dropped: FinalizationRegistry<number>;
  #threads: Thread[] | undefined;
  #plans = 0;
  /** Why a thread failed, once known. */
  #failure: unknown;

  constructor(options: PoolOptions) {
    this.#options = options;
    const { heap } = options;
    this.#block = heap.allocate(controlBytes, "the threads' control words");
    heap.bytes.fill(0, this.#block, this.#block + controlBytes);
    const bytes = poolModule({ callerMaySleep: threadsMaySleep() });
    this.#module = new WebAssembly.Module(bytes as BufferSource);
    const env = { memory: heap.memory, control: this.#block };
    this.#functions = new WebAssembly.Instance(this.#module, { env })
      .exports as WebAssembly.ModuleImports;
    this.#dropped = new FinalizationRegistry((id) => this.#post({ kind: "drop", id }));
    const free = Math.max(0, processorCount() - 1 - options.helpers);
    const crowd = this.#words().subarray(control.crowd >> 2, (control.crowd >> 2) + 1);
    crowd[0] = -free;
    setCrowd(crowd);
  }

  /** Threads that take part now, besides the caller. */
  get helpers(): number {
    return Atomics.load(this.#words(), control.helpers >> 2);
  }

  /** Whether threads have been asked for. */
  get isStarted(): boolean {
    return this.#threads !== undefined;
  }

  /** Gives a plan a number, and returns what its module imports as `pool`. */
  enter(): { readonly id: number; readonly imports: WebAssembly.ModuleImports } {
    const id = this.#plans++;
    return { id, imports: { ...this.#functions, plan: id } };
  }

  /** Hands a plan to the threads, which are started by the first one; they forget it with its `owner`. */
  share(id: number, plan: SharedPlan, owner: object): void {
    this.#threads ??= this.#start();
    this.#post({ kind: "plan", id, ...plan });
    this.#dropped.register(owner, id);
  }

  /** The error to throw where a run trapped because a thread failed; undefined where it trapped by itself. */
  failure(trap: unknown): ChainruleError | undefined {
    const words = this.#words();
    const aborted = Atomics.load(words, control.abort >> 2) !== 0;
    if (!aborted && Atomics.load(words, control.waiting >> 2) === 0) return undefined;
    this.#reset();
    return new ChainruleError({
      code: "THREAD_FAILED",
      op: "wasm",
      problem: `a worker thread ${aborted ? "failed" : "stopped"} while it computed part of a step, whose state may be half updated`,
      fix: "Load the last checkpoint and go on; the rest of the run uses one thread. CHAINRULE_THREADS=1 never starts another.",
      cause: this.#failure ?? trap,
    });
  }

  #start(): Thread[] {
    const { heap, helpers, table, workspaceBytes } = this.#options;
    const onFailure = (error: unknown): void => {
      this.#failure = error;
    };
    const threads: Thread[] = [];
    for (let k = 0; k < helpers; k++) {
      const thread = startThread(onFailure, () => this.#leave());
      if (thread === undefined) break;
      threads.push(thread);
    }
    const { memory } = heap;
    const { mail, plan, abort, done } = control;
    for (const thread of threads) {
      const workspace = heap.allocate(workspaceBytes, "the workspace of a thread");
      const addresses = { control: this.#block, table, workspace };
      const words = { mail, plan, abort, done };
      const pool = this.#module;
      thread.post({ kind: "start", memory, pool, ...addresses, words });
    }
    this.#announce();
    return threads;
  }

  #post(message: ThreadMessage): void {
    if (this.#threads === undefined || this.#threads.length === 0) return;
    for (const thread of this.#threads) thread.post(message);
    this.#announce();
  }

  /** Counts a message, so that threads go and look for it, and wakes those that sleep. */
  #announce(): void {
    const words = this.#words();
    Atomics.add(words, control.mail >> 2, 1);
    Atomics.add(words, control.wake >> 2, 1);
    Atomics.notify(words, control.wake >> 2);
  }

  /** A thread has ended, outside of a step. */
  #leave(): void {
    const words = this.#words();
    if (this.helpers > 0) Atomics.sub(words, control.helpers >> 2, 1);
  }

  /** Ends all threads; the caller goes on alone. */
  #reset(): void {
    for (const thread of this.#threads ?? []) thread.stop();
    this.#threads = [];
    this.#words().fill(0);
  }

  #words(): Int32Array {
    return new Int32Array(this.#options.heap.memory.buffer, this.#block, controlBytes / 4);
  }
}
