// A file that grows while a run goes on. What is appended waits in memory and goes out together, after some seconds or when
// it is much; a crash loses no more than that. Writing is synchronous, so that what was flushed before a checkpoint is in
// the file before the checkpoint is. A write that fails is tried again at its place, so a full disk tears no line.

import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  writeSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { ChainruleError } from "../../core/errors.ts";
import { helpInWriting, reasonOf } from "../../formats/node-files.ts";

/** Options of an `Appender`. */
export interface AppenderOptions {
  /** Whether what the file holds is kept; default true. */
  readonly keep?: boolean;
  /** Longest time that something waits in memory; default 2. */
  readonly flushSeconds?: number;
  /** Hears of a timed write that failed; default: the next `flush` or `close` throws anyway. */
  readonly onFailure?: (error: ChainruleError) => void;
}

/** Bytes that wait before they are written without waiting for the time. */
const bufferBytes = 1 << 16;
/** Bytes that wait at most, when nothing can be written; later ones are lost. */
const limitBytes = 1 << 24;

/** Appends to a file, in pieces. Errors: `WRITE_FAILED`. */
export class Appender {
  readonly path: string;
  readonly #file: number;
  #end: number;
  #buffer: Uint8Array = new Uint8Array(bufferBytes);
  #filled = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  readonly #milliseconds: number;
  readonly #onFailure: AppenderOptions["onFailure"];
  readonly #encoder = new TextEncoder();

  constructor(path: string, options: AppenderOptions = {}) {
    this.path = resolve(path);
    this.#milliseconds = 1000 * (options.flushSeconds ?? 2);
    this.#onFailure = options.onFailure;
    try {
      mkdirSync(dirname(this.path), { recursive: true });
      const keeps = options.keep !== false && existsSync(this.path);
      this.#file = openSync(this.path, keeps ? "r+" : "w");
      this.#end = fstatSync(this.#file).size;
    } catch (cause) {
      throw cannotAppend(this.path, cause);
    }
  }

  /** Adds text, in UTF-8. */
  text(text: string): void {
    const room = 3 * text.length; // bytes that UTF-8 needs at most
    if (!this.#reserve(room)) return;
    const { written } = this.#encoder.encodeInto(text, this.#buffer.subarray(this.#filled));
    this.#took(written);
  }

  /** Adds as many bytes as `write` puts into the buffer that it is given, from `start` on. */
  record(length: number, write: (buffer: Uint8Array, start: number) => void): void {
    if (!this.#reserve(length)) return;
    write(this.#buffer, this.#filled);
    this.#took(length);
  }

  /** Writes what waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    let start = 0;
    try {
      while (start < this.#filled) {
        start += writeSync(
          this.#file,
          this.#buffer,
          start,
          this.#filled - start,
          this.#end + start,
        );
      }
    } catch (cause) {
      throw cannotAppend(this.path, cause);
    }
    this.#end += this.#filled;
    this.#filled = 0;
    if (this.#buffer.length > 4 * bufferBytes) this.#buffer = new Uint8Array(bufferBytes);
  }

  /** Writes what waits and closes the file. Closing twice is harmless. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.flush();
    } catch (error) {
      this.#cutTornEnd();
      throw error;
    } finally {
      closeSync(this.#file);
    }
  }

  /** Takes back what a failed write has left of a line. */
  #cutTornEnd(): void {
    try {
      ftruncateSync(this.#file, this.#end);
    } catch {
      // The write has failed already, and says why.
    }
  }

  /** Makes room in the buffer; false where there is none. */
  #reserve(bytes: number): boolean {
    if (this.#closed || this.#filled + bytes > limitBytes) return false;
    const needed = this.#filled + bytes;
    if (needed <= this.#buffer.length) return true;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
    larger.set(this.#buffer.subarray(0, this.#filled));
    this.#buffer = larger;
    return true;
  }

  #took(bytes: number): void {
    this.#filled += bytes;
    if (this.#filled > bufferBytes / 2 && this.#timer !== undefined) this.#tryFlush();
    if (this.#timer !== undefined || this.#filled === 0) return;
    this.#timer = setTimeout(() => this.#tryFlush(), this.#milliseconds);
    this.#timer.unref();
  }

  #tryFlush(): void {
    try {
      this.flush();
    } catch (error) {
      this.#onFailure?.(error as ChainruleError);
    }
  }
}

function cannotAppend(path: string, cause: unknown): ChainruleError {
  return new ChainruleError({
    code: "WRITE_FAILED",
    problem: `cannot write ${path}: ${reasonOf(cause)}; what it held is untouched`,
    fix: helpInWriting(cause),
    detail: { path },
    cause,
  });
}
