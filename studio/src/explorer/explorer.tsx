// The explorer over a session in a worker: it opens a program, does and undoes updates, and changes weights by hand.

import type { StepTrace } from "chainrule/inspect";
import type { Remote } from "comlink";
import { type ReactElement, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useWords } from "../language/language.ts";
import { startWorker } from "../worker/client.ts";
import type { ProgramName, Settings, StudioWorker, View } from "../worker/protocol.ts";
import { Awaited } from "./awaited.tsx";
import type { Editing } from "./edit.tsx";
import { StepExplorer } from "./step-explorer.tsx";

interface ExplorerFacts {
  readonly program: ProgramName;
  readonly settings: Settings;
  /** Told of every view, for what a page shows beside the graph. */
  readonly onView?: (view: View) => void;
}

export function Explorer({ program, settings, onView }: ExplorerFacts): ReactElement {
  const words = useWords();
  const session = useSession();
  const [view, setView] = useState<View>();
  const [problem, setProblem] = useState<string>();
  const [start, setStart] = useState<"start" | "end">("end");
  const open = useCallback(() => {
    session?.open(program, settings).then(setView, (error: Error) => setProblem(error.message));
  }, [session, program, settings]);
  useEffect(open, [open]);
  useEffect(() => {
    if (view !== undefined) onView?.(view);
  }, [view, onView]);
  const editing = useEditing(session, view, setView);
  if (problem !== undefined) return <div className="explorer loading">{problem}</div>;
  if (session === undefined || view === undefined) return <Awaited words={words.loading} />;
  const toIteration = (iteration: number, toStart: boolean): void => {
    const change =
      iteration > view.iteration
        ? session.advance(iteration - view.iteration)
        : session.rewind(iteration);
    change.then((next) => {
      setStart(toStart ? "start" : "end");
      setView(next);
    });
  };
  return (
    <StepExplorer
      {...{ view, start, editing }}
      answers={session}
      onIteration={toIteration}
      onRestart={open}
    />
  );
}

/** Changes weights by hand, one request at a time; of those that come meanwhile the last one counts. */
function useEditing(
  session: Remote<StudioWorker> | undefined,
  view: View | undefined,
  setView: (view: View) => void,
): Editing {
  const originals = useRef(new Map<string, number>());
  const busy = useRef(false);
  const waiting = useRef<() => void>(undefined);
  const iteration = view?.iteration;
  const trace = useRef<StepTrace>(undefined);
  trace.current = view?.trace;
  // biome-ignore lint/correctness/useExhaustiveDependencies: of another iteration nothing has been changed
  useEffect(() => originals.current.clear(), [session, iteration]);
  return useMemo(() => {
    const set = (parameter: string, element: number, value: number): void => {
      const key = `${parameter} ${element}`;
      const node = trace.current?.nodes.find(({ name }) => name === parameter);
      const known =
        node?.sampled === undefined
          ? node?.values[element]
          : node.values[node.sampled.indexOf(element)];
      if (known !== undefined && !originals.current.has(key)) originals.current.set(key, known);
      waiting.current = () => {
        busy.current = true;
        waiting.current = undefined;
        session?.edit(parameter, element, value).then((next) => {
          setView(next);
          busy.current = false;
          waiting.current?.();
        });
      };
      if (!busy.current) waiting.current();
    };
    return {
      set,
      original: (parameter, element) => originals.current.get(`${parameter} ${element}`),
    };
  }, [session, setView]);
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
