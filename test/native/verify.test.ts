// The check that a macro-kernel must pass finds what can be wrong with one. The kernels here are plain loops, right or
// with one mistake each.

import { describe, expect, test } from "vitest";
import { descriptorWord } from "../../src/runtime/native/macro.ts";
import { faultOf, verifyPages } from "../../src/runtime/native/verify.ts";

const rows = 4;
const columns = 6;

interface Mistake {
  /** Multiplies and adds. */
  readonly step?: (sum: number, a: number, b: number) => number;
  readonly first?: (before: number, accumulate: boolean) => number;
  readonly steps?: (depth: number) => number;
  readonly columns?: (columns: number) => number;
  readonly rows?: (rows: number) => number;
}

/** The whole product in plain loops; the sum is rounded once per step, up to a rounding that the check cannot meet. */
function looped(memory: WebAssembly.Memory, mistake: Mistake): (descriptor: number) => void {
  const elements = new Float32Array(memory.buffer);
  const step = mistake.step ?? ((sum, a, b) => Math.fround(sum + a * b));
  const first = mistake.first ?? ((before, accumulate) => (accumulate ? before : 0));
  return (descriptor) => {
    const words = new Int32Array(memory.buffer, descriptor, 8);
    const word = (name: keyof typeof descriptorWord) => words[descriptorWord[name]];
    const depth = word("depth");
    const m = mistake.rows?.(word("rows")) ?? word("rows");
    const n = mistake.columns?.(word("columns")) ?? word("columns");
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        const a = word("a") / 4 + Math.floor(i / rows) * rows * depth + (i % rows);
        const b = word("b") / 4 + Math.floor(j / columns) * columns * depth + (j % columns);
        const c = (word("c") + i * word("cRow")) / 4 + j;
        let sum = first(elements[c], word("accumulate") === 1);
        for (let k = 0; k < (mistake.steps?.(depth) ?? depth); k++)
          sum = step(sum, elements[a + k * rows], elements[b + k * columns]);
        elements[c] = sum;
      }
    }
  };
}

function faultWith(mistake: Mistake): string | undefined {
  const memory = new WebAssembly.Memory({ initial: verifyPages, maximum: verifyPages });
  return faultOf({ memory, call: looped(memory, mistake), rows, columns, elementBytes: 4 });
}

describe("the check of macro-kernels", () => {
  test("passes a right one", () => {
    expect(faultWith({})).toBeUndefined();
  });

  test.each<[string, Mistake, RegExp]>([
    ["forgets C", { first: () => 0 }, /is wrong/],
    ["always adds to C", { first: (before) => before }, /is wrong/],
    ["leaves the last step out", { steps: (depth) => depth - 1 }, /is wrong/],
    ["writes one column more", { columns: (n) => n + 1 }, /is wrong/],
    ["writes one row more", { rows: (m) => m + 1 }, /is wrong/],
    ["leaves a row out", { rows: (m) => Math.max(m - 1, 1) }, /is wrong/],
    ["writes whole tiles", { columns: (n) => Math.ceil(n / columns) * columns }, /is wrong/],
    [
      "rounds the product",
      { step: (sum, a, b) => Math.fround(sum + Math.fround(a * b)) },
      /rounded apart/,
    ],
  ])("finds one that %s", (_what, mistake, text) => {
    expect(faultWith(mistake)).toMatch(text);
  });
});
