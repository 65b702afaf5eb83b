// Lines of a log and events of event files, as news for the page. Files may be of anybody, so nothing in them is taken for
// what it claims to be.

import type { BoardEvent } from "chainrule/formats";
import type {
  Damage,
  EpochRow,
  HistogramAt,
  NewPoints,
  PicturesAt,
  RunNews,
  Tagged,
  TextAt,
} from "./run-news.ts";

type Numbers = Readonly<Record<string, number>>;
type Fields = Readonly<Record<string, unknown>>;

const mostFiles = 64;
const mostText = 100_000;
/** Edges and counts of a histogram. */
const mostBuckets = 3000;
/** Names of curves in one piece. */
const mostNames = 2000;

export class RunParser {
  #pending = new Pending();
  #seconds = 0;
  #stepsPerEpoch = Number.NaN;

  /** Takes a line of `metrics.jsonl` or `history.jsonl`; what is none is left out. */
  line(text: string): void {
    if (text.trim() === "") return;
    const line = parsed(text);
    if (line === undefined) {
      this.#pending.oddLines++;
      return;
    }
    const step = numberOf(line.step ?? line.steps);
    if (!Number.isFinite(step)) return;
    const seconds = numberOf(line.seconds);
    if (Number.isFinite(seconds)) this.#seconds = seconds;
    if (line.kind === "health") this.#health(line, step);
    else if (line.kind === "step") this.#step(line, step);
    else this.#epoch(line, step, numberOf(line.epoch));
  }

  /** Takes an event; scalars only where there is no log that has them. */
  event(event: BoardEvent, part: string, withScalars: boolean): void {
    const { step } = event;
    if (event.kind === "restart") {
      this.#pending.restart(step, part);
      return;
    }
    if (event.kind === "settings") return; // the server lists them
    const tag = joined(part, event.tag);
    if (event.kind === "scalar") {
      if (!withScalars) return;
      this.#pending.isWallTime = true;
      this.#pending.add("curve", event.tag, part, [step, event.wallTime, Number.NaN, event.value]);
    } else if (event.kind === "histogram") {
      const { buckets } = event;
      if (buckets.length > 0 && buckets.length <= mostBuckets)
        this.#pending.histograms.push({ tag, part, at: { step, buckets } });
    } else if (event.kind === "images") {
      const files = event.files.slice(0, mostFiles).map((bytes) => bytes.slice());
      this.#pending.pictures.push({ tag, part, at: { step, files } });
    } else
      this.#pending.texts.push({ tag, part, at: { step, text: event.text.slice(0, mostText) } });
  }

  damaged(damage: Damage): void {
    this.#pending.damage.push(damage);
  }

  /** What was taken since the last call. */
  news(isAnew: boolean, bytes: number): RunNews {
    const news = this.#pending.news(isAnew, bytes, this.#stepsPerEpoch);
    this.#pending = new Pending();
    return news;
  }

  #step(line: Fields, step: number): void {
    const add = (chart: string, value: unknown): void => this.#add(chart, "train", step, value);
    for (const [name, value] of Object.entries(numbersOf(line.train))) add(name, value);
    if (line.learningRate !== undefined) add("learningRate", line.learningRate);
    if (line.gradientNorm !== undefined) add("gradientNorm", line.gradientNorm);
  }

  #epoch(line: Fields, step: number, epoch: number): void {
    if (Number.isNaN(this.#stepsPerEpoch) && epoch > 0) this.#stepsPerEpoch = step / epoch;
    const [train, validation] = [numbersOf(line.train), numbersOf(line.validation)];
    const learningRate = numberOf(line.learningRate);
    const seconds = this.#seconds;
    this.#pending.epochs.push({ epoch, step, seconds, learningRate, train, validation });
    for (const [name, value] of Object.entries(train)) this.#add(name, "epoch", step, value);
    for (const [name, value] of Object.entries(validation))
      this.#add(name, "validation", step, value);
  }

  #health(line: Fields, step: number): void {
    const [weights, updates] = [numbersOf(line.weights), numbersOf(line.updates)];
    const add = (kind: "update" | "gradient", path: string, value: number): void => {
      if (Number.isFinite(value))
        this.#pending.add(kind, path, "", [step, this.#seconds, Number.NaN, value]);
    };
    for (const [path, update] of Object.entries(updates))
      add("update", path, update / weights[path]);
    for (const [path, norm] of Object.entries(numbersOf(line.gradients)))
      add("gradient", path, norm);
  }

  #add(chart: string, part: string, step: number, value: unknown): void {
    this.#pending.add("curve", chart, part, [step, this.#seconds, Number.NaN, numberOf(value)]);
  }
}

type Row = readonly [step: number, seconds: number, epoch: number, value: number];

/** News that are not told yet. */
class Pending {
  readonly #points = new Map<string, Omit<NewPoints, "rows"> & { rows: number[] }>();
  readonly #restarts: { step: number; part: string }[] = [];
  isWallTime = false;
  readonly epochs: EpochRow[] = [];
  histograms: Tagged<HistogramAt>[] = [];
  pictures: Tagged<PicturesAt>[] = [];
  texts: Tagged<TextAt>[] = [];
  readonly damage: Damage[] = [];
  oddLines = 0;

  add(kind: NewPoints["kind"], chart: string, part: string, row: Row): void {
    const key = `${kind} ${part} ${chart}`;
    let points = this.#points.get(key);
    if (points === undefined) {
      if (this.#points.size >= mostNames) return;
      points = { kind, chart, part, rows: [] };
      this.#points.set(key, points);
    }
    points.rows.push(...row);
  }

  /** What was told before is dropped where the news are taken; what was not is dropped here. */
  restart(step: number, part: string): void {
    this.#restarts.push({ step, part });
    for (const points of this.#points.values()) {
      const { rows } = points;
      if (points.part === part)
        while (rows.length > 0 && rows[rows.length - 4] >= step) rows.length -= 4;
    }
    const isKept = (one: Tagged<{ readonly step: number }>): boolean =>
      one.part !== part || one.at.step < step;
    this.histograms = this.histograms.filter(isKept);
    this.pictures = this.pictures.filter(isKept);
    this.texts = this.texts.filter(isKept);
  }

  news(isAnew: boolean, bytes: number, stepsPerEpoch: number): RunNews {
    const { isWallTime, epochs, histograms, pictures, texts, damage, oddLines } = this;
    const points = [...this.#points.values()].map((each) => ({
      ...each,
      rows: Float64Array.from(each.rows),
    }));
    const facts = { isAnew, bytes, isWallTime, stepsPerEpoch, oddLines, damage };
    return { ...facts, restarts: this.#restarts, points, epochs, histograms, pictures, texts };
  }
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
