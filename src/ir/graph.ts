// Graphs as wholes: walking them without recursion (a graph can be deeper than the call stack), and what the compiler
// is given: arguments, outputs, and writes to arguments that stand for state.

import { unreachable } from "../core/errors.ts";
import type { Tensor } from "./tensor.ts";

/** A closed piece of graph. `arguments` are opaque leaves, bound at each run; `writes` replace an argument's value. */
export interface Graph {
  readonly arguments: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly writes: readonly { readonly argument: number; readonly value: Tensor }[];
}

/** All roots of a graph: outputs, then written values. */
export function rootsOf(graph: Graph): Tensor[] {
  return [...graph.outputs, ...graph.writes.map((write) => write.value)];
}

/** Lists every tensor that the roots need, inputs before users; does not look behind a tensor for which `stop` holds. */
export function inOrder(
  roots: readonly Tensor[],
  stop: (tensor: Tensor) => boolean = () => false,
): Tensor[] {
  const order: Tensor[] = [];
  const seen = new Set<Tensor>();
  const stack: { tensor: Tensor; next: number }[] = [];
  const enter = (tensor: Tensor): void => {
    if (seen.has(tensor)) return;
    seen.add(tensor);
    stack.push({ tensor, next: 0 });
  };
  for (const root of roots) {
    enter(root);
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      const inputs = stop(top.tensor) ? [] : top.tensor.inputs;
      if (top.next < inputs.length) enter(inputs[top.next++]);
      else order.push(stack.pop()!.tensor);
    }
  }
  return order;
}

/** Rebuilds a graph: `visit` gives the replacement of a tensor from its already replaced inputs; arguments stay. */
export function rewrite(
  graph: Graph,
  visit: (tensor: Tensor, inputs: readonly Tensor[]) => Tensor,
): Graph {
  const opaque = new Set(graph.arguments);
  const replaced = new Map<Tensor, Tensor>();
  for (const tensor of inOrder(rootsOf(graph), (t) => opaque.has(t))) {
    if (opaque.has(tensor)) replaced.set(tensor, tensor);
    else
      replaced.set(
        tensor,
        visit(
          tensor,
          tensor.inputs.map((input) => replaced.get(input)!),
        ),
      );
  }
  const now = (tensor: Tensor): Tensor =>
    replaced.get(tensor) ?? unreachable("rewrite lost a root");
  return {
    arguments: graph.arguments,
    outputs: graph.outputs.map(now),
    writes: graph.writes.map(({ argument, value }) => ({ argument, value: now(value) })),
  };
}
