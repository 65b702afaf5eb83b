// Logs of a run as files that other programs read: JSON Lines and CSV. A run that continues from a checkpoint cuts what its
// log holds of later steps, so that no step stands twice; a new run begins a new file.

import { existsSync, readFileSync, truncateSync } from "node:fs";
import { checkChoice, checkFinite } from "../../core/checks.ts";
import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { checkWhole } from "../../data/order.ts";
import type { Callback, CallbackState, TrainingRun } from "../callback.ts";
import { epochLine, flatScores, keeper, stepLine } from "./log-lines.ts";
import { Appender } from "./node-appender.ts";

/** Options of `jsonlLog`. */
export interface JsonlLogOptions {
  /** Which steps are kept: every n-th. Default: all of the first 1,000, and ever fewer later. */
  readonly everySteps?: number;
  /** Longest time that a line waits in memory; default 2. */
  readonly flushSeconds?: number;
}

/** Options of `csvLog`. */
export interface CsvLogOptions extends JsonlLogOptions {
  /** What a line is about; default `"epoch"`. */
  readonly per?: "epoch" | "step";
}

const jsonlNames: OptionNames<JsonlLogOptions> = { everySteps: true, flushSeconds: true };
const csvNames: OptionNames<CsvLogOptions> = { ...jsonlNames, per: true };

/**
 * Writes a line of JSON for the steps that are kept and one for each epoch, with `kind` `"step"` or `"epoch"`.
 *
 * `fit(model, { train, callbacks: [jsonlLog("metrics.jsonl")] })`
 */
export function jsonlLog(path: string, options: JsonlLogOptions = {}): Callback {
  checkOptionNames("jsonlLog", options, jsonlNames);
  const isKept = keeperOf("jsonlLog", options);
  const log = new RunLog("jsonlLog", path, options, isDoneInJson);
  return log.callback({
    onStep(event, run) {
      if (isKept(event.step)) log.add(`${JSON.stringify(stepLine(event, run.done.seconds))}\n`);
    },
    onEpoch(record) {
      log.add(`${JSON.stringify(epochLine(record))}\n`);
    },
  });
}

/**
 * Writes a table in CSV (RFC 4180) with a line per epoch, or per step: `epoch,step,seconds,learningRate,loss,…`, and
 * `validation/loss,…` where there is validation.
 *
 * `fit(model, { train, callbacks: [csvLog("history.csv")] })`
 */
export function csvLog(path: string, options: CsvLogOptions = {}): Callback {
  checkOptionNames("csvLog", options, csvNames);
  const { per = "epoch" } = options;
  checkChoice("csvLog", "per", per, ["epoch", "step"]);
  const isKept = keeperOf("csvLog", options);
  const log = new RunLog("csvLog", path, options, per === "epoch" ? isDoneEpoch : isDoneStep);
  let columns: readonly string[] | undefined;
  const add = (cells: Readonly<Record<string, number | undefined>>): void => {
    columns ??= log.isEmpty ? startTable(log, Object.keys(cells)) : headOf(path);
    const unknown = Object.keys(cells).filter((name) => !columns!.includes(name));
    if (unknown.length > 0) throw otherColumns(path, columns, unknown);
    log.add(`${columns.map((name) => cells[name] ?? "").join(",")}\n`);
  };
  return log.callback({
    onStep(event, run) {
      if (per !== "step" || !isKept(event.step)) return;
      const { train, step, epoch, ...rest } = stepLine(event, run.done.seconds);
      const { seconds, learningRate, gradientNorm } = rest;
      const norm = gradientNorm === undefined ? {} : { gradientNorm };
      add({ epoch, step, seconds, learningRate, ...norm, ...train });
    },
    onEpoch(record) {
      if (per !== "epoch") return;
      const { epoch, steps: step, seconds, learningRate } = record;
      add({ epoch, step, seconds, learningRate, ...flatScores(record) });
    },
  });
}

/** Whether a line is about what a run has done, so that it stays when the run goes on from there. */
export type IsDone = (line: string, done: TrainingRun["done"]) => boolean;

/** A log file of a run: begun or cut at its start, written as it goes, closed at its end. */
export class RunLog {
  readonly #op: string;
  readonly #path: string;
  readonly #options: JsonlLogOptions;
  readonly #isDone: IsDone;
  #file: Appender | undefined;
  #failed = false;
  /** Whether nothing has been written yet. */
  isEmpty = true;

