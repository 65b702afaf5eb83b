// The calls of layers during one forward pass that is recorded and not computed: what each was given and gave, which nodes
// were recorded meanwhile, and whose outputs take how much memory.

import { bytesOf } from "../core/dtype.ts";
import { flattenTree, isRecord } from "../core/tree.ts";
import { Recording } from "../ir/recording.ts";
import { currentRegion } from "../ir/region.ts";
import { recordedSoFar, Tensor } from "../ir/tensor.ts";
import { recordInto } from "../ir/trace.ts";
import { walk } from "./walk.ts";

/** What can be called and watched. */
export interface Model {
  // biome-ignore lint/suspicious/noExplicitAny: models take what they take.
  forward(...inputs: any[]): unknown;
}

/** One call of a layer while the forward pass was recorded; nodes made meanwhile have ids from `first` to before `end`. */
export interface Call {
  readonly path: string;
  readonly owner: object;
  readonly depth: number;
  readonly inputs: readonly Tensor[];
  readonly first: number;
  end: number;
  /** What the layer calls its region, if it was seen around an inner call. */
  label: string | undefined;
  outputs: readonly Tensor[];
}

/** The calls of all layers during one recorded forward pass. */
export function callsOf(
  model: Model,
  inputs: readonly Tensor[],
  training: boolean,
  memory: Memory,
): readonly Call[] {
  const calls: Call[] = [];
  watchCalls(model, calls, memory, () =>
    recordInto(new Recording(), () => model.forward(...inputs, { training })),
  );
  return calls;
}

/** Runs `body`; the calls of a model's layers meanwhile are added to `calls` as they begin, so they are there if it throws. */
export function watchCalls<T>(model: object, calls: Call[], memory: Memory, body: () => T): T {
  const watch = new Watch(calls, memory);
  const layers = [...walk(model).owners].filter(([, owner]) => isLayer(owner));
  const restore = layers.flatMap(([path, owner]) => watch.replaceMethods(path, owner as Model));
  try {
    return body();
  } finally {
    for (const undo of restore) undo();
  }
}

/** Methods that run a layer: attention to other keys and recurrences with a state have one besides `forward`. */
const running = ["forward", "attend", "run"] as const;

/** Notes the calls of layers by standing before the methods that run them. */
class Watch {
  readonly #calls: Call[];
  readonly #open: Call[] = [];
  readonly #memory: Memory;

  constructor(calls: Call[], memory: Memory) {
    this.#calls = calls;
    this.#memory = memory;
  }

  /** Gives back what undoes it. */
  replaceMethods(path: string, owner: Model): (() => void)[] {
    const methods = owner as unknown as Record<string, unknown>;
    return running.flatMap((name) => {
      const method = methods[name];
      if (typeof method !== "function") return [];
      return [this.#replace(path, owner, name, method as Model["forward"])];
    });
  }

  #replace(path: string, owner: Model, name: string, method: Model["forward"]): () => void {
    const run = (self: Model, given: unknown[]): unknown => {
      if (this.#open.at(-1)?.owner === owner) return method.apply(self, given); // a part of its own call
      const call = this.#begin(path, owner, tensorsIn(given));
      try {
        const result: unknown = method.apply(self, given);
        this.#gives(call, outputsIn(result));
        return result;
      } finally {
        this.#open.pop();
        call.end = recordedSoFar();
      }
    };
    return replaceMethod(owner, name, function (this: Model, ...given: unknown[]): unknown {
      return run(this, given);
    });
  }

  #begin(path: string, owner: object, inputs: readonly Tensor[]): Call {
    const depth = this.#open.length;
    const first = recordedSoFar();
    const call: Call = {
      path,
      owner,
      depth,
      inputs,
      first,
      end: first,
      label: undefined,
      outputs: [],
    };
    const around = this.#open.at(-1);
    const region = currentRegion();
    if (around !== undefined && region?.owner === around.owner) around.label = region.label;
    this.#memory.take(around ?? null, inputs); // what the layer around it has made
    this.#calls.push(call);
    this.#open.push(call);
    return call;
  }

  #gives(call: Call, outputs: readonly Tensor[]): void {
    call.outputs = outputs;
    this.#memory.take(call, outputs);
  }
}

/** Whether calls of an object can be watched. */
export function isLayer(owner: object): owner is Model {
  return typeof (owner as Partial<Model>).forward === "function" && Object.isExtensible(owner);
}

/** Puts a method before the object's own or its class's; gives back what undoes it. */
function replaceMethod(owner: Model, name: string, method: Model["forward"]): () => void {
  const own = Object.getOwnPropertyDescriptor(owner, name);
  Object.defineProperty(owner, name, { value: method, configurable: true });
  return () => {
    if (own === undefined) Reflect.deleteProperty(owner, name);
    else Object.defineProperty(owner, name, own);
  };
}

/** Whose outputs take how much memory: what a call gives is its own unless an inner call gave it before. */
export class Memory {
  readonly bytes: Map<Call, number> = new Map();
  readonly #stored = new Set<Tensor>();

  /** Counts tensors that are met for the first time to a call; those that come from outside to none. */
  take(call: Call | null, tensors: readonly Tensor[]): void {
    for (const tensor of tensors.map(storageOf)) {
      if (this.#stored.has(tensor)) continue;
      this.#stored.add(tensor);
      if (call === null || tensor.definition.body.kind === "leaf") continue;
      const own = tensor.size * bytesOf(tensor.dtype);
      this.bytes.set(call, (this.bytes.get(call) ?? 0) + own);
    }
  }
}

/** The tensor whose memory a reshaped or renamed one shares. */
function storageOf(tensor: Tensor): Tensor {
  const { node } = tensor;
  const { kind } = node.definition.body;
  return kind === "reshape" || kind === "alias" ? storageOf(node.inputs[0]) : node;
}

/** The tensors of a result; where it has an `output`, that, without probabilities or a state beside it. */
function outputsIn(result: unknown): Tensor[] {
  return isRecord(result) && result.output instanceof Tensor ? [result.output] : tensorsIn(result);
}

function tensorsIn(value: unknown): Tensor[] {
  const { leaves } = flattenTree(value, (leaf) => leaf instanceof Tensor);
  return leaves.filter((leaf) => leaf instanceof Tensor);
}
