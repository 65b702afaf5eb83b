// A section of a graph: what a function recorded, between what it took from outside and its results. Nodes are numbered
// in the order of recording, so a section needs no marks on them.

import { inOrder } from "./graph.ts";
import { inRegionOf } from "./region.ts";
import { Tensor } from "./tensor.ts";

/**
 * What a section rests on that began when so many tensors had been recorded: older ones, leaves, and any others for which
 * `isOutside` holds. In order of use.
 */
export function takenFromOutside(
  results: readonly Tensor[],
  start: number,
  isOutside: (t: Tensor) => boolean = () => false,
): Tensor[] {
  const stop = (t: Tensor): boolean =>
    t.id < start || t.definition.body.kind === "leaf" || isOutside(t);
  return inOrder(results, stop).filter(stop);
}

/**
 * Records again what lies between the keys of `given`, for which their values stand now, and the results. Does not look
 * behind what was recorded before `since`.
 */
export function recordAgain(
  results: readonly Tensor[],
  given: ReadonlyMap<Tensor, Tensor>,
  since = 0,
): Tensor[] {
  const now = new Map(given);
  for (const tensor of inOrder(results, (t) => given.has(t) || t.id < since)) {
    if (now.has(tensor)) continue;
    const inputs = tensor.inputs.map((x) => now.get(x) ?? x);
    const same = inputs.every((x, k) => x === tensor.inputs[k]);
    now.set(tensor, same ? tensor : copied(tensor, inputs));
  }
  return results.map((t) => now.get(t)!);
}

/** The same node of other inputs, in the same layer; a value that is known already need not be computed again. */
function copied(tensor: Tensor, inputs: readonly Tensor[]): Tensor {
  const { definition, attributes, region } = tensor;
  const copy = inRegionOf(region, () => new Tensor(definition, inputs, attributes, tensor));
  copy.value = tensor.value;
  return copy;
}
