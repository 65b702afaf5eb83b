// What is seen while a model trains: on a terminal a bar that is redrawn in place under a row per epoch, elsewhere the rows
// alone. With many epochs only about a dozen rows appear, so that the whole run stays on one screen.

import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { duration, grouped, number, percent } from "../../core/readable.ts";
import type { Callback, StepEvent, TrainingRun } from "../callback.ts";
import type { EpochRecord } from "../fit.ts";
import { ProgressTable } from "./node-progress-table.ts";

/** Where progress is written, as much of a terminal as it needs. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Options of `progress`. */
export interface ProgressOptions {
  /** Default: the standard output. */
  readonly stream?: ProgressStream;
  /** What the validation data are called; default "validation". */
  readonly validation?: string;
}

/** The display of a run; a callback that can be written beside. */
export interface Progress extends Callback {
  /** Prints a line above the bar. */
  say(line: string): void;
  /** Takes the bar away; the end of the run does so, too. */
  end(): void;
}

const names: OptionNames<ProgressOptions> = { stream: true, validation: true };

/** Milliseconds between two drawings. */
const frame = 80;

/** Columns right of the bar: where a terminal shows `^C`, which would else wrap and leave the bar standing above. */
const spare = 3;

/**
 * Shows a run on the terminal: a table with a row per epoch, and a bar with loss, pace and the time that is left.
 *
 * `await fit(model, { train, validation, callbacks: [progress()] });`
 */
export function progress(options: ProgressOptions = {}): Progress {
  checkOptionNames("progress", options, names);
  const { stream = process.stdout, validation = "validation" } = options;
  return new Display(stream, validation);
}

class Display implements Progress {
  readonly #stream: ProgressStream;
  readonly #validation: string;
  #table: ProgressTable | undefined;
  #started = 0;
  #stepsBefore = 0;
  #samplesBefore = 0;
  #drawn = 0;
  /** The bar as it stands on the terminal. */
  #bar = "";
  /** The bar after the last step. */
  #latest = (): string => "";

  constructor(stream: ProgressStream, validation: string) {
    this.#stream = stream;
    this.#validation = validation;
  }

  readonly onStart = (run: TrainingRun): void => {
    this.#table = new ProgressTable(this.#stream, run.epochs, this.#validation);
    this.#started = 0;
  };

  readonly onStep = (event: StepEvent, run: TrainingRun): void => {
    if (this.#stream.isTTY !== true) return;
    const now = performance.now();
    if (this.#started === 0) this.#start(event, now);
    this.#latest = () => this.#line(event, run, (now - this.#started) / 1000);
    if (now - this.#drawn < frame) return;
    this.#drawn = now;
    this.#draw(this.#latest());
  };

  readonly onEpoch = (record: EpochRecord): void => {
    const bar = this.#bar === "" ? "" : this.#latest(); // short epochs end between two drawings
    this.#above(this.#table?.rows(record) ?? "", bar);
  };

  readonly onEnd = (): void => this.end();

  say(line: string): void {
    this.#above(`${line}\n`);
  }

  end(): void {
    if (this.#bar !== "") this.#stream.write("\r\x1b[2K");
    this.#bar = "";
  }

  /** Pace is measured from the end of the first step, which compiles. */
  #start({ step, samples }: StepEvent, now: number): void {
    this.#started = now;
    this.#drawn = now;
    this.#stepsBefore = step;
    this.#samplesBefore = samples;
  }

  /** Writes whole lines where the bar is, and the bar again below them. */
  #above(text: string, bar = this.#bar): void {
    if (text === "") return;
    this.end();
    this.#stream.write(text);
    if (bar !== "") this.#draw(bar);
  }

  #draw(line: string): void {
    this.#stream.write(`\r\x1b[2K${line}`);
    this.#bar = line;
  }

  /** `  epoch 3/30  ━━━━━━━━━━━━──────  loss 0.2310  acc  94.1 %   41,200/s  2.1 s left`, cut to the terminal. */
  #line({ epoch, mean, samples, step }: StepEvent, run: TrainingRun, elapsed: number): string {
    const { epochs, steps } = run;
    const done = step - this.#stepsBefore;
    const share = steps === undefined ? undefined : step / Math.max(steps, 1);
    const head = `  epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}  `;
    const { accuracy } = mean;
    const right = accuracy === undefined ? "" : `  acc ${percent(accuracy, 1).padStart(7)}`;
    const scores = `  loss ${number(mean.loss).padStart(6)}${right}`;
    const speed = `${grouped((samples - this.#samplesBefore) / Math.max(elapsed, 1e-3))}/s`;
    const left = steps === undefined ? "" : timeLeft(elapsed, done, steps - step);
    const pace = `  ${speed.padStart(9)}${left}`;
    const width = Math.min(this.#stream.columns || 80, 100) - spare;
    const room = width - head.length - scores.length - pace.length;
    if (share === undefined || room < 6) {
      const place = share === undefined ? `${head}step ${grouped(step)}` : head.trimEnd();
      const line = `${place}${scores}`;
      const isWide = line.length + pace.length <= width;
      return isWide ? `${line}${dim(pace)}` : line.slice(0, width);
    }
    const length = Math.min(room, 40);
    const filled = Math.round(length * Math.min(share, 1));
    const bar = green("━".repeat(filled)) + dim("─".repeat(length - filled));
    return `${head}${bar}${scores}${dim(pace)}`;
  }
}

function timeLeft(elapsed: number, done: number, open: number): string {
  return `  ${duration((elapsed / Math.max(done, 1)) * open).padStart(5)} left`;
}

const hasColors = (): boolean => !process.env.NO_COLOR && process.env.TERM !== "dumb";
const green = (text: string): string => (hasColors() ? `\x1b[32m${text}\x1b[39m` : text);
const dim = (text: string): string => (hasColors() ? `\x1b[2m${text}\x1b[22m` : text);
