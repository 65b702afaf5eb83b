// What `backward()` returns: the gradient of one scalar for each parameter, as a value. Nothing is stored in parameters,
// so there is nothing to zero.

import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import { printAsText } from "../core/print-as-text.ts";
import { showShape } from "../core/shape.ts";
import { inOrder } from "../ir/graph.ts";
import { describeRegion } from "../ir/region.ts";
import type { Slot } from "../ir/state.ts";
import { Parameter } from "../ir/state.ts";
import { Tensor } from "../ir/tensor.ts";
import { ones } from "../ops/leaf.ts";
import { adjoints } from "./adjoints.ts";
import { warnOfInference } from "./forgotten-mode.ts";
import { gradients } from "./grad.ts";

/** Gradients of a loss: iterates over `[parameter, gradient]`, in the order in which the graph first read them. */
export class Gradients implements Iterable<[Parameter, Tensor]> {
  /** The scalar that was differentiated. */
  readonly loss: Tensor;
  readonly #entries: ReadonlyMap<Parameter, Tensor>;

  constructor(loss: Tensor, entries: ReadonlyMap<Parameter, Tensor>) {
    this.loss = loss;
    this.#entries = entries;
  }

  /** Number of parameters with a gradient. */
  get size(): number {
    return this.#entries.size;
  }

  /** The gradient of a parameter, or of any tensor that the loss was computed from (of `loss` itself, before `map` and `scale`); undefined where there is none. */
  get(x: Tensor): Tensor | undefined {
    if (x instanceof Parameter) return this.#entries.get(x);
    const reached = adjoints(this.loss, ones(this.loss.shape, this.loss.dtype), new Set([x.node]));
    return reached.get(x.node);
  }

  [Symbol.iterator](): Iterator<[Parameter, Tensor]> {
    return this.#entries.entries();
  }

  /** New gradients, each computed from the old one. */
  map(change: (gradient: Tensor, parameter: Parameter) => Tensor): Gradients {
    const changed = [...this].map(([parameter, g]) => [parameter, change(g, parameter)] as const);
    return new Gradients(this.loss, new Map(changed));
  }

  /** Adds gradients of another loss, parameter by parameter. */
  add(other: Gradients): Gradients {
    const sums = new Map(this.#entries);
    for (const [parameter, g] of other) {
      const mine = sums.get(parameter);
      sums.set(parameter, mine === undefined ? g : mine.add(g));
    }
    return new Gradients(this.loss.add(other.loss), sums);
  }

  /** Multiplies every gradient by a number. */
  scale(factor: number): Gradients {
    return this.map((g) => g.mul(factor));
  }

  /** Text form: the parameters that have a gradient. */
  toString(): string {
    const shown = [...this.#entries.keys()].map((owner) => {
      const type = `${owner.dtype}${showShape(owner.shape)}`;
      return describeRegion({ owner, label: type }) ?? type;
    });
    return `Gradients(of ${shown.join(", ") || "no parameter"})`;
  }
}

printAsText(Gradients);

/** Checks that an argument is what `backward()` returns. */
export function checkAreGradients(op: string, given: unknown): asserts given is Gradients {
  if (given instanceof Gradients) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `takes gradients; received ${showValue(given)}`,
    fix: `Write ${op}(loss.backward()).`,
  });
}

/** Differentiates a scalar with respect to every trainable parameter that it was computed from: `∂loss/∂p`. */
export function backward(loss: Tensor): Gradients {
  const root = loss.node;
  checkScalar(root);
  const order = inOrder([root]);
  const leaves = order.filter((t) => parameterOf(t)?.trainable);
  warnOfInference(order, leaves);
  const reached = adjoints(root, ones(root.shape, root.dtype), new Set(leaves));
  const entries = new Map<Parameter, Tensor>();
  for (const leaf of leaves) {
    const g = reached.get(leaf);
    if (g === undefined) continue;
    if (leaf.released) throw staleParameter();
    const parameter = parameterOf(leaf)!;
    const before = entries.get(parameter);
    entries.set(parameter, before === undefined ? g : before.add(g));
  }
  return new Gradients(root, entries);
}

function parameterOf({ slot }: { readonly slot: Slot | null }): Parameter | undefined {
  return slot?.owner instanceof Parameter ? slot.owner : undefined;
}

function checkScalar(loss: Tensor): void {
  if (loss.size === 1) return;
  throw new ChainruleError({
    code: "NOT_SCALAR",
    op: "backward",
    problem: `needs a scalar loss; received ${loss.dtype}${showShape(loss.shape)}`,
    fix: "Reduce it with .mean() or .sum(), or use gradients(y, xs, { cotangent }).",
    detail: { shape: loss.shape },
  });
}

function staleParameter(): ChainruleError {
  return new ChainruleError({
    code: "GRAPH_RELEASED",
    op: "backward",
    problem: "the parameters this loss was computed from have been updated since",
    fix: "Call backward() before optimizer.step(), or compute the loss again.",
  });
}

/** The method that differentiation adds to Tensor. */
export interface DifferentiationMethods {
  /** Differentiates this scalar with respect to every trainable parameter that it was computed from. */
  backward(): Gradients;
  /** Gradient of this tensor's sum with respect to `x`. */
  gradient(x: Tensor): Tensor;
}

declare module "../ir/tensor.ts" {
  interface Tensor extends DifferentiationMethods {}
}

Tensor.prototype.backward = function (this: Tensor): Gradients {
  return backward(this);
};
Tensor.prototype.gradient = function (this: Tensor, x: Tensor): Tensor {
  return gradients(this, [x])[0];
};