  constructor(op: string, path: string, options: JsonlLogOptions, isDone: IsDone) {
    if (typeof path !== "string" || path === "") throw noPath(op, path);
    this.#op = op;
    this.#path = path;
    this.#options = options;
    this.#isDone = isDone;
  }

  add(line: string): void {
    this.isEmpty = false;
    this.#file?.text(line);
  }

  callback(on: Pick<Callback, "onStep" | "onEpoch">): Callback {
    return {
      name: `${this.#op} ${this.#path}`,
      ...on,
      onStart: (run) => this.start(run),
      onEnd: () => this.close(),
      state: () => this.flush(), // a checkpoint is never ahead of its log
    };
  }

  close(): void {
    this.#guarded(() => this.#file?.close());
  }

  flush(): CallbackState {
    this.#guarded(() => this.#file?.flush());
    return {};
  }

  /** Begins the file, or cuts what it holds of steps that the run will do again. */
  start(run: TrainingRun): void {
    const goesOn = run.done.steps > 0 && existsSync(this.#path);
    if (goesOn) this.isEmpty = cutLog(this.#path, (line) => this.#isDone(line, run.done)) === 0;
    const { flushSeconds } = this.#options;
    const onFailure = (error: ChainruleError): void => this.#warn(error);
    this.#file = new Appender(this.#path, { keep: goesOn, flushSeconds, onFailure });
  }

  /** A log that cannot be written costs no run. */
  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#warn(error as ChainruleError);
    }
  }

  #warn(error: ChainruleError): void {
    if (!this.#failed) console.warn(`${this.#op}: ${error.message}`);
    this.#failed = true;
  }
}

/** Cuts a log before the first line that is not to stay, or is torn; gives back the bytes that are left. */
function cutLog(path: string, stays: (line: string) => boolean): number {
  const bytes = readFileSync(path);
  let end = 0;
  for (let next = bytes.indexOf(10); next >= 0; next = bytes.indexOf(10, end)) {
    if (!stays(bytes.toString("utf8", end, next))) break;
    end = next + 1;
  }
  if (end < bytes.length) truncateSync(path, end);
  return end;
}

/** For logs in JSON. An epoch is told by its number: its last step may be done before it is. */
export const isDoneInJson: IsDone = (line, done) => {
  try {
    const { kind, step, epoch } = JSON.parse(line) as { kind: string; step: number; epoch: number };
    return kind === "epoch" ? epoch <= done.epochs : step <= done.steps;
  } catch {
    return false;
  }
};

const isDoneEpoch: IsDone = (line, { epochs }) =>
  line.startsWith("epoch,") || Number(line.split(",")[0]) <= epochs;

const isDoneStep: IsDone = (line, { steps }) =>
  line.startsWith("epoch,") || Number(line.split(",")[1]) <= steps;

function startTable(log: RunLog, columns: readonly string[]): readonly string[] {
  log.add(`${columns.map(quoted).join(",")}\n`);
  return columns;
}

function headOf(path: string): readonly string[] {
  const text = readFileSync(path, "utf8");
  const head = text.slice(0, text.indexOf("\n"));
  const cells = head.matchAll(/"((?:[^"]|"")*)"|([^,]+)/g);
  return Array.from(cells, ([, inQuotes, plain]) => inQuotes?.replaceAll('""', '"') ?? plain);
}

function quoted(name: string): string {
  return /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}

function keeperOf(
  op: string,
  { everySteps, flushSeconds = 0 }: JsonlLogOptions,
): (step: number) => boolean {
  checkFinite(op, { flushSeconds }, 0);
  if (everySteps !== undefined) checkWhole(op, "everySteps", everySteps, 1);
  return keeper(everySteps);
}

function noPath(op: string, path: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `needs the path of a file; received ${showValue(path)}`,
    fix: `Write ${op}("metrics.${op === "csvLog" ? "csv" : "jsonl"}").`,
    detail: { path },
  });
}

function otherColumns(
  path: string,
  columns: readonly string[],
  unknown: readonly string[],
): ChainruleError {
  return new ChainruleError({
    code: "BAD_FILE",
    op: "csvLog",
    problem: `${path} has the columns ${columns.join(", ")}; this run also reports ${unknown.join(", ")}`,
    fix: "Name another file, or report the same metrics as before.",
    detail: { path, columns, unknown },
  });
}
