// Likeness and distance of vectors: cosines, and p-norms of differences, of pairs or of all with all.

import { ChainruleError } from "../../core/errors.ts";
import type { OptionNames } from "../../core/option-names.ts";
import { normalizeAxis, showShape } from "../../core/shape.ts";
import { checkOptions } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { align, toFloat } from "../operand.ts";

/**
 * Cosine of the angle between vectors along an axis, `a·b / (max(‖a‖, ε) · max(‖b‖, ε))`. `axis` is 1 and `eps` 1e-8
 * unless given. Shape: `[N, D], [N, D] → [N]`, after broadcasting.
 */
export function cosineSimilarity(
  a: Tensor,
  b: Tensor,
  options: { readonly axis?: number; readonly eps?: number } = {},
): Tensor {
  checkOptions("cosineSimilarity", options, { axis: true, eps: true });
  const { eps = 1e-8 } = options;
  const [x, y] = align("cosineSimilarity", [a, b]).map(toFloat);
  const axis = normalizeAxis("cosineSimilarity", options.axis ?? 1, x.rank);
  const length = (t: Tensor): Tensor => t.norm({ axis }).clamp({ min: eps });
  return x
    .mul(y)
    .sum({ axis })
    .div(length(x).mul(length(y)));
}

/** Options of `pairwiseDistance`. */
export interface DistanceOptions {
  /** Which norm; default 2. */
  readonly p?: number;
  /** Added to each difference, so that the derivative exists where vectors are equal; default 1e-6. */
  readonly eps?: number;
  /** Whether the last axis stays with length 1; default false. */
  readonly keepDims?: boolean;
}

const distanceNames: OptionNames<DistanceOptions> = { p: true, eps: true, keepDims: true };

/** Distance of vectors along the last axis, `‖a − b + ε‖ₚ`. Shape: `[N, D], [N, D] → [N]`, after broadcasting. */
export function pairwiseDistance(a: Tensor, b: Tensor, options: DistanceOptions = {}): Tensor {
  checkOptions("pairwiseDistance", options, distanceNames);
  const { p = 2, eps = 1e-6, keepDims } = options;
  return a.sub(b).add(eps).norm({ p, axis: -1, keepDims });
}

/**
 * Distances of all rows of `a` to all rows of `b`, `yᵢⱼ = ‖aᵢ − bⱼ‖ₚ`; the derivative is 0 where rows are equal.
 * Shape: `[..., n, D], [..., m, D] → [..., n, m]`; leading axes broadcast.
 */
export function cdist(a: Tensor, b: Tensor, options: { readonly p?: number } = {}): Tensor {
  checkOptions("cdist", options, { p: true });
  checkRows(a, b);
  const differences = a.unsqueeze(-2).sub(b.unsqueeze(-3)); // [..., n, m, D]
  return differences.norm({ p: options.p ?? 2, axis: -1 });
}

function checkRows(a: Tensor, b: Tensor): void {
  if (a.rank >= 2 && b.rank >= 2 && a.shape.at(-1) === b.shape.at(-1)) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "cdist",
    problem: `takes rows of one length, [n, D] and [m, D]; received ${showShape(a.shape)} and ${showShape(b.shape)}`,
    fix: "The last axes are the vectors and must be equally long; give a single vector an axis with .unsqueeze(0).",
    detail: { shapes: [a.shape, b.shape] },
  });
}
