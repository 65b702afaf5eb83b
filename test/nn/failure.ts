// What a call that must fail throws.

import { ChainruleError } from "../../src/index.ts";

/** The library's error that `body` throws; anything else it throws, or nothing, fails the test. */
export function failure(body: () => unknown): ChainruleError {
  try {
    body();
  } catch (error) {
    if (error instanceof ChainruleError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
