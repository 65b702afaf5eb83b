// Numbers for pictures, computed in one worker for all of a page's pictures, beside the explorer's; it ends with the last
// of them.

import type { Remote } from "comlink";
import { useEffect, useRef, useState } from "react";
import { startWorker } from "../../worker/client.ts";
import type { StudioWorker } from "../../worker/protocol.ts";

export type Compute<T> = (session: Remote<StudioWorker>) => Promise<T>;

/** The result of the newest `compute` that is done. It runs again when `key`, which names what it depends on, changes. */
export function useComputed<T>(compute: Compute<T>, key: string): T | undefined {
  const [session, setSession] = useState<Remote<StudioWorker>>();
  const [result, setResult] = useState<T>();
  // A slider asks faster than answers come: while one is computed, only the newest other waits.
  const waiting = useRef<Compute<T>>(undefined);
  const busy = useRef(false);
  useEffect(() => {
    const { session: started } = hire();
    setSession(() => started);
    return () => {
      busy.current = false;
      dismiss();
    };
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for what `compute` depends on
  useEffect(() => {
    if (session === undefined) return;
    waiting.current = compute;
    if (!busy.current) work(session);
  }, [session, key]);
  const work = async (at: Remote<StudioWorker>): Promise<void> => {
    busy.current = true;
    try {
      while (waiting.current !== undefined) {
        const next = waiting.current;
        waiting.current = undefined;
        setResult(await next(at));
      }
    } finally {
      busy.current = false;
    }
  };
  return result;
}

let hired: ReturnType<typeof startWorker> | undefined;
let users = 0;

function hire(): ReturnType<typeof startWorker> {
  users++;
  hired ??= startWorker();
  return hired;
}

function dismiss(): void {
  users--;
  if (users > 0) return;
  hired?.end();
  hired = undefined;
}
