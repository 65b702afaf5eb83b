// The short form of `npm run fuzz`: every parser of scripts/fuzz, a few inputs each, in this process.

import { describe, expect, it, test } from "vitest";
import { fuzz } from "../../scripts/fuzz/engine/run.ts";
import { loadTarget, targetNames } from "../../scripts/fuzz/engine/target.ts";
import { ChainruleError } from "../../src/core/errors.ts";

const inputs = 2000;

describe("damaged and made-up files give a ChainruleError or a value:", () => {
  test.each(targetNames())("%s", async (name) => {
    const result = await fuzz(await loadTarget(name), { seed: 1, from: 0, to: inputs });
    expect(result.findings.map(({ input, problem }) => `input ${input}: ${problem}`)).toEqual([]);
    expect(result.inputs).toBe(inputs);
    expect(result.refused).toBeGreaterThan(inputs / 10);
  });
});

describe("the fuzzer", () => {
  const seeds = [Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)];
  const found = async (parse: (bytes: Uint8Array) => unknown): Promise<number> =>
    (await fuzz({ parse, seeds }, { seed: 1, from: 0, to: 200 })).findings.length;

  it("finds foreign errors, rejected promises, internal errors and memory", async () => {
    expect(await found((bytes) => bytes[0] > 1 && JSON.parse("{"))).toBeGreaterThan(0);
    expect(await found(async (bytes) => bytes[0] > 1 && JSON.parse("{"))).toBeGreaterThan(0);
    expect(await found(() => new Float64Array(1e6))).toBe(10);
    expect(
      await found(() => {
        throw new ChainruleError({ code: "INTERNAL", problem: "x" });
      }),
    ).toBe(10);
  });

  it("lets the library's errors pass", async () => {
    const parse = (): never => {
      throw new ChainruleError({ code: "BAD_FILE", problem: "x" });
    };
    expect(await found(parse)).toBe(0);
  });
});
