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

/** Remembers that `adjoint` belongs to a forward node, unless it belongs to one already. */
export function markAdjoint(adjoint: Tensor, node: Tensor): void {
  if (!origins.has(adjoint)) origins.set(adjoint, node);
}

/** The node whose rule is being applied. */
let ruleOf: Tensor | undefined;

/** The forward node to whose derivative a tensor belongs that is recorded now, if to any. */
export function nodeBeingDifferentiated(): Tensor | undefined {
  return ruleOf;
}

function whileAtRuleOf(node: Tensor, body: () => void): void {
  const outer = ruleOf;
  ruleOf = node;
  try {
    body();
  } finally {
    ruleOf = outer;
  }
}

/** What the rule of one node gave to its inputs. */
export interface Contribution {
  /** Equal for all contributions of one differentiation. */
  readonly sweep: object;
  /** The forward node, or the first of those that are computed together. */
  readonly node: Tensor;
  /** The adjoint that came in, where there is one. */
  readonly cotangent: Tensor | undefined;
  /** The product of adjoint and local derivative for each input; null where none is wanted. */
  readonly parts: readonly (Tensor | null)[];
  /** The adjoint of each such input so far, this part included. */
  readonly sums: readonly (Tensor | null)[];
}

let observer: ((contribution: Contribution) => void) | undefined;

/** Tells `seen` of every contribution to an adjoint that is recorded while `body` runs. */
export function observeAdjoints<T>(seen: (contribution: Contribution) => void, body: () => T): T {
  const outer = observer;
  observer = seen;
  try {
    return body();
  } finally {
    observer = outer;
  }
}

/** Returns the adjoint of each target that influences `y`, where `cotangent` is the adjoint of `y` itself. */
export function adjoints(
  y: Tensor,
  cotangent: Tensor,
  targets: ReadonlySet<Tensor>,
): Map<Tensor, Tensor> {
  return adjointsOfAll(new Map([[y, cotangent]]), targets);
}

/**
 * As `adjoints` for several results with a cotangent each: the adjoints of `Σ ⟨cotangent, y⟩`. Does not look behind nodes
 * recorded before the one with number `since`.
 */
export function adjointsOfAll(
  cotangents: ReadonlyMap<Tensor, Tensor>,
  targets: ReadonlySet<Tensor>,
  since = 0,
): Map<Tensor, Tensor> {
  const order = inOrder([...cotangents.keys()], (node) => node.id < since);
  const onPath = nodesOnPath(order, targets);
  const sums = new Map(cotangents);
  const results = jointResults(order, onPath);
  for (let k = order.length - 1; k >= 0; k--) {
    const node = order[k];
    const joint = results.get(node);
    if (joint !== undefined) {
      if (joint[0] === node) contributeJointly(joint, onPath, sums);
      continue;
    }
    const g = sums.get(node);
    if (g === undefined || !onPath.has(node)) continue;
    if (node.inputs.length > 0) contribute(node, g, onPath, sums);
    else if (node.released && !targets.has(node)) throw released(node);
    if (!targets.has(node)) sums.delete(node);
  }
  return sums;
}

/** The results of each joint computation, under each of them: the derivative of all is taken at the first. */
function jointResults(
  order: readonly Tensor[],
  onPath: ReadonlySet<Tensor>,
): ReadonlyMap<Tensor, readonly Tensor[]> {
  const groups = new Map<string, Tensor[]>();
  const found = new Map<Tensor, readonly Tensor[]>();
  for (const node of order) {
    const { joint, name } = node.definition;
    if (joint === undefined || node.inputs.length === 0 || !onPath.has(node)) continue;
    const key = `${name} ${joint.key(node)}`;
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(node);
    found.set(node, group);
  }
  return found;
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
  whileAtRuleOf(node, () => {
    add(node, vjp(g, node.inputs, node, node.attributes), onPath, sums, g);
  });
}

function contributeJointly(
  results: readonly Tensor[],
  onPath: ReadonlySet<Tensor>,
  sums: Map<Tensor, Tensor>,
): void {
  const gs = new Map<number, Tensor>();
  for (const result of results) {
    const g = sums.get(result);
    if (g === undefined) continue;
    const output = result.attributes.output as number;
    gs.set(output, gs.get(output)?.add(g) ?? g); // a result may have been recorded twice
  }
  if (gs.size === 0) return;
  const [node] = results;
  const wanted = node.inputs.map((x) => onPath.has(x) && isFloat(x.dtype));
  whileAtRuleOf(node, () => {
    add(node, node.definition.joint!.vjp(gs, node, wanted), onPath, sums);
  });
}

function add(
  node: Tensor,
  gradients: readonly (Tensor | null)[],
  onPath: ReadonlySet<Tensor>,
  sums: Map<Tensor, Tensor>,
  cotangent?: Tensor,
): void {
  const now = node.inputs.map((input, k) => {
    const part = gradients[k];
    if (part === null || !onPath.has(input) || !isFloat(input.dtype)) return null;
    const sum = sums.get(input)?.add(part) ?? part;
    markAdjoint(sum, input);
    sums.set(input, sum);
    return sum;
  });
  if (observer === undefined) return;
  const parts = gradients.map((part, k) => (now[k] === null ? null : part));
  observer({ sweep: sums, node, cotangent, parts, sums: now });
}

/** Refuses to differentiate an op without a derivative. */
export function notDifferentiable(node: Tensor): ChainruleError {
  return new ChainruleError({
    code: "NOT_DIFFERENTIABLE",
    op: node.definition.name,
    problem: `has no derivative, and the gradient of ${node.dtype}${showShape(node.shape)} passes through it`,
    fix: "Use stopGradient where no gradient is meant, or customVjp to give it one.",
    path: describeRegion(node.region),
  });
}

/** Refuses to differentiate through a node whose history is gone. */
export function released(node: Tensor): ChainruleError {
  return new ChainruleError({
    code: "GRAPH_RELEASED",
    op: "backward",
    problem: `the history of ${node.dtype}${showShape(node.shape)} was released when its parameters were updated`,
    fix: "Call backward() before optimizer.step(), or compute the value again; use detach() to take it as a constant.",
    path: describeRegion(node.region),
  });
}
