// The three ways in which a pipeline ends: batches of one size, padded ones, and buckets of like lengths.

import { checkFunction } from "../../core/checks.ts";
import { ChainruleError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import type { Batch, FieldType } from "../dataset.ts";
import { checkWhole } from "../order.ts";
import { type Batcher, bucketRuns, evenLength, evenRuns, firstRecord } from "./batcher.ts";
import { checkPadding, type PadOptions, padCollate, paddedTypes } from "./pad.ts";
import { PipelineLoader, typesOfBatch } from "./pipeline-loader.ts";
import type { Soon, Stage } from "./pipeline-stage.ts";
import { after } from "./pipeline-steps.ts";
import { checkBatch, collate, type FieldTypes } from "./record.ts";

/** Options of `batch`. */
export interface BatchingOptions<T> {
  /** Leave out a last batch with fewer records; default false. */
  readonly dropLast?: boolean;
  /**
   * Element types, or types and shapes, of fields: `{ label: "int32" }`. Where all fields have type and shape, no record is
   * read to find them out.
   */
  readonly fields?: FieldTypes;
  /** Joins records itself, for instance for batches with other fields than the records. */
  readonly collate?: (records: readonly T[]) => Batch | Promise<Batch>;
}

/** Options of `bucket`. */
export interface BucketOptions<T>
  extends Omit<PadOptions, "length" | "truncate">,
    Omit<BatchingOptions<T>, "collate"> {
  /** Largest length of each bucket, ascending. Longer sequences have a bucket of their own, filled up to its longest. */
  readonly boundaries: readonly number[];
  /** Length of a record; default: that of the first field in `pad`. */
  readonly by?: (record: T) => number;
}

const batchingNames: OptionNames<BatchingOptions<unknown>> = {
  dropLast: true,
  fields: true,
  collate: true,
};
const { collate: _, ...withoutCollate } = batchingNames;
const padNames: OptionNames<PadOptions> = {
  pad: true,
  length: true,
  multipleOf: true,
  truncate: true,
  lengths: true,
  mask: true,
};
const { length: _length, truncate: _truncate, ...bucketPadNames } = padNames;

/** Batches of one size. */
export function evenly<T>(
  stage: Stage<T>,
  batchSize: number,
  options: BatchingOptions<T>,
  seed: number,
): PipelineLoader<Extract<keyof T, string>> {
  checkOptionNames("batch", options, batchingNames);
  checkWhole("batch", "batchSize", batchSize, 1);
  const { dropLast = false, fields = {}, collate: own } = options;
  if (own !== undefined) checkFunction("batch", "collate", own);
  const join = (records: readonly T[]): Soon<Batch> =>
    own === undefined
      ? collate(records as readonly object[], fields)
      : after(own(records), (batch) => checkBatch("batch collate", batch));
  const plain = own === undefined && Object.keys(fields).length === 0;
  const fresh = own === undefined && (!plain || stage.fields === undefined || stage.fresh === true);
  const grouping = { batchSize, dropLast, join, plain, fresh };
  const known = plain ? stage.fields : undefined;
  return loaderOf(stage, seed, {
    length: evenLength(stage.size, grouping),
    fresh,
    fields: declared(fields) ?? known,
    join,
    typesOf: typesOfBatch,
    run: evenRuns(stage, grouping),
    about: {
      kind: "batch",
      batchSize,
      dropLast,
      fields: fields as Json,
      collate: own?.name ?? null,
    },
  });
}

/** Batches of one size with padded sequences. */
export function padded<T>(
  stage: Stage<T>,
  batchSize: number,
  options: PadOptions & Omit<BatchingOptions<T>, "collate">,
  seed: number,
): PipelineLoader<string> {
  checkOptionNames("padBatch", options, { ...padNames, ...withoutCollate });
  checkWhole("padBatch", "batchSize", batchSize, 1);
  checkPadding("padBatch", options);
  const { dropLast = false, fields = {}, ...pad } = options;
  const join = (records: readonly T[]): Batch =>
    padCollate(records as readonly object[], pad, fields);
  const grouping = { batchSize, dropLast, join, plain: false, fresh: true };
  return loaderOf(stage, seed, {
    length: evenLength(stage.size, grouping),
    fresh: true,
    fields: declared(fields),
    join,
    typesOf: (batch) => paddedTypes(batch, pad),
    run: evenRuns(stage, grouping),
    about: { kind: "padBatch", batchSize, dropLast, fields: fields as Json, ...pad },
  });
}

/** Batches of records with like lengths. */
export function bucketed<T>(
  stage: Stage<T>,
  batchSize: number,
  options: BucketOptions<T>,
  seed: number,
): PipelineLoader<string> {
  const names = { ...bucketPadNames, ...withoutCollate, boundaries: true, by: true } as const;
  checkOptionNames("bucket", options, names);
  checkWhole("bucket", "batchSize", batchSize, 1);
  checkPadding("bucket", options);
  const { dropLast = false, fields = {}, boundaries, by, ...pad } = options;
  checkBoundaries(boundaries);
  const first = Object.keys(pad.pad)[0];
  const lengthOf = by ?? ((record: T) => lengthOfField(record, first));
  const join = (records: readonly T[], boundary?: number): Batch =>
    padCollate(records as readonly object[], { ...pad, length: boundary }, fields);
  return loaderOf(stage, seed, {
    length: undefined,
    fresh: true,
    fields: declared(fields),
    join,
    typesOf: (batch) => paddedTypes(batch, pad),
    run: bucketRuns(stage, { batchSize, dropLast, boundaries, lengthOf, join }),
    about: {
      kind: "bucket",
      batchSize,
      dropLast,
      fields: fields as Json,
      boundaries,
      by: by?.name ?? first,
      ...pad,
    },
  });
}

interface Parts<T> extends Pick<Batcher, "length" | "fresh" | "typesOf" | "run"> {
  readonly fields: Readonly<Record<string, FieldType>> | undefined;
  readonly join: (records: readonly T[]) => Soon<Batch>;
  readonly about: { readonly [name: string]: Json | undefined };
}

function loaderOf<T, Field extends string>(
  stage: Stage<T>,
  seed: number,
  { fields, join, about, ...parts }: Parts<T>,
): PipelineLoader<Field> {
  const batcher: Batcher = {
    ...parts,
    depth: stage.depth + 1,
    ...(fields && { fields }),
    sample: () => after(firstRecord(stage), (first) => first && join([first.record])),
    describe: () => ({ ...(JSON.parse(JSON.stringify(about)) as object), of: stage.describe() }),
  };
  return new PipelineLoader(batcher, seed);
}

/** The types that were given, where they are whole. */
function declared(fields: FieldTypes): Readonly<Record<string, FieldType>> | undefined {
  const types = Object.values(fields);
  const whole = types.length > 0 && types.every((type) => typeof type === "object");
  return whole ? (fields as Readonly<Record<string, FieldType>>) : undefined;
}

function lengthOfField(record: unknown, name: string): number {
  const value = (record as Readonly<Record<string, unknown>>)[name] as
    | { readonly length?: number; readonly shape?: readonly number[] }
    | undefined;
  const length = value?.shape?.[0] ?? value?.length;
  if (length !== undefined) return length;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "bucket",
    problem: `field "${name}" of a record has no length`,
    fix: "Make it a sequence, or say how long a record is with by: (record) => ….",
    detail: { field: name },
  });
}

function checkBoundaries(boundaries: readonly number[]): void {
  const ascend = boundaries?.every((boundary, k) => boundary > (k === 0 ? 0 : boundaries[k - 1]));
  if (ascend && boundaries.length > 0) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "bucket",
    problem: `boundaries are [${String(boundaries ?? "")}]`,
    fix: "Give lengths that ascend, such as [16, 32, 64].",
    detail: { boundaries },
  });
}
