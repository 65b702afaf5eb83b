// All derivatives of a function at once: Jacobians by one batched pass over the unit vectors of the outputs (reverse) or
// of the inputs (forward), Hessians by forward over reverse, and products with Hessians that never are.

import { checkChoice } from "../core/checks.ts";
import { buildTree } from "../core/tree.ts";
import { checkOptions } from "../ir/arguments.ts";
import type { Tensor } from "../ir/tensor.ts";
import { eye } from "../ops/leaf.ts";
import { type Directions, linearize, pushForward } from "./forward.ts";
import { type GradOptions, grad, pullBack, scalarOf, withIndependent } from "./grad.ts";
import { floatOf, type LikeTree, tensorsOf } from "./trees.ts";
import { vmap } from "./vmap.ts";

/** How a Jacobian is computed. */
export interface JacobianOptions<K extends number = 0> {
  /** The argument to differentiate for, counted from 0; default 0, the first. */
  readonly argument?: K;
  /** One pass for each element of the outputs (`reverse`) or of the inputs (`forward`), batched; default: the fewer. */
  readonly mode?: "forward" | "reverse";
}

/** For each tensor of the result, the tree of the argument; each leaf has the result's axes, then the argument's. */
export type JacobianOf<R, X> = R extends Tensor
  ? LikeTree<X>
  : { [K in keyof R]: JacobianOf<R[K], X> };

/**
 * Returns the Jacobian of `f` with respect to one argument, `J[i…, j…] = ∂y[i…]/∂x[j…]`. Arguments and results are trees:
 * for each tensor of the result, the argument's tree. Shape: x `[n]`, y `[m] → [m, n]`.
 */
export function jacobian<Args extends readonly unknown[], R, K extends number = 0>(
  f: (...args: Args) => R,
  options: JacobianOptions<K> = {},
): (...args: Args) => JacobianOf<R, Args[K]> {
  checkOptions("jacobian", options, { argument: true, mode: true });
  if (options.mode !== undefined)
    checkChoice("jacobian", "mode", options.mode, ["forward", "reverse"]);
  return (...xs) => {
    const { args, given } = withIndependent("jacobian", xs, options.argument ?? 0);
    const outputs = tensorsOf("jacobian", f(...args));
    const forward =
      options.mode === undefined ? fewer(given.inputs, outputs.leaves) : options.mode === "forward";
    const rows = forward
      ? columnwise(outputs.leaves, given.inputs)
      : rowwise(outputs.leaves, given.inputs);
    return buildTree(outputs.shape, rows.map(given.rebuild)) as JacobianOf<R, Args[K]>;
  };
}

/** As `jacobian` in forward mode: one batched pass over the elements of the argument; for functions of few numbers. */
export function jacobianForward<Args extends readonly unknown[], R, K extends number = 0>(
  f: (...args: Args) => R,
  options: GradOptions<K> = {},
): (...args: Args) => JacobianOf<R, Args[K]> {
  checkOptions("jacobianForward", options, { argument: true });
  return jacobian(f, { ...options, mode: "forward" });
}

/** As `jacobian` in reverse mode: one batched pass over the elements of the result; for functions with few results. */
export function jacobianReverse<Args extends readonly unknown[], R, K extends number = 0>(
  f: (...args: Args) => R,
  options: GradOptions<K> = {},
): (...args: Args) => JacobianOf<R, Args[K]> {
  checkOptions("jacobianReverse", options, { argument: true });
  return jacobian(f, { ...options, mode: "reverse" });
}

/**
 * Returns the matrix of second derivatives of a scalar-valued `f` with respect to one argument, forward over reverse:
 * `H[i…, j…] = ∂²f/∂x[i…]∂x[j…]`. For a tree, one tree of blocks for each of its tensors. Shape: x `[n] → [n, n]`.
 */
export function hessian<Args extends readonly unknown[], K extends number = 0>(
  f: (...args: Args) => Tensor,
  options: GradOptions<K> = {},
): (...args: Args) => JacobianOf<LikeTree<Args[K]>, Args[K]> {
  checkOptions("hessian", options, { argument: true });
  const checked = (...args: Args): Tensor => scalarOf("hessian", f, args).loss;
  const slope = grad<Args, K>(checked, options);
  return jacobian<Args, LikeTree<Args[K]>, K>(slope, { ...options, mode: "forward" });
}

/**
 * The product `H v` of the second derivatives of a scalar-valued `f` at `x` with a direction `v`, in the time of a few
 * gradients and without the matrix (Pearlmutter 1994). `x` and `v` are trees of one structure; parameters of a model:
 * `hessianVectorProduct(() => loss(model), parameters, v)`. Shape: those of `x`.
 */
export function hessianVectorProduct<X>(
  f: (x: X) => Tensor,
  x: X,
  v: Directions<readonly [X]>[0],
): LikeTree<X> {
  const checked = (at: X): Tensor => scalarOf("hessianVectorProduct", f, [at]).loss;
  const { pushforward } = linearize(grad<[X]>(checked), x);
  return pushforward(v) as LikeTree<X>;
}

function fewer(inputs: readonly Tensor[], outputs: readonly Tensor[]): boolean {
  const total = (list: readonly Tensor[]): number => list.reduce((sum, x) => sum + x.size, 0);
  return total(inputs) < total(outputs);
}

/** Unit vectors of a tensor. Shape: `[size, ...shape]`. */
function units(x: Tensor): Tensor {
  return eye(x.size, floatOf(x)).reshape([x.size, ...x.shape]);
}

/** For each output, the derivatives for all inputs, by pulling back its unit vectors. */
function rowwise(outputs: readonly Tensor[], inputs: readonly Tensor[]): Tensor[][] {
  return outputs.map((y) => {
    const pulled = vmap((u: Tensor) => pullBack([y], inputs, [u]))(units(y));
    return pulled.map((rows, k) => rows.reshape([...y.shape, ...inputs[k].shape]));
  });
}

/** For each output, the derivatives for all inputs, by pushing forward the inputs' unit vectors. */
function columnwise(outputs: readonly Tensor[], inputs: readonly Tensor[]): Tensor[][] {
  const columns = inputs.map((x) =>
    vmap((v: Tensor) => pushForward(outputs, [x], [v]), { out: -1 })(units(x)),
  );
  return outputs.map((y, i) =>
    columns.map((column, k) => column[i].reshape([...y.shape, ...inputs[k].shape])),
  );
}
