// Pass: computes equal things once. Two nodes are equal if op, attributes and inputs are; the first one stays.

import { type Graph, rewrite } from "../../ir/graph.ts";
import type { Attributes } from "../../ir/op.ts";
import { showAttributes } from "../../ir/print.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { withInputs } from "./make.ts";

export function shareEqual(graph: Graph): Graph {
  const known = new Map<string, Tensor>();
  const texts = new Map<Attributes, string>();
  const textOf = (attributes: Attributes): string => {
    const text = texts.get(attributes) ?? (isEmpty(attributes) ? "" : showAttributes(attributes));
    texts.set(attributes, text);
    return text;
  };
  return rewrite(graph, (tensor, inputs) => {
    const ids = inputs.map((input) => input.id);
    if (tensor.definition.commutative) ids.sort((a, b) => a - b);
    const key = `${tensor.definition.name} ${ids.join(",")} ${textOf(tensor.attributes)}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = withInputs(tensor, inputs);
    known.set(key, made);
    return made;
  });
}

function isEmpty(attributes: Attributes): boolean {
  for (const _ in attributes) return false;
  return true;
}
