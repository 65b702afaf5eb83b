// What stands in the graph: an op with its value and its adjoint, a folded layer, and the frame of an open one.

import { Handle, type Node, type NodeHandle, type NodeProps, Position } from "@xyflow/react";
import type { ReactElement } from "react";
import type { NodeProgress } from "./progress.ts";
import { useExplorerWords } from "./words.ts";

/** An op, a parameter or an input. */
export interface OpFacts extends Record<string, unknown> {
  readonly title: string;
  readonly note: string | undefined;
  readonly phase: string;
  readonly progress: NodeProgress;
  readonly value: string;
  readonly adjoint: string;
}

/** A layer, folded or open. */
export interface RegionFacts extends Record<string, unknown> {
  readonly label: string;
  /** The label where there is little room. */
  readonly short: string;
  readonly place: string | undefined;
  readonly formula: string;
  /** Of the output. */
  readonly shape: string;
  readonly value: string;
  readonly adjoint: string;
  readonly active: NodeProgress["active"];
  readonly known: boolean;
  readonly onToggle: () => void;
}

export type OpNode = Node<OpFacts, "op">;
export type FoldedNode = Node<RegionFacts, "folded">;
export type FrameNode = Node<RegionFacts, "frame">;
export type FlowNode = OpNode | FoldedNode | FrameNode;

export function Op({ data }: NodeProps<OpNode>): ReactElement {
  const { title, note, phase, progress, value, adjoint } = data;
  const state =
    progress.active ??
    (progress.updated !== undefined ? "updated" : progress.hasValue ? "known" : "unknown");
  return (
    <div className={`op ${phase} is-${state}`}>
      <Ends />
      <div className="op-title">
        <span>{title}</span>
        {note !== undefined && <small>{note}</small>}
      </div>
      <div className="op-value">{progress.hasValue ? value : " "}</div>
      <div className="op-adjoint">{progress.hasAdjoint ? adjoint : " "}</div>
    </div>
  );
}

export function Folded({ data }: NodeProps<FoldedNode>): ReactElement {
  const words = useExplorerWords();
  const { label, short, place, formula, shape, value, adjoint, active, known, onToggle } = data;
  return (
    <div className={`op folded is-${active ?? (known ? "known" : "unknown")}`}>
      <Ends />
      <div className="op-title">
        <span title={[label, place].join(" ")}>{short}</span>
        <button
          type="button"
          className="fold nodrag"
          onClick={onToggle}
          aria-label={`${words.unfold}: ${label}`}
          title={words.unfold}
        >
          +
        </button>
      </div>
      <div className="op-formula" title={formula}>
        {formula}
      </div>
      <div className="op-value">
        {value} <small>{shape}</small>
      </div>
      <div className="op-adjoint">{adjoint}</div>
    </div>
  );
}

export function Frame({ data }: NodeProps<FrameNode>): ReactElement {
  const words = useExplorerWords();
  const { label, place, active, onToggle } = data;
  return (
    <div className={`frame is-${active ?? "known"}`}>
      <div className="frame-title">
        <button
          type="button"
          className="fold nodrag"
          onClick={onToggle}
          aria-label={`${words.fold}: ${label}`}
          title={words.fold}
        >
          −
        </button>
        <b>{label}</b>
        {place !== undefined && <small>{place}</small>}
      </div>
    </div>
  );
}

/** Where edges begin and end, by name. */
const ends = [
  { type: "target", id: "left", position: Position.Left },
  { type: "target", id: "top", position: Position.Top },
  { type: "target", id: "bottom", position: Position.Bottom },
  { type: "source", id: "right", position: Position.Right },
  { type: "source", id: "above", position: Position.Top },
  { type: "source", id: "below", position: Position.Bottom },
] as const;

/** The ends of a node's edges from its size, so that the canvas need not draw a node to know where its edges go. */
export function endsOf({
  width,
  height,
}: Readonly<Record<"width" | "height", number>>): NodeHandle[] {
  return ends.map(({ position, ...end }) => ({
    ...end,
    position,
    x: position === Position.Left ? 0 : position === Position.Right ? width : width / 2,
    y: position === Position.Top ? 0 : position === Position.Bottom ? height : height / 2,
    width: 0,
    height: 0,
  }));
}

/** The same in the page: the canvas measures what it has drawn. */
function Ends(): ReactElement[] {
  return ends.map((end) => <Handle key={end.id} {...end} isConnectable={false} />);
}
