// Gradients as functions: of tensors with respect to tensors, and of functions with respect to their arguments.

import { ChainruleError } from "../core/errors.ts";
import { sameShape, showShape } from "../core/shape.ts";
import { inOrder } from "../ir/graph.ts";
import type { Tensor } from "../ir/tensor.ts";
import { ones, zeros } from "../ops/leaf.ts";
import { adjoints } from "./adjoints.ts";

/** Returns `∂(Σ cotangent · y)/∂x` for each x; zeros where x does not influence y. The cotangent defaults to ones. Shape: that of each x. */
export function gradients(
  y: Tensor,
  xs: readonly Tensor[],
  options: { readonly cotangent?: Tensor } = {},
): Tensor[] {
  const root = y.node;
  const cotangent = options.cotangent?.node ?? ones(root.shape, root.dtype);
  if (!sameShape(cotangent.shape, root.shape)) {
    throw new ChainruleError({
      code: "SHAPE_MISMATCH",
      op: "gradients",
      problem: `the cotangent ${showShape(cotangent.shape)} has not the shape of y, ${showShape(root.shape)}`,
      fix: "Pass a cotangent of y's shape.",
    });
  }
  const targets = xs.map((x) => x.node);
  const reached = adjoints(root, cotangent, new Set(targets));
  return targets.map((x) => reached.get(x) ?? zeros(x.shape, x.dtype));
}

/** Returns the function `xs ↦ [f(xs), ∂f/∂xs…]` of a scalar-valued `f`. */
export function valueAndGrad<Args extends readonly Tensor[]>(
  f: (...xs: Args) => Tensor,
): (...xs: Args) => { value: Tensor; gradients: Tensor[] } {
  return (...xs) => {
    const inputs = independent(xs) as unknown as Args;
    const value = f(...inputs);
    if (value.size !== 1) {
      throw new ChainruleError({
        code: "NOT_SCALAR",
        op: "valueAndGrad",
        problem: `the function must return a scalar; received ${value.dtype}${showShape(value.shape)}`,
        fix: "Reduce the result with .mean() or .sum().",
      });
    }
    return { value, gradients: gradients(value, inputs) };
  };
}

/** Returns the gradient of a scalar-valued `f` with respect to its first argument. */
export function grad<Args extends readonly [Tensor, ...Tensor[]]>(
  f: (...xs: Args) => Tensor,
): (...xs: Args) => Tensor {
  const both = valueAndGrad(f);
  return (...xs) => both(...xs).gradients[0];
}

/** An argument that another one is, or was computed from, becomes a node of its own, or it would get the other's gradient too. */
function independent(xs: readonly Tensor[]): Tensor[] {
  const nodes = xs.map((x) => x.node);
  const behind = new Set(inOrder(nodes.flatMap((x) => x.inputs)));
  const shared = (x: Tensor): boolean => behind.has(x) || nodes.indexOf(x) < nodes.lastIndexOf(x);
  return nodes.map((x) => (shared(x) ? x.reshape([1, ...x.shape]).reshape(x.shape) : x));
}
