// What is chosen, from step to step: the same node of another iteration, and of another program what is called the same.

import type { StepTrace } from "chainrule/inspect";
import { useCallback, useMemo, useState } from "react";
import type { Selection } from "./selection.ts";

/** A choice with what it was made of. */
export interface Chosen {
  readonly selection: Selection;
  readonly nodes: number;
  readonly op?: string;
  readonly name?: string;
}

export function useSelection(
  trace: StepTrace,
): [Selection | undefined, (selection: Selection | undefined) => void] {
  const [chosen, setChosen] = useState<Chosen>();
  const selection = useMemo(() => chosen && stillChosen(chosen, trace), [chosen, trace]);
  const choose = useCallback(
    (next: Selection | undefined) => setChosen(next && chosenIn(next, trace)),
    [trace],
  );
  return [selection, choose];
}

export function chosenIn(selection: Selection, { nodes }: StepTrace): Chosen {
  if (selection.kind === "region") return { selection, nodes: nodes.length };
  const { op, name } = nodes[selection.node];
  return { selection, nodes: nodes.length, op, name };
}

/** The choice in another step. Numbers of nodes mean the same in programs of the same length only; parameters and inputs have names. */
export function stillChosen(
  { selection, nodes, op, name }: Chosen,
  trace: StepTrace,
): Selection | undefined {
  if (selection.kind === "region") return selection;
  if (trace.nodes.length === nodes && trace.nodes[selection.node].op === op) return selection;
  const same = name && trace.nodes.find((node) => node.name === name);
  return same ? { ...selection, node: same.id } : undefined;
}
