// Event files that TensorBoard shows: `new SummaryWriter("runs/first")`, then `tensorboard --logdir runs`. Each writer makes
// a file of its own, so a run that goes on after a crash leaves the older file as it is, torn end or not; what that one
// holds from the continued step on is declared void, which is how TensorBoard keeps steps from standing twice.

import { mkdirSync, readdirSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { checkFinite } from "../../core/checks.ts";
import type { HostArray } from "../../core/dtype.ts";
import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";
import type { HostTensor } from "../../core/host.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { checkWhole } from "../../data/order.ts";
import { frame, framingBytes } from "../../formats/tfrecord.ts";
import type { Layer } from "../../nn/layer.ts";
import { Appender } from "../callbacks/node-appender.ts";
import { encodePng, picturesOf } from "./node-png.ts";
import * as events from "./tensorboard-events.ts";
import { type GraphInput, graphDef, graphNodes } from "./tensorboard-graph.ts";
import { histogramOf } from "./tensorboard-histogram.ts";
import * as sessions from "./tensorboard-hparams.ts";

/** Options of a `SummaryWriter`. */
export interface SummaryWriterOptions {
  /** The first step that this writer records; what older files in the folder hold from it on is not shown any more. Default: nothing is hidden. */
  readonly purgeStep?: number;
  /** Longest time that something waits in memory; default 2. */
  readonly flushSeconds?: number;
  /** Hears of a timed write that failed; default: `flush` and `close` throw. */
  readonly onFailure?: (error: ChainruleError) => void;
}

const optionNames: OptionNames<SummaryWriterOptions> = {
  purgeStep: true,
  flushSeconds: true,
  onFailure: true,
};

/** Options of `histogram`. */
export interface HistogramOptions {
  /** Number of buckets of equal width; default 30. */
  readonly buckets?: number;
}

/**
 * Writes scalars, histograms, images, text, graphs and settings as event files of TensorBoard. Steps are whole numbers. What
 * is recorded goes to disk after `flushSeconds`, on `flush()` and on `close()`.
 *
 * `const writer = new SummaryWriter("runs/first"); writer.scalar("loss", 0.5, 1); writer.close();`
 * Errors: `BAD_ARGUMENT`, `SHAPE_MISMATCH` for pictures, `WRITE_FAILED`.
 */
export class SummaryWriter {
  readonly folder: string;
  readonly #file: Appender;

  constructor(folder: string, options: SummaryWriterOptions = {}) {
    checkOptionNames("SummaryWriter", options, optionNames);
    if (typeof folder !== "string" || folder === "") throw noFolder(folder);
    this.folder = resolve(folder);
    const { purgeStep, flushSeconds = 2, onFailure } = options;
    checkFinite("SummaryWriter", { flushSeconds }, 0);
    if (purgeStep !== undefined) checkWhole("SummaryWriter", "purgeStep", purgeStep, 0);
    const older = eventFiles(this.folder);
    const path = join(this.folder, nextName(older));
    this.#file = new Appender(path, { keep: false, flushSeconds, onFailure });
    const { wallTime } = now(0);
    this.#append(events.versionEvent(wallTime));
    if (purgeStep !== undefined && older.length > 0)
      this.#append(events.restartEvent({ wallTime, step: purgeStep }));
  }

  /** Records a number, e.g. `scalar("loss", 0.5, 100)`. A `/` in the tag makes groups. */
  scalar(tag: string, value: number, step: number): void {
    this.scalars({ [tag]: value }, step);
  }

  /** Records several numbers of one step by tag, in less time and space than one after the other. */
  scalars(values: Readonly<Record<string, number>>, step: number): void {
    for (const tag in values) {
      checkTag("scalar", tag);
      if (typeof values[tag] !== "number") throw noNumber(tag, values[tag]);
    }
    this.#append(events.scalarsEvent(momentOf("scalar", step), values));
  }

  /** Records how values are distributed; NaN and infinities are left out. */
  histogram(
    tag: string,
    values: HostArray | readonly number[] | HostTensor,
    step: number,
    options: HistogramOptions = {},
  ): void {
    checkTag("histogram", tag);
    checkOptionNames("SummaryWriter.histogram", options, { buckets: true });
    const { buckets = 30 } = options;
    checkWhole("SummaryWriter.histogram", "buckets", buckets, 1);
    const numbers = "data" in values ? values.data : values;
    const moment = momentOf("histogram", step);
    this.#append(events.histogramEvent(moment, tag, histogramOf(numbers, buckets)));
  }

  /**
   * Records pictures: floats from 0 to 1, or whole numbers from 0 to 255. Shape: `[H, W]`, `[C, H, W]` or `[N, C, H, W]` with
   * 1, 3 or 4 channels.
   */
  image(tag: string, picture: HostTensor, step: number): void {
    checkTag("image", tag);
    const pictures = picturesOf("SummaryWriter.image", picture);
    const [{ width, height }] = pictures;
    const files = pictures.map(encodePng);
    this.#append(events.imagesEvent(momentOf("image", step), tag, { width, height, files }));
  }

  /** Records text, which is shown as Markdown. */
  text(tag: string, markdown: string, step = 0): void {
    checkTag("text", tag);
    this.#append(events.textEvent(momentOf("text", step), tag, String(markdown)));
  }

  /** Records the graph of a model's forward pass, for inputs of some shapes (batch included). */
  graph(model: Layer, ...inputs: readonly GraphInput[]): void {
    this.#append(events.graphEvent(now(0), graphDef(graphNodes(model, ...inputs))));
  }

  /** Records the settings of a run and which scalars are its results, for the dashboard that compares runs by them. */
  hparams(
    settings: Readonly<Record<string, sessions.Hyperparameter>>,
    results: readonly (string | sessions.ResultTag)[] = [],
  ): void {
    const tags = results.map((result) => (typeof result === "string" ? { tag: result } : result));
    const moment = now(0);
    const add = (tag: string, content: Uint8Array): void =>
      this.#append(events.hparamsEvent(moment, `_hparams_/${tag}`, content));
    add("experiment", sessions.experimentContent(settings, tags));
    add("session_start_info", sessions.sessionStartContent(settings, moment.wallTime));
  }

  /** Records that the run whose settings were recorded is over. */
  ended(succeeded: boolean): void {
    const moment = now(0);
    const content = sessions.sessionEndContent(succeeded, moment.wallTime);
    this.#append(events.hparamsEvent(moment, "_hparams_/session_end_info", content));
  }

  /** Writes what waits in memory. Errors: `WRITE_FAILED`. */
  flush(): void {
    this.#file.flush();
  }

  /** Writes what waits and closes the file. Closing twice is harmless; what is recorded afterwards is lost. */
  close(): void {
    this.#file.close();
  }

  #append(event: Uint8Array): void {
    this.#file.record(event.length + framingBytes, (bytes, start) => frame(event, bytes, start));
  }
}

