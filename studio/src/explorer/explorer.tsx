// The explorer over a session in a worker: it opens a program, does and undoes updates, and changes weights by hand.

import type { StepTrace } from "chainrule/inspect";
import type { Remote } from "comlink";
import { type ReactElement, useEffect, useMemo, useRef, useState } from "react";
import { useWords } from "../language/language.ts";
import { startWorker } from "../worker/client.ts";
import type { ProgramName, Settings, StudioWorker, View } from "../worker/protocol.ts";
import { Awaited } from "./awaited.tsx";
import type { Editing } from "./edit.tsx";
import { StepExplorer } from "./step-explorer.tsx";
import { type ShownStep, useStep } from "./use-step.ts";

interface ExplorerFacts {
  readonly program: ProgramName;
  readonly settings: Settings;
  /** Told of every view, for what a page shows beside the graph. */
  readonly onView?: (view: View) => void;
}

export function Explorer({ program, settings, onView }: ExplorerFacts): ReactElement {
  const words = useWords();
  const session = useSession();
  const { view, problem, change, open, start, answers } = useStep(session, program, settings);
  useEffect(() => {
    if (view !== undefined) onView?.(view);
  }, [view, onView]);
  const editing = useEditing(view, change, open);
  if (problem !== undefined) return <div className="explorer loading">{problem}</div>;
  if (view === undefined) return <Awaited words={words.loading} />;
  const toIteration = (iteration: number, toStart: boolean): void => {
    const by = iteration - view.iteration;
    change((at) => (by > 0 ? at.advance(by) : at.rewind(iteration)), toStart ? "start" : "end");
  };
  return (
    <StepExplorer
      {...{ view, start, answers, editing }}
      onIteration={toIteration}
      onRestart={open}
    />
  );
}

/** Changes weights by hand, and knows what they were. */
function useEditing(
  view: View | undefined,
  change: ShownStep["change"],
  open: ShownStep["open"],
): Editing {
  const iteration = view?.iteration;
  const trace = useRef<StepTrace>(undefined);
  trace.current = view?.trace;
  // biome-ignore lint/correctness/useExhaustiveDependencies: of another iteration or program nothing has been changed
  return useMemo(() => {
    const originals = new Map<string, number>();
    const set = (parameter: string, element: number, value: number): void => {
      const key = `${parameter} ${element}`;
      const node = trace.current?.nodes.find(({ name }) => name === parameter);
      const known =
        node?.sampled === undefined
          ? node?.values[element]
          : node.values[node.sampled.indexOf(element)];
      if (known !== undefined && !originals.has(key)) originals.set(key, known);
      change((at) => at.edit(parameter, element, value));
    };
    return {
      set,
      original: (parameter, element) => originals.get(`${parameter} ${element}`),
    };
  }, [change, open, iteration]);
}

/** A worker that lives as long as the component. */
function useSession(): Remote<StudioWorker> | undefined {
  const [session, setSession] = useState<Remote<StudioWorker>>();
  useEffect(() => {
    const started = startWorker();
    setSession(() => started.session);
    return started.end;
  }, []);
  return session;
}
