// Forward mode as functions: the derivative of a function along directions of its arguments.

import { buildTree } from "../core/tree.ts";
import type { Tensor } from "../ir/tensor.ts";
import { zeros } from "../ops/leaf.ts";
import { tangents } from "./tangents.ts";
import { floatOf, independent, type LikeTree, matching, tensorsOf } from "./trees.ts";

/** Directions of arguments: a tensor of the same shape for each tensor, or null for no motion. */
export type Directions<Args> = { [K in keyof Args]: DirectionOf<Args[K]> };
type DirectionOf<T> = T extends Tensor
  ? Tensor | null
  : T extends string | number | boolean | null | undefined
    ? unknown
    : { [K in keyof T]: DirectionOf<T[K]> };

/**
 * Computes `f(primals)` and, with it, the linear map `v ↦ J v` there, in forward mode: each call of `pushforward` records
 * tangents, and never `f` again. Arguments and results are trees of tensors; one direction for each argument.
 */
export function linearize<Args extends readonly unknown[], R>(
  f: (...args: Args) => R,
  ...primals: Args
): {
  readonly value: R;
  readonly pushforward: (...directions: Directions<Args>) => LikeTree<R>;
} {
  const { args, inputs, places } = independent(primals);
  const outputs = tensorsOf("linearize", f(...(args as Args)));
  const rebuild = (leaves: readonly Tensor[]): unknown => buildTree(outputs.shape, leaves);
  return {
    value: rebuild(outputs.leaves) as R,
    pushforward: (...directions) => {
      const given = matching("jvp", "tangent", directions, places);
      return rebuild(pushForward(outputs.leaves, inputs, given)) as LikeTree<R>;
    },
  };
}

/**
 * The value of `f` and its derivative along `directions`, `J v` (Jacobian-vector product), in forward mode: costs about
 * as much again as `f`, whatever the number of inputs. Directions are trees like the arguments, with null for no motion.
 *
 * ```ts
 * const { value, tangent } = jvp((x: Tensor) => x.sin(), [x], [v]); // tangent = cos(x) · v
 * ```
 */
export function jvp<Args extends readonly unknown[], R>(
  f: (...args: Args) => R,
  primals: Args,
  directions: Directions<Args>,
): { readonly value: R; readonly tangent: LikeTree<R> } {
  const { value, pushforward } = linearize(f, ...primals);
  return { value, tangent: pushforward(...directions) };
}

/** `J v` for each output; zeros where it does not depend on the inputs. */
export function pushForward(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  directions: readonly Tensor[],
): Tensor[] {
  const found = tangents(outputs, new Map(inputs.map((x, k) => [x, directions[k]])));
  return outputs.map((y) => found.get(y) ?? zeros(y.shape, floatOf(y)));
}
