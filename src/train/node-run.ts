// Run directories: `model.safetensors` (weights and other state by path), `history.jsonl` (one epoch per line), `run.json`
// (what it is, and how to build model and data again) and, while it can be continued, `checkpoints/`. `run.json` names the
// weights' checksum and is the moment of change: new weights lie beside the old ones, as `model-next.safetensors`, until it
// speaks of them, and the history has every epoch that it speaks of. So a run read back is complete and unmixed, whenever
// the process or machine that wrote it stopped.

import { createHash } from "node:crypto";
import { constants, existsSync, readFileSync } from "node:fs";
import { access, readdir, rename, rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { ChainruleError } from "../core/errors.ts";
import type { HostTensor } from "../core/host.ts";
import { readFileOrExplain, readTextOrExplain, writeFileAtomic } from "../formats/node-files.ts";
import { decodeSafetensors, encodeSafetensors } from "../formats/safetensors.ts";
import type { Layer } from "../nn/layer.ts";
import { loadState, saveState } from "../nn/state.ts";
import { countParameters } from "../nn/walk.ts";
import { cannotMake, directoryOf, makeDirectory } from "./checkpoints/node-directory.ts";
import type { EpochRecord } from "./fit.ts";
import {
  bad,
  checkRun,
  decodeRun,
  encodeHistory,
  encodeRun,
  type RunDescription,
} from "./runs/run.ts";

/** Names of the files of a run. */
export const runFiles = {
  weights: "model.safetensors",
  nextWeights: "model-next.safetensors",
  history: "history.jsonl",
  description: "run.json",
  checkpoints: "checkpoints",
} as const;

/** What the recorder writes beside them. */
export const recordedFiles: readonly string[] = [
  "metrics.jsonl",
  "tensorboard",
  "report.json",
  "report.html",
  "live.json",
  "control.json",
];

/** What `saveRun` takes: a description without the parts that it fills in. */
export type RunFacts = Omit<
  RunDescription,
  "format" | "version" | "library" | "saved" | "parameters" | "weightsSha256"
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
  const entries = await runEntries(path);
  if (entries.length > 0 && !overwrite) throw runExists(path);
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
  const path = directoryOf("saveRun", directory);
  const weights = encodeSafetensors(saveState(model), { format: "chainrule" });
  const description: RunDescription = {
    format: "chainrule-run",
    version: 1,
    library: libraryVersion(),
    ...facts,
    saved: new Date().toISOString(),
    parameters: countParameters(model),
    weightsSha256: sha256(weights),
  };
  checkRun(description);
  const made = makeDirectory(path);
  try {
    await settleRun(path);
    await writeFileAtomic(join(path, runFiles.nextWeights), weights);
    await writeFileAtomic(join(path, runFiles.history), encodeHistory(history));
    await writeFileAtomic(join(path, runFiles.description), encodeRun(description));
    await moveNextWeights(path);
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
  const path = directoryOf("loadRun", directory);
  const fix =
    "Name a run directory that `chainrule train` has written, e.g. the one it printed at its end.";
  if (!existsSync(path)) throw noRun(path, fix);
  const file = join(path, runFiles.description);
  const read = (): Promise<string> =>
    readTextOrExplain(file, { what: "the run's description", fix });
  for (let text = await read(); ; ) {
    const description = decodeRun(text, file);
    try {
      return { directory: path, description, tensors: await readWeights(path, description, fix) };
    } catch (error) {
      const before = text;
      text = await read();
      if (text === before) throw error; // else a process that trains has saved in between
    }
  }
}

/** Reads the weights that a description speaks of: in their place, or beside it where the writer was stopped in between. */
async function readWeights(
  path: string,
  { weightsSha256 }: RunDescription,
  fix: string,
): Promise<ReadonlyMap<string, HostTensor>> {
  const place = join(path, runFiles.weights);
  const next = join(path, runFiles.nextWeights);
  const read = (file: string): Promise<Uint8Array> =>
    readFileOrExplain(file, { what: "the run's weights", fix });
  for (const file of [place, next, place]) {
    // The place at the end once more, for a writer that has just put it there: then there is no next one.
    const bytes = await read(file).catch(unlessMissing);
    if (bytes !== undefined && sha256(bytes) === weightsSha256)
      return decodeSafetensors(bytes, file).tensors;
  }
  const bytes = await read(place);
  decodeSafetensors(bytes, place); // says what is wrong with the file, if it is not another run's
  throw bad(place, `is not the file that ${runFiles.description} describes: its SHA-256 differs`);
}

function unlessMissing(error: ChainruleError): undefined {
  if (error.code !== "MISSING_FILE") throw error;
}

/** Ends a saving that was stopped after `run.json`, so that the weights that it speaks of are not written over. */
export async function settleRun(path: string): Promise<void> {
  const next = join(path, runFiles.nextWeights);
  if (!existsSync(next)) return;
  const file = join(path, runFiles.description);
  const described = await readTextOrExplain(file).then(
    (text) => decodeRun(text, file).weightsSha256,
    () => undefined,
  );
  const found = sha256(await readFileOrExplain(next));
  if (found === described) await moveNextWeights(path);
}

async function moveNextWeights(path: string): Promise<void> {
  const next = join(path, runFiles.nextWeights);
  await rename(next, join(path, runFiles.weights)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error; // else another process has settled the run
  });
}

/** Gives a model the state of a saved run; a model of another form is a `BAD_CHECKPOINT` error. */
export function restoreModel(model: Layer, run: SavedRun): void {
  loadState(model, run.tensors);
}

/**
 * What a directory holds of a run: nothing where it does not exist, is empty or has only what a process left that was
 * killed before it had saved anything. Other content is a `WRITE_FAILED` error.
 */
export async function runEntries(path: string): Promise<readonly string[]> {
  const entries = await listed(path);
  if (entries.includes(runFiles.description)) return entries;
  const foreign = entries.filter((name) => !isLeftOver(name, entries));
  if (foreign.length > 0) throw occupied(path, foreign);
  return [];
}

/** Whether a first saving that was stopped before `run.json` wrote this; it writes the history after the next weights. */
function isLeftOver(name: string, entries: readonly string[]): boolean {
  if (name === runFiles.history) return entries.includes(runFiles.nextWeights);
  return name === runFiles.nextWeights || /^\.(lock$|.*\.tmp$)/.test(name);
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
    problem: `${path} is not empty and holds no run, but ${some}`,
    fix: "Name a new or empty directory by --out; nothing was written.",
    detail: { path, entries: entries.length },
  });
}

function runExists(path: string): ChainruleError {
  return new ChainruleError({
    code: "WRITE_FAILED",
    op: "run",
    problem: `${path} holds a run already`,
    fix: "Continue that run by --resume, replace it by --overwrite, or name another directory by --out; nothing was written.",
    detail: { path },
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
