// The warning of `backward()` through layers that were in inference mode.

import { inferenceLayer } from "../ir/inference.ts";
import { describeRegion } from "../ir/region.ts";
import type { Tensor } from "../ir/tensor.ts";

/** Layers that have been warned of. */
const known = new WeakSet<object>();

/** Says once for each layer, several in one line, that training goes through it in inference mode. */
export function warnOfInference(order: readonly Tensor[], leaves: readonly Tensor[]): void {
  if (!order.some((node) => isNews(node))) return;
  const onPath = new Set(leaves);
  for (const node of order) if (node.inputs.some((x) => onPath.has(x))) onPath.add(node);
  const layers = order.filter((node) => onPath.has(node) && isNews(node)).map(inferenceLayer);
  if (layers.length === 0) return;
  for (const layer of layers) known.add(layer!.owner);
  const more = new Set(layers.map((layer) => layer!.owner)).size - 1;
  const others = more === 0 ? "" : `, as did ${more} more layer${more === 1 ? "" : "s"}`;
  console.warn(
    `chainrule: backward() goes through ${describeRegion(layers[0])}, which ran in inference mode${others}; ` +
      "pass { training: true } to forward in training steps.",
  );
}

function isNews(node: Tensor): boolean {
  const layer = inferenceLayer(node);
  return layer !== undefined && !known.has(layer.owner);
}
