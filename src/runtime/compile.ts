// compile(f): runs f once per signature to record its graph, with every read and write of state, then replays the
// compiled plan. Signatures are shapes and types of tensors and the values of everything that is not a tensor.

import { convertArray, type DType, dtypeOfData, type HostArray } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import type { HostTensor } from "../core/host.ts";
import { type Shape, sameShape, sizeOf } from "../core/shape.ts";
import { buildTree, flattenTree, isRecord, sameTree, type TreeShape } from "../core/tree.ts";
import { argumentLeaf } from "../ir/argument.ts";
import { StateTensor } from "../ir/state.ts";
import { Tensor } from "../ir/tensor.ts";
import { currentTrace, type DrawSource, recordInto } from "../ir/trace.ts";
import { constant } from "../ops/leaf.ts";
import type { Binding, Device, Program } from "./device.ts";
import { detachGraph, extract } from "./extract.ts";
import { currentDevice } from "./target.ts";
import { Recording } from "./trace.ts";

/** Signatures of one function that are kept; one more replaces the least recently used. */
const signaturesKept = 8;

/** A number that is part of a compiled function's signature instead of an argument of its plan. */
export class Fixed {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** Makes a number static: the compiled function sees the number itself and is recorded anew for another one. */
export function fixed(value: number): Fixed {
  return new Fixed(value);
}

/** What may stand where a compiled function takes a `Tensor`: also typed arrays, host tensors and numbers. */
export type Feed<T> = T extends Tensor
  ? T | HostArray | HostTensor | number
  : T extends readonly (infer U)[]
    ? readonly Feed<U>[]
    : T extends object
      ? { readonly [K in keyof T]: Feed<T[K]> }
      : T;
type Feeds<Args extends readonly unknown[]> = { [K in keyof Args]: Feed<Args[K]> | Args[K] };

/** A compiled function, with what is known about it. */
export interface Compiled<Args extends readonly unknown[], R> {
  (...args: Feeds<Args>): R;
  /** Number of signatures recorded so far. */
  readonly traces: number;
}

export interface CompileOptions {
  /** Name in warnings and errors; default the function's own. */
  readonly name?: string;
}

/** Compiles a function of tensors: recorded once per signature, then replayed as one plan; state is updated in place. */
export function compile<Args extends readonly unknown[], R>(
  f: (...args: Args) => R,
  options: CompileOptions = {},
): Compiled<Args, R> {
  const name = options.name ?? (f.name || "function");
  const body = f as unknown as Body;
  /** Most recently used first. */
  const kept: Specialisation[] = [];
  let traces = 0;
  const call = (...args: unknown[]): unknown => {
    const { leaves, shape } = flattenTree(args, isFeedLeaf);
    if (currentTrace() !== undefined) return inlined(body, name, leaves, shape);
    const now: Call = { device: currentDevice(), shape, feeds: leaves.map(feedOf) };
    const k = kept.findIndex((one) => hasSignature(one, now));
    if (k === 0) return run(kept[0], now.feeds);
    if (k > 0) kept.unshift(...kept.splice(k, 1));
    else {
      kept.unshift(specialise(body, name, now));
      kept.length = Math.min(kept.length, signaturesKept);
      if (++traces === signaturesKept + 1) warnOfRetracing(name, now.feeds);
    }
    return run(kept[0], now.feeds);
  };
  Object.defineProperty(call, "traces", { get: () => traces });
  return call as Compiled<Args, R>;
}

type Body = (...args: unknown[]) => unknown;

/** One leaf of the arguments. */
type FeedLeaf =
  | {
      readonly kind: "tensor";
      readonly dtype: DType;
      readonly shape: Shape;
      readonly value: () => HostArray;
    }
  | { readonly kind: "static"; readonly value: unknown };

/** One call: where it runs, the structure of its arguments, and their leaves. */
interface Call {
  readonly device: Device;
  readonly shape: TreeShape;
  readonly feeds: readonly FeedLeaf[];
}

/** What must be equal for a call to use a recorded graph: the type of a tensor, the value of anything else. */
type FeedType =
  | { readonly kind: "tensor"; readonly dtype: DType; readonly shape: Shape }
  | { readonly kind: "static"; readonly value: unknown };

/** A recorded signature. */
interface Specialisation {
  readonly device: Device;
  readonly shape: TreeShape;
  readonly feedTypes: readonly FeedType[];
  readonly program: Program;
  /** One per argument of the program. */
  readonly sources: readonly Source[];
  /** Of every random draw, used or not, in the order of the program. */
  readonly draws: readonly DrawSource[];
  readonly written: readonly StateSlot[];
  readonly outputs: readonly { readonly shape: Shape; readonly dtype: DType }[];
  readonly results: readonly unknown[];
  readonly resultShape: TreeShape;
}

type StateSlot = StateTensor["slot"];

type Source =
  | { readonly kind: "feed"; readonly index: number }
  | { readonly kind: "binding"; readonly binding: Binding }
  | { readonly kind: "draw"; readonly index: number };

function run(specialised: Specialisation, feeds: readonly FeedLeaf[]): unknown {
  const draws = specialised.draws.map((source) => Int32Array.from(source.next()));
  const bindings = specialised.sources.map((source) => bind(source, feeds, draws));
  for (const slot of specialised.written) slot.retire();
  const values = specialised.program.run(bindings);
  const tensors = specialised.outputs.map(({ shape, dtype }, k) =>
    constant(values[k], shape, dtype),
  );
  const leaves = specialised.results.map((leaf) =>
    leaf instanceof OutputIndex ? tensors[leaf.index] : leaf,
  );
  return buildTree(specialised.resultShape, leaves);
}

function bind(source: Source, feeds: readonly FeedLeaf[], draws: readonly Int32Array[]): Binding {
  if (source.kind === "binding") return source.binding;
  if (source.kind === "draw") return { kind: "value", value: draws[source.index] };
  const feed = feeds[source.index];
  return { kind: "value", value: feed.kind === "tensor" ? feed.value() : new Float32Array(0) };
}

/** Marks the place of an output tensor among the leaves of the result. */
class OutputIndex {
  readonly index: number;
  constructor(index: number) {
    this.index = index;
  }
}

/** Calls the function as part of the recording under way: it sees the kinds of arguments and gives the kinds of results of a call. */
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

function specialise(f: Body, name: string, { device, shape, feeds }: Call): Specialisation {
  const recording = new Recording();
  const placeholders = feeds.map((feed) => (feed.kind === "tensor" ? argumentLeaf(feed) : null));
  const args = feeds.map((feed, k) => (feed.kind === "tensor" ? placeholders[k] : feed.value));
  const result = recordInto(recording, () => f(...(buildTree(shape, args) as unknown[])));
  refusePromise(name, result);
  const flat = flattenTree(result);
  const outputs: Tensor[] = [];
  const results = flat.leaves.map((leaf) => {
    if (!(leaf instanceof Tensor)) return leaf;
    outputs.push(recordInto(recording, () => leaf.node));
    return new OutputIndex(outputs.length - 1);
  });
  const writes = [...recording.writes].map(([slot, value]) => ({ slot, value }));
  const own = new Set<Tensor>([...recording.reads.values(), ...recording.draws.keys()]);
  const feedIndex = new Map<Tensor, number>();
  placeholders.forEach((leaf, k) => {
    if (leaf !== null) feedIndex.set(leaf, k);
  });
  const slotOf = (leaf: Tensor): StateSlot | null => (own.has(leaf) ? leaf.slot : null);
  const found = extract(
    outputs,
    writes,
    (tensor) => {
      if (tensor.value !== null || own.has(tensor) || feedIndex.has(tensor)) return true;
      return tensor.slot?.standsAs(tensor) ?? false;
    },
    slotOf,
  );
  const drawIndex = new Map([...recording.draws.keys()].map((leaf, k) => [leaf, k]));
  const sources = found.leaves.map((leaf): Source => {
    const index = feedIndex.get(leaf);
    if (index !== undefined) return { kind: "feed", index };
    const draw = drawIndex.get(leaf);
    if (draw !== undefined) return { kind: "draw", index: draw };
    return { kind: "binding", binding: captured(leaf, own) };
  });
  const unread = found.unread.map(
    (slot): Source => ({ kind: "binding", binding: { kind: "slot", slot } }),
  );
  return {
    device,
    shape,
    feedTypes: feeds.map(typeOfFeed),
    program: device.prepare(detachGraph(found)),
    sources: [...sources, ...unread],
    draws: [...recording.draws.values()],
    written: writes.map((w) => w.slot),
    outputs: outputs.map((tensor) => ({ shape: tensor.shape, dtype: tensor.dtype })),
    results,
    resultShape: flat.shape,
  };
}

/** State recorded in this trace is bound to its slot; a tensor made earlier keeps the value it has now. */
function captured(leaf: Tensor, own: ReadonlySet<Tensor>): Binding {
  if (leaf.value !== null) return { kind: "constant", value: leaf.value };
  const slot = leaf.slot!;
  return own.has(leaf) ? { kind: "slot", slot } : { kind: "constant", value: slot.fetch() };
}

function isFeedLeaf(value: unknown): boolean {
  return isHostTensor(value);
}

function isHostTensor(value: unknown): value is HostTensor {
  return (
    isRecord(value) &&
    ArrayBuffer.isView(value.data) &&
    Array.isArray(value.shape) &&
    "dtype" in value
  );
}

function feedOf(leaf: unknown): FeedLeaf {
  if (leaf instanceof StateTensor) return { kind: "static", value: leaf };
  if (leaf instanceof Tensor) {
    return { kind: "tensor", dtype: leaf.dtype, shape: leaf.shape, value: () => elementsOf(leaf) };
  }
  if (typeof leaf === "number") {
    return { kind: "tensor", dtype: "float32", shape: [], value: () => Float32Array.of(leaf) };
  }
  if (isHostTensor(leaf)) {
    const { dtype, shape, data } = leaf;
    checkHostTensor(leaf);
    return { kind: "tensor", dtype, shape, value: () => convertArray(data, dtype) };
  }
  if (ArrayBuffer.isView(leaf)) {
    const array = leaf as HostArray;
    const dtype = dtypeOfData(array);
    return { kind: "tensor", dtype, shape: [array.length], value: () => array };
  }
  return { kind: "static", value: leaf instanceof Fixed ? leaf.value : leaf };
}

function checkHostTensor({ data, shape, dtype }: HostTensor): void {
  if (data.length === sizeOf(shape)) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "compile",
    problem: `a host tensor of ${dtype}[${shape.join(", ")}] holds ${data.length} elements`,
    fix: `Its data need ${sizeOf(shape)}.`,
  });
}

function elementsOf(tensor: Tensor): HostArray {
  return tensor.value ?? tensor.dataSync();
}

function typeOfFeed(feed: FeedLeaf): FeedType {
  if (feed.kind === "static") return feed;
  return { kind: "tensor", dtype: feed.dtype, shape: feed.shape };
}

function hasSignature(recorded: Specialisation, { device, shape, feeds }: Call): boolean {
  return (
    recorded.device === device &&
    recorded.feedTypes.length === feeds.length &&
    recorded.feedTypes.every((type, k) => isOfType(feeds[k], type)) &&
    sameTree(recorded.shape, shape)
  );
}

function isOfType(feed: FeedLeaf, type: FeedType): boolean {
  if (feed.kind === "static") return type.kind === "static" && Object.is(feed.value, type.value);
  return type.kind === "tensor" && feed.dtype === type.dtype && sameShape(feed.shape, type.shape);
}

function refusePromise(name: string, result: unknown): void {
  if (!(result instanceof Promise)) return;
  result.catch(() => {});
  throw new ChainruleError({
    code: "ASYNC_IN_TRACE",
    op: "compile",
    problem: `${name} is async: it returned a promise`,
    fix: "A compiled function is recorded synchronously; await data before the call and pass it as an argument.",
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
