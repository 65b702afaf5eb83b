// What the backward loop needs of the forward turns. Carries and the results of products and sums are kept, stacked over
// the turns, as further results of the forward loop; what is cheap is computed again from them.

import { isFloat } from "../core/dtype.ts";
import { dependents, inOrder } from "../ir/graph.ts";
import { isCheap, type Loop } from "../ir/scan.ts";
import type { Tensor } from "../ir/tensor.ts";

/** Records the results of a loop. */
export type RecordLoop = (loop: Loop, inputs: readonly Tensor[]) => Tensor[];

/** The arguments of the body that a wanted input influences: carries also by way of earlier turns. */
export function activeArguments(loop: Loop, wanted: readonly boolean[]): ReadonlySet<Tensor> {
  const { body, constants, carries } = loop;
  const active = new Set(body.arguments.filter((_, k) => wanted[k]));
  for (let before = -1; before < active.size; ) {
    before = active.size;
    const reached = dependents(body.outputs, active);
    for (let k = 0; k < carries; k++) {
      const leaf = body.arguments[constants + k];
      if (reached.has(body.outputs[k]) && isFloat(leaf.dtype)) active.add(leaf);
    }
  }
  return active;
}

/** What the roots need of the forward turn: arguments, and values that are not cheap and not the same in all turns. */
export function keptValues(loop: Loop, roots: readonly Tensor[]): ReadonlySet<Tensor> {
  const { body, constants } = loop;
  const args = new Set(body.arguments);
  const varying = dependents(body.outputs, new Set(body.arguments.slice(constants)));
  const isKept = (t: Tensor): boolean => {
    if (args.has(t)) return true;
    if (!varying.has(t)) return false;
    // A checkpoint's derivative looks at what lies between it and its inputs, so that must not be cut.
    const { definition } = t;
    return definition.joint !== undefined || !isCheap(definition.body.kind);
  };
  return new Set(inOrder(roots, isKept).filter(isKept));
}

/** Of what is kept and differs from turn to turn, the stacks: inputs, or more results of the forward loop. */
export function stacksOf(
  loop: Loop,
  inputs: readonly Tensor[],
  kept: ReadonlySet<Tensor>,
  recordLoop: RecordLoop,
): ReadonlyMap<Tensor, Tensor> {
  const { body, constants, carries } = loop;
  const placeOf = new Map(body.arguments.map((t, k) => [t, k]));
  const isGiven = (t: Tensor): boolean => (placeOf.get(t) ?? -1) >= constants + carries;
  const values = [...kept].filter((t) => (placeOf.get(t) ?? constants) >= constants);
  const computed = values.filter((t) => !isGiven(t));
  const outputs = [...body.outputs.slice(0, carries), ...computed];
  const results = recordLoop({ ...loop, body: { ...body, outputs } }, inputs).slice(carries);
  return new Map(
    values.map((t) => [t, isGiven(t) ? inputs[placeOf.get(t)!] : results[computed.indexOf(t)]]),
  );
}
