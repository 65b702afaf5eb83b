// Files in Node: reading with an error that explains, and writing so that a crash, a full disk or a
// second process never leaves half a file (temporary file in the same folder, fsync, rename).

import { randomBytes } from "node:crypto";
import { closeSync, fsync, openSync, renameSync, write } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";

/** What an error says about a file that cannot be read. */
export interface ReadOptions {
  /** What the file is, for the error: "the trained weights". */
  readonly what?: string;
  /** What to do when it cannot be read. */
  readonly fix?: string;
}

/**
 * Reads a whole file; a missing one is `MISSING_FILE`, an unreadable one `BAD_FILE`, both with the full
 * path, the reason and the advice of `options.fix`.
 */
export async function readFileOrExplain(
  path: string,
  options: ReadOptions = {},
): Promise<Uint8Array> {
  checkPath(path);
  try {
    const buffer = await readFile(path);
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  } catch (cause) {
    throw cannotRead(resolve(path), options, cause);
  }
}

/** Reads a UTF-8 text file; errors as for `readFileOrExplain`. */
export async function readTextOrExplain(path: string, options: ReadOptions = {}): Promise<string> {
  return new TextDecoder().decode(await readFileOrExplain(path, options));
}

/** Writes bytes to a file: where the last ones ended, or at a position. */
export type FileWriter = (bytes: Uint8Array, position?: number) => Promise<void>;

/** What a file is to hold: all at once, or a function that writes it piece by piece. */
export type FileContent = Uint8Array | string | ((write: FileWriter) => Promise<void>);

/**
 * Writes a file so that `path` holds either its old content or all of the new one, never a part.
 *
 * What waits for the disk waits asynchronously; what only changes a folder's entries does not, since in a busy training loop
 * each wait costs a turn of it, and the checkpoint would be late. The temporary file is removed on failure; the failure is a
 * `WRITE_FAILED` error with path and reason.
 */
export async function writeFileAtomic(path: string, content: FileContent): Promise<void> {
  checkPath(path);
  const folder = dirname(resolve(path));
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    await writeAndSync(temporary, content);
    renameSync(temporary, path);
    await syncFolder(folder);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw cannotWrite(resolve(path), cause);
  }
}

async function writeAndSync(path: string, content: FileContent): Promise<void> {
  const file = openSync(path, "wx");
  try {
    const write: FileWriter = (bytes, position) => writeAll(file, bytes, position);
    if (typeof content === "function") await content(write);
    else await write(typeof content === "string" ? new TextEncoder().encode(content) : content);
    await sync(file);
  } finally {
    closeSync(file);
  }
}

/** Writes all bytes: the system may take a part only, before a disk is full for instance. */
async function writeAll(file: number, bytes: Uint8Array, position?: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const place = position === undefined ? null : position + at;
    at += (await writeTo(file, bytes, at, bytes.length - at, place)).bytesWritten;
  }
}

/** Makes the rename itself durable; some systems (Windows) cannot sync a folder, which is no failure. */
async function syncFolder(folder: string): Promise<void> {
  let file: number | undefined;
  try {
    file = openSync(folder, "r");
    await sync(file);
  } catch {
    // The file is in place; only its survival of a power cut in the next moments is less sure.
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

const writeTo = promisify(write);
const sync = promisify(fsync);

/** Checks that something is the path of a file. Errors: `BAD_ARGUMENT`. */
export function checkPath(path: unknown): asserts path is string {
  if (typeof path === "string" && path !== "") return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    problem: `needs the path of a file; received ${showValue(path)}`,
    fix: 'Pass a path, as "model.safetensors"; of a file: URL, fileURLToPath(url).',
    detail: { path },
  });
}

/** The error of a file that cannot be read. */
export function cannotRead(
  path: string,
  { what, fix }: ReadOptions,
  cause: unknown,
): ChainruleError {
  const missing = codeOf(cause) === "ENOENT" || codeOf(cause) === "ENOTDIR";
  const subject = what === undefined ? path : `${what} (${path})`;
  return new ChainruleError({
    code: missing ? "MISSING_FILE" : "BAD_FILE",
    problem: missing ? `${subject} does not exist` : `cannot read ${subject}: ${reasonOf(cause)}`,
    fix: fix ?? "Check the path and its permissions.",
    detail: { path },
    cause,
  });
}

function cannotWrite(path: string, cause: unknown): ChainruleError {
  return new ChainruleError({
    code: "WRITE_FAILED",
    problem: `cannot write ${path}: ${reasonOf(cause)}; an older file of that name is untouched`,
    fix: helpInWriting(cause),
    detail: { path },
    cause,
  });
}

const writingHelp: Readonly<Record<string, string>> = {
  ENOSPC: "Make room on the disk, or name a folder on another one.",
  EDQUOT: "Make room on the disk, or name a folder on another one.",
  EROFS: "Name a folder that may be written to.",
  EACCES: "Name a folder that may be written to, or change its permissions.",
};

/** What helps against a failed writing. */
export function helpInWriting(cause: unknown): string {
  return (
    writingHelp[String(codeOf(cause))] ?? "Check that the folder exists and may be written to."
  );
}

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && "code" in cause ? cause.code : undefined;
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "not permitted",
  EISDIR: "it is a folder",
  ENOENT: "the folder does not exist",
  ENOTDIR: "it, or part of its path, is not a folder",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EROFS: "the file system is read-only",
};

/** Says in words why a file operation failed: `the disk is full (ENOSPC)`. */
export function reasonOf(cause: unknown): string {
  const code = codeOf(cause);
  if (typeof code === "string" && code in reasons) return `${reasons[code]} (${code})`;
  return cause instanceof Error ? cause.message : String(cause);
}
