// What the library knows about an op, as data: the page of the reference and what the explorer shows.

import { allOps, type OpDefinition, opNamed } from "../ir/op.ts";

/** One op: its sentence, formula, local derivatives (LaTeX, one per input) and kind. */
export interface OpCard {
  readonly name: string;
  readonly doc: string;
  readonly formula: string;
  readonly derivatives: readonly string[];
  readonly kind: string;
  readonly differentiable: boolean;
}

/** The card of the op of that name, as printed in graphs. */
export function opCard(name: string): OpCard {
  return cardOf(opNamed(name));
}

/** The cards of all ops, in order of definition. */
export function opCards(): OpCard[] {
  return allOps().map(cardOf);
}

function cardOf(definition: OpDefinition): OpCard {
  return {
    name: definition.name,
    doc: definition.doc,
    formula: definition.formula,
    derivatives: definition.derivatives ?? [],
    kind: definition.body.kind,
    differentiable: definition.vjp !== undefined,
  };
}
