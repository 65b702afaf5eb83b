// Products of vectors and matrices, all through one contraction.

import { promote } from "../../core/dtype.ts";
import { ChainruleError } from "../../core/errors.ts";
import { showShape } from "../../core/shape.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { contract } from "../contract.ts";

/** Products of all pairs of elements of two vectors. Shape: `[m], [n] → [m, n]`. */
export function outer(a: Tensor, b: Tensor): Tensor {
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

/** `beta · c + alpha · (a b)`. Shape: `c` broadcasts to `[m, n]`. */
export function addmm(
  c: Tensor,
  a: Tensor,
  b: Tensor,
  options: { readonly alpha?: number; readonly beta?: number } = {},
): Tensor {
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
