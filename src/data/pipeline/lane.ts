// One loading worker, as the program that started it sees it: what it has sent of each pass, how many batches it may be
// ahead, who waits for it, and what its errors say.

import { ChainruleError } from "../../core/errors.ts";
import type { Batch } from "../dataset.ts";
import { CountedWorker } from "./counted-worker.ts";
import type { FromWorker, PlainError, ToWorker } from "./worker-main.ts";
import { attach, type LoadingWorker, type NodeWorker, startWorker } from "./worker-start.ts";

export type Ready = Extract<FromWorker, { kind: "ready" }>;
type Told = Extract<FromWorker, { id: number }>;

/** What a worker has sent of a pass, how many batches it may be ahead, and how many were taken since it heard of that. */
interface OpenPass {
  readonly told: Told[];
  ahead: number;
  used: number;
  /** Whether the size of a batch is still to decide how many it may be ahead. */
  isOpen: boolean;
}

/** Batches that a worker may be ahead where nobody says how many: a worker that begins anew finds cold caches. */
const ahead = { least: 2, most: 16, bytes: 2 ** 25 } as const;

/** One worker, what it has sent of each pass that is under way, and who waits for it. */
export class Lane {
  readonly worker: LoadingWorker;
  readonly #number: number;
  readonly #passes = new Map<number, OpenPass>();
  readonly #counted = new CountedWorker();
  #facts: Ready | undefined;
  #failure: ChainruleError | undefined;
  #isStopped = false;
  #wake: () => void = () => {};
  #waits = 0;

  constructor(number: number, source: URL | string | (() => Worker | NodeWorker)) {
    this.#number = number;
    const events = {
      onMessage: (message: FromWorker) => this.#hear(message),
      onEnd: (error: unknown) => this.#end(error),
    };
    this.worker = typeof source === "function" ? attach(source(), events) : startWorker(events);
  }

  async ready(): Promise<Ready> {
    await this.#until(() => this.#facts !== undefined);
    return this.#facts!;
  }

  open(
    pass: Omit<Extract<ToWorker, { kind: "open" }>, "kind" | "credits">,
    prefetch?: number,
  ): void {
    const credits = prefetch ?? ahead.least;
    const isOpen = prefetch === undefined;
    this.#passes.set(pass.id, { told: [], ahead: credits, used: 0, isOpen });
    this.#introduce();
    this.worker.post({ kind: "open", ...pass, credits });
  }

  /** The next thing that the worker says about a pass; it may then make more. */
  async next(id: number): Promise<Told> {
    const { told } = this.#passes.get(id)!;
    if (told.length === 0) await this.#until(() => told.length > 0);
    const first = told.shift()!;
    if (first.kind === "batch") this.#allow(id, first.batch);
    return first;
  }

  /** Lets the worker go on when half of what it may be ahead is used up, so that it seldom begins and ends. */
  #allow(id: number, batch: Batch): void {
    const pass = this.#passes.get(id)!;
    pass.used++;
    if (pass.isOpen) {
      const fitting = Math.floor(ahead.bytes / Math.max(1, bytesOf(batch)));
      const more = Math.min(ahead.most, Math.max(ahead.least, fitting)) - pass.ahead;
      pass.ahead += more;
      pass.used += more;
      pass.isOpen = false;
    }
    if (2 * pass.used < pass.ahead) return;
    this.#introduce();
    this.worker.post({ kind: "credit", id, more: pass.used });
    pass.used = 0;
  }

  /** The threads that train may have come after the worker. */
  #introduce(): void {
    const counters = this.#counted.news();
    if (counters !== undefined) this.worker.post({ kind: "count", ...counters });
  }

  leave(id: number): void {
    this.#passes.delete(id);
    if (!this.#isStopped) this.worker.post({ kind: "close", id });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#failure ??= closed();
    this.#wake();
    await this.worker.stop();
    this.#counted.leave();
  }

  /** The error of a worker's function, as the caller gets it. */
  broken(error: PlainError, doing: string): ChainruleError {
    return workerError(this.#number, error, doing);
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#waits++ === 0) this.worker.hold(true);
      await new Promise<void>((wake) => {
        const others = this.#wake;
        this.#wake = () => {
          others();
          wake();
        };
      });
      if (--this.#waits === 0) this.worker.hold(false);
    }
  }

  #hear(message: FromWorker): void {
    if (message.kind === "ready") this.#facts = message;
    else if (message.kind === "failed")
      this.#failure = this.broken(message.error, "while starting");
    else this.#passes.get(message.id)?.told.push(message);
    this.#awake();
  }

  #end(error: unknown): void {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    const plain = { name, message, stack, code: undefined };
    this.#failure ??= workerError(this.#number, plain, "and ended");
    this.#isStopped = true;
    this.#counted.leave();
    this.#awake();
  }

  #awake(): void {
    const wake = this.#wake;
    this.#wake = () => {};
    wake();
  }
}

function bytesOf(batch: Batch): number {
  return Object.values(batch).reduce((sum, { data }) => sum + data.byteLength, 0);
}

function workerError(worker: number, error: PlainError, doing: string): ChainruleError {
  const { name, code } = error;
  const message = readable(error.message);
  const cause = new Error(message);
  cause.name = name;
  if (error.stack !== undefined) cause.stack = readable(error.stack);
  return new ChainruleError({
    code: "THREAD_FAILED",
    op: "parallel",
    problem: `worker ${worker} failed ${doing}: ${withoutStop(message)}`,
    fix: "Its own error, with the place where it was thrown, is the `cause`.",
    detail: { worker, name, code },
    cause,
  });
}

/** A message to go on from. */
export function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, "");
}

/** The library's own program in a worker has its whole text as its address, which nobody wants to read. */
function readable(text: string): string {
  return text.replace(/data:text\/javascript,[^\s:]*/g, "chainrule's worker");
}

function closed(): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "parallel",
    problem: "its workers were ended by close()",
    fix: "Close a loader after its last pass.",
  });
}
