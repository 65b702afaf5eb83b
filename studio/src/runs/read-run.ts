// Reads the files of a run piece by piece, and what is added to them later. Runs in a worker: the page hears of a piece when
// it asks for the next one, so it is never behind.

import type { decodeEvents as Decode } from "chainrule/formats";
import { filesToRead, type RunFile } from "./connection.ts";
import { GrowingBytes } from "./growing-bytes.ts";
import { RunParser } from "./parse-run.ts";
import type { RunNews } from "./run-news.ts";

/** Bytes of a file from a place on; undefined where there are none. */
export type AskPiece = (name: string, from: number) => Promise<Uint8Array | undefined>;

/** A line, or a record, of more bytes is taken for damage. */
const longestLine = 8 << 20;
const largestRecord = 64 << 20;

interface Reading {
  /** Bytes that were fetched. */
  from: number;
  /** What of them was no whole line, or record, yet. */
  readonly rest: GrowingBytes;
  isSpoiled: boolean;
}

export class RunReader {
  #parser = new RunParser();
  #readings = new Map<string, Reading>();
  #isAnew = false;

  /** Reads one piece of what there is by now; undefined where all was read. */
  async next(all: readonly RunFile[], ask: AskPiece): Promise<RunNews | undefined> {
    const files = filesToRead(all);
    if (files.some(({ name, bytes }) => bytes < (this.#readings.get(name)?.from ?? 0)))
      this.#beginAgain();
    const hasLog = files.some(({ name }) => name.endsWith(".jsonl"));
    for (const file of files) {
      const reading = this.#readingOf(file.name);
      if (reading.isSpoiled || reading.from >= file.bytes) continue;
      const found = await ask(file.name, reading.from);
      if (found === undefined) continue;
      // It may have grown since it was listed; what is beyond would make the list look like one of a shorter file.
      const piece = found.subarray(0, file.bytes - reading.from);
      reading.from += piece.length;
      reading.rest.add(piece);
      if (file.name.endsWith(".jsonl")) this.#lines(file, reading);
      else {
        const { decodeEvents } = await import("./event-reader.ts");
        this.#events(file, reading, decodeEvents, !hasLog);
      }
      return this.#news();
    }
    return undefined;
  }

  /** A log that has become shorter was begun anew, or cut where a run went on from a checkpoint. */
  #beginAgain(): void {
    this.#parser = new RunParser();
    this.#readings.clear();
    this.#isAnew = true;
  }

  #readingOf(name: string): Reading {
    const known = this.#readings.get(name);
    if (known !== undefined) return known;
    const reading = { from: 0, rest: new GrowingBytes(), isSpoiled: false };
    this.#readings.set(name, reading);
    return reading;
  }

  #news(): RunNews {
    const bytes = [...this.#readings.values()].reduce((sum, { from }) => sum + from, 0);
    const news = this.#parser.news(this.#isAnew, bytes);
    this.#isAnew = false;
    return news;
  }

  #lines(file: RunFile, reading: Reading): void {
    const bytes = reading.rest.all;
    const end = bytes.lastIndexOf(10) + 1;
    for (const line of new TextDecoder().decode(bytes.subarray(0, end)).split("\n"))
      this.#parser.line(line);
    reading.rest.drop(end);
    if (reading.rest.length > longestLine) this.#spoil(file, reading, "line");
  }

  #events(file: RunFile, reading: Reading, decode: typeof Decode, scalars: boolean): void {
    const { events, end, isSpoiled } = decode(reading.rest.all);
    for (const event of events) this.#parser.event(event, file.part, scalars);
    reading.rest.drop(end);
    if (isSpoiled || reading.rest.length > largestRecord) this.#spoil(file, reading, "record");
  }

  /** Behind damage nothing can be found any more. */
  #spoil({ name, part }: RunFile, reading: Reading, kind: "line" | "record"): void {
    const byte = reading.from - reading.rest.length;
    const file = name.endsWith(".jsonl") ? name : part;
    this.#parser.damaged({ file, kind, byte });
    reading.isSpoiled = true;
    reading.rest.clear();
  }
}
