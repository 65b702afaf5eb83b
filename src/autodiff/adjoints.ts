// Reverse-mode differentiation on the graph: adjoints are ordinary nodes, so they can be differentiated again.
// adj(x) = Σ over users u of x of vjp_u(adj(u)).  (Speelpenning 1980; Griewank & Walther, "Evaluating Derivatives".)

import { isFloat } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { showShape } from "../core/shape.ts";
import { inOrder } from "../ir/graph.ts";
import { describeRegion } from "../ir/region.ts";
import type { Slot } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";

/** Which forward node an adjoint node belongs to, for the explorer. */
const origins = new WeakMap<Tensor, Tensor>();

/** The forward node whose derivative `adjoint` is, if it is one. */
export function adjointOf(adjoint: Tensor): Tensor | undefined {
  return origins.get(adjoint);
}

/** Returns the adjoint of each target that influences `y`, where `cotangent` is the adjoint of `y` itself. */
export function adjoints(
  y: Tensor,
  cotangent: Tensor,
  targets: ReadonlySet<Tensor>,
): Map<Tensor, Tensor> {
  const order = inOrder([y]);
  const onPath = nodesOnPath(order, targets);
  const sums = new Map<Tensor, Tensor>([[y, cotangent]]);
  for (let k = order.length - 1; k >= 0; k--) {
    const node = order[k];
    const g = sums.get(node);
    if (g === undefined || !onPath.has(node)) continue;
    if (node.inputs.length > 0) contribute(node, g, onPath, sums);
    else if (node.released && !targets.has(node)) throw released(node);
    if (!targets.has(node)) sums.delete(node);
  }
  return sums;
}

/** Nodes through which a target, an older version of it, or a node whose history is gone, is reached. */
function nodesOnPath(order: readonly Tensor[], targets: ReadonlySet<Tensor>): Set<Tensor> {
  const onPath = new Set<Tensor>();
  const slots = new Set<Slot | null>([null]);
  for (const { slot } of targets) slots.add(slot);
  for (const node of order) {
    const lost = node.released && slots.has(node.slot);
    if (targets.has(node) || lost || node.inputs.some((x) => onPath.has(x))) onPath.add(node);
  }
  return onPath;
}

function contribute(
  node: Tensor,
  g: Tensor,
  onPath: ReadonlySet<Tensor>,
  sums: Map<Tensor, Tensor>,
): void {
  const { vjp } = node.definition;
  if (vjp === undefined) throw notDifferentiable(node);
  const gradients = vjp(g, node.inputs, node, node.attributes);
  node.inputs.forEach((input, k) => {
    const part = gradients[k];
    if (part === null || !onPath.has(input) || !isFloat(input.dtype)) return;
    const before = sums.get(input);
    const now = before === undefined ? part : before.add(part);
    if (!origins.has(now)) origins.set(now, input);
    sums.set(input, now);
  });
}

function notDifferentiable(node: Tensor): ChainruleError {
  return new ChainruleError({
    code: "NOT_DIFFERENTIABLE",
    op: node.definition.name,
    problem: `has no derivative, and the gradient of ${node.dtype}${showShape(node.shape)} passes through it`,
    fix: "Use stopGradient where no gradient is meant, or customVjp to give it one.",
    path: describeRegion(node.region),
  });
}

function released(node: Tensor): ChainruleError {
  return new ChainruleError({
    code: "GRAPH_RELEASED",
    op: "backward",
    problem: `the history of ${node.dtype}${showShape(node.shape)} was released when its parameters were updated`,
    fix: "Call backward() before optimizer.step(), or compute the value again; use detach() to take it as a constant.",
    path: describeRegion(node.region),
  });
}
