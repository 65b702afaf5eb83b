// Sums of many terms: trees of additions in which nothing in between has another user. Derivatives make them, one term
// per use of a tensor, and passes look at all terms of a sum at once.

import { type Graph, inOrder, rootsOf } from "../../ir/graph.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { add } from "./make.ts";

/** The sums of a graph by their last addition. */
export interface AddTrees {
  /** Terms from left to right. */
  readonly terms: ReadonlyMap<Tensor, readonly Tensor[]>;
  /** How often a tensor is an input or a root. */
  readonly uses: ReadonlyMap<Tensor, number>;
  /** All tensors, inputs before users. */
  readonly order: readonly Tensor[];
}

/** Passes that find nothing give their graph on, and with it its sums. */
const known = new WeakMap<Graph, AddTrees>();

export function addTrees(graph: Graph): AddTrees {
  const trees = known.get(graph) ?? findTrees(graph);
  known.set(graph, trees);
  return trees;
}

function findTrees(graph: Graph): AddTrees {
  const opaque = new Set(graph.arguments);
  const order = inOrder(rootsOf(graph), (t) => opaque.has(t));
  const uses = new Map<Tensor, number>();
  const use = (t: Tensor): void => {
    uses.set(t, (uses.get(t) ?? 0) + 1);
  };
  for (const t of order) if (!opaque.has(t)) t.inputs.forEach(use);
  rootsOf(graph).forEach(use);
  const additions = new Set(order.filter((t) => isAddition(t) && !opaque.has(t)));
  const isInner = (t: Tensor): boolean => additions.has(t) && uses.get(t) === 1;
  const inner = new Set([...additions].flatMap((t) => t.inputs.filter(isInner)));
  const terms = new Map<Tensor, readonly Tensor[]>();
  for (const t of additions) if (!inner.has(t)) terms.set(t, termsOf(t, inner));
  return { terms, uses, order };
}

/** Adds terms up, from left to right. */
export function total(terms: readonly Tensor[]): Tensor {
  return terms.slice(1).reduce(add, terms[0]);
}

function isAddition({ definition: { body } }: Tensor): boolean {
  return body.kind === "scalar" && body.fn === "add";
}

function termsOf(root: Tensor, inner: ReadonlySet<Tensor>): Tensor[] {
  const terms: Tensor[] = [];
  const stack = root.inputs.toReversed();
  for (let t = stack.pop(); t !== undefined; t = stack.pop()) {
    if (inner.has(t)) stack.push(...t.inputs.toReversed());
    else terms.push(t);
  }
  return terms;
}
