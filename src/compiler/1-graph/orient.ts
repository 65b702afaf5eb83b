// Pass: a product of which only the transpose is used is computed transposed, by exchanging its operands: (ab)ᵀ = bᵀaᵀ.
// So the gradient of a weight comes out in the layout of the weight, and the update that follows reads it in order.

import { type Graph, inOrder, rewrite, rootsOf } from "../../ir/graph.ts";
import type { Attribute } from "../../ir/op.ts";
import { Tensor } from "../../ir/tensor.ts";
import { withInputs } from "./make.ts";
import { groupsOf } from "./matrix.ts";
import { viewOf } from "./view.ts";

export function orientProducts(graph: Graph): Graph {
  const users = countUsers(graph);
  return rewrite(graph, (tensor, inputs) => {
    const now = withInputs(tensor, inputs);
    const [product] = inputs;
    const alone = tensor.inputs.length === 1 && users.get(tensor.inputs[0]) === 1;
    if (!alone || product.definition.body.kind !== "contract") return now;
    return exchangesFreeAxes(now, product) ? exchanged(product, now) : now;
  });
}

/** How often each tensor is used, as an input or as a root. */
function countUsers(graph: Graph): Map<Tensor, number> {
  const opaque = new Set(graph.arguments);
  const users = new Map<Tensor, number>();
  const count = (t: Tensor): void => {
    users.set(t, (users.get(t) ?? 0) + 1);
  };
  for (const t of inOrder(rootsOf(graph), (x) => opaque.has(x)))
    if (!opaque.has(t)) t.inputs.forEach(count);
  rootsOf(graph).forEach(count);
  for (const t of opaque) users.delete(t);
  return users;
}

/** Whether `t` is the product with the free axes of its operands exchanged, each group in its own order. */
function exchangesFreeAxes(t: Tensor, product: Tensor): boolean {
  const view = viewOf(t);
  if (view === undefined || view.fill !== undefined || t.rank !== product.rank) return false;
  const [a, b] = groupsOf(product);
  const shared = a.batch.length;
  if (a.outer.length === 0 || b.outer.length === 0) return false;
  return view.coordinates.every(({ offset, terms }, axis) => {
    const free = axis - shared;
    const moved = free < a.outer.length ? axis + b.outer.length : axis - a.outer.length;
    const place = free < 0 ? axis : moved;
    return offset === 0 && terms.length === 1 && terms[0].scale === 1 && terms[0].axis === place;
  });
}

/** The contraction with its operands exchanged. */
function exchanged(product: Tensor, type: Tensor): Tensor {
  const [a, b] = groupsOf(product);
  const pairs = (group: "batch" | "inner"): Attribute =>
    b[group].map((axis, k) => [axis, a[group][k]]);
  const attributes = { ...product.attributes, batch: pairs("batch"), contract: pairs("inner") };
  return new Tensor(product.definition, [product.inputs[1], product.inputs[0]], attributes, type);
}
