// Which layer call recorded a node, and which layer contains which: calls are told apart by the regions of nodes, and
// nested by the paths of their layers.

import { describeRegion, type Region } from "../../ir/region.ts";
import type { Tensor } from "../../ir/tensor.ts";
import type { TraceGroup } from "./types.ts";

/** The calls that recorded some of the nodes, in order. */
export function groupsOf(nodes: readonly Tensor[]): {
  readonly groups: readonly TraceGroup[];
  readonly groupOf: (node: Tensor) => number | undefined;
} {
  const ids = new Map<Region, number>();
  for (const { region } of nodes) {
    if (region !== undefined && !ids.has(region)) ids.set(region, ids.size);
  }
  const named = [...ids].map(([region, id]) => ({ id, ...partsOf(region) }));
  const groups = named.map((group) => ({ ...group, parent: parentOf(group, named) }));
  const groupOf = ({ region }: Tensor): number | undefined =>
    region === undefined ? undefined : ids.get(region);
  return { groups, groupOf };
}

/** `model.layers.0 (Linear 2→3)` as path and label. */
function partsOf(region: Region): { readonly label: string; readonly path?: string } {
  const text = describeRegion(region)!;
  if (text === region.label) return { label: region.label };
  return { label: region.label, path: text.slice(0, text.length - region.label.length - 3) };
}

/** The call with the longest path that begins this one's. */
function parentOf({ id, path }: TraceGroup, all: readonly TraceGroup[]): number | undefined {
  if (path === undefined) return undefined;
  let best: TraceGroup | undefined;
  for (const other of all) {
    if (other.id === id || other.path === undefined || !path.startsWith(`${other.path}.`)) continue;
    if (other.path.length > (best?.path?.length ?? -1)) best = other;
  }
  return best?.id;
}
