// Checks a graph from scratch: every definition is registered, type rules give the types that the nodes carry, leaves
// are arguments, writes fit. Tests run it after every pass.

import { unreachable } from "../core/errors.ts";
import { type Graph, inOrder, rootsOf } from "./graph.ts";
import { opNamed } from "./op.ts";
import { showType } from "./print.ts";
import type { Tensor } from "./tensor.ts";

/** Checks a graph and returns it; a fault is an internal error that names the node. */
export function verifyGraph(graph: Graph): Graph {
  const opaque = new Set(graph.arguments);
  if (opaque.size !== graph.arguments.length) unreachable("verify: an argument is listed twice");
  for (const tensor of inOrder(rootsOf(graph), (t) => opaque.has(t))) {
    if (!opaque.has(tensor)) verifyTensor(tensor);
  }
  for (const { argument, value } of graph.writes) {
    const target = graph.arguments[argument] ?? unreachable(`verify: no argument ${argument}`);
    if (showType(target) !== showType(value)) {
      unreachable(`verify: ${showType(value)} is written to an argument of ${showType(target)}`);
    }
  }
  if (new Set(graph.writes.map((write) => write.argument)).size !== graph.writes.length) {
    unreachable("verify: an argument is written twice");
  }
  return graph;
}

function verifyTensor(tensor: Tensor): void {
  const { definition, inputs, attributes } = tensor;
  const { name, body } = definition;
  if (opNamed(name) !== definition) unreachable(`verify: ${name} is not the registered definition`);
  if (body.kind === "leaf")
    unreachable(`verify: leaf ${name} : ${showType(tensor)} is not an argument`);
  const computed = definition.type(inputs, attributes);
  if (showType(computed) !== showType(tensor)) {
    unreachable(
      `verify: ${name} carries ${showType(tensor)}, its rule gives ${showType(computed)}`,
    );
  }
  if (body.kind !== "view") return;
  const view = body.view(inputs[0], tensor, attributes);
  const fits = view.coordinates.length === inputs[0].rank;
  const known = view.coordinates.every((c) =>
    c.terms.every((t) => t.axis >= 0 && t.axis < tensor.rank),
  );
  if (!fits || !known) unreachable(`verify: the coordinates of ${name} do not fit its shapes`);
}
