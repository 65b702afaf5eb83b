// Batches made in worker threads. Worker w of W makes batches w, w + W, w + 2W, … of a pass, and they are given out in turn,
// so the order is that of the loader itself, for any number of workers and at any pace. Each worker may be a few batches
// ahead and no more; memory moves between threads and is not copied.

import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";
import type { Json } from "../../core/json.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { checkPass } from "../batches.ts";
import type { Batch, FieldType } from "../dataset.ts";
import type { Loader } from "../loader.ts";
import { checkWhole } from "../order.ts";
import { CountedWorker } from "./counted-worker.ts";
import type { FromWorker, PlainError, ToWorker } from "./worker-main.ts";
import {
  attach,
  defaultWorkers,
  type LoadingWorker,
  type NodeWorker,
  serve,
  startWorker,
  typeScriptLoaderFor,
} from "./worker-start.ts";

/** Options of `parallel`. */
export interface ParallelOptions {
  /** Number of workers; default: processors less one, at least 1 and at most 4. */
  readonly workers?: number;
  /** What the module's function is called with: anything that can be sent to a thread. */
  readonly arguments?: unknown;
  /** Batches that each worker may be ahead; default 4. */
  readonly prefetch?: number;
}

const optionNames: OptionNames<ParallelOptions> = {
  workers: true,
  arguments: true,
  prefetch: true,
};

/** A loader whose batches are made in workers; `close` ends them. */
export interface ParallelLoader<Field extends string = string>
  extends Loader<Field>,
    AsyncIterable<Batch<Field>> {
  /** Number of workers. */
  readonly workers: number;
  /** Number of the pass that the next iteration makes. */
  readonly epoch: number;
  pass(
    epoch: number,
    options?: { readonly skip?: number },
  ): AsyncGenerator<Batch<Field>, void, void>;
  close(): Promise<void>;
}

/**
 * Makes batches in worker threads (Node) or Web Workers (browsers).
 *
 * `const train = await parallel(new URL("./data.js", import.meta.url), { workers: 2, arguments: { folder } });`
 * `// data.js: export default ({ folder }) => pipeline(images(folder)).shuffle().map(augment).batch(64);`
 * The module's default export makes the loader, once in each worker; its batches come in the loader's own order. TypeScript
 * modules are loaded by Node 22.18 and newer, or by jiti where it is installed beside them or the command line runs. Where
 * a bundler has to know of workers, pass `() => new Worker(new URL("./worker.ts", import.meta.url), { type: "module" })`,
 * and call `serveLoader` in there. Errors: `THREAD_FAILED` with the worker's error as `cause`.
 */
export async function parallel<Field extends string = string>(
  source: URL | string | (() => Worker | NodeWorker),
  options: ParallelOptions = {},
): Promise<ParallelLoader<Field>> {
  checkOptionNames("parallel", options, optionNames);
  const { workers = defaultWorkers(), prefetch = 4, arguments: argument } = options;
  checkWhole("parallel", "workers", workers, 1);
  checkWhole("parallel", "prefetch", prefetch, 1);
  const module = typeof source === "function" ? undefined : addressOf(source);
  const typeScript = module === undefined ? undefined : typeScriptLoaderFor(module);
  checkSendable(argument);
  const lanes = Array.from({ length: workers }, (_, k) => new Lane(k, source));
  try {
    for (const lane of lanes) lane.worker.post({ kind: "start", module, typeScript, argument });
    const [facts] = await Promise.all(lanes.map((lane) => lane.ready()));
    return new Workers<Field>(lanes, facts, prefetch);
  } catch (error) {
    await Promise.all(lanes.map((lane) => lane.stop()));
    throw error;
  }
}

/**
 * Serves a loader from a worker of one's own, for `parallel(() => new Worker(…))`. The function makes the loader from
 * `arguments`.
 *
 * `serveLoader(({ folder }) => pipeline(images(folder)).batch(64));`
 */
export function serveLoader<Options>(make: (options: Options) => Loader | Promise<Loader>): void {
  serve(() => Promise.resolve({ default: make }));
}

type Ready = Extract<FromWorker, { kind: "ready" }>;
type Told = Extract<FromWorker, { id: number }>;

/** What a worker has sent of a pass, how many batches it may be ahead, and how many were taken since it heard of that. */
interface OpenPass {
  readonly told: Told[];
  readonly ahead: number;
  used: number;
}

/** One worker, what it has sent of each pass that is under way, and who waits for it. */
class Lane {
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

  open(pass: Omit<Extract<ToWorker, { kind: "open" }>, "kind">): void {
    this.#passes.set(pass.id, { told: [], ahead: pass.credits, used: 0 });
    this.#introduce();
    this.worker.post({ kind: "open", ...pass });
  }

  /** The next thing that the worker says about a pass; it may then make more. */
  async next(id: number): Promise<Told> {
    const { told } = this.#passes.get(id)!;
    if (told.length === 0) await this.#until(() => told.length > 0);
    const first = told.shift()!;
    if (first.kind === "batch") this.#allow(id);
    return first;
  }

  /** Lets the worker go on when half of what it may be ahead is used up, so that it seldom begins and ends. */
  #allow(id: number): void {
    const pass = this.#passes.get(id)!;
    pass.used++;
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

class Workers<Field extends string> implements ParallelLoader<Field> {
  readonly fields: Readonly<Record<Field, FieldType>>;
  readonly length: number | undefined;
  readonly #lanes: readonly Lane[];
  readonly #prefetch: number;
  readonly #about: Json;
  #passes = 0;
  #epoch = 0;

  constructor(lanes: readonly Lane[], { fields, length, about }: Ready, prefetch: number) {
    this.#lanes = lanes;
    this.fields = fields;
    this.length = length;
    this.#about = about;
    this.#prefetch = prefetch;
  }

  get workers(): number {
    return this.#lanes.length;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** The settings of the loader in the workers; how many they are changes no batch. */
  describe(): Json {
    return this.#about;
  }

  async *pass(
    epoch: number,
    options: { readonly skip?: number } = {},
  ): AsyncGenerator<Batch<Field>, void, void> {
    const { skip } = checkPass(epoch, options);
    const id = this.#passes++;
    const lanes = this.#lanes;
    lanes.forEach((lane, offset) => {
      lane.open({ id, epoch, skip, offset, stride: lanes.length, credits: this.#prefetch });
    });
    try {
      for (let index = skip; ; index++) {
        const lane = lanes[(index - skip) % lanes.length];
        const told = await lane.next(id);
        if (told.kind === "end") return;
        if (told.kind === "error") throw lane.broken(told.error, `at batch ${index}`);
        yield told.batch as Batch<Field>;
      }
    } finally {
      for (const lane of lanes) lane.leave(id);
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<Batch<Field>, void, void> {
    return this.pass(this.#epoch++);
  }

  async close(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.stop()));
  }
}

function checkSendable(argument: unknown): void {
  try {
    structuredClone(argument);
  } catch (cause) {
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op: "parallel",
      problem: `the arguments cannot be sent to a thread: ${withoutStop((cause as Error).message)}`,
      fix: "Pass plain data, such as a folder's name, and make functions and models in the module.",
      cause,
    });
  }
}

function addressOf(source: URL | string): string {
  if (source instanceof URL) return source.href;
  if (typeof source === "string" && /^(file|https?|blob|data):/.test(source)) return source;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "parallel",
    problem: `cannot find the module ${showValue(source)}`,
    fix: 'Pass an address: new URL("./data.js", import.meta.url).',
    detail: { source },
  });
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

function withoutStop(sentence: string): string {
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
