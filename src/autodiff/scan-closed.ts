// Loops whose bodies use tensors from around them. A body is a graph of its own, and what its function takes from outside
// is a constant of the loop; but rules of derivatives may capture tensors too, which show up when the rules are applied.

import { dependents, inOrder } from "../ir/graph.ts";
import type { Loop } from "../ir/scan.ts";
import type { Tensor } from "../ir/tensor.ts";

/** A loop with its inputs. */
export interface LoopOfInputs {
  readonly loop: Loop;
  readonly inputs: readonly Tensor[];
}

/** The same loop with what its body takes from outside as constants. */
export function closed({ loop, inputs }: LoopOfInputs): LoopOfInputs {
  const { body, constants } = loop;
  const args = new Set(body.arguments);
  const isLeaf = (t: Tensor): boolean => !args.has(t) && t.definition.body.kind === "leaf";
  const leaves = inOrder(body.outputs, (t) => args.has(t)).filter(isLeaf);
  if (leaves.length === 0) return { loop, inputs };
  const varying = dependents(body.outputs, args);
  const outside = dependents(body.outputs, new Set(leaves));
  const isOutside = (t: Tensor): boolean => outside.has(t) && !varying.has(t);
  const stop = (t: Tensor): boolean => args.has(t) || isOutside(t);
  const taken = inOrder(body.outputs, stop).filter(isOutside);
  return {
    loop: {
      ...loop,
      body: { ...body, arguments: [...taken, ...body.arguments] },
      constants: constants + taken.length,
    },
    inputs: [...taken, ...inputs],
  };
}
