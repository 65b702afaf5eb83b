// Tables of mistakes that people make, with what the library must say to each.

import { expect, test } from "vitest";
import { ChainruleError } from "../src/index.ts";

/** A mistake in words, the call, the code, and what the text must say: op, what was received, what is needed. */
export type Mistake = readonly [what: string, call: () => unknown, code: string, text: RegExp];

/** Tests that each mistake is refused in words of the library. */
export function refuses(mistakes: readonly Mistake[]): void {
  test.each(mistakes)("%s", async (_what, call, code, text) => {
    const result = caught(call);
    const thrown = result instanceof Promise ? await result.catch((error) => error) : result;
    expect(thrown).toBeInstanceOf(ChainruleError);
    const { code: received, message, op } = thrown as ChainruleError;
    expect(received).toBe(code);
    expect(message).toMatch(text);
    expect(op).toBeDefined();
    // After what is wrong, at least one sentence on what to do.
    expect(message.split(/\. (?=[A-Z`])/).length).toBeGreaterThan(1);
  });
}

/** What a call throws, or the promise that it gives. */
export function caught(call: () => unknown): unknown {
  try {
    const result = call();
    if (result instanceof Promise) return result;
  } catch (error) {
    return error;
  }
  return undefined;
}
