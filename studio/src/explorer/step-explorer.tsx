// One step to explore: its graph, the controls of time, what happens in a sentence, and the panel of the chosen node. Where
// the step comes from is of no matter here: a session in a worker, or a stored trace.

import type { StepTrace } from "chainrule/inspect";
import { lazy, type ReactElement, Suspense, useContext, useEffect, useState } from "react";
import { LanguageContext, useWords } from "../language/language.ts";
import type { StepAnswers, View } from "../worker/protocol.ts";
import { LargestChanges } from "./compare.tsx";
import { isComparable } from "./differences.ts";
import type { Editing } from "./edit.tsx";
import "./explorer.css";
import { fetchTypeset } from "./formula.tsx";
import { GraphView } from "./graph-view.tsx";
import { Inspector } from "./inspector.tsx";
import { LossLine } from "./loss-line.tsx";
import { narrate } from "./narration.ts";
import { NetworkChoice } from "./network-choice.tsx";
import { Overview } from "./overview.tsx";
import { RegionPanel } from "./region-panel.tsx";
import type { Selection } from "./selection.ts";
import { Timeline } from "./timeline.tsx";
import { type Networks, useNetworks } from "./use-networks.ts";
import { type Picture, usePicture } from "./use-picture.ts";
import { useSelection } from "./use-selection.ts";
import { useExplorerWords } from "./words.ts";

const Neurons = lazy(() => import("./neurons.tsx").then(({ Neurons }) => ({ default: Neurons })));

interface StepExplorerFacts {
  readonly view: View;
  readonly answers: StepAnswers;
  /** Where a new step begins: before everything, or with everything known. */
  readonly start?: "start" | "end";
  readonly editing?: Editing;
  readonly onIteration?: (iteration: number, toStart: boolean) => void;
  readonly onRestart?: () => void;
}

export function StepExplorer({
  view,
  answers,
  start = "end",
  editing,
  onIteration,
  onRestart,
}: StepExplorerFacts): ReactElement {
  const { trace, iteration, losses } = view;
  const language = useContext(LanguageContext);
  const words = useExplorerWords();
  const shared = useWords();
  const [at, setAt] = useState(Number.POSITIVE_INFINITY);
  const [selection, setSelection] = useSelection(trace);
  const [remembered, setRemembered] = useState<View>();
  useEffect(
    () => setAt(start === "start" && iteration > 0 ? 0 : Number.POSITIVE_INFINITY),
    [iteration, start],
  );
  const other =
    remembered !== undefined && isComparable(remembered.trace, trace) ? remembered : undefined;
  const picture = usePicture(trace, at, other?.trace);
  const { moments, now, moment, graph, regions, seen } = picture;
  const networks = useNetworks(trace, regions);
  const network = networks.shown;
  const choose = (node: number, element = 0): void => setSelection({ kind: "node", node, element });
  const selectSeen = (name: string): void => {
    if (!name.startsWith("n") || regions.byKey.has(name))
      setSelection({ kind: "region", region: name });
    else if (selection?.kind !== "node" || graph.seenIn(selection.node) !== Number(name.slice(1)))
      choose(Number(name.slice(1)));
  };
  const labelOf = (node: number): string | undefined => regions.byKey.get(seen.nameOf(node))?.label;
  const sentence =
    moment === undefined
      ? words.start
      : narrate(language, trace, graph, moment, labelOf) +
        (now === moments.length ? ` ${words.allKnown}` : "");
  const tools = <Tools {...{ trace, picture, networks, selection }} />;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only notices that a reader comes
    <div className="explorer" onPointerEnter={prepare} onFocus={prepare}>
      <h2 className="visually-hidden">{shared.graph}</h2>
      {network !== undefined ? (
        <Suspense fallback={<section className="graph" />}>
          <Neurons {...{ trace, network, picture, selection, choose, tools, answers }} />
        </Suspense>
      ) : (
        <GraphView
          {...{ seen, moment, tools }}
          isFollowed={Number.isFinite(at)}
          describe={picture.describe}
          selected={seenSelection(selection, picture)}
          onSelect={selectSeen}
        />
      )}
      <p className={`narration is-${moment?.kind ?? "start"}`} aria-live="polite">
        {sentence}
      </p>
      <Timeline
        {...{ moments, onIteration, onRestart, iteration }}
        stops={picture.stops}
        at={now}
        onSeek={setAt}
      />
      <aside className="inspector" aria-label={words.panel}>
        <Panel
          {...{ view, answers, editing, selection, choose, picture, networks }}
          remembered={other}
        />
        {onIteration !== undefined && (
          <p className="compare-tools">
            <button
              type="button"
              className="button"
              onClick={() => setRemembered(remembered === undefined ? view : undefined)}
            >
              {remembered === undefined ? words.remember : words.forget}
            </button>{" "}
            {other !== undefined && selection !== undefined && (
              <button type="button" className="button" onClick={() => setSelection(undefined)}>
                {words.toChanges}
              </button>
            )}{" "}
            {remembered !== undefined && words.compareWith(remembered.iteration)}
          </p>
        )}
      </aside>
      {losses.length > 0 && onIteration !== undefined && <LossLine losses={losses} />}
    </div>
  );
}

