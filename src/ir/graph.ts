// Graphs as wholes: walking them without recursion (a graph can be deeper than the call stack), and what the compiler
// is given: arguments, outputs, and writes to arguments that stand for state.

import { unreachable } from "../core/errors.ts";
import { inRegionOf } from "./region.ts";
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
  const stack: Tensor[] = [];
  /** For each tensor on the stack, the inputs entered so far. */
  const entered: number[] = [];
  const enter = (tensor: Tensor): void => {
    if (seen.has(tensor)) return;
    seen.add(tensor);
    stack.push(tensor);
    entered.push(stop(tensor) ? tensor.inputs.length : 0);
  };
  for (const root of roots) {
    enter(root);
    while (stack.length > 0) {
      const top = stack.length - 1;
      const tensor = stack[top];
      if (entered[top] < tensor.inputs.length) enter(tensor.inputs[entered[top]++]);
      else {
        order.push(tensor);
        stack.pop();
        entered.pop();
      }
    }
  }
  return order;
}

/** Some tensors, and all behind the roots that are computed from them; does not look behind what was recorded before `since`. */
export function dependents(
  roots: readonly Tensor[],
  of: Iterable<Tensor>,
  since = 0,
): ReadonlySet<Tensor> {
  const found = new Set(of);
  for (const t of inOrder(roots, ({ id }) => id < since))
    if (t.inputs.some((x) => found.has(x))) found.add(t);
  return found;
}

/** Gives the replacement of a tensor, from its already replaced inputs. */
export type Visit = (tensor: Tensor, inputs: readonly Tensor[]) => Tensor;

/**
 * One visit after the other, until one gives an input, which has been visited before. After a visit that may give what
 * lies deeper, an argument perhaps, only visits that leave leaves alone may follow: not one that shares equal nodes.
 */
export function inTurn(...visits: readonly Visit[]): Visit {
  return (tensor, inputs) => {
    let now = tensor;
    let given = inputs;
    for (const visit of visits) {
      now = visit(now, given);
      if (given.includes(now)) break;
      given = now.inputs;
    }
    return now;
  };
}

/** Rebuilds a graph, inputs before users; arguments stay. */
export function rewrite(graph: Graph, visit: Visit): Graph {
  const opaque = new Set(graph.arguments);
  const replaced = new Map<Tensor, Tensor>();
  for (const tensor of inOrder(rootsOf(graph), (t) => opaque.has(t))) {
    if (opaque.has(tensor)) {
      replaced.set(tensor, tensor);
      continue;
    }
    const inputs = tensor.inputs.map((input) => replaced.get(input)!);
    const { region } = tensor;
    const now = (): Tensor => visit(tensor, inputs);
    replaced.set(tensor, region === undefined ? now() : inRegionOf(region, now));
  }
  const now = (tensor: Tensor): Tensor =>
    replaced.get(tensor) ?? unreachable("rewrite lost a root");
  return {
    arguments: graph.arguments,
    outputs: graph.outputs.map(now),
    writes: graph.writes.map(({ argument, value }) => ({ argument, value: now(value) })),
  };
}
