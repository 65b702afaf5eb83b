// A formula, typeset by KaTeX; screen readers hear its MathML. Those of texts were typeset when the page was built. For others
// KaTeX is fetched when the first is shown, after the graph of the page, which shows the formula's source meanwhile.

import { type ReactElement, startTransition, useEffect, useMemo, useState } from "react";
import { useAfterGraph } from "./graph-first.ts";
import { knownFormula } from "./typeset-before.ts";

type Typeset = typeof import("./typeset.ts").typeset;

let loaded: Typeset | undefined;
let loading: Promise<void> | undefined;

/** Fetches KaTeX before it is needed, so that the first formula with numbers is there at once. */
export function fetchTypeset(): Promise<void> {
  loading ??= import("./typeset.ts").then(
    ({ typeset }) => {
      loaded = typeset;
    },
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

function useTypeset(isNeeded: boolean): Typeset | undefined {
  const [ready, setReady] = useState<Typeset | undefined>(() => loaded);
  const isTime = useAfterGraph();
  useEffect(() => {
    if (!isNeeded || ready !== undefined || !isTime) return;
    let isWanted = true;
    fetchTypeset().then(() => isWanted && startTransition(() => setReady(() => loaded)));
    return () => {
      isWanted = false;
    };
  }, [isNeeded, ready, isTime]);
  return ready;
}

export function Formula({
  tex,
  block = false,
}: {
  readonly tex: string;
  readonly block?: boolean;
}): ReactElement {
  const known = block ? undefined : knownFormula(tex);
  const typeset = useTypeset(known === undefined);
  const html = useMemo(() => known ?? typeset?.(tex, block), [known, typeset, tex, block]);
  if (html === undefined)
    return (
      <span className={block ? "formula pending block" : "formula pending"}>
        {tex.replace(/[\\{}]/g, "")}
      </span>
    );
  // biome-ignore lint/security/noDangerouslySetInnerHtml: KaTeX escapes what it is given
  return <span className="formula" dangerouslySetInnerHTML={{ __html: html }} />;
}
