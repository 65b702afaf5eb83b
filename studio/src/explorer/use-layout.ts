// The places of what is seen. Small pictures are laid out at once; large ones in a worker, while the old picture stays.

import { type Remote, wrap } from "comlink";
import { startTransition, useEffect, useMemo, useState } from "react";
import type { Seen, SeenName } from "./folding.ts";
import { layout, type Place } from "./layout.ts";

export interface LaidOut {
  readonly seen: Seen;
  readonly places: ReadonlyMap<SeenName, Place>;
}

/** More than these are laid out in a worker. */
const many = 300;

let worker: Remote<{ layout: typeof layout }> | undefined;

function layoutWorker(): Remote<{ layout: typeof layout }> {
  worker ??= wrap(new Worker(new URL("./layout-worker.ts", import.meta.url), { type: "module" }));
  return worker;
}

export function useLayout(seen: Seen, width: number): LaidOut | undefined {
  const isLarge =
    seen.top.length + [...seen.inside.values()].reduce((sum, { length }) => sum + length, 0) > many;
  const small = useMemo(
    () => (isLarge ? undefined : { seen, places: layout(seen, width) }),
    [seen, width, isLarge],
  );
  const [large, setLarge] = useState<LaidOut>();
  useEffect(() => {
    if (small !== undefined) return setLarge(small);
    let isWanted = true;
    const { top, inside, edges } = seen;
    layoutWorker()
      .layout({ top, inside, edges } as Seen, width)
      .then((places) => isWanted && startTransition(() => setLarge({ seen, places })));
    return () => {
      isWanted = false;
    };
  }, [seen, width, small]);
  return small ?? large;
}
