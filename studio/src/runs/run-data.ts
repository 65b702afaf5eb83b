// What is known of a run, gathered from the news that a worker reads from its files while they grow. How much one run may
// make the page hold is bounded: the files may be of anybody.

import type { Damage, EpochRow, HistogramAt, PicturesAt, RunNews, TextAt } from "./run-news.ts";
import { Series } from "./series.ts";

/** One curve of a chart: `loss` of `train`, `loss` of `validation`. */
export interface Curve {
  readonly chart: string;
  readonly part: string;
  readonly series: Series;
}

/** Histograms of one tag that are kept; of more, every second one goes. */
const mostHistograms = 240;
const mostEntries = 40;
const mostTags = 1000;
const mostEpochs = 100_000;

export class RunData {
  readonly curves = new Map<string, Curve>();
  /** ‖Δw‖ / ‖w‖ by the path of the parameter. */
  readonly updates = new Map<string, Series>();
  /** ‖∂L/∂w‖ before clipping by the path of the parameter; older runs have none. */
  readonly gradients = new Map<string, Series>();
  readonly epochs: EpochRow[] = [];
  readonly histograms = new Map<string, HistogramAt[]>();
  readonly pictures = new Map<string, PicturesAt[]>();
  readonly texts = new Map<string, TextAt[]>();
  readonly damage: Damage[] = [];
  /** Lines that were no JSON. */
  oddLines = 0;
  /** Bytes that were read. */
  bytes = 0;
  /** Changes whenever something was added. */
  version = 0;
  /** The part whose files have a tag of `histograms`, `pictures` or `texts`. */
  readonly #partOf = new Map<string, string>();
  #stepsPerEpoch = Number.NaN;
  /** When the first event was recorded, in seconds since 1970. */
  #began = Number.NaN;

  take(news: RunNews): void {
    if (news.isAnew) this.#forget();
    this.version++;
    this.bytes = news.bytes;
    this.oddLines += news.oddLines;
    this.damage.push(...news.damage);
    for (const { step, part } of news.restarts) this.#restart(step, part);
    this.#countEpochs(news.stepsPerEpoch);
    if (news.isWallTime) this.#begin(news);
    for (const { kind, chart, part, rows } of news.points) {
      const series =
        kind === "curve" ? this.#curve(chart, part) : seriesIn(this[parameterSeries[kind]], chart);
      if (series !== undefined) this.#add(series, rows, news.isWallTime ? this.#began : 0);
    }
    for (const row of news.epochs) this.#epoch(row);
    for (const { tag, part } of [...news.histograms, ...news.pictures, ...news.texts])
      if (this.#partOf.size < 3 * mostTags) this.#partOf.set(tag, part);
    for (const { tag, at } of news.histograms) this.#histogram(tag, at);
    for (const { tag, at } of news.pictures) entriesOf(this.pictures, tag, mostEntries)?.push(at);
    for (const { tag, at } of news.texts) entriesOf(this.texts, tag, mostEntries)?.push(at);
  }

  /** Whether some curve has fewer points than were recorded. */
  get isThinned(): boolean {
    return [...this.curves.values()].some(({ series }) => series.isThinned);
  }

  #forget(): void {
    const { curves, updates, gradients, histograms, pictures, texts } = this;
    for (const one of [curves, updates, gradients, histograms, pictures, texts]) one.clear();
    this.#partOf.clear();
    this.epochs.length = 0;
    this.damage.length = 0;
    this.oddLines = 0;
    this.#stepsPerEpoch = Number.NaN;
    this.#began = Number.NaN;
  }

  #countEpochs(stepsPerEpoch: number): void {
    if (Number.isNaN(stepsPerEpoch) || !Number.isNaN(this.#stepsPerEpoch)) return;
    this.#stepsPerEpoch = stepsPerEpoch;
    for (const { series } of this.curves.values()) series.countEpochs(stepsPerEpoch);
    for (const all of [this.updates, this.gradients])
      for (const series of all.values()) series.countEpochs(stepsPerEpoch);
  }

  /** Seconds of event files count from the earliest event of all. */
  #begin({ points }: RunNews): void {
    let first = Number.isNaN(this.#began) ? Number.POSITIVE_INFINITY : this.#began;
    for (const { rows } of points)
      for (let k = 1; k < rows.length; k += 4) first = Math.min(first, rows[k]);
    if (first < this.#began)
      for (const { series } of this.curves.values()) series.delay(this.#began - first);
    this.#began = first;
  }

  #add(series: Series, rows: Float64Array, began: number): void {
    for (let k = 0; k < rows.length; k += 4) {
      const [step, seconds, epoch, value] = rows.subarray(k, k + 4);
      const at = Number.isNaN(epoch) ? step / this.#stepsPerEpoch : epoch;
      series.add(step, seconds - began, at, value);
    }
  }

  #epoch(row: EpochRow): void {
    while (this.epochs.length > 0 && this.epochs.at(-1)!.epoch >= row.epoch) this.epochs.pop();
    if (this.epochs.length >= mostEpochs) this.epochs.shift();
    this.epochs.push(row);
  }

  #curve(chart: string, part: string): Series | undefined {
    // Means of epochs are drawn where steps were not recorded.
    if (part === "epoch" && this.curves.has(`train ${chart}`)) return undefined;
    const key = `${part} ${chart}`;
    const known = this.curves.get(key);
    if (known !== undefined) return known.series;
    if (this.curves.size >= mostTags) return undefined;
    const series = new Series();
    this.curves.set(key, { chart, part, series });
    return series;
  }

  #histogram(tag: string, at: HistogramAt): void {
    const known = entriesOf(this.histograms, tag, Number.POSITIVE_INFINITY);
    if (known === undefined) return;
    known.push(at);
    if (known.length > mostHistograms)
      this.histograms.set(
        tag,
        known.filter((_, k) => k % 2 === 0 || k === known.length - 1),
      );
  }

  #restart(step: number, part: string): void {
    for (const curve of this.curves.values())
      if (curve.part === part) curve.series.forgetFrom(step);
    const isOfPart = (tag: string): boolean => this.#partOf.get(tag) === part;
    for (const entries of [this.histograms, this.pictures, this.texts])
      forgetFrom<{ readonly step: number }>(entries, step, isOfPart);
  }
}

/** What there is of each parameter. */
const parameterSeries = { update: "updates", gradient: "gradients" } as const;

/** The series of a parameter; undefined where there are too many. */
function seriesIn(all: Map<string, Series>, path: string): Series | undefined {
  const known = all.get(path);
  if (known !== undefined || all.size >= mostTags) return known;
  const series = new Series();
  all.set(path, series);
  return series;
}

/** Takes back what was recorded at a step or later; of a tag that has nothing else, nothing is left. */
function forgetFrom<T extends { readonly step: number }>(
  entries: Map<string, T[]>,
  step: number,
  isMeant: (tag: string) => boolean,
): void {
  for (const [tag, list] of entries) {
    if (!isMeant(tag)) continue;
    const left = list.filter((entry) => entry.step < step);
    if (left.length > 0) entries.set(tag, left);
    else entries.delete(tag);
  }
}

/** The entries of a tag, with room for one more. */
function entriesOf<T>(map: Map<string, T[]>, tag: string, most: number): T[] | undefined {
  if (!map.has(tag) && map.size >= mostTags) return undefined;
  const list = map.get(tag) ?? [];
  map.set(tag, list);
  if (list.length >= most) list.shift();
  return list;
}
