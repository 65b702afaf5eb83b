// Gives inputs to a parser and says what it did that it must not: threw anything but a ChainruleError, or took more memory
// than it promises.

import { getHeapStatistics } from "node:v8";
import { ChainruleError } from "../../../src/core/errors.ts";
import { inputMaker } from "./mutate.ts";
import type { LoadedTarget } from "./target.ts";

/** Something that must not be. */
export interface Finding {
  readonly input: number;
  readonly problem: string;
  readonly bytes: Uint8Array;
}

/** What became of the inputs. */
export interface FuzzResult {
  readonly inputs: number;
  readonly accepted: number;
  readonly refused: number;
  /** The largest growth of array buffers during one input, in bytes. */
  readonly mostMemory: number;
  readonly findings: readonly Finding[];
}

export interface FuzzRange {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  /** Called before each input. */
  readonly onInput?: (input: number) => void;
  readonly onFinding?: (finding: Finding) => void;
}

const mostFindings = 10;

/** Runs inputs `from` … `to` − 1, and ends early after ten findings. */
export async function fuzz(target: LoadedTarget, range: FuzzRange): Promise<FuzzResult> {
  const make = inputMaker(target, range.seed);
  const findings: Finding[] = [];
  const counts = { accepted: 0, refused: 0, mostMemory: 0 };
  let input = range.from;
  for (; input < range.to && findings.length < mostFindings; input++) {
    range.onInput?.(input);
    const bytes = make(input);
    const { problem, memory, refused } = await outcome(target, bytes);
    if (problem !== undefined) {
      findings.push({ input, problem, bytes });
      range.onFinding?.({ input, problem, bytes });
    }
    counts[refused ? "refused" : "accepted"]++;
    counts.mostMemory = Math.max(counts.mostMemory, memory);
  }
  return { inputs: input - range.from, ...counts, findings };
}

interface Outcome {
  readonly problem: string | undefined;
  readonly memory: number;
  readonly refused: boolean;
}

async function outcome(target: LoadedTarget, bytes: Uint8Array): Promise<Outcome> {
  const before = getHeapStatistics().external_memory;
  let error: unknown;
  try {
    const result = target.parse(bytes.slice());
    if (result instanceof Promise) await result;
  } catch (thrown) {
    error = thrown ?? new Error("threw nothing");
  }
  const memory = getHeapStatistics().external_memory - before;
  const problem = foreign(error) ?? tooMuch(target, bytes.length, memory);
  return { problem, memory, refused: error !== undefined };
}

function foreign(error: unknown): string | undefined {
  if (error === undefined) return undefined;
  if (error instanceof ChainruleError && error.code !== "INTERNAL") return undefined;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function tooMuch(target: LoadedTarget, bytes: number, memory: number): string | undefined {
  const bound = target.memory?.(bytes) ?? 4 * bytes + 2 ** 20;
  return memory > bound
    ? `took ${memory} bytes of array memory for ${bytes} bytes of input; at most ${bound} allowed`
    : undefined;
}
