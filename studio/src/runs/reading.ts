// The page's side of the worker that reads runs.

import { wrap } from "comlink";
import { keptKey, type RunRow } from "./connection.ts";
import type { ReadingWorker } from "./reading-worker.ts";
import type { RunData } from "./run-data.ts";
import type { RunNews } from "./run-news.ts";

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
      // Where the server has gone, the list of runs tells; reading goes on with the next list.
      const next = (): Promise<RunNews | undefined> => worker.next(wish).catch(() => undefined);
      for (let news = await next(); news !== undefined; news = await next()) {
        data.take(news);
        onPiece();
      }
    } finally {
      busy.delete(id);
    }
  };
  return { read, end: () => thread.terminate() };
}
