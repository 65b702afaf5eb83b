// A formula, typeset by KaTeX; screen readers hear its MathML. KaTeX and its fonts are fetched when the first formula is
// shown, after the graph of the page; the page waits for neither, and shows the formula's source meanwhile.

import { type ReactElement, startTransition, useEffect, useMemo, useState } from "react";
import { useAfterGraph } from "./graph-first.ts";

type Typeset = typeof import("./typeset.ts").typeset;

let loaded: Typeset | undefined;
let loading: Promise<void> | undefined;

function useTypeset(): Typeset | undefined {
  const [ready, setReady] = useState<Typeset | undefined>(() => loaded);
  const isTime = useAfterGraph();
  useEffect(() => {
    if (ready !== undefined || !isTime) return;
    let isWanted = true;
    loading ??= import("./typeset.ts").then(({ typeset }) => {
      loaded = typeset;
    });
    loading.then(() => isWanted && startTransition(() => setReady(() => loaded)));
    return () => {
      isWanted = false;
    };
  }, [ready, isTime]);
  return ready;
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
