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

/** Forward nodes and parameters by how much they changed. */
export function largestChanges(now: StepTrace, then: StepTrace, count = 8): number[] {
  const change = ({ id }: TraceNode): number => changeOf(now.nodes[id], then.nodes[id]);
  return now.nodes
    .filter(
      ({ id, phase }) =>
        id <= now.loss.node && phase !== "constant" && phase !== "input" && phase !== "state",
    )
    .toSorted((a, b) => change(b) - change(a))
    .slice(0, count)
    .map(({ id }) => id);
}

/** `Δ +0.0021  −0.03`, or of many elements the relative size. */
export function changeText(now: TraceNode, then: TraceNode): string {
  if (now.sampled !== undefined || now.values.length > 2)
    return `Δ ${shown(100 * changeOf(now, then), 2)} %`;
  const parts = now.values.map(
    (x, k) => `${x < then.values[k] ? "−" : "+"}${shown(Math.abs(x - then.values[k]), 2)}`,
  );
  return `Δ ${parts.join("  ")}`;
}
