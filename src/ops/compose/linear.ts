// Products of vectors and matrices, all through one contraction.

import { promote } from "../../core/dtype.ts";
import { ChainruleError } from "../../core/errors.ts";
import { normalizeAxis, showShape } from "../../core/shape.ts";
import { checkOptions } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { contract } from "../contract.ts";
import { align } from "../operand.ts";

/** Products of all pairs of elements of two vectors. Shape: `[m], [n] → [m, n]`. */
export function outer(a: Tensor, b: Tensor): Tensor {
  checkRanks("outer", a, b, 1);
  return a.reshape([a.size, 1]).mul(b.reshape([1, b.size]));
}

/** Scalar product of two vectors, `Σ aᵢ bᵢ`. Shape: `[n], [n] → []`. */
export function dot(a: Tensor, b: Tensor): Tensor {
  checkRanks("dot", a, b, 1);
  return a.matmul(b);
}

/** Batched matrix product. Shape: `[b, m, k], [b, k, n] → [b, m, n]`. */
export function bmm(a: Tensor, b: Tensor): Tensor {
  checkRanks("bmm", a, b, 3);
  const dtype = promote(a.dtype, b.dtype);
  return contract(a.cast(dtype), b.cast(dtype), { batch: [[0, 0]], contract: [[2, 1]] });
}

/** Sums of products over the last axes of both. Shape: `[..., n], [*, n] → [..., *]`. */
export function inner(a: Tensor, b: Tensor): Tensor {
  if (a.rank === 0 || b.rank === 0) return a.mul(b);
  return tensordot(a, b, [[a.rank - 1], [b.rank - 1]]);
}

/**
 * Sums products over pairs of axes: the last `axes` of `a` with the first of `b` (default 2), or two lists of axes.
 * Shape: `[2, 3, 4], [3, 4, 5] → [2, 5]`.
 */
export function tensordot(
  a: Tensor,
  b: Tensor,
  axes: number | readonly [readonly number[], readonly number[]] = 2,
): Tensor {
  const count = (length: number): number[] => Array.from({ length }, (_, k) => k);
  const [left, right] =
    typeof axes === "number" ? [count(axes).map((k) => a.rank - axes + k), count(axes)] : axes;
  const from = left.map((axis) => normalizeAxis("tensordot", axis, a.rank));
  const to = right.map((axis) => normalizeAxis("tensordot", axis, b.rank));
  const fits =
    from.length === to.length && from.every((axis, k) => a.shape[axis] === b.shape[to[k]]);
  if (!fits) {
    throw new ChainruleError({
      code: "SHAPE_MISMATCH",
      op: "tensordot",
      problem: `axes ${showShape(from)} of ${showShape(a.shape)} do not pair with axes ${showShape(to)} of ${showShape(b.shape)}`,
      fix: "Pass as many axes of each, of equal lengths in order.",
      detail: { shapes: [a.shape, b.shape], axes: [from, to] },
    });
  }
  const dtype = promote(a.dtype, b.dtype);
  const pairs = from.map((axis, k) => [axis, to[k]] as const);
  return contract(a.cast(dtype), b.cast(dtype), { batch: [], contract: pairs });
}

/** Vector product in three dimensions along `axis`. Shape: `[..., 3], [..., 3] → [..., 3]`, broadcast. */
export function cross(a: Tensor, b: Tensor, axis = -1): Tensor {
  const [x, y] = align("cross", [a, b]);
  const at = normalizeAxis("cross", axis, x.rank);
  if (x.shape[at] !== 3) {
    throw new ChainruleError({
      code: "SHAPE_MISMATCH",
      op: "cross",
      problem: `axis ${at} of ${showShape(x.shape)} has the length ${x.shape[at]}`,
      fix: "A vector product is of vectors of three elements.",
      detail: { shape: x.shape, axis: at },
    });
  }
  const ahead = (v: Tensor): Tensor => v.roll(-1, at);
  return ahead(x.mul(ahead(y)).sub(y.mul(ahead(x)))); // (x × y)₂ = x₀ y₁ − x₁ y₀, and so around
}

/** `beta · c + alpha · (a b)` for batches. Shape: `c` broadcasts to `[b, m, n]`. */
export function baddbmm(
  c: Tensor,
  a: Tensor,
  b: Tensor,
  options: { readonly alpha?: number; readonly beta?: number } = {},
): Tensor {
  checkOptions("baddbmm", options, { alpha: true, beta: true });
  const { alpha = 1, beta = 1 } = options;
  const product = alpha === 1 ? bmm(a, b) : bmm(a, b).mul(alpha);
  return product.add(beta === 1 ? c : c.mul(beta));
}

/** `beta · c + alpha · (a b)`. Shape: `c` broadcasts to `[m, n]`. */
export function addmm(
  c: Tensor,
  a: Tensor,
  b: Tensor,
  options: { readonly alpha?: number; readonly beta?: number } = {},
): Tensor {
  checkOptions("addmm", options, { alpha: true, beta: true });
  checkRanks("addmm", a, b, 2);
  const { alpha = 1, beta = 1 } = options;
  const product = alpha === 1 ? a.matmul(b) : a.matmul(b).mul(alpha);
  return product.add(beta === 1 ? c : c.mul(beta));
}

/** Kronecker product: every element of `a` times the whole of `b`. Shape: `[m, n], [p, q] → [mp, nq]`. */
export function kron(a: Tensor, b: Tensor): Tensor {
  const rank = Math.max(a.rank, b.rank);
  const lengths = (x: Tensor): number[] => [...Array<number>(rank - x.rank).fill(1), ...x.shape];
  const [m, n] = [lengths(a), lengths(b)];
  const product = a.reshape(m.flatMap((k) => [k, 1])).mul(b.reshape(n.flatMap((k) => [1, k])));
  return product.reshape(m.map((k, axis) => k * n[axis]));
}

function checkRanks(op: string, a: Tensor, b: Tensor, rank: number): void {
  if (a.rank === rank && b.rank === rank) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `takes tensors of rank ${rank}; received ${showShape(a.shape)} and ${showShape(b.shape)}`,
    fix: "Use matmul, which broadcasts and takes vectors too.",
    detail: { shapes: [a.shape, b.shape] },
  });
}
