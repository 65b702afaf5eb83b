// compile(f): runs f once per signature to record its graph, with every read and write of state, then replays the
// compiled plan. Signatures are shapes and types of tensors and the values of everything that is not a tensor; to them
// belongs which parameters are frozen.

import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import { isHostTensor } from "../core/host.ts";
import { buildTree, flattenTree, type TreeShape } from "../core/tree.ts";
import { checkOptions } from "../ir/arguments.ts";
import { Tensor } from "../ir/tensor.ts";
import { currentTrace } from "../ir/trace.ts";
import { constant } from "../ops/leaf.ts";
import { type Feed, type FeedLeaf, feedOf } from "./feeds.ts";
import {
  type Body,
  type Call,
  refusePromise,
  type Specialisation,
  specialise,
} from "./specialise.ts";
import { currentDevice } from "./target.ts";

export { fixed } from "./feeds.ts";

/** Signatures of one function that are kept; one more replaces the least recently used. */
const signaturesKept = 8;

type Feeds<Args extends readonly unknown[]> = { [K in keyof Args]: Feed<Args[K]> | Args[K] };

/** A compiled function, with what is known about it. */
export interface Compiled<Args extends readonly unknown[], R> {
  (...args: Feeds<Args>): R;
  /** Number of signatures recorded so far. */
  readonly traces: number;
  /**
   * The function that runs this one `times` times in one call, on the same arguments, and returns the last result. State
   * and random draws go on from step to step, as in a loop over single calls, without the cost of each call.
   */
  repeat(times: number): (...args: Feeds<Args>) => R;
}

/** Options of `compile`. */
export interface CompileOptions {
  /** Name in warnings and errors; default the function's own. */
  readonly name?: string;
}

/** Compiles a function of tensors: recorded once per signature, then replayed as one plan; state is updated in place. */
export function compile<Args extends readonly unknown[], R>(
  f: (...args: Args) => R,
  options: CompileOptions = {},
): Compiled<Args, R> {
  checkOptions("compile", options, { name: true });
  checkFunction(f);
  const signatures = new Signatures(f as unknown as Body, options.name ?? (f.name || "function"));
  const call = (...args: unknown[]): unknown => signatures.call(args, 1);
  Object.defineProperty(call, "traces", { get: () => signatures.traces });
  const repeat = (times: number): ((...args: unknown[]) => unknown) => {
    checkTimes(times);
    return (...args) => signatures.call(args, times);
  };
  return Object.assign(call, { repeat }) as unknown as Compiled<Args, R>;
}

/** The recordings of one function. */
class Signatures {
  traces = 0;
  readonly #body: Body;
  readonly #name: string;
  /** Most recently used first. */
  readonly #kept: Specialisation[] = [];

  constructor(body: Body, name: string) {
    this.#body = body;
    this.#name = name;
  }

  call(args: readonly unknown[], times: number): unknown {
    if (currentTrace() !== undefined) return this.#inline(args, times);
    const device = currentDevice();
    const latest = this.#kept[0];
    if (latest?.takesDirectly(device, args)) return latest.run(times);
    const { leaves, shape } = flattenTree(args, isHostTensor);
    return this.#taking({ device, shape, feeds: leaves.map(feedOf) }).run(times);
  }

  /** The recording for the signature of a call, with its arguments taken over. */
  #taking(now: Call): Specialisation {
    const kept = this.#kept;
    const k = kept.findIndex((one) => one.takes(now));
    if (k >= 0) {
      if (k > 0) kept.unshift(...kept.splice(k, 1));
      return kept[0];
    }
    const made = specialise(this.#body, this.#name, now);
    kept.unshift(made);
    kept.length = Math.min(kept.length, signaturesKept);
    if (++this.traces === signaturesKept + 1) warnOfRetracing(this.#name, now.feeds);
    made.takes(now);
    return made;
  }

  /** Calls the function as part of the recording under way. */
  #inline(args: readonly unknown[], times: number): unknown {
    const { leaves, shape } = flattenTree(args, isHostTensor);
    for (let k = 1; k < times; k++) inlined(this.#body, this.#name, leaves, shape);
    return inlined(this.#body, this.#name, leaves, shape);
  }
}

/** Runs the function on the kinds of arguments that a call sees, and gives the kinds of results of a call. */
function inlined(f: Body, name: string, leaves: readonly unknown[], shape: TreeShape): unknown {
  const result = f(...(buildTree(shape, leaves.map(inlinedLeaf)) as unknown[]));
  refusePromise(name, result);
  const flat = flattenTree(result);
  const results = flat.leaves.map((leaf) => (leaf instanceof Tensor ? leaf.node : leaf));
  return buildTree(flat.shape, results);
}

function inlinedLeaf(leaf: unknown): unknown {
  if (leaf instanceof Tensor) return leaf;
  const feed = feedOf(leaf);
  if (feed.kind === "static") return feed.value;
  return constant(feed.value().slice(), feed.shape, feed.dtype);
}

function checkFunction(f: unknown): void {
  if (typeof f === "function") return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "compile",
    problem: `takes a function; received ${showValue(f)}`,
    fix: "For a model write compile((x) => model.forward(x)).",
  });
}

function checkTimes(times: number): void {
  if (Number.isInteger(times) && times >= 1) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "repeat",
    problem: `a function cannot be repeated ${times} times`,
    fix: "Pass a whole number of steps, 1 or more.",
  });
}

function warnOfRetracing(name: string, feeds: readonly FeedLeaf[]): void {
  const shown = feeds.map((feed) =>
    feed.kind === "tensor" ? `${feed.dtype}[${feed.shape.join(", ")}]` : String(feed.value),
  );
  console.warn(
    `chainrule: ${name} has been recorded for ${signaturesKept + 1} signatures, the last one (${shown.join(", ")}); ` +
      "each costs a compilation. Pad or bucket its inputs, or drop the short last batch.",
  );
}
