// Pipelines: what happens to records on their way from a source to batches, step by step, each step a new pipeline. What
// random access allows (a whole shuffle, samples by weight, skipping without reading) stays possible as long as no step
// needs the records one after the other.

import { checkFunction } from "../../core/checks.ts";
import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";
import type { Json } from "../../core/json.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { printAsText } from "../../core/print-as-text.ts";
import { ArrayDataset, type Batch, type Dataset } from "../dataset.ts";
import { recordDigits } from "../fingerprint.ts";
import { checkWhole } from "../order.ts";
import { type BatchingOptions, type BucketOptions, bucketed, evenly, padded } from "./batching.ts";
import type { PadOptions } from "./pad.ts";
import { cached } from "./pipeline-cache.ts";
import { concatenated, merged, zipped } from "./pipeline-combine.ts";
import type { PipelineLoader } from "./pipeline-loader.ts";
import {
  datasetStage,
  itemsOf,
  type RecordSource,
  type RecordStream,
  recordsStage,
  type Stage,
  streamStage,
} from "./pipeline-stage.ts";
import {
  filtered,
  type MapFunction,
  mapped,
  ordered,
  repeated,
  shuffled,
  skipped,
  taken,
} from "./pipeline-steps.ts";
import { textOfStages } from "./pipeline-text.ts";
import type { DataRecord } from "./record.ts";
import { checkWeights, type SamplerOptions, sampledOrder } from "./sampling.ts";

/** Options of `pipeline`. */
export interface PipelineOptions {
  /** Seed of all that is random in it; default 0. */
  readonly seed?: number;
}

/** Options of a random step. */
export interface SeedOptions {
  /** Default: the pipeline's. */
  readonly seed?: number;
}

/** Options of `shuffle`. */
export interface ShuffleOptions extends SeedOptions {
  /** Records that a stream's shuffle holds; default 1024. Random access is shuffled as a whole. */
  readonly buffer?: number;
}

const pipelineOptionNames: OptionNames<PipelineOptions> = { seed: true };
const shuffleOptionNames: OptionNames<ShuffleOptions> = { seed: true, buffer: true };
const samplerOptionNames: OptionNames<SamplerOptions> = {
  samples: true,
  replacement: true,
  seed: true,
};

/**
 * Begins a pipeline: from a data set or an array, which can be read in any order, or from a function that makes the records
 * of a pass one after the other.
 *
 * `pipeline(train, { seed: 1 }).shuffle().map(augment).batch(64)`
 * `pipeline(() => lines(file)).filter((line) => line !== "").map(parse).shuffle({ buffer: 1000 }).batch(32)`
 * The result of `batch` is a `Loader`, which `fit` takes. A pass depends on the settings and its number alone.
 */
export function pipeline<Field extends string>(
  source: Dataset<Field>,
  options?: PipelineOptions,
): Pipeline<DataRecord<Field>>;
export function pipeline<T>(
  source: readonly T[] | RecordSource<T> | RecordStream<T>,
  options?: PipelineOptions,
): Pipeline<T>;
export function pipeline(
  source: Dataset | readonly unknown[] | RecordSource<unknown> | RecordStream<unknown>,
  options: PipelineOptions = {},
): Pipeline<never> {
  checkOptionNames("pipeline", options, pipelineOptionNames);
  const { seed = 0 } = options;
  checkWhole("pipeline", "seed", seed, 0);
  return new Pipeline(stageOf(source) as Stage<never>, seed);
}

/** Records on their way to batches; made by `pipeline`. Every method gives a new pipeline and leaves this one as it is. */
export class Pipeline<T> {
  readonly #stage: Stage<T>;
  readonly #seed: number;

  constructor(stage: Stage<T>, seed: number) {
    this.#stage = stage;
    this.#seed = seed;
  }

  /** Records in a pass; undefined where nobody knows before it ends. */
  get size(): number | undefined {
    return this.#stage.size;
  }

  /** Whether records can be read in any order. */
  get isRandomAccess(): boolean {
    return this.#stage.kind === "random";
  }

  /** The steps with their settings. */
  describe(): Json {
    return this.#stage.describe();
  }

  /** The steps in one line, as `console.log` shows them. */
  toString(): string {
    const { size } = this.#stage;
    const count = size !== undefined && Number.isFinite(size) ? `; ${size} records` : "";
    return `Pipeline: ${textOfStages(this.describe())}${count}`;
  }

