// Marks on tensors that went through a layer in inference mode which would have done something else in training: dropout,
// batch norm. Differentiating for training through one is most often a forgotten `{ training: true }`.

import type { Region } from "./region.ts";
import type { Tensor } from "./tensor.ts";

const marks = new WeakMap<Tensor, Region>();

/** Remembers that a layer passed `x` on, or made it, in inference mode; gives back `x`. */
export function inInference(x: Tensor, owner: object, label: string): Tensor {
  marks.set(x.node, { owner, label });
  return x;
}

/** The layer that passed a node on or made it in inference mode. */
export function inferenceLayer(node: Tensor): Region | undefined {
  return marks.get(node);
}
