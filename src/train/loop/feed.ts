// The batches of a pass for the loop: one call gives the batches of one step, at once where the loader has them, and as a
// promise only where it has not, since awaiting costs as much as a small network's step.

import { checkMethod } from "../../core/checks.ts";
import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";
import { batches } from "../../data/batches.ts";
import type { Batch, Dataset } from "../../data/dataset.ts";
import type { Cursor, Loader } from "../../data/loader.ts";

/** What may be trained on and measured on. */
export type Data = Dataset | Loader;

/** How batches of a data set are made; a loader knows that itself. */
export interface BatchSettings {
  readonly batchSize: number | undefined;
  readonly defaultSize: number;
  readonly seed?: number;
  readonly shuffle?: boolean;
}

/** Whether something makes batches itself. */
export function isLoader(data: unknown): data is Loader {
  return typeof (data as Partial<Loader> | null)?.pass === "function";
}

/** Whether something is data of any kind. */
export function isData(data: unknown): data is Data {
  return isLoader(data) || typeof (data as Partial<Dataset> | null)?.read === "function";
}

/** A loader of any data. Errors: `BAD_ARGUMENT` for a batch size beside a loader, which has its own. */
export function loaderOf(op: string, data: Data, settings: BatchSettings): Loader {
  const { batchSize, defaultSize, seed = 0, shuffle = false } = settings;
  if (!isLoader(data)) {
    if (data.size === 0 && op === "fit") throw noSamples("training");
    return batches(data, { batchSize: batchSize ?? defaultSize, seed, shuffle });
  }
  if (batchSize === undefined) return data;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `the data are batches already, and batchSize ${showValue(batchSize)} would be ignored`,
    fix: "Give the batch size where the batches are made, or pass the data set itself.",
    detail: { batchSize },
  });
}

/** The batches of one pass, as many as a step takes at a time. */
export class Feed {
  readonly #batches: Iterator<Batch> | AsyncIterator<Batch>;
  readonly #perStep: number;

  constructor(loader: Loader, { epoch, batch }: Cursor, perStep: number) {
    const pass = loader.pass(epoch, batch === 0 ? {} : { skip: batch });
    this.#batches = iteratorOf(pass);
    this.#perStep = perStep;
  }

  /** The batches of the next step; none at the end. */
  next(): readonly Batch[] | Promise<readonly Batch[]> {
    const group: Batch[] = [];
    while (group.length < this.#perStep) {
      const taken = this.#batches.next();
      if (taken instanceof Promise) return this.#rest(group, taken);
      if (taken.done) break;
      group.push(taken.value);
    }
    return group;
  }

  /** Lets go of what the pass holds when it is left early. */
  async end(): Promise<void> {
    await this.#batches.return?.();
  }

  async #rest(group: Batch[], first: Promise<IteratorResult<Batch>>): Promise<readonly Batch[]> {
    for (let taken = await first; !taken.done; taken = await this.#batches.next()) {
      group.push(taken.value);
      if (group.length === this.#perStep) break;
    }
    return group;
  }
}

/** What to do with something that is no data; `otherwise` where nobody knows what it is. */
export function fixForData(data: unknown, otherwise: string): string {
  const { batch, texts, records } = Object(data) as Record<"batch" | "texts" | "records", unknown>;
  if (typeof batch === "function") return "Cut the pipeline into batches: pipeline(…).batch(32).";
  if (typeof texts === "function" && typeof records === "function")
    return 'Make tensors of the table: TablePreprocessor.fit(table, { targets: "…" }).transform(table).';
  return otherwise;
}

/** Refuses what is no data. */
export function checkData(op: string, data: unknown): void {
  if (isLoader(data)) checkMethod(op, "the loader", data, "describe");
  if (isData(data)) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `${showValue(data)} is no data`,
    fix: fixForData(
      data,
      "Pass a Dataset, such as new ArrayDataset({ … }), or a Loader, such as batches(dataset).",
    ),
  });
}

/** The error of data that hold nothing. */
export function noSamples(which: "training" | "validation"): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "fit",
    problem: `the ${which} data has no samples`,
    fix: "Pass data with at least one record; check the filters of a pipeline.",
  });
}

/** The iterator of a pass. Errors: `BAD_ARGUMENT` for a loader that gives something else. */
function iteratorOf(pass: unknown): Iterator<Batch> | AsyncIterator<Batch> {
  if (typeof pass === "object" && pass !== null) {
    if (Symbol.asyncIterator in pass) return (pass as AsyncIterable<Batch>)[Symbol.asyncIterator]();
    if (Symbol.iterator in pass) return (pass as Iterable<Batch>)[Symbol.iterator]();
  }
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "loader.pass",
    problem: `must return an iterable of batches; it returned ${showValue(pass)}`,
    fix: "Make it a generator: *pass(epoch, { skip = 0 } = {}) { … yield batch; … }.",
  });
}
