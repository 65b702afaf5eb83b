// What a pipeline is made of: stages that can open pass number `epoch` of their records. Records are handed on as
// functions that make them, so that a stage which only orders, drops or counts records makes none: skipping a batch, or
// leaving it to another worker, costs no map.

import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";
import type { Json } from "../../core/json.ts";
import { describeDataset } from "../batches.ts";
import type { Batch, Dataset, FieldType } from "../dataset.ts";
import { gather } from "../dataset.ts";
import { recordAt } from "./record.ts";

/** A value that may have to be waited for. */
export type Soon<T> = T | Promise<T>;

/** Makes a record when it is needed. */
export type Lazy<T> = () => Soon<T>;

/** A pass whose records can be asked for in any order. */
export interface RandomPass<T> {
  readonly kind: "random";
  /** Records in the pass; infinite where it has no end. */
  readonly size: number;
  at(position: number): Soon<T>;
  /** Several records at once as a batch, where that is quicker; undefined where it cannot be done at once. */
  readonly read?: (positions: Float64Array) => Batch | undefined;
}

/** A pass whose records come one after the other. */
export interface StreamPass<T> {
  readonly kind: "stream";
  items(): AsyncGenerator<Lazy<T>, void, void>;
}

export type Pass<T> = RandomPass<T> | StreamPass<T>;

/** One step of a pipeline, or its source. */
export interface Stage<T> {
  readonly kind: Pass<T>["kind"];
  /** Records in a pass; undefined where nobody knows before it ends. */
  readonly size: number | undefined;
  /** Position in its pipeline, by which the random numbers of stages differ. */
  readonly depth: number;
  /** Types of the fields, as long as the records are a data set's own. */
  readonly fields?: Readonly<Record<string, FieldType>>;
  /** Whether batches that `read` makes belong to nobody else. */
  readonly fresh?: boolean;
  open(epoch: number): Pass<T>;
  describe(): readonly Json[];
}

/** Records that can be read in any order; `get` may return a promise. */
export interface RecordSource<T> {
  readonly size: number;
  get(index: number): T | Promise<T>;
  /** A few digits that differ where records do, as a data set's. */
  fingerprint?(): string | undefined;
}

/** Makes the records of pass number `epoch`, the same ones each time that it is called with it. */
export type RecordStream<T> = (epoch: number) => Iterable<T> | AsyncIterable<T>;

export function datasetStage<Field extends string>(
  dataset: Dataset<Field>,
  fresh: boolean,
): Stage<ReturnType<typeof recordAt<Field>>> {
  const { size, fields } = dataset;
  return {
    kind: "random",
    size,
    depth: 0,
    fields,
    fresh,
    open: () => ({
      kind: "random",
      size,
      at: (position) => recordAt(dataset, position),
      read: (positions) => gather(dataset, positions),
    }),
    describe: () => [{ stage: "dataset", data: describeDataset(dataset) }],
  };
}

export function recordsStage<T>({ size, get, fingerprint }: RecordSource<T>): Stage<T> {
  return {
    kind: "random",
    size,
    depth: 0,
    open: () => ({ kind: "random", size, at: get }),
    describe() {
      const contents = fingerprint?.();
      return [{ stage: "records", size, ...(contents === undefined ? {} : { contents }) }];
    },
  };
}

export function streamStage<T>(stream: RecordStream<T>): Stage<T> {
  let last: object | undefined;
  const opened = (epoch: number): ReturnType<typeof stream> => {
    const made = checkedStream(stream(epoch));
    if (made === last && isUsedUp(made)) throw openedTwice();
    last = made;
    return made;
  };
  return {
    kind: "stream",
    size: undefined,
    depth: 0,
    open: (epoch) => ({
      kind: "stream",
      async *items() {
        for await (const record of opened(epoch)) yield () => record;
      },
    }),
    describe: () => [{ stage: "stream", source: stream.name }],
  };
}

function checkedStream<T>(made: Iterable<T> | AsyncIterable<T>): typeof made {
  const object: object = Object(made);
  if (Symbol.iterator in object || Symbol.asyncIterator in object) return made;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "pipeline",
    problem: `its function must return an (async) iterable of records; it returned ${made instanceof Promise ? "a promise" : showValue(made)}`,
    fix: "Write an async generator where something has to be waited for: async function* () { yield* await … }.",
  });
}

/** Whether something can be gone through once only: generators and streams. */
function isUsedUp(made: object): boolean {
  const { next, getReader } = made as Record<"next" | "getReader", unknown>;
  return typeof next === "function" || typeof getReader === "function";
}

function openedTwice(): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "pipeline",
    problem:
      "its function returned the iterator of the pass before, which can be gone through once",
    fix: "Make it inside of the function, anew for each pass: () => lines(file).",
  });
}

/** The records of a pass one after the other, not made yet. */
export function itemsOf<T>(pass: Pass<T>): AsyncGenerator<Lazy<T>, void, void> {
  return pass.kind === "stream" ? pass.items() : inOrder(pass);
}

async function* inOrder<T>({ size, at }: RandomPass<T>): AsyncGenerator<Lazy<T>, void, void> {
  for (let position = 0; position < size; position++) yield () => at(position);
}

/** What a stage changes of the one before it; `about` describes it. */
type Change<T> = Pick<Stage<T>, "open"> &
  Partial<Pick<Stage<T>, "kind" | "size">> & { readonly about: Json };

/** A stage that hands on the records of one before it. */
export function following<T>(before: Stage<T>, change: Change<T>): Stage<T> {
  const { about, ...changed } = change;
  return {
    ...before,
    ...changed,
    depth: before.depth + 1,
    describe: () => [...before.describe(), about],
  };
}

/** A stage with new records made from those of one before it, one by one. */
export function making<T, U>(before: Stage<T>, change: Change<U>): Stage<U> {
  const { about, ...changed } = change;
  return {
    kind: before.kind,
    size: before.size,
    ...changed,
    depth: before.depth + 1,
    describe: () => [...before.describe(), about],
  };
}
