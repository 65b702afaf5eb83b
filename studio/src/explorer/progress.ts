// What is known of each node after so many moments of the step, and what is just happening to it.

import type { StepTrace } from "chainrule/inspect";
import type { SeenName } from "./folding.ts";
import { isGiven, type Moment } from "./graph-model.ts";

export interface NodeProgress {
  readonly hasValue: boolean;
  readonly hasAdjoint: boolean;
  /** The node with the value after the update, once it is done. */
  readonly updated: number | undefined;
  /** What is happening to it now. */
  readonly active: Moment["kind"] | undefined;
}

/** For each node, how many moments must be past before something of it is known. */
export interface Schedule {
  readonly value: ReadonlyMap<number, number>;
  readonly adjoint: ReadonlyMap<number, number>;
  readonly update: ReadonlyMap<number, { readonly at: number; readonly after: number }>;
}

export function scheduleOf(trace: StepTrace, moments: readonly Moment[]): Schedule {
  const value = new Map<number, number>();
  const adjoint = new Map<number, number>();
  const update = new Map<number, { at: number; after: number }>();
  for (const [k, moment] of moments.entries()) {
    const at = k + 1;
    for (const node of moment.nodes) {
      if (moment.kind === "update")
        update.set(node, { at, after: trace.updates[moment.update].after });
      else if (moment.kind === "backward") adjoint.set(node, at);
      else value.set(node, at);
      if (moment.kind === "loss") adjoint.set(node, at);
    }
  }
  for (const node of trace.nodes) if (isGiven(node)) value.set(node.id, 0);
  return { value, adjoint, update };
}

/** What is known of a node after `now` moments. */
export function progressOf(
  node: number,
  schedule: Schedule,
  moments: readonly Moment[],
  now: number,
): NodeProgress {
  const never = Number.POSITIVE_INFINITY;
  const { at = never, after } = schedule.update.get(node) ?? {};
  const latest = moments[now - 1];
  return {
    hasValue: (schedule.value.get(node) ?? never) <= now,
    hasAdjoint: (schedule.adjoint.get(node) ?? never) <= now,
    updated: at <= now ? after : undefined,
    active: latest?.nodes.includes(node) ? latest.kind : undefined,
  };
}

/**
 * The numbers of moments at which to stop: after those of the same kind that happen inside one folded region, only once.
 * The first is 0, before all.
 */
export function stopsOf(moments: readonly Moment[], nameOf: (node: number) => SeenName): number[] {
  const stops = [0];
  for (const [k, moment] of moments.entries()) {
    const next = moments[k + 1];
    const name = nameOf(moment.nodes[0]);
    const goesOn =
      next !== undefined &&
      next.kind === moment.kind &&
      !name.startsWith("n") &&
      nameOf(next.nodes[0]) === name;
    if (!goesOn) stops.push(k + 1);
  }
  return stops;
}
