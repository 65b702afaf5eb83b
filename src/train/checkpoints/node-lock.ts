// One process at a time writes to a folder: a file `.lock` in it names the process. The lock of a process that is gone is
// taken over, told by its number and the moment of its start, since numbers come round again.

import { randomBytes } from "node:crypto";
import {
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { ChainruleError } from "../../core/errors.ts";
import { isRecord } from "../../core/tree.ts";
import { reasonOf } from "../../formats/node-files.ts";

/** A folder that is this process's own until it is released, or the process ends. */
export interface FolderLock {
  /** Whether the lock is still this one; a later one of the same process takes it over. */
  readonly held: boolean;
  release(): void;
}

/** Whether a living process, this one included, has locked a folder. */
export function isLocked(folder: string): boolean {
  const file = join(folder, lockName);
  const owner = readOwner(textOf(file));
  return own.has(file) || (owner !== undefined && isLive(owner));
}

interface Owner {
  readonly host: string;
  readonly process: number;
  /** When that process started, in the system's own units; empty where the system does not tell. */
  readonly started: string;
  /** Tells locks of one process apart. */
  readonly token: string;
  /** For people. */
  readonly since: string;
}

const lockName = ".lock";
/** Locks of this process by file. */
const own = new Map<string, string>();

/**
 * Makes a folder this process's own. A second lock of the same process takes over from the first; a folder that another
 * live process writes to is a `LOCKED` error that names it. A few small files are read and written, at once.
 */
export function lockFolder(folder: string, what: string): FolderLock {
  const file = join(folder, lockName);
  const token = randomBytes(8).toString("hex");
  claimFolder(folder, what, token);
  if (own.size === 0) process.on("exit", releaseAll);
  own.set(file, token);
  return {
    get held() {
      return own.get(file) === token;
    },
    release() {
      if (own.get(file) !== token) return;
      own.delete(file);
      if (own.size === 0) process.off("exit", releaseAll);
      rmSync(file, { force: true });
    },
  };
}

function claimFolder(folder: string, what: string, token: string): void {
  const file = join(folder, lockName);
  const draft = `${file}.${token}.tmp`;
  const me = { host: hostname(), process: process.pid, started: startOf(process.pid), token };
  try {
    writeFileSync(draft, JSON.stringify({ ...me, since: new Date().toISOString() }), wx);
    while (!placed(draft, file)) {
      const text = textOf(file);
      const held = readOwner(text);
      if (held !== undefined && isLive(held)) throw locked(folder, file, what, held);
      putAside(file, text);
    }
    removeDrafts(folder);
  } catch (cause) {
    if (cause instanceof ChainruleError) throw cause;
    throw cannotLock(folder, what, cause);
  } finally {
    rmSync(draft, { force: true });
  }
}

const wx = { flag: "wx" } as const;

/** Puts a draft in place as the lock if there is none: a link, since it appears with its content and never over another. */
function placed(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (cause) {
    const code = codeOf(cause);
    if (code === "EEXIST") return false;
    if (code === "ENOENT" || code === "ENOSPC" || code === "EROFS") throw cause;
  }
  try {
    writeFileSync(file, readFileSync(draft), wx); // a file system without links
    return true;
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") return false;
    throw cause;
  }
}

/** Removes a lock that nobody holds, but not one that another process has put there since it was read. */
function putAside(file: string, text: string): void {
  const aside = `${file}.${randomBytes(8).toString("hex")}.tmp`;
  try {
    renameSync(file, aside);
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return; // another was quicker
    throw cause;
  }
  if (textOf(aside) !== text) placed(aside, file);
  rmSync(aside, { force: true });
}

/** Removes what processes left that were killed while they took the lock, but nothing that one may be about to use. */
function removeDrafts(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (!/^\.lock\..*\.tmp$/.test(name)) continue;
    const facts = statSync(join(folder, name), { throwIfNoEntry: false });
    const isOld = facts !== undefined && Date.now() - facts.mtimeMs > 60_000;
    if (isOld) rmSync(join(folder, name), { force: true });
  }
}

function codeOf(cause: unknown): string | undefined {
  return (cause as NodeJS.ErrnoException).code;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function readOwner(text: string): Owner | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) && typeof value.process === "number"
      ? (value as unknown as Owner)
      : undefined;
  } catch {
    return undefined; // cut off when its machine went down
  }
}

function isLive({ host, process: id, started }: Owner): boolean {
  if (host !== hostname()) return true; // nobody can tell from here
  if (id === process.pid) return false; // this process takes over from itself, or got an old one's number
  try {
    process.kill(id, 0);
  } catch (cause) {
    if (codeOf(cause) === "ESRCH") return false;
  }
  const now = startOf(id);
  return now === "" || started === "" || now === started;
}

/**
 * When a process started, as Linux tells: the machine's start and the ticks since, field 22 of proc(5)'s stat. A process
 * that has ended and waits for its parent to notice started never.
 */
function startOf(id: number): string {
  const stat = textOf(`/proc/${id}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields.length < 20) return "";
  if (fields[0] === "Z" || fields[0] === "X") return "ended";
  return `${textOf("/proc/sys/kernel/random/boot_id").trim()}/${fields[19]}`;
}

function releaseAll(): void {
  for (const file of own.keys()) rmSync(file, { force: true });
}

function locked(folder: string, file: string, what: string, owner: Owner): ChainruleError {
  const { host, process: id, since } = owner;
  const place = host === hostname() ? "" : ` on ${host}`;
  return new ChainruleError({
    code: "LOCKED",
    op: what,
    problem: `${folder} is in use by process ${id}${place} since ${since}`,
    fix: `Wait until it ends, or use another folder; if there is no such process, delete ${file}.`,
    detail: { folder, file, ...owner },
  });
}

function cannotLock(folder: string, what: string, cause: unknown): ChainruleError {
  return new ChainruleError({
    code: "WRITE_FAILED",
    op: what,
    problem: `cannot write to ${folder}: ${reasonOf(cause)}`,
    fix: "Use a folder that may be written to, on a disk with room.",
    detail: { folder },
    cause,
  });
}
