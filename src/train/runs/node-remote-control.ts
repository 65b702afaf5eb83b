// Steering a run from another process, through two small files in its directory: `live.json` says each second where the run
// stands, `control.json` says what is wanted of it. No port is opened: who may write into the directory may steer the run,
// and could as well replace its checkpoints. What is wanted is a state and not an order, so that nothing is lost when it is
// written twice between two looks.

import { lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ChainruleError } from "../../core/errors.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { isRecord } from "../../core/tree.ts";
import { writeFileAtomic } from "../../formats/node-files.ts";
import type { Callback, TrainingRun } from "../callback.ts";
import { directoryOf } from "../checkpoints/node-directory.ts";
import type { LiveState, WantedState } from "./run-row.ts";

/** Names of the files in a run directory. */
export const controlFiles = { live: "live.json", control: "control.json" } as const;

/** Milliseconds between two looks at `control.json`, and between two writings of `live.json`. */
const lookEvery = 150;
const tellEvery = 1000;

/** Age in milliseconds from which on `live.json` is what a killed process left. */
const aliveFor = 5000;

/** Bytes of either file at most. */
const largest = 4096;

/**
 * Lets `chainrule studio`, or any program that calls `steerRun`, pause, continue and stop the run and set its learning rate.
 *
 * `fit(model, { train, callbacks: [runRecorder("runs/first", { name: "first" }), remoteControl("runs/first")] })`
 * Errors: `BAD_ARGUMENT` for something else than the path of a directory.
 */
export function remoteControl(directory: string): Callback {
  const path = directoryOf("remoteControl", directory);
  let end = (): void => {};
  return {
    name: `remoteControl ${directory}`,
    onStart(run) {
      end = listen(path, run);
    },
    onEnd: () => end(),
  };
}

/** Says where the run of a directory stands; undefined where no process trains in it. */
export function liveStateOf(directory: string): LiveState | undefined {
  const path = directoryOf("liveStateOf", directory);
  const state = readSmall(join(path, controlFiles.live));
  if (state === undefined || !["running", "paused", "stopping"].includes(String(state.status)))
    return undefined;
  const numbers = ["process", "epoch", "epochs", "step", "seconds", "learningRate", "at"];
  if (!numbers.every((name) => typeof state[name] === "number")) return undefined;
  const age = Date.now() - Number(state.at);
  return age < aliveFor ? (state as unknown as LiveState) : undefined;
}

/**
 * Asks something of the run that a process trains in a directory: `await steerRun("runs/first", { paused: true })`.
 * Errors: `BAD_ARGUMENT` for wishes that there are not, `WRITE_FAILED`.
 */
export async function steerRun(directory: string, wanted: WantedState): Promise<void> {
  const folder = directoryOf("steerRun", directory);
  checkOptionNames("steerRun", wanted, wantedNames);
  if (Object.keys(wantedIn({ ...wanted })).length < Object.keys(wanted).length)
    throw notWanted(wanted);
  const path = join(folder, controlFiles.control);
  await writeFileAtomic(path, JSON.stringify({ ...wantedIn(readSmall(path)), ...wanted }));
}

/** Looks and tells until the function that is given back is called. The timer keeps a paused run's process alive. */
function listen(directory: string, run: TrainingRun): () => void {
  const paths = [controlFiles.live, controlFiles.control].map((name) => join(directory, name));
  const [live, control] = paths;
  const clear = (): void => {
    for (const path of paths) attempt(() => rmSync(path, { force: true }));
  };
  clear();
  let heard: WantedState = {};
  let told = 0;
  const look = (): void => {
    const wanted = wantedIn(readSmall(control));
    const isNews = follow(run, wanted, heard);
    heard = { ...heard, ...wanted };
    if (!isNews && Date.now() - told < tellEvery) return;
    told = Date.now();
    attempt(() => tell(live, run));
  };
  look();
  const timer = setInterval(look, lookEvery);
  return () => {
    clearInterval(timer);
    clear();
  };
}

/** Does what is wanted and was not before. */
function follow(run: TrainingRun, wanted: WantedState, heard: WantedState): boolean {
  const { paused, learningRate, stop } = wanted;
  const isNew = (name: keyof WantedState): boolean => wanted[name] !== heard[name];
  if (learningRate !== undefined && isNew("learningRate")) run.learningRate = learningRate;
  if (paused !== undefined && isNew("paused")) {
    if (paused) run.pause();
    else run.resume();
  }
  if (stop === true && isNew("stop")) run.stop("stopped from Studio");
  return Object.keys(wanted).some((name) => isNew(name as keyof WantedState));
}

function tell(path: string, run: TrainingRun): void {
  const { status, epochs, steps, learningRate, done } = run;
  const state: LiveState = {
    ...{ process: process.pid, status, epoch: done.epochs + 1, epochs, step: done.steps, steps },
    ...{ seconds: done.seconds, learningRate, at: Date.now() },
  };
  const draft = draftOf(path);
  try {
    writeFileSync(draft, JSON.stringify(state));
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true }); // the disk may be full
    throw error;
  }
}

/** Named as all that is half written in a run directory, where the next run clears it away. */
function draftOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.tmp`);
}

/** What of a file's content can be wanted: known names with values of their kind. */
function wantedIn(content: Readonly<Record<string, unknown>> = {}): WantedState {
  const { paused, learningRate, stop } = content;
  const isRate =
    typeof learningRate === "number" && Number.isFinite(learningRate) && learningRate > 0;
  return {
    ...(typeof paused === "boolean" ? { paused } : {}),
    ...(isRate ? { learningRate } : {}),
    ...(stop === true ? { stop } : {}),
  };
}

/** Reads a small file of JSON; undefined where there is none, or something else. */
function readSmall(path: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const facts = lstatSync(path); // a link may lead out of the run
    if (!facts.isFile() || facts.size > largest) return undefined;
    const content: unknown = JSON.parse(readFileSync(path, "utf8"));
    return isRecord(content) ? content : undefined;
  } catch {
    return undefined;
  }
}

const wantedNames: OptionNames<WantedState> = { paused: true, learningRate: true, stop: true };

function notWanted(wanted: WantedState): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "steerRun",
    problem: `cannot ask for ${JSON.stringify(wanted)}`,
    fix: "paused is true or false, learningRate a number above 0, stop true.",
    detail: { wanted },
  });
}

/** A run goes on without being seen or steered, on a full disk for instance. */
function attempt(act: () => void): void {
  try {
    act();
  } catch {}
}
