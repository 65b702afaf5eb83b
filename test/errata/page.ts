// What the checks of docs/errata.md share: its entries by their numbers, comparisons, and the
// trained network of tutorial B.

import { readFileSync } from "node:fs";
import { ChainruleError, Tensor, tensor } from "chainrule";
import { expect } from "vitest";
import { main as byHand } from "../../examples/01-by-hand-2-3-1.ts";

/** Checks by the number of their entry. */
export type Checks = Readonly<Record<string, () => void | Promise<void>>>;

export type Numbers = number | readonly number[] | Tensor;

const page = readFileSync(new URL("../../docs/errata.md", import.meta.url), "utf8");
export const entries = new Map<string, string>();
let current = "";
for (const line of page.split("\n")) {
  // An entry is a table row, or a bullet with its indented lines.
  const start = /^[|*] \*\*([A-Z]\d+)\*\*/.exec(line);
  if (start !== null) current = start[1];
  else if (!line.startsWith("  ")) current = "";
  if (current !== "") entries.set(current, `${entries.get(current) ?? ""} ${line.trim()}`);
}
export const marked = [...entries].filter(([, text]) => text.includes("** ✓")).map(([id]) => id);

export const quiet = { print: () => {} };
export const float64 = { dtype: "float64" } as const;
export const sigma = (z: number): number => 1 / (1 + Math.exp(-z));
export const t64 = (data: number | readonly number[] | readonly number[][]): Tensor =>
  tensor(data, float64);
export const listOf = (x: Numbers): number[] =>
  x instanceof Tensor ? Array.from(x.dataSync()) : typeof x === "number" ? [x] : [...x];

/** Two lists agree to `decimals`. */
export function same(a: Numbers, b: Numbers, decimals = 10): void {
  const [left, right] = [listOf(a), listOf(b)];
  expect(left).toHaveLength(right.length);
  left.forEach((value, k) => {
    expect(value).toBeCloseTo(right[k], decimals);
  });
}

/** No element of what is printed is the right one, rounded to the printed decimals. */
export function wrong(printed: readonly number[], right: Numbers, decimals: number): void {
  listOf(right).forEach((value, k) => {
    expect(printed[k].toFixed(decimals)).not.toBe(value.toFixed(decimals));
  });
}

/** The entry's text has these numbers. */
export function written(id: string, numbers: Numbers, decimals: number): void {
  for (const x of listOf(numbers)) {
    expect(entries.get(id)).toContain(x.toFixed(decimals).replace("-", "−"));
  }
}

export function refuses(f: () => unknown, code: string): void {
  expect(f).toThrow(ChainruleError);
  try {
    f();
  } catch (error) {
    expect((error as ChainruleError).code).toBe(code);
  }
}

let runOfB: ReturnType<typeof byHand> | undefined;

/** The network of tutorial B, §4.3, trained once for all checks. */
export function trainedB(): ReturnType<typeof byHand> {
  runOfB ??= byHand(quiet);
  return runOfB;
}

/** Its first step. */
export async function networkOfB(): Promise<Awaited<ReturnType<typeof byHand>>["step"]> {
  return (await trainedB()).step;
}
