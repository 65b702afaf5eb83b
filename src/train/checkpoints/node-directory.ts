// Directories that users name: whether it is a name at all, and making them, or saying why not.

import { existsSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";
import { reasonOf } from "../../formats/node-files.ts";

/** A directory as an absolute path. Errors: `BAD_ARGUMENT` for what is no path. */
export function directoryOf(op: string, directory: string): string {
  if (typeof directory === "string" && directory !== "") return resolve(directory);
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `needs the path of a directory; received ${showValue(directory)}`,
    fix: `Pass a path, as ${op}("runs/first").`,
  });
}

/**
 * Makes a directory and those it lies in; returns what was made, inner ones first. Not `recursive`, which never returns
 * where the system answers "no such directory" for one whose parent is there, as /proc does. Errors: `WRITE_FAILED`.
 */
export function makeDirectory(path: string): string[] {
  const missing: string[] = [];
  for (let place = path; !existsSync(place); place = dirname(place)) missing.push(place);
  for (const place of missing.toReversed()) {
    try {
      mkdirSync(place);
    } catch (cause) {
      const isThere = (cause as NodeJS.ErrnoException).code === "EEXIST"; // another process has just made it
      if (!isThere) throw cannotMake(path, cause);
    }
  }
  return missing;
}

/** The error for a directory that cannot be made or listed. */
export function cannotMake(path: string, cause: unknown): ChainruleError {
  return new ChainruleError({
    code: "WRITE_FAILED",
    problem: `cannot make the directory ${path}: ${reasonOf(cause)}`,
    fix: "Name one that may be written to.",
    detail: { path },
    cause,
  });
}
