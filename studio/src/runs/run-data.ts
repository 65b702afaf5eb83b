// What is known of a run, gathered from the lines of its log and from event files while they grow. Files may be of anybody,
// so nothing in them is taken for what it claims to be.

import type { BoardEvent } from "chainrule/formats";
import { Series } from "./series.ts";

/** One curve of a chart: `loss` of `train`, `loss` of `validation`. */
export interface Curve {
  readonly chart: string;
  readonly part: string;
  readonly series: Series;
}

/** A line of the log: one epoch. */
export interface EpochRow {
  readonly epoch: number;
  readonly step: number;
  readonly seconds: number;
  readonly learningRate: number;
  readonly train: Readonly<Record<string, number>>;
  readonly validation: Readonly<Record<string, number>>;
}

export interface HistogramAt {
  readonly step: number;
  /** Rows of left edge, right edge and count. */
  readonly buckets: Float64Array;
}

export interface PicturesAt {
  readonly step: number;
  readonly files: readonly Uint8Array[];
}

export interface TextAt {
  readonly step: number;
  readonly text: string;
}

type Numbers = Readonly<Record<string, number>>;
type Fields = Readonly<Record<string, unknown>>;

/** Histograms of one tag that are kept; of more, every second one goes. */
const mostHistograms = 240;
const mostPictures = 40;
const mostFiles = 64;
const mostText = 100_000;
const mostTags = 1000;

export class RunData {
  readonly curves = new Map<string, Curve>();
  /** ‖Δw‖ / ‖w‖ by the path of the parameter. */
  readonly updates = new Map<string, Series>();
  readonly epochs: EpochRow[] = [];
  readonly histograms = new Map<string, HistogramAt[]>();
  readonly pictures = new Map<string, PicturesAt[]>();
  readonly texts = new Map<string, TextAt[]>();
  /** Changes whenever something was added. */
  version = 0;
  #stepsPerEpoch = Number.NaN;
  #began = Number.NaN;
  #seconds = 0;

  /** Takes a line of `metrics.jsonl` or `history.jsonl`; what is none is left out. */
  line(text: string): void {
    const line = parsed(text);
    if (line === undefined) return;
    const step = numberOf(line.step ?? line.steps);
    const epoch = numberOf(line.epoch);
    if (!Number.isFinite(step)) return;
    this.version++;
    const seconds = numberOf(line.seconds);
    if (Number.isFinite(seconds)) this.#seconds = seconds;
    if (line.kind === "health") this.#health(line, step, epoch);
    else if (line.kind === "step") this.#step(line, step, epoch);
    else this.#epoch(line, step, epoch);
  }

  /** Takes an event; scalars only where there is no log that has them. */
  event(event: BoardEvent, part: string, withScalars: boolean): void {
    this.version++;
    if (event.kind === "restart") this.#restart(event.step, part);
    else if (event.kind === "scalar") {
      if (withScalars) this.#scalar(event, part);
    } else if (event.kind === "histogram")
      this.#histogram(joined(part, event.tag), event.step, event.buckets);
    else this.#content(event, joined(part, event.tag));
  }

  #scalar({ tag, step, wallTime, value }: BoardEvent & { kind: "scalar" }, part: string): void {
    this.#began = Number.isNaN(this.#began) ? wallTime : Math.min(this.#began, wallTime);
    this.#curve(tag, part)?.add(step, wallTime - this.#began, Number.NaN, value);
  }

  #content(event: BoardEvent & { kind: "images" | "text" }, tag: string): void {
    const { step } = event;
    if (event.kind === "images") {
      const files = event.files.slice(0, mostFiles);
      listIn(this.pictures, tag, mostPictures)?.push({ step, files });
    } else
      listIn(this.texts, tag, mostPictures)?.push({ step, text: event.text.slice(0, mostText) });
  }

  #step(line: Fields, step: number, epoch: number): void {
    const at = this.#epochAt(step, epoch);
    const add = (chart: string, value: unknown): void =>
      this.#curve(chart, "train")?.add(step, this.#seconds, at, numberOf(value));
    for (const [name, value] of Object.entries(numbersOf(line.train))) add(name, value);
    add("learningRate", line.learningRate);
    if (line.gradientNorm !== undefined) add("gradientNorm", line.gradientNorm);
  }

  #epoch(line: Fields, step: number, epoch: number): void {
    if (Number.isNaN(this.#stepsPerEpoch) && epoch > 0) this.#stepsPerEpoch = step / epoch;
    const [train, validation] = [numbersOf(line.train), numbersOf(line.validation)];
    const seconds = this.#seconds;
    while (this.epochs.length > 0 && this.epochs.at(-1)!.epoch >= epoch) this.epochs.pop();
    this.epochs.push({
      epoch,
      step,
      seconds,
      learningRate: numberOf(line.learningRate),
      train,
      validation,
    });
    for (const [name, value] of Object.entries(train))
      if (!this.curves.has(`train ${name}`))
        this.#curve(name, "epoch")?.add(step, seconds, epoch, value);
    for (const [name, value] of Object.entries(validation))
      this.#curve(name, "validation")?.add(step, seconds, epoch, value);
  }

  #health(line: Fields, step: number, epoch: number): void {
    const [weights, updates] = [numbersOf(line.weights), numbersOf(line.updates)];
    for (const [path, update] of Object.entries(updates)) {
      if (!this.updates.has(path) && this.updates.size >= mostTags) continue;
      const series = this.updates.get(path) ?? new Series();
      this.updates.set(path, series);
      const ratio = update / weights[path];
      if (Number.isFinite(ratio))
        series.add(step, this.#seconds, this.#epochAt(step, epoch), ratio);
    }
  }

  #epochAt(step: number, epoch: number): number {
    return Number.isNaN(this.#stepsPerEpoch) ? epoch : step / this.#stepsPerEpoch;
  }

  #curve(chart: string, part: string): Series | undefined {
    const key = `${part} ${chart}`;
    const known = this.curves.get(key);
    if (known !== undefined) return known.series;
    if (this.curves.size >= mostTags) return undefined;
    const series = new Series();
    this.curves.set(key, { chart, part, series });
    return series;
  }

  #histogram(tag: string, step: number, buckets: Float64Array): void {
    if (buckets.length === 0 || buckets.length > 3000) return;
    const known = listIn(this.histograms, tag, Number.POSITIVE_INFINITY);
    if (known === undefined) return;
    known.push({ step, buckets });
    if (known.length > mostHistograms)
      this.histograms.set(
        tag,
        known.filter((_, k) => k % 2 === 0 || k === known.length - 1),
      );
  }

  #restart(step: number, part: string): void {
    for (const curve of this.curves.values())
      if (curve.part === part) curve.series.forgetFrom(step);
    for (const [tag, list] of this.histograms)
      this.histograms.set(
        tag,
        list.filter((entry) => entry.step < step),
      );
  }
}

function listIn<T>(map: Map<string, T[]>, tag: string, most: number): T[] | undefined {
  if (!map.has(tag) && map.size >= mostTags) return undefined;
  const list = map.get(tag) ?? [];
  map.set(tag, list);
  if (list.length >= most) list.shift();
  return list;
}

function joined(part: string, tag: string): string {
  const inner = part.replace(/^tensorboard\/?/, "");
  return inner === "" ? tag : `${inner}/${tag}`;
}

function parsed(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : undefined;
  } catch {
    return undefined;
  }
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : Number.NaN;
}

function numbersOf(value: unknown): Numbers {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) =>
      typeof inner === "number" ? [[name, inner]] : [],
    ),
  );
}
