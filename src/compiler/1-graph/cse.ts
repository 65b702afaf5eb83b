// Pass: computes equal things once. Two nodes are equal if op, attributes and inputs are; the first one stays.

import { type Graph, rewrite, type Visit } from "../../ir/graph.ts";
import type { Attributes, OpDefinition } from "../../ir/op.ts";
import { showAttributes } from "../../ir/print.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { withInputs } from "./make.ts";

export function shareEqual(graph: Graph): Graph {
  return rewrite(graph, shared());
}

/** Gives the first of equal tensors among those that it has seen. */
export function shared(): Visit {
  const known = new Map<string, Tensor>();
  const definitions = new Map<OpDefinition, number>();
  return (tensor, inputs) => {
    const { definition } = tensor;
    if (!definitions.has(definition)) definitions.set(definition, definitions.size);
    // The key is short, since hashing it is most of the work.
    const key = `${definitions.get(definition)}${keyOf(definition, inputs)}${textOf(tensor.attributes)}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = withInputs(tensor, inputs);
    known.set(key, made);
    return made;
  };
}

function keyOf({ commutative }: OpDefinition, inputs: readonly Tensor[]): string {
  if (commutative && inputs.length === 2) {
    const [a, b] = inputs;
    return a.id < b.id ? ` ${a.id} ${b.id}` : ` ${b.id} ${a.id}`;
  }
  let key = "";
  for (const input of inputs) key += ` ${input.id}`;
  return key;
}

function textOf(attributes: Attributes): string {
  for (const _ in attributes) return showAttributes(attributes);
  return "";
}
