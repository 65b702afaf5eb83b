// Forward-mode differentiation on the graph: tangents are ordinary nodes, recorded from inputs to outputs.
// ẏ = Σ over inputs x of (∂y/∂x) ẋ.  An op whose derivative is diagonal or which is linear needs no rule for it; for any
// other, Jᵀu is linear in u, and the gradient of ⟨Jᵀu, ẋ⟩ for u is Jẋ (Townsend 2017, "A new trick for calculating
// Jacobian vector products").

import { isFloat } from "../core/dtype.ts";
import { unreachable } from "../core/errors.ts";
import { inOrder } from "../ir/graph.ts";
import { type OpKind, record } from "../ir/op.ts";
import type { Tensor } from "../ir/tensor.ts";
import { zeros } from "../ops/leaf.ts";
import { literal } from "../ops/operand.ts";
import { adjointsOfAll, notDifferentiable, released } from "./adjoints.ts";

/** Tangents of a node's inputs, null where there is none. */
type Given = readonly (Tensor | null)[];

/** Returns the tangent of each node behind the roots that depends on a tensor with a given tangent. */
export function tangents(
  roots: readonly Tensor[],
  given: ReadonlyMap<Tensor, Tensor>,
): Map<Tensor, Tensor> {
  const found = new Map([...given].filter(([x]) => isFloat(x.dtype)));
  const since = [...given.keys()].reduce(
    (first, { id }) => Math.min(first, id),
    Number.POSITIVE_INFINITY,
  );
  for (const node of inOrder(roots, (t) => t.id < since)) {
    if (given.has(node) || !isFloat(node.dtype)) continue;
    if (node.released && node.slot === null) throw released(node);
    const inputs = node.inputs.map((input) => found.get(input) ?? null);
    if (inputs.every((tangent) => tangent === null)) continue;
    const tangent = tangentOf(node, inputs);
    if (tangent !== null) found.set(node, tangent);
  }
  return found;
}

function tangentOf(node: Tensor, given: Given): Tensor | null {
  const { definition, inputs, attributes } = node;
  const own = definition.jvp?.(given, inputs, node, attributes);
  if (own !== undefined) return own;
  return (rules[definition.body.kind] ?? transposedTwice)(node, given);
}

type KindRule = (node: Tensor, given: Given) => Tensor | null;

/** The op itself, where it is linear in its first input. */
const linear: KindRule = ({ definition, inputs, attributes }, [x]) =>
  x === null ? null : record(definition, [x, ...inputs.slice(1)], attributes);

const rules: { readonly [K in OpKind]?: KindRule } = {
  reshape: linear,
  gather: linear,
  scatterAdd: linear,
  cast: linear,

  /** The derivative is diagonal, so that it is its own transpose. */
  scalar: (node, given) => {
    const { definition, inputs, attributes } = node;
    const { vjp } = definition;
    if (vjp === undefined) throw notDifferentiable(node);
    const parts = given.map((x, k) => x && vjp(x, inputs, node, attributes)[k]);
    return sumOf(parts);
  },

  view: (node, given) => {
    const { body } = node.definition;
    if (body.kind !== "view") return unreachable("a view is of another kind");
    const { fill } = body.view(node.inputs[0], node, node.attributes);
    return fill === undefined ? linear(node, given) : transposedTwice(node, given);
  },

  reduce: (node, given) => {
    const { body } = node.definition;
    const isSum = body.kind === "reduce" && body.combine === "add";
    return isSum ? linear(node, given) : transposedTwice(node, given);
  },

  concatenate: ({ definition, inputs, attributes }, given) => {
    const parts = inputs.map((x, k) => given[k] ?? zeros(x.shape, x.dtype));
    return record(definition, parts, attributes);
  },

  contract: ({ definition, inputs: [a, b], attributes }, [da, db]) =>
    sumOf([
      da && record(definition, [da, b], attributes),
      db && record(definition, [a, db], attributes),
    ]),
};

/** The gradient, for u, of the product of Jᵀu with the given tangents. */
function transposedTwice(node: Tensor, given: Given): Tensor | null {
  const { definition, inputs, attributes } = node;
  if (definition.vjp === undefined) throw notDifferentiable(node);
  const u = literal(0, node.dtype).broadcastTo(node.shape);
  const cotangents = new Map<Tensor, Tensor>();
  definition.vjp(u, inputs, node, attributes).forEach((part, k) => {
    const x = given[k];
    if (part === null || x === null) return;
    const before = cotangents.get(part);
    cotangents.set(part, before === undefined ? x : before.add(x));
  });
  return adjointsOfAll(cotangents, new Set([u]), u.id).get(u) ?? null;
}

function sumOf(parts: Given): Tensor | null {
  return parts.reduce((sum, part) => (sum && part ? sum.add(part) : (sum ?? part)), null);
}