  /** The records of pass number `epoch`, to look at. */
  async *records(epoch: number = 0): AsyncGenerator<T, void, void> {
    checkWhole("records", "epoch", epoch, 0);
    for await (const item of itemsOf(this.#stage.open(epoch))) yield await item();
  }

  /**
   * Makes another record of each. `random` gives numbers that depend on seed, pass and number of the record, so that an
   * augmentation is the same for any number of workers and after a resumed run. `f` may return a promise; the records of
   * a batch are then waited for together.
   */
  map<U>(f: MapFunction<T, U>, options: SeedOptions = {}): Pipeline<Awaited<U>> {
    checkFunction("map", "f", f);
    const seed = this.#seedOf("map", options);
    return this.#with(mapped(this.#stage, f as MapFunction<T, Awaited<U>>, seed));
  }

  /** Leaves out the records for which `keep` is false. What follows reads records one after the other. */
  filter(keep: (record: T) => boolean | Promise<boolean>): Pipeline<T> {
    checkFunction("filter", "keep", keep);
    return this.#with(filtered(this.#stage, keep));
  }

  /**
   * Visits the records in another random order in each pass: all of them in the order of `batches` where they can be read in
   * any order, else by drawing from a buffer. The one shuffles evenly, the other moves a record forward by no more than the
   * buffer holds.
   */
  shuffle(options: ShuffleOptions = {}): Pipeline<T> {
    checkOptionNames("shuffle", options, shuffleOptionNames);
    const { seed = this.#seed, buffer = 1024 } = options;
    checkWhole("shuffle", "seed", seed, 0);
    checkWhole("shuffle", "buffer", buffer, 1);
    this.#checkEnd("shuffle");
    return this.#with(shuffled(this.#stage, seed, buffer));
  }

  /**
   * Draws records by weight, anew in each pass: record i comes with probability `weights[i] / Σ weights`.
   *
   * `.weightedSampler(balancedWeights(train, "labels"), { samples: 10_000 })`
   * Errors: `BAD_ARGUMENT` for a stream, and for weights that are negative or of another number than the records.
   */
  weightedSampler(weights: ArrayLike<number>, options: SamplerOptions = {}): Pipeline<T> {
    checkOptionNames("weightedSampler", options, samplerOptionNames);
    const size = this.#needRandomAccess("weightedSampler");
    const { samples = size, replacement = true, seed = this.#seed } = options;
    const checked = checkWeights(weights, size, samples, replacement);
    checkWhole("weightedSampler", "seed", seed, 0);
    const order = (epoch: number): ((position: number) => number) => {
      const places = sampledOrder(checked, samples, replacement, seed, epoch);
      return (position) => places[position];
    };
    const about = { stage: "weightedSampler", samples, replacement, seed };
    return this.#with(ordered(this.#stage, samples, order, about));
  }

  /** Makes one pass of `times` passes of the steps before, or an endless one; each shuffles and augments anew. */
  repeat(times: number = Number.POSITIVE_INFINITY): Pipeline<T> {
    if (times !== Number.POSITIVE_INFINITY) checkWhole("repeat", "times", times, 0);
    return this.#with(repeated(this.#stage, times));
  }

  /** Ends a pass after `count` records. */
  take(count: number): Pipeline<T> {
    checkWhole("take", "count", count, 0);
    return this.#with(taken(this.#stage, count));
  }

  /** Leaves out the first `count` records of a pass. */
  skip(count: number): Pipeline<T> {
    checkWhole("skip", "count", count, 0);
    return this.#with(skipped(this.#stage, count));
  }

  /** The records of this pipeline, then those of another. */
  concat<U>(other: Pipeline<U>): Pipeline<T | U> {
    checkPipeline("concat", other);
    this.#checkEnd("concat");
    return this.#with(concatenated(this.#stage, other.#stage));
  }

  /** Joins each record with one of another pipeline: their fields in one record, or what `join` makes of the two. */
  zip<U>(other: Pipeline<U>): Pipeline<T & U>;
  zip<U, V>(other: Pipeline<U>, join: (a: T, b: U) => V): Pipeline<Awaited<V>>;
  zip<U>(other: Pipeline<U>, join: (a: T, b: U) => unknown = merged): Pipeline<unknown> {
    checkPipeline("zip", other);
    checkFunction("zip", "join", join);
    return this.#with(zipped(this.#stage, other.#stage, join, join.name));
  }

  /**
   * Keeps records in memory once they are made. The steps before are done once, as in pass 0: put what is random behind it.
   * Records that were kept are handed out again, so functions behind it must not change them.
   */
  cache(): Pipeline<T> {
    return this.#with(cached(this.#stage));
  }

  /**
   * Joins records into batches.
   *
   * `.batch(64, { dropLast: true, fields: { label: "int32" } })`
   * Shape: each field becomes `[B, ...field]`. Numbers are float32 unless `fields` says otherwise. Errors when a batch is
   * made: `BAD_ARGUMENT` where records are no objects with fields, or differ in shape.
   */
  batch<Field extends string>(
    batchSize: number,
    options: BatchingOptions<T> & {
      readonly collate: (records: readonly T[]) => Batch<Field> | Promise<Batch<Field>>;
    },
  ): PipelineLoader<Field>;
  batch(batchSize: number, options?: BatchingOptions<T>): PipelineLoader<Extract<keyof T, string>>;
  batch(batchSize: number, options: BatchingOptions<T> = {}): PipelineLoader<string> {
    return evenly(this.#stage, batchSize, options, this.#seed);
  }

  /**
   * Joins records into batches with sequences filled up to one length.
   *
   * `.padBatch(32, { pad: { tokens: 0 }, lengths: "lengths", mask: "mask" })`
   * Shape: padded fields `[T_i, …] → [B, T, …]`, others `[…] → [B, …]`.
   */
  padBatch(
    batchSize: number,
    options: PadOptions & Omit<BatchingOptions<T>, "collate">,
  ): PipelineLoader<string> {
    return padded(this.#stage, batchSize, options, this.#seed);
  }

  /**
   * Joins records of like lengths into batches, filled up to the boundary of their bucket: as many shapes as boundaries, and
   * little filling. A batch comes when its bucket is full, the rest at the end of the pass.
   *
   * `.bucket(32, { boundaries: [16, 32, 64], pad: { tokens: 0 }, lengths: "lengths" })`
   */
  bucket(batchSize: number, options: BucketOptions<T>): PipelineLoader<string> {
    return bucketed(this.#stage, batchSize, options, this.#seed);
  }

  #with<U>(stage: Stage<U>): Pipeline<U> {
    return new Pipeline(stage, this.#seed);
  }

  #seedOf(op: string, options: SeedOptions): number {
    checkOptionNames(op, options, pipelineOptionNames);
    const { seed = this.#seed } = options;
    checkWhole(op, "seed", seed, 0);
    return seed;
  }

  #needRandomAccess(op: string): number {
    const { kind, size } = this.#stage;
    if (kind === "random" && size !== undefined && Number.isFinite(size)) return size;
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op,
      problem: "these records come one after the other and cannot be drawn from",
      fix: "Put it before filter and repeat, on a data set or an array.",
    });
  }

  #checkEnd(op: string): void {
    if (this.#stage.kind === "stream" || Number.isFinite(this.#stage.size)) return;
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op,
      problem: "these records have no end",
      fix: `Put ${op} before repeat(), or give repeat a number.`,
    });
  }
}

printAsText(Pipeline);

function stageOf(
  source: Dataset | readonly unknown[] | RecordSource<unknown> | RecordStream<unknown>,
): Stage<unknown> {
  if (typeof source === "function") return streamStage(source);
  if (Array.isArray(source)) return recordsStage(arraySource(source));
  if (isDataset(source)) return datasetStage(source, source instanceof ArrayDataset);
  const { size, get } = (source ?? {}) as Partial<RecordSource<unknown>>;
  if (Number.isSafeInteger(size) && typeof get === "function") {
    const records = source as RecordSource<unknown>;
    return recordsStage({
      size: size!,
      get: (index) => records.get(index),
      fingerprint: () => records.fingerprint?.(),
    });
  }
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "pipeline",
    problem: `cannot read records from ${showValue(source)}`,
    fix:
      "Pass a Dataset, an array, { size, get(index) }, or a function that returns an (async) iterable: " +
      "() => records, as an iterable itself can be read only once.",
  });
}

function arraySource<T>(records: readonly T[]): RecordSource<T> {
  return {
    size: records.length,
    get: (index) => records[index],
    fingerprint: () => recordDigits(records),
  };
}

function isDataset(source: object): source is Dataset {
  return typeof (source as Partial<Dataset> | null)?.read === "function" && "fields" in source;
}

function checkPipeline(op: string, other: unknown): void {
  if (other instanceof Pipeline) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `takes another pipeline; received ${showValue(other)}`,
    fix: `Write .${op}(pipeline(…)).`,
  });
}
