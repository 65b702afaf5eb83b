// The directory of a run in progress: claimed for this process, with its checkpoints. A run that it replaces is put aside
// until the new one has something to show, and comes back if that never happens.

import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import type { KeepPolicy } from "../callbacks/keep.ts";
import { type CheckpointFolder, checkpointFolder } from "../checkpoints/node-checkpoints.ts";
import { makeDirectory } from "../checkpoints/node-directory.ts";
import { type FolderLock, lockFolder } from "../checkpoints/node-lock.ts";
import { recordedFiles, runFiles } from "../node-run.ts";

export interface RunPlaceOptions {
  /** Puts the run aside that is there. */
  readonly replace?: boolean;
  readonly keep?: number | KeepPolicy;
  readonly warn?: (message: string) => void;
}

/** A run directory that this process writes to. */
export interface RunPlace {
  readonly directory: string;
  readonly checkpoints: CheckpointFolder;
  /** The new run can be continued: what it replaces may go. */
  settle(): void;
  /** Removes what a run wrote that has no checkpoint, and brings back what it replaces; leaves others alone. */
  discardUnlessSaved(): void;
  /** Lets other processes have the directory. */
  close(): Promise<void>;
}

/** Everything that a run writes, `run.json` last: until it goes, the directory is known for a run's. */
const own: readonly string[] = [
  ...recordedFiles,
  ...Object.values(runFiles).filter((name) => name !== runFiles.description),
  runFiles.description,
];

/** Makes and claims a run directory. Errors: `LOCKED` where another process trains into it, `WRITE_FAILED`. */
export function openRun(
  directory: string,
  { replace = false, keep, warn }: RunPlaceOptions = {},
): RunPlace {
  const path = resolve(directory);
  const made = makeDirectory(path);
  let lock = lockFolder(path, "train");
  removeTemporary(path);
  const isNew = made.includes(path);
  const aside = replace && !isNew ? putAside(path, lock) : undefined;
  if (!lock.held) lock = lockFolder(path, "train");
  const checkpoints = checkpointFolder(join(path, runFiles.checkpoints), { keep, warn });
  return {
    ...{ directory: path, checkpoints },
    async close() {
      await checkpoints.close();
      lock.release();
    },
    settle() {
      if (aside !== undefined && existsSync(aside)) dissolve(aside, path);
    },
    discardUnlessSaved() {
      if (!existsSync(path) || hasCheckpoint(checkpoints.directory)) return;
      lock.release();
      removeOwn(path);
      for (const empty of made) removeEmpty(empty);
      if (aside !== undefined) bringBack(aside, path);
    },
  };
}

function hasCheckpoint(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((name) => name.startsWith("step-"));
}

/**
 * Moves a whole run directory beside its place, in one step, so that it is never half there. Where that cannot be, since
 * somebody stands in it or it is mounted there, its run is removed.
 */
function putAside(path: string, lock: FolderLock): string | undefined {
  const aside = `${path}.replaced-${randomBytes(3).toString("hex")}`;
  const isAbove = `${process.cwd()}/`.startsWith(`${path}/`);
  lock.release();
  if (!isAbove && moved(path, aside)) {
    makeDirectory(path);
    return aside;
  }
  removeOwn(path);
  return undefined;
}

function moved(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}

/** Deletes the run that was put aside; what else its directory held goes back to its place. */
function dissolve(aside: string, path: string): void {
  removeOwn(aside);
  for (const name of readdirSync(aside)) {
    if (!existsSync(join(path, name))) moved(join(aside, name), join(path, name));
  }
  removeEmpty(aside);
}

function bringBack(aside: string, path: string): void {
  removeEmpty(path);
  moved(aside, path);
}

/** Removes a directory; one that is not empty stays, for its owner to look at. */
function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Somebody else's files are in it.
  }
}

function removeOwn(path: string): void {
  removeTemporary(path);
  for (const name of own) rmSync(join(path, name), { recursive: true, force: true });
}

/** Removes what a killed process left half written. */
function removeTemporary(path: string): void {
  const starts = own.map((name) => `.${name}.`);
  for (const name of readdirSync(path)) {
    const isOurs = name.endsWith(".tmp") && starts.some((start) => name.startsWith(start));
    if (isOurs) rmSync(join(path, name), { force: true });
  }
}
