// Reshape and its relatives: the same elements in row-major order under another shape. No data moves.

import { ChainruleError } from "../core/errors.ts";
import {
  checkList,
  normalizeAxes,
  normalizeAxis,
  type Shape,
  sameShape,
  showShape,
  sizeOf,
} from "../core/shape.ts";
import { defineOp, type OpDefinition, record } from "../ir/op.ts";
import type { Tensor } from "../ir/tensor.ts";

export const reshapeOp: OpDefinition = defineOp({
  name: "reshape",
  doc: "Gives the same elements, in row-major order, another shape.",
  formula: "y = x",
  body: { kind: "reshape" },
  type: ([x], { shape }) => ({ shape: shape as Shape, dtype: x.dtype }),
  vjp: (g, [x]) => [reshape(g, x.shape)],
  derivatives: ["1"],
  samples: [
    { inputs: [{ shape: [2, 6] }], attributes: { shape: [3, 4] } },
    { inputs: [{ shape: [6] }], attributes: { shape: [2, 1, 3] } },
    { inputs: [{ shape: [1] }], attributes: { shape: [] } },
    { inputs: [{ shape: [0, 3] }], attributes: { shape: [3, 0, 2] } },
  ],
  example: {
    inputs: [{ shape: [4], values: [1, 2, 3, 4] }],
    attributes: { shape: [2, 2] },
    output: { shape: [2, 2], values: [1, 2, 3, 4] },
  },
});

/** Gives the same elements another shape; one length may be −1. Shape: `[2, 6], [3, -1] → [3, 4]`. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  checkList("reshape", "sizes", shape);
  const full = inferLength(x, shape);
  return sameShape(full, x.shape) ? x.node : record(reshapeOp, [x], { shape: full });
}

/** Merges axes `start … end` (inclusive) into one. Shape: `[2, 3, 4] → [2, 12]` for start 1. */
export function flatten(x: Tensor, start = 0, end = -1): Tensor {
  if (x.rank === 0) return reshape(x, [1]);
  const first = normalizeAxis("flatten", start, x.rank);
  const last = normalizeAxis("flatten", end, x.rank);
  if (first > last) {
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op: "flatten",
      problem: `axes ${first} … ${last} of ${showShape(x.shape)} run backwards`,
      fix: "The first axis comes before the last.",
      detail: { start: first, end: last },
    });
  }
  const merged = sizeOf(x.shape.slice(first, last + 1));
  return reshape(x, [...x.shape.slice(0, first), merged, ...x.shape.slice(last + 1)]);
}

/** Removes axes of length 1: those named, or all of them; a longer axis stays. Shape: `[2, 1, 3] → [2, 3]`. */
export function squeeze(x: Tensor, axis?: number | readonly number[]): Tensor {
  const axes = normalizeAxes("squeeze", axis, x.rank);
  return reshape(
    x,
    x.shape.filter((n, k) => n !== 1 || !axes.includes(k)),
  );
}

/** Inserts an axis of length 1 before position `axis`. Shape: `[2, 3], 1 → [2, 1, 3]`. */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  const at = normalizeAxis("unsqueeze", axis, x.rank + 1);
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}

function inferLength(x: Tensor, shape: Shape): number[] {
  const unknown = shape.indexOf(-1);
  const known = sizeOf(shape.filter((n) => n !== -1));
  const full = shape.map((n, axis) => (axis === unknown && known > 0 ? x.size / known : n));
  const valid = full.every((n) => Number.isInteger(n) && n >= 0) && sizeOf(full) === x.size;
  if (valid) return full;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "reshape",
    problem: `${showShape(x.shape)} has ${x.size} elements, which do not fill ${showShape(shape)}`,
    fix: "The product of the lengths must stay the same; one length may be -1.",
    detail: { from: x.shape, to: shape },
  });
}
