// Making directories, and saying why not.

import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { ChainruleError } from "../core/errors.ts";
import { reasonOf } from "../formats/node-files.ts";

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
