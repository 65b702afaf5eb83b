// Starts loading workers, in Node and in browsers. A worker keeps the process alive only while somebody waits for it.

import {
  type FromWorker,
  loaderMain,
  type ToWorker,
  type TypeScriptLoader,
} from "./worker-main.ts";

/** One started worker. */
export interface LoadingWorker {
  post(message: ToWorker): void;
  /** Whether the process should stay alive for it. */
  hold(isNeeded: boolean): void;
  stop(): Promise<void>;
}

/** What is done with what a worker says; `onEnd` where it breaks or ends by itself. */
export interface WorkerEvents {
  readonly onMessage: (message: FromWorker) => void;
  readonly onEnd: (error: unknown) => void;
}

/** A worker of Node, as far as it is used here. */
export interface NodeWorker {
  on(event: "message", listener: (message: FromWorker) => void): unknown;
  on(event: "error", listener: (error: unknown) => void): unknown;
  on(event: "exit", listener: (code: number) => void): unknown;
  postMessage(message: unknown): void;
  ref(): void;
  unref(): void;
  terminate(): Promise<number>;
}

/** Starts a worker by the library's own program. */
export function startWorker(events: WorkerEvents): LoadingWorker {
  return attach(nodeProcess() === undefined ? browserWorker() : nodeWorker(), events);
}

/** Talks to a worker that the user has started. */
export function attach(worker: Worker | NodeWorker, events: WorkerEvents): LoadingWorker {
  return "ref" in worker ? attachNode(worker, events) : attachBrowser(worker, events);
}

/** Some tools name functions through a helper, which the text of `loaderMain` would then miss. */
const preamble = "const __name = (f) => f;";
const name = "chainrule-data";

/** As an address of data, so that the program is a module whatever flags the process was started with. */
function nodeWorker(): NodeWorker {
  const { Worker } = nodeProcess()!.getBuiltinModule("node:worker_threads");
  const source =
    'const { parentPort } = process.getBuiltinModule("node:worker_threads");' +
    `${preamble} (${loaderMain})(` +
    '(handle) => parentPort.on("message", handle),' +
    "(message, transfer) => parentPort.postMessage(message, transfer), (address) => import(address));";
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), { name });
}

function browserWorker(): Worker {
  const source =
    `${preamble} (${loaderMain})((handle) => { onmessage = (event) => handle(event.data); },` +
    "(message, transfer) => postMessage(message, transfer), (address) => import(address));";
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(address, { name });
  URL.revokeObjectURL(address);
  return worker;
}

function attachNode(worker: NodeWorker, { onMessage, onEnd }: WorkerEvents): LoadingWorker {
  worker.on("message", onMessage);
  worker.on("error", onEnd);
  worker.on("exit", (code) => onEnd(new Error(`it ended with exit code ${code}`)));
  worker.unref();
  let isStopping = false;
  return {
    post: (message) => worker.postMessage(message),
    hold: (isNeeded) => void (isNeeded || isStopping ? worker.ref() : worker.unref()),
    async stop() {
      isStopping = true;
      worker.ref(); // or the process would end before it is told that the worker has
      await worker.terminate();
    },
  };
}

function attachBrowser(worker: Worker, { onMessage, onEnd }: WorkerEvents): LoadingWorker {
  worker.onmessage = (event) => onMessage(event.data as FromWorker);
  worker.onerror = (event) => onEnd(new Error(event.message || "it could not be started"));
  return {
    post: (message) => worker.postMessage(message),
    hold: () => {},
    stop: async () => worker.terminate(),
  };
}

/** What the program that uses the library loads TypeScript with, where that is not the engine. */
let typeScript: TypeScriptLoader | undefined;

/** Lets workers load TypeScript modules the way the command line does. */
export function loadTypeScriptBy(loader: TypeScriptLoader): void {
  typeScript = loader;
}

/** How a worker is to load a TypeScript module: as the program said, or by the jiti that is installed beside the module. */
export function typeScriptLoaderFor(module: string): TypeScriptLoader | undefined {
  if (typeScript !== undefined || nodeProcess() === undefined) return typeScript;
  const { createRequire } = nodeProcess()!.getBuiltinModule("node:module");
  const { pathToFileURL } = nodeProcess()!.getBuiltinModule("node:url");
  try {
    return { address: pathToFileURL(createRequire(module).resolve("jiti")).href };
  } catch {
    return undefined;
  }
}

/** How many workers there are by default: one processor is left to training, and four are enough for most. */
export function defaultWorkers(): number {
  const processors =
    nodeProcess()?.getBuiltinModule("node:os").availableParallelism() ??
    (globalThis as { readonly navigator?: Navigator }).navigator?.hardwareConcurrency ??
    2;
  return Math.max(1, Math.min(4, processors - 1));
}

/** The calling worker's side: how it hears and answers the program that started it. */
export function serve(importModule: (address: string) => Promise<Record<string, unknown>>): void {
  const port = nodeProcess()?.getBuiltinModule("node:worker_threads").parentPort;
  if (port) {
    loaderMain(
      (handle) => port.on("message", handle),
      (message, transfer) => port.postMessage(message, transfer),
      importModule,
    );
    return;
  }
  const scope = globalThis as unknown as {
    onmessage: (event: { readonly data: ToWorker }) => void;
    postMessage(message: FromWorker, transfer: ArrayBuffer[]): void;
  };
  loaderMain(
    (handle) => {
      scope.onmessage = (event) => handle(event.data);
    },
    (message, transfer) => scope.postMessage(message, transfer),
    importModule,
  );
}

function nodeProcess(): NodeJS.Process | undefined {
  const { process } = globalThis as { process?: NodeJS.Process };
  return process?.versions?.node === undefined ? undefined : process;
}
