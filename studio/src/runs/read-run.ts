// Reads the files of a run piece by piece, and what is added to them later; between two pieces the page has its turn.

import type { decodeEvents as Decode } from "chainrule/formats";
import { askPiece, type RunFile, type RunRow } from "./connection.ts";
import { RunData } from "./run-data.ts";

interface Reading {
  /** Bytes that were fetched. */
  from: number;
  /** What of them was no whole line, or record, yet. */
  rest: Uint8Array;
  isSpoiled: boolean;
}

export class RunReader {
  data = new RunData();
  #readings = new Map<string, Reading>();
  #busy = false;

  /** Reads what there is by now; `onPiece` hears when there is more to draw. */
  async read(row: RunRow, onPiece: () => void): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const files = wanted(row.files);
      if (files.some(({ name, bytes }) => bytes < (this.#readings.get(name)?.from ?? 0)))
        this.#beginAgain();
      for (const file of files) await this.#file(row, file, onPiece);
    } finally {
      this.#busy = false;
    }
  }

  /** A log that has become shorter was begun anew, or cut where a run went on from a checkpoint. */
  #beginAgain(): void {
    this.data = new RunData();
    this.#readings.clear();
  }

  async #file(
    { id, files }: RunRow,
    { name, part, bytes }: RunFile,
    onPiece: () => void,
  ): Promise<void> {
    const reading = this.#readings.get(name) ?? {
      from: 0,
      rest: new Uint8Array(0),
      isSpoiled: false,
    };
    this.#readings.set(name, reading);
    const isLog = name.endsWith(".jsonl");
    const hasLog = files.some((file) => file.name.endsWith(".jsonl"));
    const decode = isLog ? undefined : (await import("./event-reader.ts")).decodeEvents;
    while (reading.from < bytes && !reading.isSpoiled) {
      const piece = await askPiece(id, name, reading.from);
      if (piece === undefined) return;
      reading.from += piece.length;
      const all = joined(reading.rest, piece);
      reading.rest =
        decode === undefined ? this.#lines(all) : this.#events(all, decode, reading, part, !hasLog);
      onPiece();
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  #lines(bytes: Uint8Array): Uint8Array {
    const end = bytes.lastIndexOf(10) + 1;
    for (const line of new TextDecoder().decode(bytes.subarray(0, end)).split("\n"))
      this.data.line(line);
    return bytes.slice(end);
  }

  #events(
    bytes: Uint8Array,
    decode: typeof Decode,
    reading: Reading,
    part: string,
    scalars: boolean,
  ): Uint8Array {
    const { events, end, isSpoiled } = decode(bytes);
    for (const event of events) this.data.event(event, part, scalars);
    reading.isSpoiled = isSpoiled;
    return bytes.slice(end);
  }
}

/** `metrics.jsonl` has all that `history.jsonl` has. */
function wanted(files: readonly RunFile[]): readonly RunFile[] {
  const hasMetrics = files.some(({ name }) => name === "metrics.jsonl");
  return files.filter(({ name }) => !(hasMetrics && name === "history.jsonl"));
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
