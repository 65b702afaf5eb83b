// Pass: brings contractions into the form that a matrix-product kernel takes. Tiny ones, outer products and stacks of
// short dot products become multiplications and sums, which fuse with their neighbours. Long thin ones are made in parts,
// which threads can share. Operands with more axes than the kernel takes are permuted, so that their copy has few.

import { type Graph, rewrite } from "../../ir/graph.ts";
import { Tensor } from "../../ir/tensor.ts";
import { broadcast, multiply, permute, reshape, sum, withInputs } from "./make.ts";
import { contractionInto, groupsOf, productSizes } from "./matrix.ts";

/** Multiplications up to which a loop beats the call of a matrix-product kernel. */
const smallWork = 512;
/** Depth up to which a loop beats a stack of products of vectors and matrices, as in a depthwise convolution. */
const shortDepth = 64;
/** Depth from which a product of few panels (of so many rows and columns) is made in parts, and how many parts. */
const greatDepth = 4096;
const fewPanels = 16;
const panel = 12;
const partCounts = [8, 6, 10, 4, 12, 7, 9, 16, 5];

export function prepareContractions(graph: Graph): Graph {
  const opaque = new Set(graph.arguments);
  return rewrite(graph, (tensor, inputs) => {
    const now = withInputs(tensor, inputs);
    if (tensor.definition.body.kind !== "contract" || now.size === 0) return now;
    if (isSmall(now)) return asSum(now);
    const parted = inParts(now);
    return parted ?? withFewAxes(now, opaque);
  });
}

function isSmall(t: Tensor): boolean {
  const { batch, m, n, k } = productSizes(t);
  if (batch * m * n * k <= smallWork || k === 1 || (m === 1 && n === 1)) return true;
  return batch > 1 && (m === 1 || n === 1) && k <= shortDepth;
}

/**
 * A product of few elements and great depth as the sum of products of parts of the depth. The parts follow from the
 * shape alone; they are more work for threads to share, and closer to the exact sum.
 */
function inParts(t: Tensor): Tensor | undefined {
  const { batch, m, n, k } = productSizes(t);
  const panels = batch * Math.ceil(m / panel) * Math.ceil(n / panel);
  if (k < greatDepth || panels >= fewPanels) return undefined;
  const [ofA, ofB] = groupsOf(t);
  const [a, b] = t.inputs;
  for (const parts of partCounts) {
    const cut = ofA.inner.findIndex((axis) => a.shape[axis] % parts === 0);
    if (cut < 0) continue;
    const [axisA, axisB] = [ofA.inner[cut], ofB.inner[cut]];
    const inputs = [splitAxis(a, axisA, parts), splitAxis(b, axisB, parts)];
    const after = ([x, y]: readonly [number, number]): number[] => [
      x > axisA ? x + 1 : x,
      y > axisB ? y + 1 : y,
    ];
    const pairs = (group: "batch" | "inner"): (readonly [number, number])[] =>
      ofA[group].map((axis, i) => [axis, ofB[group][i]] as const);
    const inner = pairs("inner").map(([x, y]) => (x === axisA ? [x + 1, y + 1] : after([x, y])));
    const shared = [[axisA, axisB], ...pairs("batch").map(after)];
    const attributes = { ...t.attributes, batch: shared, contract: inner };
    const type = t.definition.type(inputs, attributes);
    const products = new Tensor(t.definition, inputs, attributes, type);
    return reshape(sum(products, [0]), t.shape);
  }
  return undefined;
}

/** The tensor with one axis as two, the outer of so many parts. */
function splitAxis(x: Tensor, axis: number, parts: number): Tensor {
  return reshape(x, x.shape.toSpliced(axis, 1, parts, x.shape[axis] / parts));
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

/** The contraction with operands permuted, batch axes first, if the kernel does not take as many axes as it has. */
function withFewAxes(t: Tensor, opaque: ReadonlySet<Tensor>): Tensor {
  if (contractionInto(t, t, opaque) !== undefined) return t;
  const [ofA, ofB] = groupsOf(t);
  const inputs = [
    permute(t.inputs[0], [...ofA.batch, ...ofA.outer, ...ofA.inner]),
    permute(t.inputs[1], [...ofB.batch, ...ofB.inner, ...ofB.outer]),
  ];
  const [shared, outer] = [ofA.batch.length, ofA.outer.length];
  const batch = ofA.batch.map((_, k) => [k, k]);
  const contract = ofA.inner.map((_, k) => [shared + outer + k, shared + k]);
  return new Tensor(t.definition, inputs, { ...t.attributes, batch, contract }, t);
}
