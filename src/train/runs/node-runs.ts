// The runs in some folders, each with what is known of it; damaged ones with the reason, so that one of them hides no other.

import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { ChainruleError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import { readTextOrExplain, reasonOf } from "../../formats/node-files.ts";
import { directoryOf } from "../checkpoints/node-directory.ts";
import { readReportFacts, reportFiles, statusOf } from "../node-report.ts";
import { runFiles } from "../node-run.ts";
import { decodeRun, type RunDescription } from "./run.ts";

/** A run that was found. */
export interface RunEntry {
  /** Absolute path of the run directory. */
  readonly directory: string;
  /** Name of the directory. */
  readonly name: string;
  readonly recipe: string;
  /** `finished`, `interrupted` or another ending; `training`, `broken off` where its process is gone, or `damaged`. */
  readonly status: string;
  /** Why it is damaged. */
  readonly problem?: string;
  /** Whole epochs done, and how many there were to be. */
  readonly epochs?: number;
  readonly epochsWanted?: number;
  /** Final numbers by name, such as `testAccuracy`. */
  readonly results: Readonly<Record<string, number>>;
  /** When it was last written, as ISO 8601. */
  readonly when: string;
  /** All settings, those of the machine and the code included. */
  readonly configuration: Readonly<Record<string, Json>>;
}

/**
 * Lists the runs in some folders, newest first; a folder that is a run itself counts. Folders that hold no run are passed
 * over. Errors: `MISSING_FILE` and `BAD_FILE` for a folder that cannot be listed.
 */
export async function listRuns(...folders: readonly string[]): Promise<readonly RunEntry[]> {
  const places = (await Promise.all(folders.map(placesIn))).flat();
  const entries = await Promise.all([...new Set(places)].map(readRunEntry));
  return entries.sort((a, b) => b.when.localeCompare(a.when));
}

/** Reads what is known of a run directory; never throws for a damaged one. */
export async function readRunEntry(directory: string): Promise<RunEntry> {
  const path = directoryOf("readRunEntry", directory);
  const when = await writtenAt(path);
  try {
    return { ...(await describe(path)), when };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    const [first] = problem.split(/\. (?=[A-Z])/);
    const own = first.replaceAll(`${path}/`, "").replace(/^run: /, "");
    const known = { directory: path, name: basename(path), recipe: "", results: {} };
    return { ...known, status: "damaged", problem: own, when, configuration: {} };
  }
}

async function describe(path: string): Promise<Omit<RunEntry, "when">> {
  const facts = await readReportFacts(path);
  const file = join(path, runFiles.description);
  const known = { directory: path, name: basename(path) };
  if (!existsSync(file)) {
    if (facts === undefined)
      throw new Error(
        `there is neither ${runFiles.description} nor a ${reportFiles.facts} that can be read`,
      );
    const { name: recipe, configuration } = facts;
    const status = statusOf(path, undefined, facts) ?? "training";
    return { ...known, recipe, status, results: {}, configuration };
  }
  const run = decodeRun(await readTextOrExplain(file), file);
  if (!existsSync(join(path, runFiles.weights)) && !existsSync(join(path, runFiles.nextWeights)))
    throw new Error(`${runFiles.weights}, the trained weights, is missing`);
  const { results, options } = run;
  const status = statusOf(path, run, facts) ?? run.status;
  const epochs = run.epochs ?? (status === "finished" ? options.epochs : undefined);
  return {
    ...known,
    ...{ recipe: run.recipe.name, status, results, epochs, epochsWanted: options.epochs },
    configuration: settingsOf(run),
  };
}

function settingsOf(run: RunDescription): Record<string, Json> {
  const { recipe, options, target, library, device, code } = run;
  const settings = {
    recipe: recipe.module ?? recipe.name,
    ...(options as unknown as Record<string, Json>),
    target,
    library,
  };
  return {
    ...settings,
    ...(device === undefined ? {} : { device }),
    ...(code === undefined
      ? {}
      : { code: code.commit.slice(0, 10) + (code.dirty ? " + changes" : "") }),
  };
}

/** The run directories at and directly below a folder. */
async function placesIn(folder: string): Promise<string[]> {
  const path = directoryOf("listRuns", folder);
  const names = await readdir(path, { withFileTypes: true }).catch((cause) => {
    throw cannotList(path, cause);
  });
  if (isRun(path)) return [path];
  const inner = names.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name));
  return inner.filter(isRun);
}

function isRun(path: string): boolean {
  const files = [runFiles.description, runFiles.weights, reportFiles.facts];
  return files.some((name) => existsSync(join(path, name)));
}

async function writtenAt(path: string): Promise<string> {
  for (const name of [runFiles.description, reportFiles.facts, ""]) {
    const found = await stat(join(path, name)).catch(() => undefined);
    if (found !== undefined) return found.mtime.toISOString();
  }
  return "";
}

function cannotList(path: string, cause: unknown): ChainruleError {
  const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
  return new ChainruleError({
    code: isMissing ? "MISSING_FILE" : "BAD_FILE",
    op: "runs",
    problem: isMissing ? `there is no folder ${path}` : `cannot list ${path}: ${reasonOf(cause)}`,
    fix: "Name a folder with runs; `chainrule train` makes them in runs/.",
    detail: { path },
    cause,
  });
}
