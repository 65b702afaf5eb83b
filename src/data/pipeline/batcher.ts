// From the records of a pipeline to batches: groups of one size, or groups of like lengths. Batch number k of a pass is the
// same whether the ones before it are made or not, which is what skipping and sharing a pass among workers rests on.

import type { Json } from "../../core/json.ts";
import type { Batch, FieldType } from "../dataset.ts";
import { itemsOf, type Lazy, type RandomPass, type Soon, type Stage } from "./pipeline-stage.ts";
import { after } from "./pipeline-steps.ts";

/** Makes the batches of a pass; what a loader is built on. */
export interface Batcher {
  /** Batches in a pass; undefined where nobody knows before it ends. */
  readonly length: number | undefined;
  /** Position after the stages before it, see `Stage`. */
  readonly depth: number;
  /** Whether the arrays of batches belong to nobody else, so that they may be handed to another thread. */
  readonly fresh: boolean;
  /** Types of fields that are known without reading anything. */
  readonly fields?: Readonly<Record<string, FieldType>>;
  /** Some batch, from which types of fields follow; undefined where there are no records. */
  sample(): Soon<Batch | undefined>;
  typesOf(batch: Batch): Record<string, FieldType>;
  run(epoch: number, skip: number, stride: number): AsyncGenerator<Batch, void, void>;
  describe(): Json;
}

/** How records are grouped and joined. */
export interface Grouping<T> {
  readonly batchSize: number;
  readonly dropLast: boolean;
  /** Joins records; undefined stands for `collate` as it is, so that a data set can be read in one go. */
  readonly join: (records: readonly T[]) => Soon<Batch>;
  /** Whether `join` is plain enough that `read` of a pass does the same. */
  readonly plain: boolean;
  readonly fresh: boolean;
}

type Run = Batcher["run"];

/** Runs of batches of one size, the last one shorter unless left out. */
export function evenRuns<T>(stage: Stage<T>, grouping: Grouping<T>): Run {
  return stage.kind === "random" ? runOfRandom(stage, grouping) : runOfStream(stage, grouping);
}

/** Number of batches of one size in a pass. */
export function evenLength(
  size: number | undefined,
  { batchSize, dropLast }: { readonly batchSize: number; readonly dropLast: boolean },
): number | undefined {
  if (size === undefined || !Number.isFinite(size)) return undefined;
  return dropLast ? Math.floor(size / batchSize) : Math.ceil(size / batchSize);
}

function runOfRandom<T>(stage: Stage<T>, grouping: Grouping<T>): Run {
  const { batchSize, join, plain } = grouping;
  const length = evenLength(stage.size, grouping) ?? Number.POSITIVE_INFINITY;
  return async function* (epoch, skip, stride) {
    if (skip >= length) return;
    const pass = stage.open(epoch) as RandomPass<T>;
    for (let index = skip; index < length; index += stride) {
      const start = index * batchSize;
      const count = Math.min(batchSize, pass.size - start);
      const places = Float64Array.from({ length: count }, (_, k) => start + k);
      const read = plain ? pass.read?.(places) : undefined;
      yield read ?? (await join(await allOf(Array.from(places, (place) => () => pass.at(place)))));
    }
  };
}

function runOfStream<T>(stage: Stage<T>, { batchSize, dropLast, join }: Grouping<T>): Run {
  return async function* (epoch, skip, stride) {
    let index = 0;
    for await (const group of groupsOf(itemsOf(stage.open(epoch)), batchSize, dropLast)) {
      if (isWanted(index++, skip, stride)) yield await join(await allOf(group));
    }
  };
}

async function* groupsOf<T>(
  items: AsyncIterable<T>,
  size: number,
  dropLast: boolean,
): AsyncGenerator<readonly T[], void, void> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0 && !dropLast) yield group;
}

/** Settings of grouping by length. */
export interface Buckets<T> {
  readonly batchSize: number;
  readonly dropLast: boolean;
  /** Largest length of each bucket, ascending; longer records have a bucket of their own. */
  readonly boundaries: readonly number[];
  readonly lengthOf: (record: T) => number;
  /** Joins records of one bucket; `boundary` is undefined for the last one. */
  readonly join: (records: readonly T[], boundary: number | undefined) => Batch;
}

/** Runs of batches of records with like lengths. Every record has to be made, to know how long it is. */
export function bucketRuns<T>(stage: Stage<T>, buckets: Buckets<T>): Run {
  const { batchSize, dropLast, boundaries, lengthOf, join } = buckets;
  const bucketOf = (record: T): number => {
    const length = lengthOf(record);
    const found = boundaries.findIndex((boundary) => length <= boundary);
    return found < 0 ? boundaries.length : found;
  };
  return async function* (epoch, skip, stride) {
    const held = Array.from({ length: boundaries.length + 1 }, (): T[] => []);
    let index = 0;
    for await (const item of itemsOf(stage.open(epoch))) {
      const record = await item();
      const bucket = bucketOf(record);
      held[bucket].push(record);
      if (held[bucket].length < batchSize) continue;
      if (isWanted(index++, skip, stride)) yield join(held[bucket], boundaries[bucket]);
      held[bucket] = [];
    }
    if (dropLast) return;
    for (const [bucket, records] of held.entries()) {
      if (records.length === 0) continue;
      if (isWanted(index++, skip, stride)) yield join(records, boundaries[bucket]);
    }
  };
}

/** Makes one record of a stage, for a sample. */
export function firstRecord<T>(stage: Stage<T>): Soon<{ readonly record: T } | undefined> {
  const pass = stage.open(0);
  if (pass.kind === "stream") return firstOfStream(pass.items());
  if (pass.size === 0) return undefined;
  return after(pass.at(0), (record) => ({ record }));
}

async function firstOfStream<T>(
  items: AsyncIterable<Lazy<T>>,
): Promise<{ readonly record: T } | undefined> {
  for await (const item of items) return { record: await item() };
  return undefined;
}

/** Makes several records, those that take time at once. */
export function allOf<T>(items: readonly Lazy<T>[]): Soon<T[]> {
  const values: Soon<T>[] = [];
  try {
    for (const item of items) values.push(item());
  } catch (error) {
    // Nobody will wait for those under way; should they fail as well, that is no news.
    for (const value of values) if (value instanceof Promise) value.catch(() => {});
    throw error;
  }
  return values.some((value) => value instanceof Promise) ? Promise.all(values) : (values as T[]);
}

function isWanted(index: number, skip: number, stride: number): boolean {
  return index >= skip && (index - skip) % stride === 0;
}
