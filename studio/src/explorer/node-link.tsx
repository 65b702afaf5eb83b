// A node's name that leads to the node.

import type { StepTrace } from "chainrule/inspect";
import type { ReactElement } from "react";
import { placeOf } from "./numbers.ts";
import type { ChooseNode } from "./selection.ts";
import { titleOf } from "./titles.ts";

interface NodeLinkFacts {
  readonly trace: StepTrace;
  readonly node: number;
  readonly element?: number;
  readonly choose: ChooseNode;
}

export function NodeLink({ trace, node, element, choose }: NodeLinkFacts): ReactElement {
  const { shape, adjointOf } = trace.nodes[node];
  const title =
    adjointOf === undefined
      ? titleOf(trace.nodes[node])
      : `∂L/∂(${titleOf(trace.nodes[adjointOf])})`;
  const place = element === undefined ? "" : placeOf(element, shape);
  return (
    <button type="button" className="node-link" onClick={() => choose(node, element)}>
      {title}
      {place !== "" && <small> {place}</small>}
    </button>
  );
}
