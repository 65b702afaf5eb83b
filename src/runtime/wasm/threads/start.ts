// Starts worker threads, in Node and in the browser. Neither keeps the process or the page alive.

import { type ThreadMessage, threadMain } from "./thread.ts";

/** One started thread. */
export interface Thread {
  post(message: ThreadMessage): void;
  stop(): void;
}

/** Starts a thread; undefined where the surroundings refuse one. `onEnd` is called if it ends by itself. */
export function startThread(
  onFailure: (error: unknown) => void,
  onEnd: () => void,
): Thread | undefined {
  try {
    return nodeProcess() === undefined ? startInBrowser(onFailure) : startInNode(onFailure, onEnd);
  } catch {
    return undefined;
  }
}

/** Whether the calling thread may sleep until others are done; the main thread of a page may not. */
export function threadsMaySleep(): boolean {
  return nodeProcess() !== undefined || !("document" in globalThis);
}

/** Some tools name functions through a helper, which the text of `threadMain` would then miss. */
const preamble = "const __name = (f) => f;";

function startInNode(onFailure: (error: unknown) => void, onEnd: () => void): Thread {
  const { Worker } = nodeProcess()!.getBuiltinModule("node:worker_threads");
  const source =
    `${preamble} const { parentPort } = require("node:worker_threads");` +
    `(${threadMain})((handle) => parentPort.on("message", handle), (error) => { throw error; }, require);`;
  const worker = new Worker(source, { eval: true, execArgv: [], name: "chainrule" });
  worker.on("error", onFailure);
  worker.on("exit", onEnd);
  worker.unref();
  return {
    post: (message) => worker.postMessage(message),
    stop: () => void worker.terminate(),
  };
}

function startInBrowser(onFailure: (error: unknown) => void): Thread {
  const source =
    `${preamble} (${threadMain})((handle) => { onmessage = (event) => handle(event.data); },` +
    "(error) => { throw error; });";
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(address, { name: "chainrule" });
  worker.onerror = (event) => onFailure(event.message);
  URL.revokeObjectURL(address);
  return {
    post: (message) => worker.postMessage(message),
    stop: () => worker.terminate(),
  };
}

function nodeProcess(): NodeJS.Process | undefined {
  const { process } = globalThis as { process?: NodeJS.Process };
  return process?.versions?.node === undefined ? undefined : process;
}