/** Whoever comes to the graph will ask for formulas; a part that does not arrive is asked for again with the first. */
function prepare(): void {
  fetchTypeset().catch(() => {});
}

/** The name under which the chosen thing is seen. */
function seenSelection(
  selection: Selection | undefined,
  { graph, seen }: Picture,
): string | undefined {
  if (selection === undefined) return undefined;
  if (selection.kind === "region") return selection.region;
  const node = graph.seenIn(selection.node);
  return node === undefined ? undefined : seen.nameOf(node);
}

interface PanelFacts {
  readonly view: View;
  readonly answers: StepAnswers;
  readonly editing: Editing | undefined;
  readonly selection: Selection | undefined;
  readonly choose: (node: number, element?: number) => void;
  readonly picture: Picture;
  readonly networks: Networks;
  readonly remembered: View | undefined;
}

function Panel({
  view: { trace },
  answers,
  editing,
  selection,
  choose,
  picture,
  networks,
  remembered,
}: PanelFacts): ReactElement {
  const region =
    selection?.kind === "region" ? picture.regions.byKey.get(selection.region) : undefined;
  if (region !== undefined)
    return <RegionPanel {...{ trace, region, choose, picture, networks }} />;
  const node = selection?.kind === "node" ? trace.nodes[selection.node] : undefined;
  if (node !== undefined && selection?.kind === "node") {
    const size = node.shape.reduce((a, b) => a * b, 1);
    const element = Math.min(selection.element, size - 1);
    return (
      <Inspector
        {...{ trace, node, element, answers, choose, editing }}
        remembered={remembered?.trace}
      />
    );
  }
  if (remembered !== undefined)
    return (
      <LargestChanges
        {...{ trace, choose }}
        remembered={remembered.trace}
        nodes={picture.graph.nodes.keys()}
      />
    );
  return <Overview {...{ trace, choose }} />;
}

interface ToolsFacts {
  readonly trace: StepTrace;
  readonly picture: Picture;
  readonly networks: Networks;
  readonly selection: Selection | undefined;
}

/** Folds and unfolds all, and switches between operations and neurons. */
function Tools({ trace, picture, networks, selection }: ToolsFacts): ReactElement {
  const words = useExplorerWords();
  const { regions, open, setOpen } = picture;
  const { size } = regions.byKey;
  const isGraph = networks.shown === undefined;
  return (
    <>
      <NetworkChoice {...{ trace, networks, selection }} />
      {isGraph && size > 0 && open.size > 0 && (
        <button type="button" className="button" onClick={() => setOpen(new Set())}>
          {words.foldAll}
        </button>
      )}
      {isGraph && open.size < size && (
        <button
          type="button"
          className="button"
          onClick={() => setOpen(new Set(regions.byKey.keys()))}
        >
          {words.unfoldAll}
        </button>
      )}
    </>
  );
}
