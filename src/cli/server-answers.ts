// What is asked about runs, and the answers, as JSON or bytes. Names in an address are looked up among what was found on the
// disk; none becomes part of a path. Files of runs may be of anybody: their size is bounded, and what is no JSON is no answer.

import { lstat, readdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { isRecord } from "../core/tree.ts";
import { chineseFindings } from "../inspect/index.ts";
import { liveStateOf, type RunRow, readRunEntry, steerRun } from "../train/node.ts";
import { EventSettings } from "./server-event-settings.ts";
import { type FoundRun, findRuns, openInside } from "./server-folders.ts";

/** Bytes of a log in one answer, and of a report's facts, at most. */
const largestPiece = 1 << 18;
const largestFacts = 32 << 20;

/** The runs in some folders, for one server. */
export class RunAnswers {
  readonly #folders: readonly string[];
  readonly #settings = new EventSettings();
  #runs = new Map<string, FoundRun>();

  constructor(folders: readonly string[]) {
    this.#folders = folders;
  }

  /** All runs, newest first. */
  async list(): Promise<readonly RunRow[]> {
    const found = await findRuns(this.#folders);
    this.#runs = new Map(found.map((run) => [run.id, run]));
    const rows = await Promise.all(found.map((run) => rowOf(run, this.#settings)));
    return rows.sort((a, b) => b.when.localeCompare(a.when));
  }

  /** What the report of a run holds, its findings in Chinese, and its checkpoints; undefined for an unknown run. */
  async details(id: string): Promise<Record<string, unknown> | undefined> {
    const run = await this.#find(id);
    if (run === undefined) return undefined;
    const report = await factsOf(run, "report.json");
    return { report, chinese: chineseOf(report), checkpoints: await checkpointsOf(run) };
  }

  /** Bytes of a file of a run from a place on; none behind its end. */
  async piece(id: string, name: string, from: number): Promise<Uint8Array | undefined> {
    const run = await this.#find(id);
    const known = run?.files.find((file) => file.name === name);
    const file = known && (await openInside(run!.directory, known.path));
    if (file === undefined) return undefined;
    try {
      const { size } = await file.stat();
      const bytes = new Uint8Array(Math.max(0, Math.min(largestPiece, size - from)));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
      return bytes.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }

  /** Asks something of a run that is being trained; says what was wrong, if something was. */
  async steer(id: string, wanted: unknown): Promise<"done" | "unknown" | "not live" | "bad"> {
    const run = await this.#find(id);
    if (run === undefined) return "unknown";
    if (!isWanted(wanted)) return "bad";
    if (liveStateOf(run.directory) === undefined) return "not live";
    await steerRun(run.directory, wanted);
    return "done";
  }

  async #find(id: string): Promise<FoundRun | undefined> {
    if (!this.#runs.has(id)) await this.list();
    return this.#runs.get(id);
  }
}

/** Whether a value asks for something, and for nothing that there is not. */
function isWanted(value: unknown): value is Record<string, never> {
  if (!isRecord(value) || Object.keys(value).length === 0) return false;
  const { paused = false, learningRate = 1, stop = true, ...others } = value;
  const isRate = typeof learningRate === "number" && learningRate > 0 && learningRate < 1e6;
  return typeof paused === "boolean" && stop === true && isRate && Object.keys(others).length === 0;
}

async function rowOf(run: FoundRun, settings: EventSettings): Promise<RunRow> {
  const { id, name, directory, isOwn } = run;
  const folder = relative(process.cwd(), directory) || directory;
  const files = await Promise.all(
    run.files.map(async ({ name, part, path }) => {
      const facts = await stat(path).catch(() => undefined);
      return { name, part, bytes: facts?.size ?? 0, when: facts?.mtime.toISOString() ?? "" };
    }),
  );
  const shown = files.map(({ when, ...file }) => file);
  const newest = files.map(({ when }) => when).reduce((a, b) => (a > b ? a : b), "");
  const base = { id, name, folder, files: shown };
  if (!isOwn) {
    const configuration = await settings.of(run);
    return { ...base, recipe: "", status: "events", results: {}, configuration, when: newest };
  }
  const {
    directory: _,
    name: __,
    ...entry
  } = (await isWhole(run)) ? await readRunEntry(directory) : { ...damaged, directory, name };
  const live = liveStateOf(directory);
  const when = newest > entry.when ? newest : entry.when;
  return { ...base, ...entry, when, ...(live === undefined ? {} : { live, status: "live" }) };
}

const damaged = {
  recipe: "",
  status: "damaged",
  problem: "a file of the run is a link or too large",
  results: {},
  configuration: {},
  when: "",
} as const;

/** Whether the files that describe a run are its own, and of a size that is read at once. */
async function isWhole({ directory }: FoundRun): Promise<boolean> {
  for (const name of ["run.json", "report.json"]) {
    const path = join(directory, name);
    if (!(await stat(path).catch(() => undefined))) continue;
    const file = await openInside(directory, path);
    const size = (await file?.stat())?.size ?? Number.POSITIVE_INFINITY;
    await file?.close();
    if (size > largestFacts) return false;
  }
  return true;
}

async function factsOf(
  { directory }: FoundRun,
  name: string,
): Promise<Record<string, unknown> | undefined> {
  const file = await openInside(directory, join(directory, name));
  if (file === undefined) return undefined;
  try {
    if ((await file.stat()).size > largestFacts) return undefined;
    const facts: unknown = JSON.parse(await file.readFile("utf8"));
    return isRecord(facts) ? facts : undefined;
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}

/** The Chinese texts of a report's findings, by name; the report itself has English ones. */
function chineseOf(report: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> {
  const findings = Array.isArray(report?.findings) ? report.findings : [];
  const names = findings.map((finding) => (isRecord(finding) ? String(finding.name) : ""));
  const known = names.filter((name) => Object.hasOwn(chineseFindings, name));
  return Object.fromEntries(known.map((name) => [name, chineseFindings[name]]));
}

async function checkpointsOf({ directory }: FoundRun): Promise<unknown[]> {
  const folder = join(directory, "checkpoints");
  if (!(await lstat(folder).catch(() => undefined))?.isDirectory()) return []; // nor one behind a link
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile() && /^step-\d+\./.test(entry.name));
  const found = files.map(async ({ name }) => {
    const facts = await stat(join(folder, name)).catch(() => undefined);
    const step = Number(name.match(/\d+/)![0]);
    return facts && { name, step, bytes: facts.size, when: facts.mtime.toISOString() };
  });
  return (await Promise.all(found)).filter((entry) => entry !== undefined);
}
