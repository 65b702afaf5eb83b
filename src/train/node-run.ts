// Run directories: `model.safetensors` (weights and other state by path), `history.jsonl` (one epoch per line) and
// `run.json` (what it is, and how to build model and data again). Each file is written atomically, `run.json` last, and
// it names the weights' checksum: a run read back is complete and unmixed, or refused.
// The state of optimizer and data order, for exact resume, will be a file of its own beside these.

import { createHash } from "node:crypto";
import { constants, existsSync, readFileSync } from "node:fs";
import { access, mkdir, readdir, rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { ChainruleError } from "../core/errors.ts";
import type { HostTensor } from "../core/host.ts";
import {
  readFileOrExplain,
  readTextOrExplain,
  reasonOf,
  writeFileAtomic,
} from "../formats/node-files.ts";
import { decodeSafetensors, encodeSafetensors } from "../formats/safetensors.ts";
import type { Layer } from "../nn/layer.ts";
import { loadState } from "../nn/state.ts";
import { countParameters, namedState } from "../nn/walk.ts";
import type { EpochRecord } from "./fit.ts";
import { bad, decodeRun, encodeHistory, encodeRun, type RunDescription } from "./run.ts";

/** Names of the files of a run. */
export const runFiles = {
  weights: "model.safetensors",
  history: "history.jsonl",
  description: "run.json",
} as const;

/** What `saveRun` takes: a description without the parts that it fills in. */
export type RunFacts = Omit<
  RunDescription,
  "format" | "version" | "library" | "parameters" | "weightsSha256"
>;

/** A run read back. */
export interface SavedRun {
  /** Absolute path of the run directory. */
  readonly directory: string;
  readonly description: RunDescription;
  /** Weights and other state by path. */
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

/** Version of this library. */
export function libraryVersion(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/**
 * Makes sure that a run can be saved to `directory`; writes nothing. A directory with other content is refused, and so is
 * one with a run unless `overwrite` is set.
 */
export async function checkRunDirectory(
  directory: string,
  { overwrite = false }: { readonly overwrite?: boolean } = {},
): Promise<void> {
  const path = resolve(directory);
  const entries = await listed(path);
  if (entries.length > 0) {
    if (!entries.includes(runFiles.description)) throw occupied(path, entries);
    if (!overwrite) throw runExists(path);
  }
  let existing = path;
  while (!existsSync(existing)) existing = dirname(existing);
  await access(existing, constants.W_OK).catch((cause) => {
    throw cannotMake(path, cause);
  });
}

/** Saves a model with what is known about its run, in a directory that is made if need be. Errors: `WRITE_FAILED`. */
export async function saveRun(
  directory: string,
  model: Layer,
  facts: RunFacts,
  history: readonly EpochRecord[],
): Promise<void> {
  const weights = encodeSafetensors(hostState(model), { format: "chainrule" });
  const description: RunDescription = {
    format: "chainrule-run",
    version: 1,
    library: libraryVersion(),
    ...facts,
    parameters: countParameters(model),
    weightsSha256: sha256(weights),
  };
  const path = resolve(directory);
  const made = await makeDirectory(path).catch((cause) => {
    throw cannotMake(path, cause);
  });
  try {
    await writeFileAtomic(join(path, runFiles.weights), weights);
    await writeFileAtomic(join(path, runFiles.history), encodeHistory(history));
    await writeFileAtomic(join(path, runFiles.description), encodeRun(description));
  } catch (error) {
    for (const empty of made) await rmdir(empty).catch(() => {}); // one that is not empty stays
    throw error;
  }
}

/**
 * Reads a saved run. Errors: `MISSING_FILE` where there is none, `BAD_CHECKPOINT` for a damaged or foreign `run.json` or
 * weights of another run, `BAD_FILE` for damaged weights.
 */
export async function loadRun(directory: string): Promise<SavedRun> {
  const path = resolve(directory);
  const fix =
    "Name a run directory that `chainrule train` has written, e.g. the one it printed at its end.";
  if (!existsSync(path)) throw noRun(path, fix);
  const file = join(path, runFiles.description);
  const text = await readTextOrExplain(file, { what: "the run's description", fix });
  const description = decodeRun(text, file);
  const weightsFile = join(path, runFiles.weights);
  const bytes = await readFileOrExplain(weightsFile, { what: "the run's weights", fix });
  const { tensors } = decodeSafetensors(bytes, weightsFile);
  if (sha256(bytes) !== description.weightsSha256) {
    throw bad(
      weightsFile,
      `is not the file that ${runFiles.description} describes: its SHA-256 differs`,
    );
  }
  return { directory: path, description, tensors };
}

/** Gives a model the state of a saved run; a model of another form is a `BAD_CHECKPOINT` error. */
export function restoreModel(model: Layer, run: SavedRun): void {
  loadState(model, run.tensors);
}

function hostState(model: Layer): Map<string, HostTensor> {
  const state = [...namedState(model)].map(([path, { shape, dtype, slot }]) => {
    return [path, { shape, dtype, data: slot.fetch() }] as const;
  });
  return new Map(state);
}

/**
 * Makes a directory and those it lies in; returns what was made, inner ones first. Not `recursive`, which never returns
 * where the system answers "no such directory" for one whose parent is there, as /proc does.
 */
async function makeDirectory(path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let place = path; !existsSync(place); place = dirname(place)) missing.push(place);
  for (const place of missing.toReversed()) {
    await mkdir(place).catch((cause) => {
      if (cause.code !== "EEXIST") throw cause; // another run has just made it
    });
  }
  return missing;
}

async function listed(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw cannotMake(path, cause);
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function occupied(path: string, entries: readonly string[]): ChainruleError {
  const some = entries.slice(0, 3).join(", ") + (entries.length > 3 ? ", …" : "");
  return new ChainruleError({
    code: "WRITE_FAILED",
    op: "run",
    problem: `${path} is not empty and holds no run: ${entries.length} entries (${some})`,
    fix: "Name a new or empty directory by --out; nothing was written.",
    detail: { path, entries: entries.length },
  });
}

function runExists(path: string): ChainruleError {
  return new ChainruleError({
    code: "WRITE_FAILED",
    op: "run",
    problem: `${path} holds a run already`,
    fix: "Name another directory by --out, or replace that run by --overwrite; nothing was written.",
    detail: { path },
  });
}

function cannotMake(path: string, cause: unknown): ChainruleError {
  return new ChainruleError({
    code: "WRITE_FAILED",
    op: "run",
    problem: `cannot make the run directory ${path}: ${reasonOf(cause)}`,
    fix: "Name a directory by --out that may be written to.",
    detail: { path },
    cause,
  });
}

function noRun(path: string, fix: string): ChainruleError {
  return new ChainruleError({
    code: "MISSING_FILE",
    op: "run",
    problem: `the run directory ${path} does not exist`,
    fix,
    detail: { path },
  });
}
