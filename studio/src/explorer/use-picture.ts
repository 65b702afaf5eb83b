// The picture of a step at a moment: which nodes and boxes are seen, what each shows, and where time stops.

import type { StepTrace, TraceNode } from "chainrule/inspect";
import { useCallback, useMemo, useRef, useState } from "react";
import { changeText } from "./differences.ts";
import { nodesIn, openAtFirst, type Seen, type SeenName, seenWith } from "./folding.ts";
import { graphOf, isGiven, type Moment, momentsOf, type ShownGraph } from "./graph-model.ts";
import type { FlowNode } from "./graph-nodes.tsx";
import { shownValue } from "./numbers.ts";
import { type NodeProgress, progressOf, scheduleOf, stopsOf } from "./progress.ts";
import { type Regions, regionsOf } from "./regions.ts";
import { formulaOfRegion, shortLabel, titleOf } from "./titles.ts";

export interface Picture {
  readonly graph: ShownGraph;
  readonly regions: Regions;
  readonly open: ReadonlySet<string>;
  readonly setOpen: (open: ReadonlySet<string>) => void;
  readonly seen: Seen;
  readonly moments: readonly Moment[];
  readonly stops: readonly number[];
  /** How many moments are past, and the last of them. */
  readonly now: number;
  readonly moment: Moment | undefined;
  readonly progress: (node: number) => NodeProgress;
  readonly describe: (
    name: SeenName,
  ) => Pick<FlowNode, "type" | "data"> & { readonly ariaLabel: string };
}

/** The picture after `at` moments; where another step is given, with the differences to it. */
export function usePicture(
  trace: StepTrace,
  at: number,
  remembered: StepTrace | undefined,
): Picture {
  const { graph, regions, moments, schedule } = useMemo(() => {
    const graph = graphOf(trace);
    const moments = momentsOf(trace, graph);
    return {
      graph,
      regions: regionsOf(trace, graph),
      moments,
      schedule: scheduleOf(trace, moments),
    };
  }, [trace]);
  const { open, setOpen } = useOpen(trace, graph, regions);
  const seen = useUnchanged(useMemo(() => seenWith(graph, regions, open), [graph, regions, open]));
  const stops = useMemo(() => stopsOf(moments, seen.nameOf), [moments, seen]);
  const now = Math.min(at, moments.length);
  const moment = moments[now - 1];
  const progress = useCallback(
    (node: number) => progressOf(node, schedule, moments, now),
    [schedule, moments, now],
  );
  const toggle = useCallback(
    (key: string) =>
      setOpen(
        open.has(key) ? new Set([...open].filter((one) => one !== key)) : new Set([...open, key]),
      ),
    [open, setOpen],
  );
  const describe = useMemo(
    () => describing(trace, regions, seen, moment, progress, remembered, toggle),
    [trace, regions, seen, moment, progress, remembered, toggle],
  );
  return { graph, regions, open, setOpen, seen, moments, stops, now, moment, progress, describe };
}

/** The open regions, kept from step to step of one program. */
function useOpen(
  trace: StepTrace,
  graph: ShownGraph,
  regions: Regions,
): Pick<Picture, "open" | "setOpen"> {
  const program = `${trace.nodes.length} ${[...regions.byKey.keys()].join(" ")}`;
  const [chosen, setChosen] = useState<{ program: string; open: ReadonlySet<string> }>();
  const open = useMemo(
    () => (chosen?.program === program ? chosen.open : openAtFirst(regions, graph)),
    [chosen, program, graph, regions],
  );
  const setOpen = useCallback(
    (next: ReadonlySet<string>) => setChosen({ program, open: next }),
    [program],
  );
  return { open, setOpen };
}

/** The picture of before, where the same is seen, so that nothing is laid out anew. */
function useUnchanged(seen: Seen): Seen {
  const last = useRef<{ seen: Seen; key: string }>(undefined);
  const key = useMemo(() => JSON.stringify([seen.top, [...seen.inside], seen.edges]), [seen]);
  if (last.current?.key !== key) last.current = { seen, key };
  return last.current.seen;
}

/** What each node and box shows at a moment. */
function describing(
  trace: StepTrace,
  { byKey, of }: Regions,
  { inside, nameOf }: Seen,
  moment: Moment | undefined,
  progress: (node: number) => NodeProgress,
  remembered: StepTrace | undefined,
  toggle: (key: string) => void,
): Picture["describe"] {
  const activeNames = new Set(moment?.nodes.map(nameOf));
  const text = (node: TraceNode, room?: number): string =>
    remembered === undefined ? shownValue(node, room) : changeText(node, remembered.nodes[node.id]);
  const adjointText = ({ adjoint }: TraceNode): string =>
    adjoint === undefined ? "" : `∂ ${text(trace.nodes[adjoint], 16)}`;
  return (name) => {
    const region = byKey.get(name);
    if (region === undefined) {
      const node = trace.nodes[Number(name.slice(1))];
      const known = progress(node.id);
      const value = text(known.updated === undefined ? node : trace.nodes[known.updated]);
      const title = of.has(node.id) ? titleOf(node).replace(/.*\.(?=\D)/, "") : titleOf(node);
      const data = {
        title,
        note: of.has(node.id) && !isGiven(node) ? undefined : noteOf(trace, node),
        phase: node.phase,
        progress: known,
        value,
        adjoint: adjointText(node),
      };
      return { type: "op", data, ariaLabel: `${data.title}${known.hasValue ? `, ${value}` : ""}` };
    }
    const { key, label, place } = region;
    const nodes = nodesIn(key, byKey).map((id) => trace.nodes[id]);
    const output = nodes.findLast((node) => !isGiven(node)) ?? nodes[0];
    const { hasValue, hasAdjoint } = progress(output.id);
    const data = {
      ...{ label, place, known: hasValue },
      short: shortLabel(label, place),
      formula: formulaOfRegion(label, nodes),
      shape: output.shape.join("×"),
      value: hasValue ? text(output) : "",
      adjoint: hasAdjoint ? adjointText(output) : "",
      active: activeNames.has(name) ? moment!.kind : undefined,
      onToggle: () => toggle(key),
    };
    return { type: inside.has(name) ? "frame" : "folded", data, ariaLabel: label };
  };
}

/** What stands beside a node's title: the layer of an op that is alone in it, a parameter's or input's shape. */
function noteOf(trace: StepTrace, node: TraceNode): string | undefined {
  if (isGiven(node))
    return node.shape.length === 0 || titleOf(node).length > 11 ? undefined : node.shape.join("×");
  return node.group === undefined ? undefined : trace.groups[node.group].label;
}
