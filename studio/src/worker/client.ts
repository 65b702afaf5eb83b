// The page's side of the worker.

import { type Remote, wrap } from "comlink";
import type { StudioWorker } from "./protocol.ts";

/** Starts a worker of its own; `end` stops it at once. */
export function startWorker(): { readonly session: Remote<StudioWorker>; end(): void } {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  return { session: wrap<StudioWorker>(worker), end: () => worker.terminate() };
}
