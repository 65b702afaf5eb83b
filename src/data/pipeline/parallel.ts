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
import { Lane, type Ready, withoutStop } from "./lane.ts";
import { defaultWorkers, type NodeWorker, serve, typeScriptLoaderFor } from "./worker-start.ts";

/** Options of `parallel`. */
export interface ParallelOptions {
  /** Number of workers; default: processors less one, at least 1 and at most 4. */
  readonly workers?: number;
  /** What the module's function is called with: anything that can be sent to a thread. */
  readonly arguments?: unknown;
  /** Batches that each worker may be ahead; default: as many as 32 MiB hold, from 2 to 16. */
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
  const { workers = defaultWorkers(), prefetch, arguments: argument } = options;
  checkWhole("parallel", "workers", workers, 1);
  if (prefetch !== undefined) checkWhole("parallel", "prefetch", prefetch, 1);
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

class Workers<Field extends string> implements ParallelLoader<Field> {
  readonly fields: Readonly<Record<Field, FieldType>>;
  readonly length: number | undefined;
  readonly #lanes: readonly Lane[];
  readonly #prefetch: number | undefined;
  readonly #about: Json;
  #passes = 0;
  #epoch = 0;

  constructor(lanes: readonly Lane[], { fields, length, about }: Ready, prefetch?: number) {
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
      lane.open({ id, epoch, skip, offset, stride: lanes.length }, this.#prefetch);
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