function eventFiles(folder: string): string[] {
  try {
    mkdirSync(folder, { recursive: true });
    return readdirSync(folder).filter((name) => name.includes("tfevents"));
  } catch {
    return []; // opening the file says what is wrong
  }
}

let files = 0;

/** Readers take files in the order of their names, so a new one is named after the seconds, and later than all there are. */
function nextName(older: readonly string[]): string {
  const times = older.map((name) => Number(/tfevents\.(\d+)/.exec(name)?.[1] ?? 0) + 1);
  const time = Math.max(Math.floor(Date.now() / 1000), ...times);
  const seconds = String(time).padStart(10, "0");
  return `events.out.tfevents.${seconds}.${hostname() || "host"}.${process.pid}.${files++}`;
}

function now(step: number): events.Moment {
  return { wallTime: Date.now() / 1000, step };
}

function momentOf(method: string, step: number): events.Moment {
  checkWhole(`SummaryWriter.${method}`, "step", step, 0);
  return now(step);
}

function checkTag(method: string, tag: unknown): void {
  if (typeof tag === "string" && tag !== "") return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: `SummaryWriter.${method}`,
    problem: `needs a tag, the name under which it is shown; received ${showValue(tag)}`,
    fix: 'Pass a text that is not empty, e.g. "train/loss".',
    detail: { tag },
  });
}

function noNumber(tag: string, value: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "SummaryWriter.scalar",
    problem: `needs a number for ${tag}; received ${showValue(value)}`,
    fix: "Read tensors first: `await loss.item()`.",
    detail: { tag },
  });
}

function noFolder(folder: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "SummaryWriter",
    problem: `needs the folder to write to; received ${showValue(folder)}`,
    fix: 'Pass a path, e.g. new SummaryWriter("runs/first").',
  });
}
