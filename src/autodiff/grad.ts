// Reverse mode as functions: of tensors with respect to tensors, and of functions with respect to their arguments.

import { ChainruleError } from "../core/errors.ts";
import { sameShape, showShape } from "../core/shape.ts";
import { buildTree } from "../core/tree.ts";
import { checkOptions } from "../ir/arguments.ts";
import { Tensor } from "../ir/tensor.ts";
import { ones, zeros } from "../ops/leaf.ts";
import { adjoints, adjointsOfAll } from "./adjoints.ts";
import {
  floatOf,
  type Independent,
  independent,
  type LikeTree,
  matching,
  refusePromise,
  tensorsOf,
} from "./trees.ts";

/** Returns `∂(Σ cotangent · y)/∂x` for each x; zeros where x does not influence y. The cotangent defaults to ones. Shape: that of each x. */
export function gradients(
  y: Tensor,
  xs: readonly Tensor[],
  options: { readonly cotangent?: Tensor } = {},
): Tensor[] {
  checkOptions("gradients", options, { cotangent: true });
  const root = y.node;
  const cotangent = options.cotangent?.cast(root.dtype) ?? ones(root.shape, root.dtype);
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

/**
 * Computes `f(primals)` and, with it, the linear map `u ↦ Jᵀ u` there (vector-Jacobian product): `pullback` takes a tree
 * like the result (null for zeros) and gives one tree for each argument. A `Parameter` among the arguments is
 * differentiated wherever `f` reads it, also inside a model that it captures.
 *
 * ```ts
 * const { value, pullback } = vjp((x: Tensor, w: Tensor) => x.matmul(w), x, w);
 * const [dx, dw] = pullback(u);
 * ```
 */
export function vjp<Args extends readonly unknown[], R>(
  f: (...args: Args) => R,
  ...primals: Args
): { readonly value: R; readonly pullback: (cotangent: LikeTree<R> | R) => LikeTree<Args> } {
  const { args, inputs, rebuild } = independent(primals);
  const outputs = tensorsOf("vjp", f(...(args as Args)));
  return {
    value: buildTree(outputs.shape, outputs.leaves) as R,
    pullback: (cotangent) => {
      const given = matching("vjp", "cotangent", cotangent, outputs);
      return rebuild(pullBack(outputs.leaves, inputs, given)) as LikeTree<Args>;
    },
  };
}

/** `Jᵀ u` for each input; zeros where no output depends on it. */
export function pullBack(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  cotangents: readonly Tensor[],
): Tensor[] {
  const seeds = new Map<Tensor, Tensor>();
  outputs.forEach((y, k) => {
    const before = seeds.get(y);
    seeds.set(y, before === undefined ? cotangents[k] : before.add(cotangents[k]));
  });
  const reached = adjointsOfAll(seeds, new Set(inputs));
  return inputs.map((x) => reached.get(x) ?? zeros(x.shape, floatOf(x)));
}

/** A scalar, or with `auxiliary` a pair of it and anything else. */
type Loss<A> = Tensor | readonly [loss: Tensor, auxiliary: A];

/** Returns the function `xs ↦ { value: f(xs), gradients: ∂f/∂xs… }` of a scalar-valued `f`: one tree of gradients for each argument, null for what is no tensor. */
export function valueAndGrad<Args extends readonly unknown[]>(
  f: (...xs: Args) => Tensor,
): (...xs: Args) => { value: Tensor; gradients: LikeTree<Args> };
/** With `auxiliary: true` the function returns `[loss, anything]`, and what else it returned comes along. */
export function valueAndGrad<Args extends readonly unknown[], A>(
  f: (...xs: Args) => readonly [loss: Tensor, auxiliary: A],
  options: {
    /** Whether `f` returns `[loss, anything]`; default false. */
    readonly auxiliary: true;
  },
): (...xs: Args) => { value: Tensor; gradients: LikeTree<Args>; auxiliary: A };
export function valueAndGrad<Args extends readonly unknown[], A>(
  f: (...xs: Args) => Loss<A>,
  options: { readonly auxiliary?: boolean } = {},
): (...xs: Args) => { value: Tensor; gradients: LikeTree<Args>; auxiliary?: A } {
  checkOptions("valueAndGrad", options, { auxiliary: true });
  return (...xs) => {
    const given = independent(xs);
    const { loss, rest } = scalarOf("valueAndGrad", f, given.args as Args, options);
    const found = slopesOf(loss, given) as LikeTree<Args>;
    return { value: loss, gradients: found, ...rest };
  };
}

/** Options of derivatives of functions. */
export interface GradOptions<K extends number = 0> {
  /** The argument to differentiate for, counted from 0; default 0, the first. */
  readonly argument?: K;
}

/**
 * Returns the gradient of a scalar-valued `f` with respect to one argument: a tree of its structure.
 *
 * ```ts
 * const slope = grad((x: Tensor) => x.mul(x).sum()); // slope(x) = 2x
 * ```
 */
export function grad<Args extends readonly unknown[], K extends number = 0>(
  f: (...xs: Args) => Tensor,
  options?: GradOptions<K>,
): (...xs: Args) => LikeTree<Args[K]>;
/** With `auxiliary: true` the function returns `[loss, anything]`, and what else it returned comes along. */
export function grad<Args extends readonly unknown[], A, K extends number = 0>(
  f: (...xs: Args) => readonly [loss: Tensor, auxiliary: A],
  options: GradOptions<K> & {
    /** Whether `f` returns `[loss, anything]`; default false. */
    readonly auxiliary: true;
  },
): (...xs: Args) => { gradient: LikeTree<Args[K]>; auxiliary: A };
export function grad<Args extends readonly unknown[], A>(
  f: (...xs: Args) => Loss<A>,
  options: GradOptions<number> & { readonly auxiliary?: boolean } = {},
): (...xs: Args) => unknown {
  checkOptions("grad", options, { argument: true, auxiliary: true });
  return (...xs) => {
    const { args, given } = withIndependent("grad", xs, options.argument ?? 0);
    const { loss, rest } = scalarOf("grad", f, args as Args, options);
    const gradient = slopesOf(loss, given);
    return options.auxiliary ? { gradient, ...rest } : gradient;
  };
}

function slopesOf(loss: Tensor, { inputs, rebuild }: Independent): unknown {
  return rebuild(pullBack([loss], inputs, [ones(loss.shape, loss.dtype)]));
}

/** The arguments with the tensors of one of them made nodes of their own. */
export function withIndependent<Args extends readonly unknown[]>(
  op: string,
  xs: Args,
  argument: number,
): { readonly args: Args; readonly given: Independent } {
  const given = independent(xs[argument]);
  if (given.inputs.length > 0) {
    const args = xs.map((x, k) => (k === argument ? given.args : x)) as unknown as Args;
    return { args, given };
  }
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `argument ${argument} of ${xs.length} holds no tensor to differentiate for`,
    fix: "Pass a tensor, or a list or record of tensors; parameters of a model as [...nn.parameters(model).values()].",
    detail: { argument },
  });
}

