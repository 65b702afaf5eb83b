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
import { unslice } from "./view.ts";

interface WindowAttributes {
  readonly axis: number;
  readonly size: number;
  readonly step: number;
}

const windowOf = (attributes: Attributes): WindowAttributes =>
  attributes as unknown as WindowAttributes;

export const unfoldOp: OpDefinition = defineOp({
  name: "unfold",
  doc: "Windows of a given size along one axis, every step elements; the window becomes a new last axis.",
  formula: "y_{ik} = x_{i d + k}",
  type: ([x], attributes) => unfoldType(x, windowOf(attributes)),
  body: {
    kind: "view",
    view: (input, output, attributes) => {
      const { axis, step } = windowOf(attributes);
      const last = output.shape.length - 1;
      const inWindow = [
        { axis, scale: step },
        { axis: last, scale: 1 },
      ];
      const coordinate = (k: number): ViewCoordinate => ({
        offset: 0,
        terms: k === axis ? inWindow : [{ axis: k, scale: 1 }],
      });
      return { coordinates: input.shape.map((_, k) => coordinate(k)) };
    },
  },
  vjp: (g, [x], _y, attributes) => [foldWindows(g, x, windowOf(attributes))],
  derivatives: ["1"],
  samples: [
    { inputs: [{ shape: [7] }], attributes: { axis: 0, size: 3, step: 2 } },
    { inputs: [{ shape: [2, 5, 3] }], attributes: { axis: 1, size: 2, step: 1 } },
    { inputs: [{ shape: [4, 0] }], attributes: { axis: 0, size: 2, step: 3 } },
  ],
  errors: [
    { inputs: [{ shape: [2] }], attributes: { axis: 0, size: 3, step: 1 }, code: "SHAPE_MISMATCH" },
  ],
  example: {
    inputs: [{ shape: [4], values: [1, 2, 3, 4] }],
    attributes: { axis: 0, size: 2, step: 2 },
    output: { shape: [2, 2], values: [1, 2, 3, 4] },
  },
});

/** Windows of `size` elements along `axis`, every `step`, as a new last axis. Shape: `[7], 0, 3, 2 → [3, 3]`. */
export function unfold(x: Tensor, axis: number, size: number, step = 1): Tensor {
  return record(unfoldOp, [x], { axis: normalizeAxis("unfold", axis, x.rank), size, step });
}

function unfoldType(x: TensorType, { axis, size, step }: WindowAttributes): TensorType {
  const whole = [size, step].every((n) => Number.isInteger(n) && n > 0);
  if (whole && size <= x.shape[axis]) {
    const windows = Math.floor((x.shape[axis] - size) / step) + 1;
    return { shape: [...x.shape.map((n, k) => (k === axis ? windows : n)), size], dtype: x.dtype };
  }
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "unfold",
    problem: `windows of ${size} every ${step} do not fit axis ${axis} of ${showShape(x.shape)}`,
    fix: "Size and step are whole numbers ≥ 1, and the size is at most the axis's length.",
    detail: { shape: x.shape, axis, size, step },
  });
}

/** Adds each place of the windows back where it was read: one spread slice per place. */
function foldWindows(g: Tensor, x: Tensor, { axis, size, step }: WindowAttributes): Tensor {
  const last = g.rank - 1;
  const steps = x.shape.map((_, k) => (k === axis ? step : 1));
  let sum: Tensor | undefined;
  for (let place = 0; place < size; place++) {
    const part = g.slice([...Array<null>(last).fill(null), place]);
    const starts = x.shape.map((_, k) => (k === axis ? place : 0));
    const spread = unslice(part, x.shape, { starts, steps });
    sum = sum === undefined ? spread : sum.add(spread);
  }
  return sum!;
}
