// Batches of a data set, pass after pass. The order of a pass depends on (seed, epoch) alone, so that a
// resumed run continues with exactly the batches that it would have seen.

import type { Json } from "../core/json.ts";
import { checkOptionNames, type OptionNames } from "../core/option-names.ts";
import {
  ArrayDataset,
  type Batch,
  checkDataset,
  type Dataset,
  type FieldType,
  gather,
} from "./dataset.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { Loader } from "./loader.ts";
import { checkWhole, shuffledOrder } from "./order.ts";

/** Options of `batches`. */
export interface BatchOptions {
  /** Records in a batch; default 32. */
  readonly batchSize?: number;
  /** Visit the records in a new random order in each pass; default false. */
  readonly shuffle?: boolean;
  /** Seed of the orders; default 0. */
  readonly seed?: number;
  /** Leave out a last batch with fewer records; default false. */
  readonly dropLast?: boolean;
  /** Number of the first pass; default 0. */
  readonly epoch?: number;
}

const optionNames: OptionNames<BatchOptions> = {
  batchSize: true,
  shuffle: true,
  seed: true,
  dropLast: true,
  epoch: true,
};

/** Which batches of a pass to make. */
export interface PassOptions {
  /** Batches to leave out at the beginning; default 0. */
  readonly skip?: number;
  /** From there on make every so-many-th batch; default 1, all. Workers share a pass so. */
  readonly stride?: number;
}

/**
 * Batches of a data set: `for (const { images, labels } of set)` and `for await` make one pass each, and
 * every further pass has the next epoch number and, when shuffled, another order.
 */
export interface Batches<Field extends string = string>
  extends Loader<Field>,
    Iterable<Batch<Field>>,
    AsyncIterable<Batch<Field>> {
  /** Batches in one pass. */
  readonly length: number;
  /** Records in one pass. */
  readonly records: number;
  /** Number of the pass that the next iteration makes. */
  readonly epoch: number;
  /** Makes pass number `epoch`, whatever was iterated before, without its first `skip` batches. */
  pass(epoch: number, options?: PassOptions): Generator<Batch<Field>, void, void>;
}

/**
 * Cuts a data set into batches.
 *
 * `for await (const { images, labels } of batches(train, { batchSize: 64, shuffle: true, seed: 1 }))`
 * Shape: each field becomes `[B, ...field]`; the last batch may be shorter, see `dropLast`.
 */
export function batches<Field extends string>(
  dataset: Dataset<Field>,
  options: BatchOptions = {},
): Batches<Field> {
  return new DatasetBatches(dataset, options);
}

class DatasetBatches<Field extends string> implements Batches<Field> {
  readonly length: number;
  readonly records: number;
  /** Whether `pass` takes a stride. */
  readonly strided = true;
  /** Whether the arrays of batches belong to nobody else. */
  readonly fresh: boolean;
  readonly #dataset: Dataset<Field>;
  readonly #options: Required<BatchOptions>;
  #epoch: number;

  constructor(dataset: Dataset<Field>, options: BatchOptions) {
    checkDataset("batches", dataset);
    checkOptionNames("batches", options, optionNames);
    const { batchSize = 32, shuffle = false, seed = 0, epoch = 0, dropLast = false } = options;
    checkWhole("batches", "batchSize", batchSize, 1);
    checkWhole("batches", "seed", seed, 0);
    checkWhole("batches", "epoch", epoch, 0);
    const count = dataset.size / batchSize;
    this.length = dropLast ? Math.floor(count) : Math.ceil(count);
    this.records = Math.min(dataset.size, this.length * batchSize);
    this.fresh = dataset instanceof ArrayDataset;
    this.#dataset = dataset;
    this.#options = { batchSize, shuffle, seed, epoch, dropLast };
    this.#epoch = epoch;
  }

  get fields(): Readonly<Record<Field, FieldType>> {
    return this.#dataset.fields;
  }

  get epoch(): number {
    return this.#epoch;
  }

  describe(): Json {
    const { epoch: _, ...settings } = this.#options;
    return { kind: "batches", ...settings, data: describeDataset(this.#dataset) };
  }

  *pass(epoch: number, options: PassOptions = {}): Generator<Batch<Field>, void, void> {
    const { batchSize, shuffle, seed } = this.#options;
    const { skip, stride } = checkPass(epoch, options);
    const { size } = this.#dataset;
    const order = shuffle ? shuffledOrder(size, seed, epoch) : upTo(size);
    for (let index = skip; index < this.length; index += stride) {
      const start = index * batchSize;
      yield gather(this.#dataset, order.subarray(start, Math.min(start + batchSize, size)));
    }
  }

  [Symbol.iterator](): Generator<Batch<Field>, void, void> {
    return this.pass(this.#epoch++);
  }

  [Symbol.asyncIterator](): AsyncGenerator<Batch<Field>, void, void> {
    return asynchronously(this[Symbol.iterator]());
  }
}

/** Fills in what the options of a pass leave open, and refuses impossible numbers. */
export function checkPass(epoch: number, options: PassOptions): Required<PassOptions> {
  const { skip = 0, stride = 1 } = options;
  checkWhole("pass", "epoch", epoch, 0);
  checkWhole("pass", "skip", skip, 0);
  checkWhole("pass", "stride", stride, 1);
  return { skip, stride };
}

/** What is known of a data set without reading all of it. */
export function describeDataset(dataset: Dataset): Json {
  const { size, fields } = dataset;
  const contents = fingerprintOf(dataset);
  const types = Object.entries(fields).map(([name, { dtype, shape }]) => [name, { dtype, shape }]);
  return { size, fields: Object.fromEntries(types), ...(contents !== undefined && { contents }) };
}

/** The numbers 0 … count−1. */
export function upTo(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i);
}

async function* asynchronously<T>(items: Iterable<T>): AsyncGenerator<T, void, void> {
  yield* items;
}
