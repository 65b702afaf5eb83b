// A formula, typeset by KaTeX; screen readers hear its MathML. KaTeX and its fonts are fetched when the first formula is
// shown, after the graph of the page; the page waits for neither, and shows the formula's source meanwhile.

import { type ReactElement, startTransition, useEffect, useMemo, useState } from "react";

type Typeset = typeof import("./typeset.ts").typeset;

let loaded: Typeset | undefined;
let loading: Promise<Typeset> | undefined;

/** Graphs that are still to come, and formulas that wait for them. */
let graphs = 0;
const waiting = new Set<() => void>();

/** Holds formulas back while the component is shown: what is fetched first is the graph that it stands for. */
export function useGraphFirst(isAwaited = true): void {
  useEffect(() => {
    if (!isAwaited) return;
    graphs++;
    return () => {
      graphs--;
      whenIdle(loadTypeset);
    };
  }, [isAwaited]);
}

function useTypeset(): Typeset | undefined {
  const [ready, setReady] = useState<Typeset | undefined>(() => loaded);
  useEffect(() => {
    if (ready !== undefined) return;
    const show = (): void => startTransition(() => setReady(() => loaded));
    waiting.add(show);
    whenIdle(loadTypeset);
    return () => {
      waiting.delete(show);
    };
  }, [ready]);
  return ready;
}

/** Fetches KaTeX, unless a graph comes first, and shows what waits for it. */
function loadTypeset(): void {
  if (graphs > 0 || waiting.size === 0) return;
  loading ??= import("./typeset.ts").then(({ typeset }) => {
    loaded = typeset;
    return typeset;
  });
  loading.then(() => {
    for (const show of waiting) show();
    waiting.clear();
  });
}

/** Calls when the page has nothing to do; Safari cannot tell when that is. */
function whenIdle(call: () => void): void {
  if ("requestIdleCallback" in globalThis) requestIdleCallback(call, { timeout: 1000 });
  else setTimeout(call, 50);
}

export function Formula({
  tex,
  block = false,
}: {
  readonly tex: string;
  readonly block?: boolean;
}): ReactElement {
  const typeset = useTypeset();
  const html = useMemo(() => typeset?.(tex, block), [typeset, tex, block]);
  if (html === undefined)
    return (
      <span className={block ? "formula pending block" : "formula pending"}>
        {tex.replace(/[\\{}]/g, "")}
      </span>
    );
  // biome-ignore lint/security/noDangerouslySetInnerHtml: KaTeX escapes what it is given
  return <span className="formula" dangerouslySetInnerHTML={{ __html: html }} />;
}
