// The step that a page explores, of a session in a worker: opened, done, undone and edited. Requests change what the worker
// answers about, so questions are asked only of the step on the page: where another one was asked for meanwhile, there is no
// answer, and none about nodes that the newer step has under the same numbers.

import type { Remote } from "comlink";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { ProgramName, Settings, StepAnswers, StudioWorker, View } from "../worker/protocol.ts";

/** Where time stands in a new step: before everything, or with everything known. */
export type Start = "start" | "end";

/** A step on the page. */
interface Shown {
  readonly view: View;
  readonly start: Start;
  /** Number of the request that it answers. */
  readonly turn: number;
}

export interface ShownStep {
  readonly view: View | undefined;
  readonly start: Start;
  readonly answers: StepAnswers;
  readonly problem: string | undefined;
  /** Opens the program anew. */
  readonly open: () => void;
  /** Asks for another step; where `start` is not given, time stands as before. */
  readonly change: (request: Request, start?: Start) => void;
}

type Request = (session: Remote<StudioWorker>) => Promise<View>;

export function useStep(
  session: Remote<StudioWorker> | undefined,
  program: ProgramName,
  settings: Settings,
): ShownStep {
  const [shown, setShown] = useState<Shown>();
  const [problem, setProblem] = useState<string>();
  /** The newest request that was sent, and the one that waits until it is answered. */
  const turn = useRef(0);
  const busy = useRef<"opening" | "changing">(undefined);
  const waiting = useRef<() => void>(undefined);
  const send = useCallback(async (request: () => Promise<View>, start?: Start): Promise<void> => {
    const own = ++turn.current;
    let [view, trouble]: [View | undefined, string | undefined] = [undefined, undefined];
    try {
      view = await request();
    } catch (error) {
      trouble = (error as Error).message;
    }
    if (own !== turn.current) return;
    setProblem(trouble);
    if (view !== undefined)
      setShown((before) => ({ view, start: start ?? before?.start ?? "end", turn: own }));
    busy.current = undefined;
    const next = waiting.current;
    waiting.current = undefined;
    next?.();
  }, []);
  const open = useCallback(() => {
    if (session === undefined) return;
    busy.current = "opening";
    waiting.current = undefined;
    void send(() => session.open(program, settings));
  }, [send, session, program, settings]);
  useEffect(open, [open]);
  const change = useCallback(
    (request: Request, start?: Start): void => {
      const now = (): void => {
        busy.current = "changing";
        void send(() => request(session!), start);
      };
      if (busy.current === undefined) now();
      // Of those that come meanwhile the last one counts; what was asked of a program that is being replaced is void.
      else if (busy.current === "changing") waiting.current = now;
    },
    [send, session],
  );
  const answers = useMemo(
    () => answersOf(session, () => shown?.turn === turn.current),
    [session, shown],
  );
  return { view: shown?.view, start: shown?.start ?? "end", answers, problem, open, change };
}

function answersOf(session: Remote<StudioWorker> | undefined, isThere: () => boolean): StepAnswers {
  const asked = async <T>(ask: (session: Remote<StudioWorker>) => Promise<T>) =>
    session !== undefined && isThere() ? ask(session) : undefined;
  return {
    explain: (node, element) => asked((at) => at.explain(node, element)),
    paths: (node, element) => asked((at) => at.paths(node, element)),
    values: (node, from, count) => asked((at) => at.values(node, from, count)),
  };
}
