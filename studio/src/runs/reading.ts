// The page's side of the worker that reads runs.

import { wrap } from "comlink";
import { keptKey, type RunRow } from "./connection.ts";
import type { ReadingWorker } from "./reading-worker.ts";
import type { RunData } from "./run-data.ts";

export interface Reading {
  /** Reads what there is by now into `data`; `onPiece` hears when there is more to draw. One at a time for a run. */
  read(row: RunRow, data: RunData, onPiece: () => void): Promise<void>;
  end(): void;
}

/** Starts a worker; what it has read of a run it does not read again. */
export function startReading(): Reading {
  const thread = new Worker(new URL("./reading-worker.ts", import.meta.url), { type: "module" });
  const worker = wrap<ReadingWorker>(thread);
  const busy = new Set<string>();
  const read: Reading["read"] = async ({ id, files }, data, onPiece) => {
    if (busy.has(id)) return;
    busy.add(id);
    try {
      const wish = { key: keptKey(), id, files };
      for (let news = await worker.next(wish); news !== undefined; news = await worker.next(wish)) {
        data.take(news);
        onPiece();
      }
    } catch {
      // The server has gone, which the list of runs tells; reading goes on with the next list.
    } finally {
      busy.delete(id);
    }
  };
  return { read, end: () => thread.terminate() };
}
