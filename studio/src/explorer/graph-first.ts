// What is fetched first is the graph that a page stands for. Formulas and pictures wait until it is there and the page has
// nothing else to do.

import { startTransition, useEffect, useState } from "react";

/** Graphs that are still to come, and what waits for them. */
let graphs = 0;
const waiting = new Set<() => void>();

/** Holds all else back while the component is shown. */
export function useGraphFirst(isAwaited = true): void {
  useEffect(() => {
    if (!isAwaited) return;
    graphs++;
    return () => {
      graphs--;
      whenIdle(release);
    };
  }, [isAwaited]);
}

/** Whether it is time for what comes after the graph. */
export function useAfterGraph(): boolean {
  const [isTime, setTime] = useState(false);
  useEffect(() => {
    if (isTime) return;
    const begin = (): void => startTransition(() => setTime(true));
    waiting.add(begin);
    whenIdle(release);
    return () => {
      waiting.delete(begin);
    };
  }, [isTime]);
  return isTime;
}

function release(): void {
  if (graphs > 0) return;
  for (const begin of waiting) begin();
  waiting.clear();
}

/** Calls when the page has nothing to do; Safari cannot tell when that is. */
function whenIdle(call: () => void): void {
  if ("requestIdleCallback" in globalThis) requestIdleCallback(call, { timeout: 1000 });
  else setTimeout(call, 50);
}
