// Batching: from the graph of one example to the graph of all. Each node that depends on the example is recorded again
// with a new axis 0, by a rule that follows from its op's kind; a node that does not depend on it stays as it is.

import { ChainruleError, unreachable } from "../core/errors.ts";
import { showShape } from "../core/shape.ts";
import { argumentLeaf } from "../ir/argument.ts";
import { inOrder } from "../ir/graph.ts";
import { type Batch, record } from "../ir/op.ts";
import { describeRegion, inRegionOf } from "../ir/region.ts";
import type { Slot } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import { currentTrace, type DrawSource, recordInto, type Trace } from "../ir/trace.ts";
import { constant } from "../ops/leaf.ts";
import { adjointOf, markAdjoint } from "./adjoints.ts";
import { batchRules } from "./batch-rules.ts";

/** A tensor for all examples: with the new axis 0, or without it where it is the same for all. */
export interface ForAll {
  readonly tensor: Tensor;
  readonly varies: boolean;
}

/** One batching: what each node of the single example has become. */
export class Batching {
  /** Number of examples. */
  readonly size: number;
  readonly #known = new Map<Tensor, ForAll>();
  /** States of random draws made by the function, unlike those of its surroundings, and what is computed from them. */
  readonly #draws = new Set<Tensor>();
  /** The number of the first stand-in: what was recorded earlier is the same for all examples. */
  #first = Number.POSITIVE_INFINITY;

  constructor(size: number) {
    this.size = size;
  }

  /** A leaf that stands for one example of `x`, whose axis 0 counts examples. */
  example(x: Tensor): Tensor {
    const leaf = argumentLeaf({ shape: x.shape.slice(1), dtype: x.dtype });
    this.#first = Math.min(this.#first, leaf.id);
    this.#known.set(leaf, { tensor: x, varies: true });
    return leaf;
  }

  /** Runs a function of stand-ins; it may read state and draw, but not write. */
  record<T>(f: () => T): T {
    return recordInto(new ExampleTrace(currentTrace(), this.#draws), f);
  }

  /** What a node of the single example is for all. */
  forAll(root: Tensor): ForAll {
    for (const node of inOrder([root], (t) => this.#found(t) !== undefined)) {
      if (this.#found(node) === undefined) this.#known.set(node, this.#batched(node));
    }
    return this.#found(root)!;
  }

  /** The tensor with the new axis, repeated along it where it does not vary. */
  all(x: Tensor, varies: boolean): Tensor {
    return varies ? x : x.broadcastTo([this.size, ...x.shape]);
  }

  #found(node: Tensor): ForAll | undefined {
    if (node.id < this.#first) return { tensor: node, varies: false };
    return this.#known.get(node);
  }

  #batched(node: Tensor): ForAll {
    const inputs = node.inputs.map((input) => this.#found(input)!);
    const fresh = node.inputs.some((input) => this.#draws.has(input));
    const drawn = fresh && node.definition.body.kind === "randomBits";
    if (!drawn && inputs.every(({ tensor }, k) => tensor === node.inputs[k])) {
      if (fresh) this.#draws.add(node);
      return { tensor: node, varies: false };
    }
    const varies = drawn || inputs.some((input) => input.varies);
    const result = inRegionOf(node.region, () =>
      varies ? this.#recordForAll(node, inputs) : recordForOne(node, inputs),
    );
    if (fresh && !result.varies) this.#draws.add(node);
    const origin = adjointOf(node);
    const forward = origin && this.#found(origin);
    if (forward !== undefined) markAdjoint(result.tensor, forward.tensor);
    return result;
  }

  #recordForAll(node: Tensor, inputs: readonly ForAll[]): ForAll {
    const { definition, attributes } = node;
    const tensors = inputs.map(({ tensor }) => tensor);
    const batch = this.batchOf(inputs.map(({ varies }) => varies));
    const tensor =
      definition.batch?.(tensors, attributes, batch) ??
      batchRules[definition.body.kind]?.(node, tensors, batch);
    if (tensor === undefined) throw notBatchable(node);
    const varies = tensor.rank === node.rank + 1;
    if (!varies && tensor.rank !== node.rank) unreachable(`${definition.name} lost its batch`);
    return { tensor, varies };
  }

  /** What rules are told of a node's inputs. */
  batchOf(varies: readonly boolean[]): Batch {
    return {
      size: this.size,
      varies,
      all: (x, varying) => this.all(x, varying),
      map: (f, xs, varying) => {
        const one = xs.map((x, k) => (varying[k] ? this.example(x) : x));
        const results = this.record(() => f(...one));
        return results.map((result) => {
          if (result === null) return null;
          const { tensor, varies } = this.forAll(result);
          return this.all(tensor, varies);
        });
      },
      anew: anew(this.size, varies),
    };
  }
}

/** What waits for examples, as behind a barrier, and is the same for all. */
function recordForOne({ definition, attributes }: Tensor, inputs: readonly ForAll[]): ForAll {
  const tensors = inputs.map(({ tensor }) => tensor);
  return { tensor: record(definition, tensors, attributes), varies: false };
}

/** Made apart from the batching, so that what keeps it does not keep the batching's tensors. */
function anew(size: number, varies: readonly boolean[]): () => Batch {
  return () => new Batching(size).batchOf(varies);
}

/** What a function of one example records into: state is read as outside of it, and not written. */
class ExampleTrace implements Trace {
  readonly #outer: Trace | undefined;
  readonly #draws: Set<Tensor>;

  constructor(outer: Trace | undefined, draws: Set<Tensor>) {
    this.#outer = outer;
    this.#draws = draws;
  }

  read(slot: Slot): Tensor {
    return recordInto(this.#outer, () => slot.read());
  }

  write(slot: Slot): never {
    throw new ChainruleError({
      code: "UNSUPPORTED",
      op: "vmap",
      problem: `state ${slot.dtype}${showShape(slot.shape)} was assigned inside a batched function, where each example would give it another value`,
      fix: "Return the new value and assign it outside, reduced over examples; use layers with running statistics in inference mode.",
      detail: { shape: slot.shape },
    });
  }

  draw(source: DrawSource): Tensor {
    const state =
      this.#outer?.draw(source) ?? constant(Int32Array.from(source.next()), [4], "int32");
    this.#draws.add(state);
    return state;
  }
}

function notBatchable(node: Tensor): ChainruleError {
  return new ChainruleError({
    code: "UNSUPPORTED",
    op: "vmap",
    problem: `the op ${node.definition.name} has no batching rule; it gives ${node.dtype}${showShape(node.shape)} for one example`,
    fix: "Call the function for each example and stack the results.",
    path: describeRegion(node.region),
  });
}
