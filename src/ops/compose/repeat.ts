// Repeating: elements along new or old axes, and copies of the whole side by side.

import { ChainruleError } from "../../core/errors.ts";
import { checkList, checkWhole, normalizeAxis, type Shape } from "../../core/shape.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { take } from "../gather.ts";
import { constant } from "../leaf.ts";

/** As `broadcastTo`, where −1 keeps a length. Shape: `[3, 1], [-1, 4] → [3, 4]`. */
export function expand(x: Tensor, shape: Shape): Tensor {
  checkList("expand", "sizes", shape);
  const extra = shape.length - x.rank;
  return x.broadcastTo(shape.map((n, k) => (n === -1 && k >= extra ? x.shape[k - extra] : n)));
}

/** Copies of the whole tensor side by side, as NumPy's `tile`. Shape: `[2], [3, 2] → [3, 4]`. */
export function tile(x: Tensor, reps: number | readonly number[]): Tensor {
  const counts = [reps].flat();
  checkWhole("tile", "reps", reps, 0);
  const rank = Math.max(counts.length, x.rank);
  const lengths = [...Array<number>(rank - x.rank).fill(1), ...x.shape];
  const times = [...Array<number>(rank - counts.length).fill(1), ...counts];
  const spread = x.reshape(lengths.flatMap((n) => [1, n]));
  const copies = spread.broadcastTo(lengths.flatMap((n, k) => [times[k], n]));
  return copies.reshape(lengths.map((n, k) => n * times[k]));
}

/** Copies of the whole tensor; as `tile`. Shape: `[2, 3], [2, 1] → [4, 3]`. */
export const repeat: (x: Tensor, repeats: number | readonly number[]) => Tensor = tile;

/**
 * Repeats each element along `axis` (of the flattened tensor without it): all equally often, or each as often as the list
 * says. Shape: `[2, 3], 2, 1 → [2, 6]`.
 */
export function repeatInterleave(
  x: Tensor,
  repeats: number | readonly number[],
  axis?: number | null,
): Tensor {
  if (axis === undefined || axis === null) return repeatInterleave(x.reshape([x.size]), repeats, 0);
  checkWhole("repeatInterleave", "repeats", repeats, 0);
  const at = normalizeAxis("repeatInterleave", axis, x.rank);
  if (typeof repeats !== "number") return take(x, repeated(x.shape[at], repeats), at);
  const shape = [...x.shape];
  const wide = x
    .unsqueeze(at + 1)
    .broadcastTo([...shape.slice(0, at + 1), repeats, ...shape.slice(at + 1)]);
  return wide.reshape(shape.map((n, k) => (k === at ? n * repeats : n)));
}

function repeated(length: number, repeats: readonly number[]): Tensor {
  if (repeats.length !== length) {
    throw new ChainruleError({
      code: "SHAPE_MISMATCH",
      op: "repeatInterleave",
      problem: `${repeats.length} repeats for ${length} elements`,
      fix: "Pass one number for all, or one for each element along the axis.",
      detail: { repeats, length },
    });
  }
  const places = repeats.flatMap((count, k) => Array<number>(count).fill(k));
  return constant(Int32Array.from(places), [places.length]);
}
