// What is seen while a model trains: on a terminal a bar that is redrawn in place under a row per epoch, elsewhere the
// rows alone. With many epochs only about a dozen rows appear, so that the whole run stays on one screen.

import { MultiBar, type Options, type Params, type SingleBar } from "cli-progress";
import type { BatchReport, EpochRecord, Hooks } from "../train/node.ts";
import { colorsFor, duration, grouped, number, percent, widthOf } from "./text.ts";

/** Rows of the epoch table at most. */
const rowsShown = 12;

/** A view of a training run. */
export interface Progress {
  readonly hooks: Hooks;
  /** Prints a line above the bar. */
  say(line: string): void;
  /** Takes the bar away. */
  end(): void;
}

/** Nothing is shown. */
export const silent: Progress = { hooks: {}, say: () => {}, end: () => {} };

/** Shows rows, and on a terminal the bar, on a stream. */
export function showProgress(stream: NodeJS.WriteStream, epochs: number): Progress {
  return stream.isTTY ? new LiveProgress(stream, epochs) : plainProgress(stream, epochs);
}

function plainProgress(stream: NodeJS.WriteStream, epochs: number): Progress {
  const table = new Table(stream, epochs);
  return {
    hooks: { onEpoch: (record) => void stream.write(table.rows(record)) },
    say: (line) => void stream.write(`${line}\n`),
    end: () => {},
  };
}

class LiveProgress implements Progress {
  readonly hooks: Hooks;
  readonly #bars: MultiBar;
  #bar: SingleBar | undefined;
  readonly #started: number = performance.now();

  constructor(stream: NodeJS.WriteStream, epochs: number) {
    const table = new Table(stream, epochs);
    this.#bars = new MultiBar({
      stream,
      fps: 12,
      hideCursor: true,
      clearOnComplete: true,
      gracefulExit: false,
      format: (_options: Options, { progress }: Params, payload: object) =>
        barLine(stream, progress, payload as BatchReport & { readonly elapsed: number }),
    });
    this.hooks = {
      onBatch: (report) => this.#update(report),
      onEpoch: (record) => this.#bars.log(table.rows(record)),
    };
  }

  say(line: string): void {
    this.#bars.log(`${line}\n`);
  }

  end(): void {
    if (this.#bar === undefined) return;
    this.#bars.update(); // shows the rows that wait
    this.#bars.stop();
    this.#bar = undefined;
  }

  #update(report: BatchReport): void {
    const payload = { ...report, elapsed: (performance.now() - this.#started) / 1000 };
    if (this.#bar === undefined) this.#bar = this.#bars.create(report.steps, report.step, payload);
    else this.#bar.update(report.step, payload);
  }
}

/** `  epoch 3/30  ━━━━━━━━━━━━──────  loss 0.2310  acc  94.1 %   41,200/s  2.1 s left`, cut to the terminal. */
function barLine(
  stream: NodeJS.WriteStream,
  progress: number,
  report: BatchReport & { readonly elapsed: number },
): string {
  const { epoch, epochs, mean, samples, elapsed } = report;
  const colors = colorsFor(stream);
  const left = elapsed * (1 / Math.max(progress, 1e-6) - 1);
  const head = `  epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}  `;
  const { accuracy } = mean;
  const right = accuracy === undefined ? "" : `  acc ${percent(accuracy, 1).padStart(7)}`;
  const speed = `${grouped(samples / Math.max(elapsed, 1e-3))}/s`;
  const scores = `  loss ${number(mean.loss).padStart(6)}${right}`;
  const pace = `  ${speed.padStart(9)}  ${duration(left).padStart(5)} left`;
  const room = widthOf(stream) - 1 - head.length - scores.length - pace.length;
  const length = Math.max(0, Math.min(room, 40));
  const done = Math.round(length * progress);
  const bar = colors.green("━".repeat(done)) + colors.dim("─".repeat(length - done));
  return room < 6 ? `${head}${scores}` : `${head}${bar}${scores}${colors.dim(pace)}`;
}

/** A column of the epoch table: its name, aligned to the right, and its value. */
interface TableColumn {
  readonly name: string;
  readonly textOf: (record: EpochRecord) => string;
}

const always: readonly TableColumn[] = [
  { name: "  epoch", textOf: ({ epoch }) => String(epoch) },
  { name: "      loss", textOf: ({ train }) => number(train.loss) },
];
const trainAccuracy: TableColumn = {
  name: "   accuracy",
  textOf: ({ train }) => percent(train.accuracy),
};
const testLoss: TableColumn = {
  name: "   test loss",
  textOf: ({ validation }) => number(validation!.loss),
};
const testAccuracy: TableColumn = {
  name: "   test accuracy",
  textOf: ({ validation }) => percent(validation!.accuracy),
};
const time: TableColumn = {
  name: "         time",
  textOf: ({ seconds }) => duration(seconds),
};

/** Rows of the epoch table, with its heading before the first. */
class Table {
  readonly #stream: NodeJS.WriteStream;
  readonly #every: number;
  readonly #epochs: number;

  constructor(stream: NodeJS.WriteStream, epochs: number) {
    this.#stream = stream;
    this.#every = Math.ceil(epochs / rowsShown);
    this.#epochs = epochs;
  }

  /** The lines for one epoch: none for most of them when there are many. */
  rows(record: EpochRecord): string {
    const { epoch } = record;
    const shown = epoch === 1 || epoch === this.#epochs || epoch % this.#every === 0;
    if (!shown) return "";
    const columns = this.#columns(record);
    const cells = columns.map(({ name, textOf }) => textOf(record).padStart(name.length));
    const heading = columns.map(({ name }) => name).join("");
    const above = epoch === 1 ? `${colorsFor(this.#stream).dim(heading)}\n` : "";
    return `${above}${cells.join("")}\n`;
  }

  /** As many columns as the terminal is wide; the ones that matter most come first. */
  #columns({ train }: EpochRecord): TableColumn[] {
    const classifies = train.accuracy !== undefined;
    const all = classifies
      ? [...always, trainAccuracy, testLoss, testAccuracy, time]
      : [...always, testLoss, time];
    const dropped = classifies ? [time, trainAccuracy] : [time];
    for (const column of dropped) {
      const length = all.reduce((sum, { name }) => sum + name.length, 0);
      if (length > widthOf(this.#stream)) all.splice(all.indexOf(column), 1);
    }
    return all;
  }
}
