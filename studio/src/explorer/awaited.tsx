// The place of a graph that is still to come. Formulas around it wait until it is there.

import type { ReactElement } from "react";
import "./awaited.css";
import { useGraphFirst } from "./graph-first.ts";

export function Awaited({ words }: { readonly words?: string }): ReactElement {
  useGraphFirst();
  return <div className="explorer loading">{words}</div>;
}
