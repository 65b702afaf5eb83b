// Pass: brings contractions into the form that a matrix-product kernel takes. Tiny ones and outer products become
// multiplications and sums, which fuse with their neighbours; operands whose axes do not fall into one stride per group
// are permuted, so that their copy is a stack of matrices.

import { type Graph, rewrite } from "../../ir/graph.ts";
import { Tensor } from "../../ir/tensor.ts";
import { broadcast, multiply, permute, reshape, sum, withInputs } from "./make.ts";
import { groupsOf, matrixOperand, productSizes } from "./matrix.ts";

/** Multiplications up to which a loop beats the call of a matrix-product kernel. */
const smallWork = 512;

export function prepareContractions(graph: Graph): Graph {
  const opaque = new Set(graph.arguments);
  return rewrite(graph, (tensor, inputs) => {
    const now = withInputs(tensor, inputs);
    if (tensor.definition.body.kind !== "contract" || now.size === 0) return now;
    return isSmall(now) ? asSum(now) : withMatrices(now, opaque);
  });
}

function isSmall(t: Tensor): boolean {
  const { batch, m, n, k } = productSizes(t);
  return batch * m * n * k <= smallWork || k === 1 || (m === 1 && n === 1);
}

/** Σ a·b over broadcast operands with axes in the order batch, free of a, free of b, contracted. */
function asSum(t: Tensor): Tensor {
  const [a, b] = t.inputs;
  const [ofA, ofB] = groupsOf(t);
  const lengths = (x: Tensor, axes: readonly number[]): number[] =>
    axes.map((axis) => x.shape[axis]);
  const ones = (axes: readonly number[]): number[] => axes.map(() => 1);
  const shared = lengths(a, ofA.batch);
  const inner = lengths(a, ofA.inner);
  const left = [...shared, ...lengths(a, ofA.outer), ...ones(ofB.outer), ...inner];
  const right = [...shared, ...ones(ofA.outer), ...lengths(b, ofB.outer), ...inner];
  const full = left.map((length, axis) => Math.max(length, right[axis]));
  const product = multiply(
    broadcast(reshape(permute(a, [...ofA.batch, ...ofA.outer, ...ofA.inner]), left), full),
    broadcast(reshape(permute(b, [...ofB.batch, ...ofB.outer, ...ofB.inner]), right), full),
  );
  const summed = inner.map((_, k) => t.rank + k).filter((axis) => full[axis] > 1);
  return reshape(sum(product, summed), t.shape);
}

/** The contraction with operands permuted where their strides require it. */
function withMatrices(t: Tensor, opaque: ReadonlySet<Tensor>): Tensor {
  const orders = groupsOf(t).map((g, side) =>
    side === 0 ? [...g.batch, ...g.outer, ...g.inner] : [...g.batch, ...g.inner, ...g.outer],
  );
  const pairs = groupsOf(t);
  const moved = ([0, 1] as const).map((side) => {
    const fits = matrixOperand(t, side, (x) => opaque.has(x)) ?? matrixOperand(t, side, false);
    return fits === undefined ? orders[side] : t.inputs[side].shape.map((_, axis) => axis);
  });
  const inputs = t.inputs.map((x, side) => permute(x, moved[side]));
  if (inputs.every((x, side) => x === t.inputs[side])) return t;
  const zip = (group: "batch" | "inner"): number[][] =>
    pairs[0][group].map((axis, k) => [
      moved[0].indexOf(axis),
      moved[1].indexOf(pairs[1][group][k]),
    ]);
  return new Tensor(
    t.definition,
    inputs,
    { ...t.attributes, batch: zip("batch"), contract: zip("inner") },
    t,
  );
}
