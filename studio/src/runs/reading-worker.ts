// Reads the files of runs away from the page.

import { expose, transfer } from "comlink";
import { askPiece, type RunFile } from "./connection.ts";
import { RunReader } from "./read-run.ts";
import type { RunNews } from "./run-news.ts";

/** A run to read, as the page asks for it. */
export interface Wish {
  /** The server's key. */
  readonly key: string;
  readonly id: string;
  readonly files: readonly RunFile[];
}

export interface ReadingWorker {
  /** The next piece of a run's files; undefined where all was read. */
  next(wish: Wish): Promise<RunNews | undefined>;
}

const readers = new Map<string, RunReader>();

const worker: ReadingWorker = {
  async next({ key, id, files }) {
    const reader = readers.get(id) ?? new RunReader();
    readers.set(id, reader);
    const news = await reader.next(files, (name, from) => askPiece(key, id, name, from));
    return news && transfer(news, buffersOf(news));
  },
};

function buffersOf({ points, histograms, pictures }: RunNews): ArrayBuffer[] {
  const arrays = [
    ...points.map(({ rows }) => rows),
    ...histograms.map(({ at }) => at.buckets),
    ...pictures.flatMap(({ at }) => at.files),
  ];
  return [...new Set(arrays.map(({ buffer }) => buffer as ArrayBuffer))];
}

expose(worker);
