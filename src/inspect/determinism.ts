// Whether a step gives the same bits again: it is called twice from the same state, and once more on one thread where there
// are several.

import { refusePromise } from "../autodiff/trees.ts";
import type { HostArray } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import type { OptionNames } from "../core/option-names.ts";
import { printAsText } from "../core/print-as-text.ts";
import { showShape } from "../core/shape.ts";
import { flattenTree } from "../core/tree.ts";
import { checkWhole } from "../data/order.ts";
import { checkOptions } from "../ir/arguments.ts";
import { describeRegion } from "../ir/region.ts";
import type { Slot } from "../ir/state.ts";
import { Tensor } from "../ir/tensor.ts";
import { currentDevice, onOneThread } from "../runtime/target.ts";
import { StateWatch } from "./state-watch.ts";

/** Options of `checkDeterminism`. */
export interface DeterminismOptions {
  /** Calls from the same state, each compared with the first; default 2. */
  readonly runs?: number;
}

const names: OptionNames<DeterminismOptions> = { runs: true };

/** A tensor that came out differently. */
export interface Difference {
  /** `result 0`, or the path of state. */
  readonly name: string;
  readonly type: string;
  /** First element that differs, and its values in the first and in the other run. */
  readonly element: number;
  readonly first: number;
  readonly other: number;
  /** Elements that differ. */
  readonly count: number;
  /** What was different about the other run. */
  readonly run: "the same again" | "one thread";
}

/** What was compared. Prints as text. */
export class Determinism {
  /** Tensors compared: results and written state. */
  readonly compared: number;
  readonly runs: number;
  /** Threads of the first run. */
  readonly threads: number;
  readonly differences: readonly Difference[];

  constructor(facts: Pick<Determinism, "compared" | "runs" | "threads" | "differences">) {
    this.compared = facts.compared;
    this.runs = facts.runs;
    this.threads = facts.threads;
    this.differences = facts.differences;
  }

  /** Whether all bits were the same. */
  get same(): boolean {
    return this.differences.length === 0;
  }

  toString(): string {
    if (this.same)
      return `The same bits in ${this.runs} runs: ${counted(this.compared, "tensor")}, ${counted(this.threads, "thread")}.`;
    const lines = this.differences.map(
      ({ name, type, element, first, other, count, run }) =>
        `${name} (${type}) differs in ${counted(count, "element")} (${run}), the first is ${element}: ${first} and ${other}`,
    );
    return ["Not the same bits:", ...lines].join("\n");
  }
}

printAsText(Determinism);

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/**
 * Calls `step(...inputs)` several times from the same state, also on one thread, and compares results and written state bit
 * by bit. State and random generators are put back afterwards. A step that draws from `Math.random` or the clock differs.
 *
 * `const { same, differences } = checkDeterminism(trainStep, [images, labels]);`
 * Errors: `BAD_ARGUMENT` for what is no function, and for a step that neither gives tensors nor writes state; what the step
 * throws.
 */
export function checkDeterminism(
  // biome-ignore lint/suspicious/noExplicitAny: steps take what they take.
  step: (...inputs: any[]) => unknown,
  inputs: readonly unknown[],
  options: DeterminismOptions = {},
): Determinism {
  if (typeof step !== "function" || !Array.isArray(inputs)) throw notStep(step, inputs);
  checkOptions("checkDeterminism", options, names);
  const { runs = 2 } = options;
  checkWhole("checkDeterminism", "runs", runs, 2);
  const watch = new StateWatch();
  const call = (): Outcome => outcomeOf(watch, () => step(...inputs));
  try {
    const first = call();
    if (first.size === 0) throw nothingToCompare();
    const differences: Difference[] = [];
    for (let k = 1; k < runs; k++) {
      watch.restore();
      differences.push(...compare(first, call(), "the same again"));
    }
    const { threads } = currentDevice();
    const single = onOneThread(() => {
      watch.restore();
      return call();
    });
    if (single !== undefined) differences.push(...compare(first, single, "one thread"));
    const all = single === undefined ? runs : runs + 1;
    return new Determinism({ compared: first.size, runs: all, threads, differences });
  } finally {
    watch.restore();
  }
}

interface Compared {
  readonly type: string;
  readonly value: HostArray;
}

/** Values by name. */
type Outcome = ReadonlyMap<string, Compared>;

/** Calls a step and takes its results and the state that it wrote. */
function outcomeOf(watch: StateWatch, step: () => unknown): Outcome {
  return watch.during(() => {
    const result = step();
    refusePromise("checkDeterminism", result);
    const { leaves } = flattenTree(result, (x) => x instanceof Tensor || typeof x === "number");
    const results = leaves.flatMap(comparedOf);
    return new Map([
      ...results.map((value, k) => [`result ${k}`, value] as const),
      ...watch.written.map((slot, k) => {
        return [nameOf(slot, k), { type: typeText(slot), value: slot.fetch() }] as const;
      }),
    ]);
  });
}

/** What is compared of a leaf of the result: tensors and numbers. */
function comparedOf(leaf: unknown): Compared[] {
  if (typeof leaf === "number") return [{ type: "number", value: Float64Array.of(leaf) }];
  return leaf instanceof Tensor ? [{ type: typeText(leaf), value: leaf.dataSync() }] : [];
}

/** The path of state, where a model with it has been walked. */
function nameOf({ owner }: Slot, k: number): string {
  const described = owner && describeRegion({ owner, label: "" });
  return described?.replace(/ \(\)$/, "") || `state ${k}`;
}

const typeText = ({ dtype, shape }: Pick<Tensor, "dtype" | "shape">): string =>
  `${dtype}${showShape(shape)}`;

function compare(a: Outcome, b: Outcome, run: Difference["run"]): Difference[] {
  return [...a].flatMap(([name, { type, value }]) => {
    const other = b.get(name)?.value ?? value;
    let [count, element] = [0, -1];
    for (let k = 0; k < Math.max(value.length, other.length); k++) {
      if (Object.is(value[k], other[k])) continue;
      if (count++ === 0) element = k;
    }
    if (count === 0) return [];
    return [{ name, type, element, first: value[element], other: other[element], count, run }];
  });
}

function nothingToCompare(): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "checkDeterminism",
    problem:
      "the step gives no tensors and no numbers, and writes no state, so there is nothing to compare",
    fix: "Return the loss, or whatever should be the same.",
  });
}

function notStep(step: unknown, inputs: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "checkDeterminism",
    problem: `takes a function and the list of its arguments; received ${showValue(step)} and ${showValue(inputs)}`,
    fix: "Write checkDeterminism(trainStep, [images, labels]).",
  });
}
