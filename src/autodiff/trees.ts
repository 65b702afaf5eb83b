// Trees of tensors as arguments and results of functions that are differentiated.

import { isFloat } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { sameShape, showShape } from "../core/shape.ts";
import { buildTree, flattenTree, sameTree, type TreeShape } from "../core/tree.ts";
import { inOrder } from "../ir/graph.ts";
import { StateTensor } from "../ir/state.ts";
import { Tensor } from "../ir/tensor.ts";
import { identity } from "../ops/alias.ts";
import { zeros } from "../ops/leaf.ts";

/** A tree of the same structure with a derivative for each tensor, and null for what is no tensor. */
export type LikeTree<T> = T extends Tensor
  ? Tensor
  : T extends string | number | boolean | null | undefined
    ? null
    : { [K in keyof T]: LikeTree<T[K]> };

/** Tensors in a tree, in order. */
export interface Tensors {
  readonly leaves: readonly Tensor[];
  readonly shape: TreeShape;
}

/** The tensors of a function's result, all of whose leaves must be tensors. */
export function tensorsOf(op: string, result: unknown): Tensors {
  refusePromise(op, result);
  const { leaves, shape } = flattenTree(result);
  const wrong = leaves.find((leaf) => !(leaf instanceof Tensor));
  if (leaves.length > 0 && wrong === undefined) {
    return { leaves: (leaves as Tensor[]).map((leaf) => leaf.node), shape };
  }
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `the function must return tensors; it returned ${leaves.length === 0 ? "none" : describe(wrong)}`,
    fix: "Return a tensor, or lists and records of tensors; wrap numbers with tensor(...).",
  });
}

/** A tree whose leaves are tensors, and null where something else stands. */
export interface Places {
  readonly leaves: readonly (Tensor | null)[];
  readonly shape: TreeShape;
}

/** Arguments under differentiation: each tensor as a node of its own. */
export interface Independent {
  /** The arguments to call the function with. */
  readonly args: unknown;
  /** The tensors to differentiate for. */
  readonly inputs: readonly Tensor[];
  /** Where they are in the tree. */
  readonly places: Places;
  /** The tree of the arguments with one of the values in the place of each tensor, and null elsewhere. */
  rebuild(values: readonly unknown[]): unknown;
}

/**
 * Makes the tensors of a tree nodes of their own: else an argument that is also captured, or computed from another one,
 * would get the derivative of both. State stands for itself wherever the function reads it, unless another argument does.
 */
export function independent(args: unknown): Independent {
  const { leaves, shape } = flattenTree(args);
  const stands = standsForItself(leaves);
  const nodes = leaves.map((leaf) => {
    if (!(leaf instanceof Tensor)) return null;
    return stands(leaf) ? leaf.node : identity(leaf);
  });
  return {
    args: buildTree(
      shape,
      leaves.map((leaf, k) => (stands(leaf) ? leaf : (nodes[k] ?? leaf))),
    ),
    inputs: nodes.filter((node) => node !== null),
    places: { leaves: nodes, shape },
    rebuild: (values) => {
      const rest = [...values];
      return buildTree(
        shape,
        nodes.map((node) => (node === null ? null : rest.shift())),
      );
    },
  };
}

/** Tells state that is among the arguments once, and that no other argument was computed from. */
function standsForItself(leaves: readonly unknown[]): (leaf: unknown) => boolean {
  const states = leaves.filter((leaf) => leaf instanceof StateTensor);
  if (states.length === 0) return () => false;
  const nodes = leaves.flatMap((leaf) => (leaf instanceof Tensor ? [leaf.node] : []));
  const behind = new Set(inOrder(nodes.flatMap((node) => node.inputs)));
  const alone = (state: StateTensor): boolean =>
    !behind.has(state.node) && leaves.indexOf(state) === leaves.lastIndexOf(state);
  const found = new Set<unknown>(states.filter(alone));
  return (leaf) => found.has(leaf);
}

/** The tensors of a cotangent or tangent, in the order of those it belongs to; null leaves are zeros. */
export function matching(op: string, what: string, given: unknown, to: Places): Tensor[] {
  const { leaves, shape } = flattenTree(given);
  if (!sameTree(shape, to.shape)) {
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op,
      problem: `the ${what} has another structure: ${leaves.length} leaves for ${to.leaves.length}`,
      fix: "Pass a tree of the same structure, with a tensor of the same shape (or null for zeros) in the place of each tensor.",
    });
  }
  return to.leaves.flatMap((x, k) => (x === null ? [] : [matchingLeaf(op, what, leaves[k], x)]));
}

function matchingLeaf(op: string, what: string, given: unknown, x: Tensor): Tensor {
  if (given === null) return zeros(x.shape, floatOf(x));
  if (given instanceof Tensor && sameShape(given.shape, x.shape)) {
    return isFloat(x.dtype) && given.dtype !== x.dtype ? given.cast(x.dtype) : given.node;
  }
  throw new ChainruleError({
    code: given instanceof Tensor ? "SHAPE_MISMATCH" : "BAD_ARGUMENT",
    op,
    problem: `the ${what} ${describe(given)} does not belong to ${x.dtype}${showShape(x.shape)}`,
    fix: "Each leaf needs the shape of the tensor it belongs to.",
    detail: { expected: x.shape, received: given instanceof Tensor ? given.shape : undefined },
  });
}

/** The type of derivatives: the tensor's own where it is a float. */
export function floatOf(x: Tensor): "float32" | "float64" {
  return x.dtype === "float64" ? "float64" : "float32";
}

function describe(value: unknown): string {
  if (value instanceof Tensor) return `${value.dtype}${showShape(value.shape)}`;
  return value === undefined ? "undefined" : `a value of type ${typeof value}`;
}

/** Refuses what an async function returns. */
export function refusePromise(op: string, result: unknown): void {
  if (!(result instanceof Promise)) return;
  result.catch(() => {});
  throw new ChainruleError({
    code: "ASYNC_IN_TRACE",
    op,
    problem: "the function is async: it returned a promise",
    fix: "It is recorded synchronously; await data before the call and pass it as an argument.",
  });
}
