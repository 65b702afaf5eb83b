// What a loading worker runs: it makes a loader by the user's module, and makes and sends as many batches of a pass as it has
// been allowed. `loaderMain` is handed over as text, so that no bundler has to know of a second entry: it
// refers to nothing outside itself.

import type { Json } from "../../core/json.ts";
import type { Batch, FieldType } from "../dataset.ts";

/** How TypeScript modules are loaded where the engine does not: by jiti. */
export interface TypeScriptLoader {
  /** Address of the module that exports `createJiti`. */
  readonly address: string;
  /** Addresses of modules by the names that they are imported by, where those do not mean installed packages. */
  readonly modules?: Readonly<Record<string, string>>;
}

/** Messages to a worker. */
export type ToWorker =
  | {
      readonly kind: "start";
      /** Address of the module whose default export makes the loader; undefined where the worker knows. */
      readonly module: string | undefined;
      readonly typeScript: TypeScriptLoader | undefined;
      readonly argument: unknown;
    }
  | {
      readonly kind: "open";
      /** Number of the pass among all that were asked for. */
      readonly id: number;
      readonly epoch: number;
      readonly skip: number;
      /** Of the batches after `skip`, the worker makes number `offset` and every `stride`-th after it. */
      readonly offset: number;
      readonly stride: number;
      /** Batches that it may make before it hears of more. */
      readonly credits: number;
    }
  | { readonly kind: "credit"; readonly id: number; readonly more: number }
  | { readonly kind: "close"; readonly id: number }
  | ({ readonly kind: "count" } & Counters);

/** Where a worker counts itself while it makes batches. */
export interface Counters {
  /** Threads that compute. */
  readonly crowd: Int32Array;
  /** Whether this worker is one of them, 0 or 1; 2 where it no longer may be, since nobody would take it out. */
  readonly own: Int32Array;
}

/** Messages from a worker. */
export type FromWorker =
  | {
      readonly kind: "ready";
      readonly fields: Readonly<Record<string, FieldType>>;
      readonly length: number | undefined;
      readonly about: Json;
    }
  | { readonly kind: "failed"; readonly error: PlainError }
  | { readonly kind: "batch"; readonly id: number; readonly batch: Batch }
  | { readonly kind: "end"; readonly id: number }
  | { readonly kind: "error"; readonly id: number; readonly error: PlainError };

/** An error as it crosses threads. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | undefined;
}

/** A loader as the user's module makes it: of another copy of the library, so known by its methods alone. */
interface ForeignLoader {
  readonly fields: Readonly<Record<string, FieldType>>;
  readonly length: number | undefined;
  readonly strided?: boolean;
  readonly fresh?: boolean;
  pass(
    epoch: number,
    options: { readonly skip: number; readonly stride?: number },
  ): Iterable<Batch> | AsyncIterable<Batch>;
  describe(): Json;
  prepare?(): Promise<void>;
}

