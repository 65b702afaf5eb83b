// Trains in a process that is killed (SIGKILL: no handler runs) again and again, half of the times while a file is half
// written, and continued each time until it is done; then starts over. Every checkpoint that was there after one kill must
// be there after the next, and the weights at the end must be those of a run in one go, to the last bit.

import { type ChildProcess, spawn } from "node:child_process";
import {
  existsSync,
  type FSWatcher,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  watch,
} from "node:fs";
import { join } from "node:path";
import { RandomStream } from "../../src/core/random.ts";
import { checkpointFolder } from "../../src/train/checkpoints/node-checkpoints.ts";

export interface KillOptions {
  /** The command line's main.js. */
  readonly command: string;
  readonly recipe: string;
  /** A folder of one's own. */
  readonly folder: string;
  /** Kills in all. */
  readonly times: number;
  readonly target: "reference" | "wasm";
  readonly threads: number;
  readonly seed: number;
  /** More arguments of `train`. */
  readonly settings: readonly string[];
  readonly say?: (line: string) => void;
}

export interface KillReport {
  readonly kills: number;
  /** Kills that left a half-written file. */
  readonly inSave: number;
  /** Kills before there was any checkpoint. */
  readonly early: number;
  /** Runs that reached their end, each compared with the run in one go. */
  readonly runs: number;
  /** What went wrong, in words; nothing should. */
  readonly faults: readonly string[];
}

/** Kills as often as asked, and then lets the last run reach its end. */
export async function killOften(options: KillOptions): Promise<KillReport> {
  const { folder, times, seed, say = () => {} } = options;
  const random = new RandomStream(seed);
  const faults: string[] = [];
  const report = { kills: 0, inSave: 0, early: 0, runs: 0 };
  const whole = join(folder, "whole");
  const started = performance.now();
  const { output, code } = await trainer(options, whole).ended;
  if (code !== 0) return { ...report, faults: [`the run in one go failed: ${output}`] };
  const longest = performance.now() - started;
  const wanted = outcomeOf(whole);

  let directory = "";
  let newest = -1;
  let isDone = true;
  while (report.kills < times || !isDone) {
    if (isDone) {
      directory = join(folder, `run-${report.runs}`);
      newest = -1;
    }
    const before = halfWritten(directory);
    const child = trainer(options, directory);
    if (report.kills < times) armed(child.process, directory, random, longest);
    const { code, signal, output } = await child.ended;
    isDone = code === 0;
    if (isDone) {
      report.runs++;
      const got = outcomeOf(directory);
      for (const name of Object.keys(wanted) as (keyof typeof wanted)[]) {
        if (got[name] !== wanted[name]) faults.push(`run ${report.runs}: other ${name}`);
      }
      rmSync(directory, { recursive: true });
    } else if (signal === "SIGKILL") {
      report.kills++;
      if (halfWritten(directory).some((name) => !before.includes(name))) report.inSave++;
      const step = await newestStep(directory, faults);
      if (step < newest)
        faults.push(`kill ${report.kills}: went back from step ${newest} to ${step}`);
      if (step < 0) report.early++;
      newest = step;
    } else {
      faults.push(`kill ${report.kills}: the next run ended with ${code ?? signal}: ${output}`);
      isDone = true;
    }
    if (faults.length > 3) break;
    say(
      `${report.kills} kills, ${report.inSave} in a save, ${report.runs} runs done, at step ${newest}`,
    );
  }
  return { ...report, faults };
}

interface Trainer {
  readonly process: ChildProcess;
  readonly ended: Promise<{
    readonly code: number | null;
    readonly signal: string | null;
    readonly output: string;
  }>;
}

function trainer(options: KillOptions, directory: string): Trainer {
  const { command, recipe, target, threads, settings } = options;
  const words = ["train", recipe, "-q", "--target", target, "--out", directory, "--resume"];
  const child = spawn(process.execPath, [command, ...words, ...settings], {
    env: { ...process.env, CHAINRULE_THREADS: String(threads) },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk;
    });
  }
  const ended = new Promise<Awaited<Trainer["ended"]>>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, output }));
  });
  return { process: child, ended };
}

/** Longest time from the beginning of training to a kill, in milliseconds. */
const reach = 800;

/**
 * Sets a moment at which a process is killed: any time after it took hold of its directory, rarely any time at all, and half
 * of the times the moment when a temporary file appears, or a little later.
 */
function armed(
  child: ChildProcess,
  directory: string,
  random: RandomStream,
  longest: number,
): void {
  const [kind, when, wait] = random.uniform(3);
  const timers: NodeJS.Timeout[] = [];
  const killIn = (milliseconds: number): void => {
    timers.push(setTimeout(() => child.kill("SIGKILL"), milliseconds));
  };
  const nth = 1 + Math.floor(when * 12);
  const seen = new Set<string>();
  const watchers: FSWatcher[] = [];
  const checkpoints = join(directory, "checkpoints");
  const look = (folder: string): void => {
    const watcher = watch(folder, (_, name) => {
      if (name === "checkpoints" && watchers.length === 1) look(checkpoints);
      if (!name?.endsWith(".tmp") || seen.has(name)) return;
      seen.add(name);
      if (kind > 0.1 && kind < 0.5 && seen.size === 1) killIn(when * reach);
      if (kind < 0.5 || seen.size !== nth) return;
      if (wait < 0.5) child.kill("SIGKILL");
      else killIn(4 * (wait - 0.5));
    });
    watchers.push(watcher);
  };
  mkdirSync(directory, { recursive: true });
  if (kind < 0.1) killIn(when * longest);
  look(directory);
  if (existsSync(checkpoints)) look(checkpoints);
  child.on("close", () => {
    for (const timer of timers) clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  });
}

/** Everything of a run that must be the same: weights, and the history without the time it took. */
function outcomeOf(directory: string): { weights: string; history: string } {
  const lines = readFileSync(join(directory, "history.jsonl"), "utf8").trim().split("\n");
  const records = lines.map((line) => ({ ...JSON.parse(line), seconds: 0 }));
  return {
    weights: readFileSync(join(directory, "model.safetensors")).toString("base64"),
    history: JSON.stringify(records),
  };
}

function halfWritten(directory: string): string[] {
  const folders = [directory, join(directory, "checkpoints")].filter((each) => existsSync(each));
  return folders.flatMap((each) => readdirSync(each)).filter((name) => name.endsWith(".tmp"));
}

/** The step that the next process will go on from; −1 where there is no checkpoint. Nothing may be damaged. */
async function newestStep(directory: string, faults: string[]): Promise<number> {
  const store = checkpointFolder(join(directory, "checkpoints"), {
    warn: (message) => faults.push(message),
  });
  const state = await store.load().catch((error: unknown) => void faults.push(String(error)));
  return state?.facts.step ?? -1;
}
