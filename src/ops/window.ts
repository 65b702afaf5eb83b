// Sliding windows as a view: each element of a window is an affine coordinate of the input, so nothing is copied.

import { ChainruleError } from "../core/errors.ts";
import { normalizeAxis, showShape } from "../core/shape.ts";
import {
  type Attributes,
  defineOp,
  type OpDefinition,
  record,
  type TensorType,
  type ViewCoordinate,
} from "../ir/op.ts";
import type { Tensor } from "../ir/tensor.ts";
import { unslice } from "./slice.ts";

interface WindowAttributes {
  readonly axis: number;
  readonly size: number;
  readonly step: number;
  /** Distance of neighbours inside a window; absent from a node's attributes where it is 1. */
  readonly dilation: number;
}

const windowOf = (attributes: Attributes): WindowAttributes =>
  ({ dilation: 1, ...attributes }) as unknown as WindowAttributes;

export const unfoldOp: OpDefinition = defineOp({
  name: "unfold",
  doc: "Windows of a given size along one axis, every step elements; the window becomes a new last axis.",
  formula: "y_{ik} = x_{i s + k d}",
  type: ([x], attributes) => unfoldType(x, windowOf(attributes)),
  body: {
    kind: "view",
    view: (input, output, attributes) => {
      const { axis, step, dilation } = windowOf(attributes);
      const last = output.shape.length - 1;
      const inWindow = [
        { axis, scale: step },
        { axis: last, scale: dilation },
      ];
      const coordinate = (k: number): ViewCoordinate => ({
        offset: 0,
        terms: k === axis ? inWindow : [{ axis: k, scale: 1 }],
      });
      return { coordinates: input.shape.map((_, k) => coordinate(k)) };
    },
  },
  vjp: (g, [x], _y, attributes) => [foldWindows(g, x, windowOf(attributes))],
  batch: ([x], attributes) =>
    record(unfoldOp, [x], { ...attributes, axis: (attributes.axis as number) + 1 }),
  derivatives: ["1"],
  samples: [
    { inputs: [{ shape: [7] }], attributes: { axis: 0, size: 3, step: 2 } },
    { inputs: [{ shape: [2, 5, 3] }], attributes: { axis: 1, size: 2, step: 1 } },
    { inputs: [{ shape: [8, 2] }], attributes: { axis: 0, size: 3, step: 1, dilation: 2 } },
    { inputs: [{ shape: [4, 0] }], attributes: { axis: 0, size: 2, step: 3 } },
  ],
  errors: [
    { inputs: [{ shape: [2] }], attributes: { axis: 0, size: 3, step: 1 }, code: "SHAPE_MISMATCH" },
    {
      inputs: [{ shape: [4] }],
      attributes: { axis: 0, size: 3, step: 1, dilation: 2 },
      code: "SHAPE_MISMATCH",
    },
  ],
  example: {
    inputs: [{ shape: [4], values: [1, 2, 3, 4] }],
    attributes: { axis: 0, size: 2, step: 2 },
    output: { shape: [2, 2], values: [1, 2, 3, 4] },
  },
});

/**
 * Windows of `size` elements along `axis`, one every `step`, as a new last axis; neighbours inside a window are
 * `dilation` apart. Shape: `[7], 0, 3, 2 → [3, 3]`.
 */
export function unfold(x: Tensor, axis: number, size: number, step = 1, dilation = 1): Tensor {
  const at = normalizeAxis("unfold", axis, x.rank);
  const attributes = { axis: at, size, step };
  return record(unfoldOp, [x], dilation === 1 ? attributes : { ...attributes, dilation });
}

function unfoldType(x: TensorType, { axis, size, step, dilation }: WindowAttributes): TensorType {
  const whole = [size, step, dilation].every((n) => Number.isInteger(n) && n > 0);
  const span = (size - 1) * dilation + 1;
  if (whole && span <= x.shape[axis]) {
    const windows = Math.floor((x.shape[axis] - span) / step) + 1;
    return { shape: [...x.shape.map((n, k) => (k === axis ? windows : n)), size], dtype: x.dtype };
  }
  const apart = dilation === 1 ? "" : `, ${dilation} apart,`;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "unfold",
    problem: `windows of ${size}${apart} every ${step} do not fit axis ${axis} of ${showShape(x.shape)}`,
    fix: "Size, step and dilation are whole numbers ≥ 1, and the axis holds at least one window.",
    detail: { shape: x.shape, axis, size, step, dilation },
  });
}

/** Adds each place of the windows back where it was read: one spread slice per place. */
function foldWindows(
  g: Tensor,
  x: Tensor,
  { axis, size, step, dilation }: WindowAttributes,
): Tensor {
  const last = g.rank - 1;
  const steps = x.shape.map((_, k) => (k === axis ? step : 1));
  let sum: Tensor | undefined;
  for (let place = 0; place < size; place++) {
    const part = g.slice([...Array<null>(last).fill(null), place]);
    const starts = x.shape.map((_, k) => (k === axis ? place * dilation : 0));
    const spread = unslice(part, x.shape, { starts, steps });
    sum = sum === undefined ? spread : sum.add(spread);
  }
  return sum!;
}
