// The page's side of the training worker.

import { type Remote, wrap } from "comlink";
import type { TrainingWorker } from "./training-protocol.ts";

/** Starts a worker of its own; `end` stops it at once. */
export function startTraining(): { readonly session: Remote<TrainingWorker>; end(): void } {
  const worker = new Worker(new URL("./training.ts", import.meta.url), { type: "module" });
  return { session: wrap<TrainingWorker>(worker), end: () => worker.terminate() };
}
