// How far the nodes of two steps of one program lie apart.

import type { StepTrace, TraceNode } from "chainrule/inspect";
import { shown } from "./numbers.ts";

/** Whether two traces are of the same graph. */
export function isComparable(a: StepTrace, b: StepTrace): boolean {
  return a.nodes.length === b.nodes.length && a.nodes.every(({ op }, id) => op === b.nodes[id].op);
}

/** `‖now − then‖ / ‖then‖` over the elements that are held. */
export function changeOf(now: TraceNode, then: TraceNode): number {
  let [change, size] = [0, 0];
  for (const [k, x] of then.values.entries()) {
    change += (now.values[k] - x) ** 2;
    size += x ** 2;
  }
  return change === 0 ? 0 : Math.sqrt(change / Math.max(size, 1e-30));
}

/** How much a node's value and its adjoint changed. */
export interface Difference {
  readonly node: number;
  readonly value: number;
  readonly adjoint: number | undefined;
}

/** Nodes whose value or adjoint changed, by the larger of the two; `nodes` are those that count, by default all up to the loss. */
export function largestChanges(
  now: StepTrace,
  then: StepTrace,
  nodes: Iterable<number> = Array.from({ length: now.loss.node + 1 }, (_, id) => id),
): Difference[] {
  const change = (id: number): number => changeOf(now.nodes[id], then.nodes[id]);
  const size = ({ value, adjoint = 0 }: Difference): number => Math.max(value, adjoint);
  return Array.from(nodes, (node): Difference => {
    const { adjoint } = now.nodes[node];
    return {
      node,
      value: change(node),
      adjoint: adjoint === undefined ? undefined : change(adjoint),
    };
  })
    .filter((difference) => size(difference) > 0)
    .sort((a, b) => size(b) - size(a));
}

/** `Δ +0.0021  −0.03`, or of many elements the relative size. */
export function changeText(now: TraceNode, then: TraceNode): string {
  if (now.sampled !== undefined || now.values.length > 2)
    return `Δ ${shown(100 * changeOf(now, then), 2)} %`;
  const signed = (change: number): string =>
    change === 0 ? "0" : `${change < 0 ? "−" : "+"}${shown(Math.abs(change), 2)}`;
  const parts = now.values.map((x, k) => signed(x - then.values[k]));
  return `Δ ${parts.join("  ")}`;
}
