// Arithmetic in a graph, counted as it was recorded, before the compiler removes what it can: a product of matrices is
// 2·m·n·k (multiply and add), what goes element by element is 1 an element, and a reduction 1 for each element it reads.
// Views, casts, look-ups and functions on the host count as nothing.

import { sizeOf } from "../core/shape.ts";
import { inOrder, rootsOf } from "../ir/graph.ts";
import type { OpKind } from "../ir/op.ts";
import { loopKey, loopOf } from "../ir/scan.ts";
import type { Tensor } from "../ir/tensor.ts";

/** Arithmetic of each node. A loop counts at the first of its results that is met. */
export function flopsOfNodes(nodes: readonly Tensor[]): Map<Tensor, number> {
  const loops = new Set<string>();
  const counts = new Map<Tensor, number>();
  for (const node of nodes) {
    if (node.definition.body.kind === "scan") {
      const key = loopKey(node);
      if (loops.has(key)) continue;
      loops.add(key);
    }
    const flops = flopsOf(node);
    if (flops > 0) counts.set(node, flops);
  }
  return counts;
}

function flopsOf(node: Tensor): number {
  return rules[node.definition.body.kind]?.(node) ?? 0;
}

const rules: { readonly [Kind in OpKind]?: (node: Tensor) => number } = {
  scalar: (node) => node.size,
  reduce: ({ inputs: [x] }) => x.size,
  scatterAdd: ({ inputs: [source] }) => source.size,
  contract: (node) => {
    const { body } = node.definition;
    if (body.kind !== "contract") return 0;
    const [a] = node.inputs;
    const summed = body.axes(node.attributes).contract.map(([axis]) => a.shape[axis]);
    return 2 * node.size * sizeOf(summed);
  },
  scan: ({ attributes }) => {
    const { body, length } = loopOf(attributes);
    const turn = flopsOfNodes(inOrder(rootsOf(body)));
    return length * [...turn.values()].reduce((a, b) => a + b, 0);
  },
};
