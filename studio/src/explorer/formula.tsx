// A formula, typeset by KaTeX; screen readers hear its MathML. KaTeX is fetched when the first formula is shown, and the
// page does not wait for it.

import { type ReactElement, useEffect, useMemo, useState } from "react";

type Typeset = typeof import("./typeset.ts").typeset;

let loaded: Typeset | undefined;
let loading: Promise<Typeset> | undefined;

function useTypeset(): Typeset | undefined {
  const [ready, setReady] = useState<Typeset | undefined>(() => loaded);
  useEffect(() => {
    if (ready !== undefined) return;
    let isHere = true;
    loading ??= import("./typeset.ts").then(({ typeset }) => {
      loaded = typeset;
      return typeset;
    });
    loading.then((typeset) => isHere && setReady(() => typeset));
    return () => {
      isHere = false;
    };
  }, [ready]);
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
