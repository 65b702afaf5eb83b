// How much memory a file may ask for. Formats in which a few bytes stand for many (zip, views of one storage) count what
// they unpack against a budget, so that a small file cannot fill the machine.

import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import type { Refuse } from "./bad-file.ts";

/** How much a file may unpack to. */
export interface LimitOptions {
  /** The most bytes that the file's content may take in memory. Default: 1 GiB, or 8 × the file if that is more. */
  readonly maxBytes?: number;
}

/** What may still be unpacked. */
export interface Budget {
  /** Counts bytes before they are allocated; too many are an error. */
  readonly take: (bytes: number, what: string) => void;
}

const gibi = 2 ** 30;

/** The budget of a file of `size` bytes. */
export function budgetOf(size: number, options: LimitOptions, bad: Refuse): Budget {
  const limit = options.maxBytes ?? Math.max(gibi, 8 * size);
  if (typeof limit !== "number" || !(limit >= 0)) throw badLimit(limit);
  let taken = 0;
  return {
    take(bytes, what) {
      taken += bytes;
      if (taken <= limit) return;
      throw bad(
        `unpacks to more than ${limit} bytes (its ${size} bytes, at ${what}); pass maxBytes if that is right`,
      );
    },
  };
}

function badLimit(limit: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "formats",
    problem: `maxBytes must be a number ≥ 0; received ${showValue(limit)}`,
    fix: "Pass bytes, for instance 4e9, or leave it out for its default.",
  });
}
