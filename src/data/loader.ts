// What a training loop draws its batches from. A pass is a function of the loader's settings and the epoch alone, so the
// place where a run stands is two numbers: which pass, and how many of its batches were used.

import type { Json } from "../core/json.ts";
import type { Batch, FieldType } from "./dataset.ts";

/** Where a run stands in its data. */
export interface Cursor {
  /** Number of the pass, counted from 0. */
  readonly epoch: number;
  /** Batches of this pass that were used. */
  readonly batch: number;
}

/** Makes batches, pass after pass; `batches(dataset)` and pipelines are loaders. */
export interface Loader<Field extends string = string> {
  /** Types of the fields; a pipeline that has to wait for its first record knows them after `prepare`. */
  readonly fields: Readonly<Record<Field, FieldType>>;
  /** Batches in one pass; undefined where nobody knows before it ends. */
  readonly length: number | undefined;
  /**
   * The batches of pass number `epoch` from batch `skip` on: always the same ones for the same settings, whatever was
   * read before.
   */
  pass(
    epoch: number,
    options?: { readonly skip?: number },
  ): Iterable<Batch<Field>> | AsyncIterable<Batch<Field>>;
  /** The settings that decide which batches come, so that a run is not continued with other data. */
  describe(): Json;
  /** Finds out `fields` where a record has to be read for it; await it before reading them. */
  prepare?(): Promise<void>;
  /** Ends workers and closes files, where there are any. */
  close?(): Promise<void>;
}