/** Calls a function whose result must be a scalar. */
export function scalarOf<Args extends readonly unknown[], A>(
  op: string,
  f: (...xs: Args) => Loss<A>,
  args: Args,
  { auxiliary = false }: { readonly auxiliary?: boolean } = {},
): { readonly loss: Tensor; readonly rest: { auxiliary?: A } } {
  const result: unknown = f(...args);
  refusePromise(op, result);
  const [loss, other] = auxiliary && Array.isArray(result) ? result : [result];
  if (loss instanceof Tensor && loss.size === 1) {
    return { loss: loss.node, rest: auxiliary ? { auxiliary: other as A } : {} };
  }
  throw notScalar(op, loss, auxiliary);
}

function notScalar(op: string, loss: unknown, auxiliary: boolean): ChainruleError {
  const isTensor = loss instanceof Tensor;
  const received = isTensor
    ? `${loss.dtype}${showShape(loss.shape)}`
    : `${Array.isArray(loss) ? "a list" : `a value of type ${typeof loss}`}`;
  return new ChainruleError({
    code: "NOT_SCALAR",
    op,
    problem: `the function must return a scalar${auxiliary ? " and something else, [loss, auxiliary]" : ""}; received ${received}`,
    fix: isTensor
      ? "Reduce the result with .mean() or .sum(), or use jacobian for all its derivatives."
      : "Return the loss as a tensor; with { auxiliary: true }, a pair of the loss and what else is wanted.",
    detail: isTensor ? { shape: loss.shape } : {},
  });
}
