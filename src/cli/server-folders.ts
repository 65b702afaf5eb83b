// The runs in the folders that were named: directories that `chainrule train` wrote, and folders with event files of
// TensorBoard, whoever wrote them. Links are not followed, so that a folder leads nowhere outside of itself.

import { createHash } from "node:crypto";
import { constants, type Dirent } from "node:fs";
import { type FileHandle, open, readdir, realpath } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";

/** A file of a run that may be read, with the name that asks for it. */
export interface RunFile {
  readonly name: string;
  readonly path: string;
  /** Its folder, seen from the run's. */
  readonly part: string;
}

/** A run that was found. */
export interface FoundRun {
  /** Names it in addresses: a hash of its place. */
  readonly id: string;
  readonly directory: string;
  /** Its place, seen from the named folder. */
  readonly name: string;
  /** Whether `chainrule train`, or a recorder, wrote it. */
  readonly isOwn: boolean;
  /** Event files and logs. */
  readonly files: readonly RunFile[];
}

const logs: readonly string[] = ["metrics.jsonl", "history.jsonl"];
const descriptions: readonly string[] = ["run.json", "report.json", "model.safetensors"];
const eventFile = /(^|\.)tfevents\./;
/** Folders that a framework makes within one run. */
const partNames: readonly string[] = ["train", "validation", "val", "eval", "test"];
/** What PyTorch's `add_hparams` makes beside a run's events, once for each set of settings: the time in seconds. */
const sessionName = /^\d{10,}\.\d+$/;
const deepest = 6;
const mostFolders = 5000;

/** Finds the runs at and below some folders; one that cannot be read holds none. */
export async function findRuns(folders: readonly string[]): Promise<FoundRun[]> {
  const found = new Map<string, FoundRun>();
  for (const folder of folders) {
    const root = await realpath(folder).catch(() => undefined);
    if (root === undefined) continue;
    const search: Search = { root, runs: new Map(), left: mostFolders };
    await look(root, deepest, search);
    for (const run of search.runs.values()) found.set(run.id, run);
  }
  return [...found.values()];
}

interface Search {
  readonly root: string;
  readonly runs: Map<string, FoundRun>;
  left: number;
}

/** Looks into a folder; `home` is the run that its events belong to, where they are part of one. */
async function look(path: string, depth: number, search: Search, home?: string): Promise<void> {
  if (search.left-- <= 0) return;
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  if (entries.some((entry) => entry.isFile() && descriptions.includes(entry.name))) {
    const files = [...logFiles(path, entries), ...(await eventsBelow(path, path, 3))];
    return add(search, path, true, files);
  }
  const events = entries.filter(isEventFile);
  if (events.length > 0) {
    const isPart = partNames.includes(basename(path)) && path !== search.root;
    const run = home ?? (isPart ? dirname(path) : path);
    add(search, run, false, eventFiles(run, path, events));
  }
  if (depth === 0) return;
  const folders = entries.filter(isFolder).map(({ name }) => name);
  const sessions = folders.filter((name) => sessionName.test(name));
  for (const name of folders) {
    const isOfRun = events.length > 0 && sessions.length === 1 && name === sessions[0];
    await look(join(path, name), depth - 1, search, isOfRun ? path : undefined);
  }
}

function add({ root, runs }: Search, path: string, isOwn: boolean, files: RunFile[]): void {
  const known = runs.get(path);
  const all = [...(known?.files ?? []), ...files];
  const name = (relative(root, path) || basename(path)).split(sep).join("/");
  runs.set(path, { id: shortHash(path), directory: path, name, isOwn, files: all });
}

function logFiles(path: string, entries: readonly Dirent[]): RunFile[] {
  const found = entries.filter((entry) => entry.isFile() && logs.includes(entry.name));
  return found.map(({ name }) => ({ name, path: join(path, name), part: "" }));
}

async function eventsBelow(home: string, path: string, depth: number): Promise<RunFile[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  const own = eventFiles(home, path, entries.filter(isEventFile));
  if (depth === 0) return own;
  const inner = entries.filter(isFolder).map(({ name }) => join(path, name));
  const below = await Promise.all(inner.map((folder) => eventsBelow(home, folder, depth - 1)));
  return [...own, ...below.flat()];
}

function eventFiles(home: string, path: string, entries: readonly Dirent[]): RunFile[] {
  const part = relative(home, path).split(sep).join("/");
  const names = entries.map(({ name }) => name).sort(); // the order in which they were made
  return names.map((name) => ({
    ...{ name: `events-${shortHash(join(part, name))}`, path: join(path, name), part },
  }));
}

function isEventFile(entry: Dirent): boolean {
  return entry.isFile() && eventFile.test(entry.name);
}

function isFolder(entry: Dirent): boolean {
  return entry.isDirectory() && !/^\.|^node_modules$|^checkpoints$/.test(entry.name);
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/**
 * Opens a file of a run for reading. What has become a link, a pipe or a device since it was found, or lies behind a folder
 * that has become a link, is not opened.
 */
export async function openInside(directory: string, path: string): Promise<FileHandle | undefined> {
  const real = await realpath(path).catch(() => "");
  if (!real.startsWith(directory + sep)) return undefined;
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const file = await open(real, flags).catch(() => undefined);
  if (file === undefined || (await file.stat()).isFile()) return file;
  await file.close();
  return undefined;
}
