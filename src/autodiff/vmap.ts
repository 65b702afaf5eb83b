// vmap: a function of one example becomes a function of all, without a loop. The function is recorded once on stand-ins
// for one example; then each node that depends on them is recorded again with an axis for examples.

import { ChainruleError } from "../core/errors.ts";
import { showShape } from "../core/shape.ts";
import { buildTree, flattenTree, isRecord, type TreeShape } from "../core/tree.ts";
import { checkOptions } from "../ir/arguments.ts";
import { Tensor } from "../ir/tensor.ts";
import { Batching } from "./batching.ts";
import { tensorsOf } from "./trees.ts";

/** The axis of examples: one number for all tensors below, null for tensors that all examples share, or a tree of them. */
export type Axes = number | null | readonly Axes[] | { readonly [key: string]: Axes };

/** Where the axis of examples is. */
export interface VmapOptions {
  /** In the arguments: one for all, or a list with one entry for each argument; default 0. */
  readonly in?: Axes;
  /** In the results; default 0. */
  readonly out?: Axes;
}

/**
 * Returns the function that applies `f` to every example of its arguments at once: `vmap(f)(x)[i] = f(x[i])`. Arguments
 * and results are trees of tensors. What does not depend on an example is computed once; random numbers differ from
 * example to example; assigning state is an error. Nests with `grad`, `jvp`, `compile` and itself. Shape: `[n, ...] → [n, ...]`.
 *
 * ```ts
 * const perExample = vmap(grad(loss), { in: [null, 0, 0] }); // one gradient of the weights for each example
 * ```
 */
export function vmap<Args extends readonly unknown[], R>(
  f: (...args: Args) => R,
  options: VmapOptions = {},
): (...args: Args) => R {
  checkOptions("vmap", options, { in: true, out: true });
  const { in: inputAxes = 0, out: outputAxes = 0 } = options;
  return (...args) => {
    const { leaves, shape } = flattenTree(args);
    const axes = axesOfLeaves("in", inputAxes, shape);
    const batched = leaves.map((leaf, k) => movedToFront(leaf, axes[k]));
    const batching = new Batching(commonSize(batched));
    const examples = leaves.map((leaf, k) => {
      const x = batched[k];
      return x === null ? nodeOf(leaf) : batching.example(x);
    });
    const result = batching.record(() =>
      tensorsOf("vmap", f(...(buildTree(shape, examples) as Args))),
    );
    const places = axesOfLeaves("out", outputAxes, result.shape);
    const outputs = result.leaves.map((leaf, k) => withAxis(batching, leaf, places[k]));
    return buildTree(result.shape, outputs) as R;
  };
}

const nodeOf = (leaf: unknown): unknown => (leaf instanceof Tensor ? leaf.node : leaf);

/** The argument with the axis of examples in front; null where it is not mapped over. */
function movedToFront(leaf: unknown, axis: number | null): Tensor | null {
  if (axis === null || !(leaf instanceof Tensor)) return null;
  const at = axis < 0 ? axis + leaf.rank : axis;
  if (Number.isInteger(at) && at >= 0 && at < leaf.rank) return leaf.node.moveAxis(at, 0);
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "vmap",
    problem: `axis ${axis} is to count examples, and ${leaf.dtype}${showShape(leaf.shape)} has no such axis`,
    fix: "Name the axis with { in }, or null for a tensor that all examples share.",
    detail: { axis, shape: leaf.shape },
  });
}

function commonSize(batched: readonly (Tensor | null)[]): number {
  const sizes = new Set(batched.flatMap((x) => (x === null ? [] : [x.shape[0]])));
  if (sizes.size === 1) return [...sizes][0];
  throw new ChainruleError({
    code: sizes.size === 0 ? "BAD_ARGUMENT" : "SHAPE_MISMATCH",
    op: "vmap",
    problem:
      sizes.size === 0
        ? "no argument has an axis of examples"
        : `arguments have different numbers of examples: ${[...sizes].join(", ")}`,
    fix: "At least one tensor needs an axis of examples, and all such axes one length; { in: [0, null] } shares the second argument.",
    detail: { sizes: [...sizes] },
  });
}

function withAxis(batching: Batching, leaf: Tensor, axis: number | null): Tensor {
  const { tensor, varies } = batching.forAll(leaf);
  if (axis !== null) return batching.all(tensor, varies).moveAxis(0, axis);
  if (!varies) return tensor;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "vmap",
    problem: `a result ${leaf.dtype}${showShape(leaf.shape)} was promised to be the same for all examples, and depends on the example`,
    fix: "Give it an axis in { out }, or reduce it over examples outside.",
    detail: { shape: leaf.shape },
  });
}

/** The axis of each leaf of a tree. */
function axesOfLeaves(side: "in" | "out", axes: Axes, shape: TreeShape): (number | null)[] {
  if (axes === null || typeof axes === "number") return leavesBelow(shape).map(() => axes);
  const entries = shape.kind === "array" ? listed(axes, shape) : named(axes, shape);
  if (shape.kind === "leaf" || entries === undefined) throw otherTree(side, axes, shape);
  return shape.items.flatMap((item, k) => axesOfLeaves(side, entries[k], item));
}

function listed(
  axes: Axes,
  { items }: { readonly items: readonly TreeShape[] },
): readonly Axes[] | undefined {
  return Array.isArray(axes) && axes.length === items.length ? axes : undefined;
}

function named(axes: Axes, shape: TreeShape): readonly Axes[] | undefined {
  if (shape.kind !== "record" || !isRecord(axes)) return undefined;
  const fits =
    shape.keys.every((key) => key in axes) && Object.keys(axes).length === shape.keys.length;
  return fits ? shape.keys.map((key) => axes[key] as Axes) : undefined;
}

function leavesBelow(shape: TreeShape): readonly TreeShape[] {
  return shape.kind === "leaf" ? [shape] : shape.items.flatMap(leavesBelow);
}

function otherTree(side: "in" | "out", axes: Axes, shape: TreeShape): ChainruleError {
  const what = side === "in" ? "the arguments" : "the result";
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "vmap",
    problem: `{ ${side}: ${JSON.stringify(axes)} } does not fit ${what}, ${describeTree(shape)}`,
    fix: "Pass one number (or null) for all, or a tree of the same structure: for `in` a list with one entry for each argument.",
    detail: { axes },
  });
}

function describeTree(shape: TreeShape): string {
  if (shape.kind === "leaf") return "a single value";
  if (shape.kind === "array") return `a list of ${shape.items.length}`;
  return `a record of ${shape.keys.join(", ")}`;
}
