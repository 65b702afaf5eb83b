// Batches of a data set, pass after pass. The order of a pass depends on (seed, epoch) alone, so that a
// resumed run continues with exactly the batches that it would have seen.

import { type Batch, type Dataset, gather } from "./dataset.ts";
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

/**
 * Batches of a data set: `for (const { images, labels } of set)` and `for await` make one pass each, and
 * every further pass has the next epoch number and, when shuffled, another order.
 */
export interface Batches<Field extends string = string>
  extends Iterable<Batch<Field>>,
    AsyncIterable<Batch<Field>> {
  /** Batches in one pass. */
  readonly length: number;
  /** Records in one pass. */
  readonly records: number;
  /** Number of the pass that the next iteration makes. */
  readonly epoch: number;
  /** Makes pass number `epoch`, whatever was iterated before, without its first `skip` batches. */
  pass(epoch: number, options?: { readonly skip?: number }): Generator<Batch<Field>, void, void>;
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
  readonly #dataset: Dataset<Field>;
  readonly #options: Required<BatchOptions>;
  #epoch: number;

  constructor(dataset: Dataset<Field>, options: BatchOptions) {
    const defaults = { batchSize: 32, shuffle: false, seed: 0, dropLast: false, epoch: 0 };
    const { batchSize = 32, seed = 0, epoch = 0, dropLast = false } = options;
    checkWhole("batches", "batchSize", batchSize, 1);
    checkWhole("batches", "seed", seed, 0);
    checkWhole("batches", "epoch", epoch, 0);
    const count = dataset.size / batchSize;
    this.length = dropLast ? Math.floor(count) : Math.ceil(count);
    this.records = Math.min(dataset.size, this.length * batchSize);
    this.#dataset = dataset;
    this.#options = { ...defaults, ...options, batchSize, seed, epoch, dropLast };
    this.#epoch = epoch;
  }

  get epoch(): number {
    return this.#epoch;
  }

  *pass(
    epoch: number,
    options: { readonly skip?: number } = {},
  ): Generator<Batch<Field>, void, void> {
    const { batchSize, shuffle, seed } = this.#options;
    const size = this.#dataset.size;
    const order = shuffle
      ? shuffledOrder(size, seed, epoch)
      : Int32Array.from({ length: size }, (_, i) => i);
    for (let index = options.skip ?? 0; index < this.length; index++) {
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

async function* asynchronously<T>(items: Iterable<T>): AsyncGenerator<T, void, void> {
  yield* items;
}
