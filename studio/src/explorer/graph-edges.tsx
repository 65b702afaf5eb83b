// The edges of the picture: along a row, up and down to a leaf, and back to the beginning of the next row.

import { BaseEdge, type Edge, type EdgeProps, getSmoothStepPath, Position } from "@xyflow/react";
import type { ReactElement } from "react";
import type { Seen, SeenName } from "./folding.ts";
import type { Moment } from "./graph-model.ts";
import type { Place } from "./layout.ts";

/** The edges as the canvas takes them, with nothing flowing. */
export function edgesOf({ edges }: Seen, places: ReadonlyMap<SeenName, Place>): readonly Edge[] {
  return edges.flatMap(([source, target]): Edge[] => {
    const [a, b] = [places.get(source), places.get(target)];
    if (a === undefined || b === undefined) return [];
    const ends = { id: `${source} ${target}`, source, target, ...endsOf(a, b, places) };
    return [{ ...ends, className: "", focusable: false, selectable: false, zIndex: 1 }];
  });
}

/** The same edges at a moment: those along which something flows stand out. */
export function flowing(
  edges: readonly Edge[],
  { nameOf }: Seen,
  moment: Moment | undefined,
): Edge[] {
  const active = new Set(moment?.nodes.map(nameOf));
  const through = moment?.kind === "backward" ? nameOf(moment.through) : undefined;
  const flowsOn = moment?.kind === "forward" || moment?.kind === "loss";
  return edges.map((edge) => {
    if (edge.target === through && active.has(edge.source))
      return { ...edge, className: "flows-back", zIndex: 2 };
    if (flowsOn && active.has(edge.target)) return { ...edge, className: "flows-on", zIndex: 2 };
    return edge;
  });
}

/** How far a leaf may be from what it stands beside. */
const nearby = 130;

/** Where an edge begins and ends: beside each other up or down, else from left to right; to another row between the rows. */
function endsOf(
  a: Place,
  b: Place,
  places: ReadonlyMap<SeenName, Place>,
): Pick<Edge, "type" | "sourceHandle" | "targetHandle" | "data"> {
  const isBeside = Math.abs(a.x + a.width / 2 - b.x - b.width / 2) < 1;
  const [down, up] = [b.y - a.y - a.height, a.y - b.y - b.height];
  if (isBeside && down >= 0 && down < nearby)
    return { type: "straight", sourceHandle: "below", targetHandle: "top" };
  if (isBeside && up >= 0 && up < nearby)
    return { type: "straight", sourceHandle: "above", targetHandle: "bottom" };
  const ends = { sourceHandle: "right", targetHandle: "left" };
  if (b.x >= a.x + a.width) return { ...ends, type: "default" };
  const below = a.y + a.height;
  let next = b.y;
  if (places.size < 300) for (const { y } of places.values()) if (y >= below && y < next) next = y;
  return {
    ...ends,
    type: "toRow",
    data: { between: next > below ? Math.max((below + next) / 2, next - 16) : undefined },
  };
}

/** An edge to another row, which runs between the rows. */
function ToRow({ data, sourceX, sourceY, targetX, targetY }: EdgeProps): ReactElement {
  const between = data?.between as number | undefined;
  const ends = {
    sourceX,
    sourceY,
    sourcePosition: Position.Right,
    targetX,
    targetY,
    targetPosition: Position.Left,
  };
  const [path] = getSmoothStepPath({ ...ends, centerY: between, borderRadius: 8, offset: 10 });
  return <BaseEdge path={path} />;
}

/** Kinds of edges that the canvas does not have itself. */
export const edgeTypes = { toRow: ToRow };
