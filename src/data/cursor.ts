// Going through a loader pass after pass, from any place on, with the place always at hand.

import { checkMethod } from "../core/checks.ts";
import { checkOptionNames, type OptionNames } from "../core/option-names.ts";
import type { Batch } from "./dataset.ts";
import type { Cursor, Loader } from "./loader.ts";
import { checkWhole } from "./order.ts";

/** Options of `iterate`. */
export interface IterateOptions {
  /** Where to begin; default `{ epoch: 0, batch: 0 }`. */
  readonly from?: Cursor;
  /** Number of the pass before which to end; default: never. */
  readonly epochs?: number;
}

const optionNames: OptionNames<IterateOptions> = { from: true, epochs: true };

/** Batches with the place where they are. */
export interface Iteration<Field extends string = string> extends AsyncIterable<Batch<Field>> {
  /** The place after the batch that came last: plain JSON, from which `iterate` continues with the next one. */
  readonly cursor: Cursor;
}

/**
 * Goes through a loader pass after pass.
 *
 * `const run = iterate(loader, { from: saved, epochs: 10 });`
 * `for await (const batch of run) { …; saved = run.cursor; }`
 */
export function iterate<Field extends string>(
  loader: Loader<Field>,
  options: IterateOptions = {},
): Iteration<Field> {
  checkMethod("iterate", "loader", loader, "pass");
  checkOptionNames("iterate", options, optionNames);
  const { from = { epoch: 0, batch: 0 }, epochs = Number.POSITIVE_INFINITY } = options;
  if (epochs !== Number.POSITIVE_INFINITY) checkWhole("iterate", "epochs", epochs, 0);
  checkWhole("iterate", "epoch", from.epoch, 0);
  checkWhole("iterate", "batch", from.batch, 0);
  let cursor: Cursor = { epoch: from.epoch, batch: from.batch };
  return {
    get cursor() {
      return cursor;
    },
    async *[Symbol.asyncIterator]() {
      while (cursor.epoch < epochs) {
        const { epoch, batch: skip } = cursor;
        let used = skip;
        for await (const batch of loader.pass(epoch, { skip })) {
          cursor = { epoch, batch: ++used };
          yield batch;
        }
        if (used === 0) return; // a loader without batches
        cursor = { epoch: epoch + 1, batch: 0 };
      }
    },
  };
}
