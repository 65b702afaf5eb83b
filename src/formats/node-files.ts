// Files in Node: reading with an error that explains, and writing so that a crash, a full disk or a
// second process never leaves half a file (temporary file in the same folder, fsync, rename).

import { randomBytes } from "node:crypto";
import { type FileHandle, open, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { ChainruleError } from "../core/errors.ts";

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

/**
 * Writes a file so that `path` holds either its old content or all of the new one, never a part.
 *
 * The temporary file is removed on failure; the failure is a `WRITE_FAILED` error with path and reason.
 */
export async function writeFileAtomic(path: string, content: Uint8Array | string): Promise<void> {
  const folder = dirname(resolve(path));
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    await writeAndSync(temporary, content);
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw cannotWrite(resolve(path), cause);
  }
}

async function writeAndSync(path: string, content: Uint8Array | string): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the rename itself durable; some systems (Windows) cannot sync a folder, which is no failure. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, "r");
    await handle.sync();
  } catch {
    // The file is in place; only its survival of a power cut in the next moments is less sure.
  } finally {
    await handle?.close();
  }
}

function cannotRead(path: string, { what, fix }: ReadOptions, cause: unknown): ChainruleError {
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
    fix: "Check that the folder exists, that it may be written to, and that the disk has room.",
    detail: { path },
    cause,
  });
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
  EROFS: "the file system is read-only",
};

/** Says in words why a file operation failed: `the disk is full (ENOSPC)`. */
export function reasonOf(cause: unknown): string {
  const code = codeOf(cause);
  if (typeof code === "string" && code in reasons) return `${reasons[code]} (${code})`;
  return cause instanceof Error ? cause.message : String(cause);
}
