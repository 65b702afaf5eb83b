// The table of epochs that grows while a run goes on: loss and the first metric, of training and validation, and the time.
// As many columns as the terminal is wide; the ones that matter most come first.

import { duration, number, percent } from "../../core/readable.ts";
import type { EpochRecord } from "../fit.ts";
import type { Scores } from "../task.ts";
import type { ProgressStream } from "./node-progress.ts";

/** Rows at most. */
const rowsShown = 12;

/** Room for a number below its heading with a blank before it: ` -5.61e+10`. */
const room = 10;

/** A column: its name, aligned to the right, its value, and how gladly it is left out. */
interface TableColumn {
  readonly name: string;
  readonly textOf: (record: EpochRecord) => string;
  readonly dropped: number;
}

/** Rows of the epoch table, with its heading before the first. */
export class ProgressTable {
  readonly #stream: ProgressStream;
  readonly #every: number;
  readonly #epochs: number;
  readonly #validation: string;
  #isHeaded = false;

  constructor(stream: ProgressStream, epochs: number, validation: string) {
    this.#stream = stream;
    this.#every = Math.ceil(epochs / rowsShown);
    this.#epochs = epochs;
    this.#validation = validation;
  }

  /** The lines for one epoch: none for most of them when there are many. */
  rows(record: EpochRecord): string {
    const { epoch } = record;
    const shown = epoch === 1 || epoch === this.#epochs || epoch % this.#every === 0;
    if (!shown) return "";
    const columns = this.#columns(record);
    const cells = columns.map(({ name, textOf }) => textOf(record).padStart(name.length));
    const heading = columns.map(({ name }) => name).join("");
    const above = this.#isHeaded ? "" : `${this.#dim(heading)}\n`;
    this.#isHeaded = true;
    return `${above}${cells.join("")}\n`;
  }

  #columns(record: EpochRecord): TableColumn[] {
    const metric = metricOf(record.train);
    const measured = columnsOf("train", "", metric, 1);
    const checked =
      record.validation === undefined
        ? []
        : columnsOf("validation", `${this.#validation} `, metricOf(record.validation), 0);
    const all: TableColumn[] = [
      { name: "  epoch", textOf: ({ epoch }) => String(epoch), dropped: 0 },
      ...measured,
      ...checked,
      { name: "         time", textOf: ({ seconds }) => duration(seconds), dropped: 2 },
    ];
    const width = Math.min(this.#stream.columns || 80, 100);
    for (const dropped of [2, 1]) {
      const length = all.reduce((sum, { name }) => sum + name.length, 0);
      const at = all.findIndex((column) => column.dropped === dropped);
      if (length > width && at >= 0) all.splice(at, 1);
    }
    return all;
  }

  #dim(text: string): string {
    const isPlain = this.#stream.isTTY !== true || process.env.NO_COLOR;
    return isPlain ? text : `\x1b[2m${text}\x1b[22m`;
  }
}

/** The metric that is shown beside the loss. */
function metricOf(scores: Scores): string | undefined {
  if (scores.accuracy !== undefined) return "accuracy";
  return Object.keys(scores).find((name) => name !== "loss");
}

function columnsOf(
  of: "train" | "validation",
  prefix: string,
  metric: string | undefined,
  dropped: number,
): TableColumn[] {
  const loss: TableColumn = {
    name: heading(`${prefix}loss`),
    textOf: (record) => number(record[of]?.loss ?? Number.NaN),
    dropped: 0,
  };
  if (metric === undefined) return [loss];
  const shown = metric === "accuracy" ? (x: number) => percent(x) : number;
  const name = heading(`${prefix}${metric}`);
  return [loss, { name, textOf: (record) => shown(record[of]?.[metric] ?? Number.NaN), dropped }];
}

/** A name over a column that is wide enough for any number. */
function heading(name: string): string {
  return `   ${name}`.padStart(room);
}
