// Continuing a run that a directory holds: whether there is one, and whether what is asked for is the same run. More
// epochs are, everything else that changes the weights is not.

import { join, resolve } from "node:path";
import { ChainruleError } from "../../core/errors.ts";
import { readTextOrExplain } from "../../formats/node-files.ts";
import { isLocked } from "../checkpoints/node-lock.ts";
import { runEntries, runFiles, settleRun } from "../node-run.ts";
import type { RecipeOptions } from "./recipe.ts";
import { decodeRun, type RunDescription } from "./run.ts";

/** What somebody wants to train; settings that are not given are the saved run's. */
export interface WantedRun {
  readonly recipe: RunDescription["recipe"];
  readonly options: Partial<RecipeOptions>;
  readonly target?: string;
}

/**
 * Reads the description of the run in a directory, to continue it; undefined where there is nothing yet. A saving that was
 * stopped after its description is ended, since a finished run is not saved again. Errors:
 * `WRITE_FAILED` for a directory with other content; `BAD_CHECKPOINT` for a damaged description.
 */
export async function runToContinue(directory: string): Promise<RunDescription | undefined> {
  const path = resolve(directory);
  const entries = await runEntries(path);
  if (!entries.includes(runFiles.description)) return undefined;
  const isLive = isLocked(path); // then its process may be in the middle of a saving
  if (!isLive) await settleRun(path).catch(() => {}); // a read-only folder: readers find the weights where they are
  const file = join(path, runFiles.description);
  return decodeRun(await readTextOrExplain(file, { what: "the run's description" }), file);
}

/** Refuses, by a `BAD_ARGUMENT` error with the differences, to continue a run with the settings of another one. */
export function checkSameRun(directory: string, saved: RunDescription, wanted: WantedRun): void {
  const different = differences(saved, wanted);
  if (different.length > 0) throw another(resolve(directory), different);
}

/** Whether a run is finished, also for as many epochs as are wanted now. */
export function isDone({ status, options, epochs }: RunDescription, wanted?: number): boolean {
  return status === "finished" && (wanted ?? options.epochs) <= (epochs ?? options.epochs);
}

/** What of a run was asked for otherwise than it was begun, in words. */
function differences(saved: RunDescription, { recipe, options, target }: WantedRun): string[] {
  const { epochs, dataDir, onProgress, ...settings } = options;
  const asked: Record<string, unknown> = { recipe: recipe.name, target, ...settings };
  const held: Record<string, unknown> = {
    ...saved.options,
    recipe: saved.recipe.name,
    target: saved.target,
  };
  const other = Object.keys(asked).filter((name) => {
    return asked[name] !== undefined && JSON.stringify(asked[name]) !== JSON.stringify(held[name]);
  });
  const words = other.map(
    (name) => `${name} ${shown(held[name])} there, ${shown(asked[name])} here`,
  );
  const done = saved.epochs ?? 0;
  if (epochs !== undefined && epochs < done)
    words.push(`${done} epochs done there, ${epochs} here`);
  return words;
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function another(path: string, different: readonly string[]): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "train",
    problem: `${path} holds a run with other settings: ${different.join("; ")}`,
    fix: "Leave these settings out to continue that run with its own; only more epochs may be asked for. Or name another directory by --out.",
    detail: { path, different },
  });
}

/** The error for a run that was begun but has nothing to go on from. */
export function nothingToContinue(path: string): ChainruleError {
  return new ChainruleError({
    code: "BAD_CHECKPOINT",
    op: "train",
    problem: `the run in ${path} has no checkpoints to continue from`,
    fix: "An older version wrote it, or they were deleted. Train again with --overwrite, or name another directory by --out.",
    detail: { path },
  });
}
