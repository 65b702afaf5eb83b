// The loader at the end of a pipeline: passes of batches, their types, and what may still be done with whole batches.

import { checkFunction } from "../../core/checks.ts";
import { ChainruleError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import { checkOptionNames } from "../../core/option-names.ts";
import { printAsText } from "../../core/print-as-text.ts";
import type { RandomStream } from "../../core/random.ts";
import { checkPass, type PassOptions } from "../batches.ts";
import type { Batch, FieldType } from "../dataset.ts";
import type { Loader } from "../loader.ts";
import { checkWhole, recordStream } from "../order.ts";
import type { Batcher } from "./batcher.ts";
import type { Soon } from "./pipeline-stage.ts";
import { after } from "./pipeline-steps.ts";
import { textOfLoader } from "./pipeline-text.ts";
import { prefetched } from "./prefetch.ts";
import { checkBatch } from "./record.ts";

/** A loader that makes any batch of any pass by itself. */
export interface StridedLoader<Field extends string = string> extends Loader<Field> {
  /** Whether `pass` takes a stride, by which workers share a pass. */
  readonly strided: true;
  pass(epoch: number, options?: PassOptions): Iterable<Batch<Field>> | AsyncIterable<Batch<Field>>;
}

/**
 * Batches of a pipeline. `for await (const batch of loader)` makes one pass, and every further one the next; `fit` takes it
 * as `train`.
 */
export class PipelineLoader<Field extends string = string>
  implements StridedLoader<Field>, AsyncIterable<Batch<Field>>
{
  readonly strided = true;
  readonly #batcher: Batcher;
  readonly #seed: number;
  #fields: Readonly<Record<string, FieldType>> | undefined;
  #epoch = 0;

  constructor(batcher: Batcher, seed: number) {
    this.#batcher = batcher;
    this.#seed = seed;
    this.#fields = batcher.fields;
  }

  /** Batches in a pass; undefined where nobody knows before it ends. */
  get length(): number | undefined {
    return this.#batcher.length;
  }

  /** Whether the arrays of batches belong to nobody else. */
  get fresh(): boolean {
    return this.#batcher.fresh;
  }

  /** Number of the pass that the next iteration makes. */
  get epoch(): number {
    return this.#epoch;
  }

  /**
   * Types of the fields, from the first record where they were not given; sizes that differ from batch to batch are −1.
   * Errors: `BAD_ARGUMENT` where the record has to be waited for; `await loader.prepare()` does.
   */
  get fields(): Readonly<Record<Field, FieldType>> {
    if (this.#fields === undefined) {
      const sample = this.#batcher.sample();
      if (sample instanceof Promise) {
        sample.catch(() => {});
        throw notKnown();
      }
      this.#learn(sample);
    }
    return this.#fields as Readonly<Record<Field, FieldType>>;
  }

  /** Reads a record to find out the types of fields, where they are not known. */
  async prepare(): Promise<void> {
    if (this.#fields === undefined) this.#learn(await this.#batcher.sample());
  }

  /** The batches of pass number `epoch`: always the same ones for the same settings. */
  async *pass(epoch: number, options: PassOptions = {}): AsyncGenerator<Batch<Field>, void, void> {
    const { skip, stride } = checkPass(epoch, options);
    for await (const batch of this.#batcher.run(epoch, skip, stride)) {
      if (this.#fields === undefined) this.#learn(batch);
      yield batch as Batch<Field>;
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<Batch<Field>, void, void> {
    return this.pass(this.#epoch++);
  }

  describe(): Json {
    return this.#batcher.describe();
  }

  /** The steps in one line, as `console.log` shows them. */
  toString(): string {
    const { length } = this;
    const count = length !== undefined && Number.isFinite(length) ? `; ${length} batches` : "";
    return `PipelineLoader: ${textOfLoader(this.describe())}${count}`;
  }

  /**
   * Makes another batch of each, for instance mixes its records; `random` belongs to (seed, epoch, number of the batch).
   *
   * `loader.mapBatches(({ images, labels }, random) => ({ images: noisy(images, random), labels }))`
   */
  mapBatches<Other extends string = Field>(
    f: (batch: Batch<Field>, random: RandomStream) => Soon<Batch<Other>>,
    options: { readonly seed?: number } = {},
  ): PipelineLoader<Other> {
    checkFunction("mapBatches", "f", f);
    checkOptionNames("mapBatches", options, { seed: true });
    const { seed = this.#seed } = options;
    checkWhole("mapBatches", "seed", seed, 0);
    return new PipelineLoader(mappedBatches(this.#batcher, f as BatchFunction, seed), seed);
  }

  /**
   * Makes up to `count` batches ahead while one is in use. What waits, such as reading files, after overlaps with training;
   * what computes does so in workers, see `parallel`.
   */
  prefetch(count: number): PipelineLoader<Field> {
    checkWhole("prefetch", "count", count, 1);
    const before = this.#batcher;
    const run: Batcher["run"] = (...place) => prefetched(before.run(...place), count);
    return new PipelineLoader({ ...before, run }, this.#seed);
  }

  #learn(sample: Batch | undefined): void {
    if (sample === undefined) throw noRecords();
    this.#fields = this.#batcher.typesOf(sample);
  }
}

printAsText(PipelineLoader);

type BatchFunction = (batch: Batch, random: RandomStream) => Soon<Batch>;

function mappedBatches(before: Batcher, f: BatchFunction, seed: number): Batcher {
  const depth = before.depth + 1;
  const { fields: _, ...rest } = before;
  return {
    ...rest,
    depth,
    fresh: false,
    sample: () =>
      after(before.sample(), (batch) => batch && f(batch, recordStream(seed, depth, 0, 0))),
    async *run(epoch, skip, stride) {
      let index = skip;
      for await (const batch of before.run(epoch, skip, stride)) {
        yield checkBatch("mapBatches", await f(batch, recordStream(seed, depth, epoch, index)));
        index += stride;
      }
    },
    describe: () => ({ kind: "mapBatches", function: f.name, seed, of: before.describe() }),
  };
}

/** Types of fields as a batch has them. */
export function typesOfBatch(batch: Batch): Record<string, FieldType> {
  const types = Object.entries(batch).map(([name, { dtype, shape }]) => {
    return [name, { dtype, shape: shape.slice(1) }];
  });
  return Object.fromEntries(types);
}

function notKnown(): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "loader.fields",
    problem: "the types of the fields are not known before a record was read",
    fix:
      "Call `await loader.prepare()` first, or name them: " +
      'batch(32, { fields: { images: { dtype: "float32", shape: [1, 28, 28] } } }).',
  });
}

function noRecords(): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "loader.fields",
    problem: "the types of the fields are not known: there is no record to read them from",
    fix: "Check the source and its filters.",
  });
}
