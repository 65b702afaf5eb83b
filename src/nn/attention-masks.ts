// Masks of attention: which keys each query sees. A bool mask is true for keys that are seen; another is added to the
// scores (0 or −∞, or a bias). Both kinds and a mask of keys combine to one.

import { ChainruleError } from "../core/errors.ts";
import { type Shape, sameShape, showShape } from "../core/shape.ts";
import { currentRegion, describeRegion } from "../ir/region.ts";
import type { Tensor } from "../ir/tensor.ts";
import type { Context } from "./layer.ts";

/** What queries see, besides the mode. */
export interface MaskContext extends Context {
  /** Where bool: true for keys that a query sees; else added to the scores. Broadcasts to `[B, H, T, S]`. */
  readonly mask?: Tensor | null;
  /**
   * Keys that count, false for padding (the opposite of PyTorch's key_padding_mask). A query that sees no key gets NaN.
   * Shape: bool `[B, S]`.
   */
  readonly keyMask?: Tensor | null;
}

/** Checks the masks against the scores `[B, H, T, S]`, and makes one of them; null: every key is seen. */
export function combinedMask(
  layer: string,
  scores: Shape,
  { mask = null, keyMask = null }: MaskContext,
): Tensor | null {
  if (mask !== null) checkMask(layer, mask, scores);
  if (keyMask === null) return mask;
  checkKeyMask(layer, keyMask, [scores[0], scores[3]]);
  return withSeen(mask, keyMask.reshape([scores[0], 1, 1, scores[3]]));
}

/** A mask that hides further keys. Shape: both broadcast. */
export function withSeen(mask: Tensor | null, seen: Tensor): Tensor {
  if (mask === null) return seen;
  if (mask.dtype === "bool") return mask.logicalAnd(seen);
  return seen.where(mask, Number.NEGATIVE_INFINITY);
}

function checkMask(layer: string, mask: Tensor, scores: Shape): void {
  const expected = scores.slice(scores.length - mask.rank);
  const fits = mask.rank <= 4 && mask.shape.every((n, k) => n === 1 || n === expected[k]);
  if (fits && mask.dtype !== "int32") return;
  throw new ChainruleError({
    code: fits ? "DTYPE_MISMATCH" : "SHAPE_MISMATCH",
    op: layer,
    problem: `a mask is bool (true: seen) or float (added to the scores) and broadcasts to the scores ${showShape(scores)}; received ${mask.dtype}${showShape(mask.shape)}`,
    fix: "Use [T, S] for all alike, [B, 1, T, S] for each sequence, or keyMask [B, S] for padding.",
    detail: { expected: scores, received: mask.shape, dtype: mask.dtype },
    path: describeRegion(currentRegion()),
  });
}

function checkKeyMask(layer: string, keyMask: Tensor, shape: Shape): void {
  const fits = sameShape(keyMask.shape, shape);
  if (fits && keyMask.dtype === "bool") return;
  throw new ChainruleError({
    code: fits ? "DTYPE_MISMATCH" : "SHAPE_MISMATCH",
    op: layer,
    problem: `keyMask is bool${showShape(shape)}, true for keys that count; received ${keyMask.dtype}${showShape(keyMask.shape)}`,
    fix: "Make it of the ids, e.g. ids.notEqual(padding).",
    detail: { expected: shape, received: keyMask.shape, dtype: keyMask.dtype },
    path: describeRegion(currentRegion()),
  });
}
