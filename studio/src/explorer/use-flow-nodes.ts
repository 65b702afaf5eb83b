// The nodes as the canvas takes them. Those that show the same as before stay the same objects, so that a step forward in a
// picture of thousands touches only the nodes where something happens.

import { useMemo, useRef } from "react";
import type { SeenName } from "./folding.ts";
import { endsOf, type FlowNode, type OpFacts } from "./graph-nodes.tsx";
import type { LaidOut } from "./use-layout.ts";

/** What a node or box shows. */
export type Describe = (
  name: SeenName,
) => Pick<FlowNode, "type" | "data"> & { readonly ariaLabel: string };

export function useFlowNodes(
  { seen, places }: LaidOut,
  describe: Describe,
  selected: SeenName | undefined,
): FlowNode[] {
  const placed = useMemo(
    () =>
      [...places].map(([id, { x, y, ...size }]) => ({
        ...{ id, position: { x, y }, measured: size, handles: endsOf(size), ...size },
        zIndex: seen.inside.has(id) ? 0 : 2,
      })),
    [seen, places],
  );
  const before = useRef({ placed, nodes: [] as FlowNode[] });
  return useMemo(() => {
    const old = before.current.placed === placed ? before.current.nodes : [];
    const nodes = placed.map((facts, k): FlowNode => {
      const shown = describe(facts.id);
      const isSelected = facts.id === selected;
      const isUnchanged = old[k]?.selected === isSelected && isSame(old[k], shown);
      return isUnchanged ? old[k] : ({ ...facts, selected: isSelected, ...shown } as FlowNode);
    });
    before.current = { placed, nodes };
    return nodes;
  }, [placed, describe, selected]);
}

/** Whether an op shows what it did; boxes carry what is done when they are folded, and are made anew. */
function isSame(old: FlowNode, shown: ReturnType<Describe>): boolean {
  if (old.type !== "op" || shown.type !== "op" || old.ariaLabel !== shown.ariaLabel) return false;
  const { progress, ...facts } = shown.data as OpFacts;
  const { progress: was, ...oldFacts } = old.data;
  return equal(facts, oldFacts) && equal({ ...progress }, { ...was });
}

/** Whether two records of the same fields hold the same. */
function equal(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
): boolean {
  return Object.keys(a).every((key) => a[key] === b[key]);
}