/** Serves passes until the worker is ended. */
export function loaderMain(
  listen: (handle: (message: ToWorker) => void) => void,
  post: (message: FromWorker, transfer: ArrayBuffer[]) => void,
  importModule: (address: string) => Promise<Record<string, unknown>>,
): void {
  interface Pass {
    credits: number;
    isClosed: boolean;
    wake: () => void;
  }
  type Open = Extract<ToWorker, { kind: "open" }>;
  const passes = new Map<number, Pass>();
  let loader: ForeignLoader;
  let counters: Counters | undefined;
  let making = 0;
  /** Milliseconds that the last batch took. */
  let took = 0;

  /**
   * Counts the passes that batches are made for now. A worker that begins gives training threads a moment to complete what
   * they are at, since all of them would wait for one that has to share its processor.
   */
  const count = (change: number): void => {
    making += change;
    const [before, now] = making > 0 ? [0, 1] : [1, 0];
    if (counters === undefined) return;
    if (Atomics.compareExchange(counters.own, 0, before, now) !== before) return;
    Atomics.add(counters.crowd, 0, now - before);
    if (now === 1) Atomics.wait(counters.own, 0, 1, Math.min(0.3, took / 10));
  };

  const plain = (error: unknown): PlainError => {
    const { name, message, stack, code } = (error ?? {}) as Partial<Error> & { code?: unknown };
    const isError = typeof message === "string";
    return {
      name: isError ? String(name) : "Error",
      message: isError ? message : String(error),
      stack: typeof stack === "string" ? stack : undefined,
      code: typeof code === "string" ? code : undefined,
    };
  };

  const importTypeScript = async (
    module: string,
    typeScript: TypeScriptLoader | undefined,
  ): Promise<unknown> => {
    if (typeScript === undefined) {
      throw new Error(
        `${module} is TypeScript, which this version of Node does not run by itself. ` +
          "Compile it to JavaScript, run Node 22.18 or newer, or install jiti beside it: npm install jiti",
      );
    }
    const loaded = await importModule(typeScript.address);
    type Create = (
      base: string,
      options: object,
    ) => { import(module: string, options: object): Promise<unknown> };
    const createJiti = (loaded.createJiti ?? loaded.default) as Create;
    const virtualModules: Record<string, unknown> = {};
    for (const [name, address] of Object.entries(typeScript.modules ?? {})) {
      virtualModules[name] = await importModule(address);
    }
    return createJiti(module, { virtualModules }).import(module, { default: true });
  };

  const exported = async ({
    module,
    typeScript,
  }: Extract<ToWorker, { kind: "start" }>): Promise<unknown> => {
    const isTypeScript = /\.[cm]?tsx?([?#]|$)/.test(module ?? "");
    // Names of packages mean what the program that started the worker says, which the engine cannot be told.
    if (isTypeScript && typeScript?.modules) return importTypeScript(module!, typeScript);
    try {
      return (await importModule(module!)).default;
    } catch (error) {
      const { code } = (error ?? {}) as { readonly code?: string };
      const refused = /ERR_UNKNOWN_FILE_EXTENSION|ERR_.*TYPESCRIPT/.test(code ?? "");
      if (!isTypeScript || !refused) throw error;
      return importTypeScript(module!, typeScript);
    }
  };

  const start = async (message: Extract<ToWorker, { kind: "start" }>): Promise<void> => {
    try {
      const make = await exported(message);
      const made: unknown = typeof make === "function" ? await make(message.argument) : make;
      if (typeof (made as Partial<ForeignLoader> | undefined)?.pass !== "function") {
        const what = make === undefined ? "there is none" : `it gave ${typeof made}`;
        throw new TypeError(
          `the module's default export must be a function that returns a loader, such as pipeline(…).batch(32); ${what}`,
        );
      }
      loader = made as ForeignLoader;
      await loader.prepare?.();
      const { fields, length } = loader;
      post({ kind: "ready", fields, length, about: loader.describe() }, []);
    } catch (error) {
      post({ kind: "failed", error: plain(error) }, []);
    }
  };

  /** A batch whose arrays nobody else has, and the memory that goes with it. */
  const packed = (batch: Batch): { readonly batch: Batch; readonly transfer: ArrayBuffer[] } => {
    const transfer = new Set<ArrayBuffer>();
    const own = Object.entries(batch).map(([name, tensor]) => {
      const { buffer, byteLength } = tensor.data;
      const whole =
        loader.fresh === true && buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
      const data = whole ? tensor.data : tensor.data.slice();
      transfer.add(data.buffer as ArrayBuffer);
      return [name, { ...tensor, data }];
    });
    return { batch: Object.fromEntries(own) as Batch, transfer: [...transfer] };
  };

  type Made = Iterator<Batch> | AsyncIterator<Batch>;
  const batchesOf = ({ epoch, skip, offset, stride }: Open): Made => {
    const made =
      loader.strided === true
        ? loader.pass(epoch, { skip: skip + offset, stride })
        : loader.pass(epoch, { skip });
    return Symbol.asyncIterator in made ? made[Symbol.asyncIterator]() : made[Symbol.iterator]();
  };

  /** The worker's next batch; those of other workers are passed over where the loader cannot leave them out. */
  const nextOf = async (made: Made, others: number): Promise<IteratorResult<Batch, unknown>> => {
    const start = performance.now();
    for (let k = 0; k < others; k++) await made.next();
    const next = await made.next();
    took = performance.now() - start;
    return next;
  };

  const allowed = async (pass: Pass): Promise<boolean> => {
    while (pass.credits === 0 && !pass.isClosed) {
      count(-1);
      await new Promise<void>((wake) => {
        pass.wake = wake;
      });
      count(1);
    }
    pass.credits--;
    return !pass.isClosed;
  };

  const serve = async (message: Open): Promise<void> => {
    const { id, offset, stride, credits } = message;
    const pass: Pass = { credits, isClosed: false, wake: () => {} };
    passes.set(id, pass);
    count(1);
    try {
      const made = batchesOf(message);
      let others = loader.strided === true ? 0 : offset;
      while (await allowed(pass)) {
        const { done, value } = await nextOf(made, others);
        if (done) {
          post({ kind: "end", id }, []);
          return;
        }
        others = loader.strided === true ? 0 : stride - 1;
        const { batch, transfer } = packed(value);
        post({ kind: "batch", id, batch }, transfer);
      }
      await made.return?.();
    } catch (error) {
      post({ kind: "error", id, error: plain(error) }, []);
    } finally {
      passes.delete(id);
      count(-1);
    }
  };

  listen((message) => {
    if (message.kind === "start") void start(message);
    else if (message.kind === "open") void serve(message);
    else if (message.kind === "count") {
      counters = message;
      count(0);
    } else {
      const pass = passes.get(message.id);
      if (pass === undefined) return;
      if (message.kind === "credit") pass.credits += message.more;
      else pass.isClosed = true;
      pass.wake();
    }
  });
}
