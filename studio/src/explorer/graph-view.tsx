// The graph of a step on a canvas: nodes at reading size, boxes that fold, edges along which values flow forwards and
// adjoints back. The view follows what happens.

import {
  Background,
  MiniMap,
  type MiniMapNodeProps,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
} from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { memo, type ReactElement, useEffect, useMemo, useRef, useState } from "react";
import { useWords } from "../language/language.ts";
import type { Seen, SeenName } from "./folding.ts";
import { edgesOf, edgeTypes, flowing } from "./graph-edges.tsx";
import { useGraphFirst } from "./graph-first.ts";
import type { Moment } from "./graph-model.ts";
import { type FlowNode, Folded, Frame, Op } from "./graph-nodes.tsx";
import type { Place } from "./layout.ts";
import { type Describe, useFlowNodes } from "./use-flow-nodes.ts";
import { type LaidOut, useLayout } from "./use-layout.ts";
import { useExplorerWords } from "./words.ts";

interface GraphFacts {
  readonly seen: Seen;
  /** What a node or box shows now. */
  readonly describe: Describe;
  readonly moment: Moment | undefined;
  /** Whether the view moves to where something happens. */
  readonly isFollowed: boolean;
  readonly selected: SeenName | undefined;
  readonly onSelect: (name: SeenName) => void;
  readonly tools: ReactElement;
}

const nodeTypes = { op: memo(Op), folded: memo(Folded), frame: memo(Frame) };

export function GraphView(facts: GraphFacts): ReactElement {
  const words = useWords();
  const place = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<{ width: number; height: number }>();
  useGraphFirst(size === undefined);
  useEffect(() => {
    const watch = new ResizeObserver(([{ contentRect }]) =>
      setSize({ width: contentRect.width, height: contentRect.height }),
    );
    watch.observe(place.current!);
    return () => watch.disconnect();
  }, []);
  return (
    <section className="graph" aria-label={words.graph}>
      <ReactFlowProvider>
        <div className="graph-tools">
          {facts.tools}
          <ZoomTools />
        </div>
        <div className="canvas" ref={place}>
          {size !== undefined && <Canvas {...facts} {...size} />}
        </div>
      </ReactFlowProvider>
    </section>
  );
}

const margin = 24;

function Canvas(
  facts: GraphFacts & { readonly width: number; readonly height: number },
): ReactElement | null {
  const laidOut = useLayout(facts.seen, facts.width - 2 * margin);
  useGraphFirst(laidOut === undefined);
  return laidOut === undefined ? null : <LaidOutCanvas {...facts} laidOut={laidOut} />;
}

function LaidOutCanvas({
  describe,
  moment,
  isFollowed,
  selected,
  onSelect,
  laidOut,
  width,
  height,
}: GraphFacts & {
  readonly laidOut: LaidOut;
  readonly width: number;
  readonly height: number;
}): ReactElement {
  const { seen, places } = laidOut;
  useFollowing(seen, places, isFollowed ? moment : undefined, width, height);
  const nodes = useFlowNodes(laidOut, describe, selected);
  const still = useMemo(() => edgesOf(seen, places), [seen, places]);
  const edges = useMemo(() => flowing(still, seen, moment), [still, seen, moment]);
  const viewport = useMemo(() => viewportFor(places, width, height), [places, width, height]);
  return (
    <ReactFlow
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      edgeTypes={edgeTypes}
      onNodesChange={(changes) => {
        for (const change of changes)
          if (change.type === "select" && change.selected) onSelect(change.id);
      }}
      nodesDraggable={false}
      nodesConnectable={false}
      elevateNodesOnSelect={false}
      defaultViewport={viewport}
      minZoom={0.05}
      maxZoom={2.5}
      zoomOnScroll={false}
      panOnScroll={false}
      preventScrolling={false}
      zoomOnDoubleClick={false}
      onlyRenderVisibleElements={places.size > 150}
      proOptions={{ hideAttribution: true }}
    >
      <Background gap={24} size={1} />
      {places.size > 60 && (
        <MiniMap
          pannable
          ariaLabel={null}
          style={mapSize}
          nodeClassName={kindOf}
          nodeComponent={places.size > many ? Outline : undefined}
        />
      )}
    </ReactFlow>
  );
}

/** Pictures of more nodes are shown in the map by their boxes. */
const many = 500;

const mapSize = { width: 104, height: 168 } as const;

const kindOf = ({ type }: FlowNode): string => type ?? "";

/** A box in the map; ops would be smaller than a pixel. */
function Outline({ className, x, y, width, height }: MiniMapNodeProps): ReactElement | null {
  if (className.split(" ").includes("op")) return null;
  return <rect className={`react-flow__minimap-node ${className}`} {...{ x, y, width, height }} />;
}

function ZoomTools(): ReactElement {
  const words = useExplorerWords();
  const { fitView, zoomIn, zoomOut } = useReactFlow();
  const duration = isCalm() ? 0 : 250;
  return (
    <>
      <button
        type="button"
        className="button"
        onClick={() => zoomIn({ duration })}
        aria-label={words.zoomIn}
        title={words.zoomIn}
      >
        +
      </button>
      <button
        type="button"
        className="button"
        onClick={() => zoomOut({ duration })}
        aria-label={words.zoomOut}
        title={words.zoomOut}
      >
        −
      </button>
      <button
        type="button"
        className="button"
        onClick={() => fitView({ padding: 0.04, maxZoom: 1.2, duration })}
      >
        {words.fit}
      </button>
    </>
  );
}

/** The whole picture where it fits at reading size, else its beginning. */
function viewportFor(
  places: ReadonlyMap<SeenName, Place>,
  width: number,
  height: number,
): { x: number; y: number; zoom: number } {
  const right = Math.max(...[...places.values()].map((one) => one.x + one.width));
  const bottom = Math.max(...[...places.values()].map((one) => one.y + one.height));
  const zoom = Math.max(
    1,
    Math.min(1.25, (width - 2 * margin) / right, (height - 2 * margin) / bottom),
  );
  return {
    x: Math.max(margin, (width - right * zoom) / 2),
    y: Math.max(margin, (height - bottom * zoom) / 2),
    zoom,
  };
}

/** Moves the view so far that what happens is in it. */
function useFollowing(
  seen: Seen,
  places: ReadonlyMap<SeenName, Place>,
  moment: Moment | undefined,
  width: number,
  height: number,
): void {
  const { getViewport, setViewport } = useReactFlow();
  useEffect(() => {
    const place = moment && places.get(seen.nameOf(moment.nodes[0]));
    if (place === undefined) return;
    const { x, y, zoom } = getViewport();
    const shift = (from: number, length: number, room: number, first: number): number =>
      from < first
        ? first - from
        : from + length > room - margin
          ? Math.max(first - from, room - margin - from - length)
          : 0;
    const dx = shift(place.x * zoom + x, place.width * zoom, width, margin);
    const dy = shift(place.y * zoom + y, place.height * zoom, height, margin);
    const isFar = Math.abs(dx) > 2 * width || Math.abs(dy) > 2 * height; // all on the way would be drawn
    if (dx !== 0 || dy !== 0)
      setViewport({ x: x + dx, y: y + dy, zoom }, { duration: isFar || isCalm() ? 0 : 300 });
  }, [moment, seen, places, width, height, getViewport, setViewport]);
}

/** Whether the reader wants no motion. */
export function isCalm(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
