// Where in a trace the outputs of the last linear layer are, with their adjoints: the logits.

import type { StepTrace } from "chainrule/inspect";

export interface Logits {
  readonly values: readonly number[];
  readonly adjoints: readonly number[];
  readonly columns: number;
}

/** Logits of a step: what the last sum of a matrix product and a bias gave, before the loss. */
export function logitsOf({ nodes, loss }: StepTrace): Logits | undefined {
  const sums = nodes.filter(
    ({ id, op, inputs, adjoint }) =>
      op === "add" &&
      id < loss.node &&
      adjoint !== undefined &&
      inputs.some((input) => nodes[input].op === "contract"),
  );
  const last = sums.at(-1);
  if (last === undefined) return undefined;
  return {
    values: last.values,
    adjoints: nodes[last.adjoint!].values,
    columns: last.shape.at(-1)!,
  };
}

/** Probabilities of rows of logits. */
export function softmax({ values, columns }: Logits): number[] {
  const rows = Array.from({ length: values.length / columns }, (_, k) =>
    values.slice(k * columns, (k + 1) * columns),
  );
  return rows.flatMap((row) => {
    const powers = row.map((z) => Math.exp(z - Math.max(...row)));
    const sum = powers.reduce((a, b) => a + b);
    return powers.map((e) => e / sum);
  });
}
