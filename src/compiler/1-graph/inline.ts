// Pass: removes aliases. Derivatives have been taken by now, so a node that only renames its first input is that input.

import { type Graph, rewrite, type Visit } from "../../ir/graph.ts";
import { withInputs } from "./make.ts";

export function inline(graph: Graph): Graph {
  return rewrite(graph, inlined);
}

/** What an alias stands for. */
export const inlined: Visit = (tensor, inputs) =>
  tensor.definition.body.kind === "alias" ? inputs[0] : withInputs(tensor, inputs);
