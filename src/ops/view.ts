// Views: ops that only say where each element comes from. broadcast, permute, flip and pad compute nothing, as slice in its
// own file; they give affine coordinates, which lowering folds into the index of a load.

import { ChainruleError } from "../core/errors.ts";
import {
  checkList,
  checkShape,
  checkWhole,
  normalizeAxes,
  normalizeAxis,
  type Shape,
  sameShape,
  showShape,
} from "../core/shape.ts";
import {
  type Attributes,
  defineOp,
  numberAttribute,
  type OpDefinition,
  record,
  type TensorType,
  type View,
} from "../ir/op.ts";
import type { Tensor } from "../ir/tensor.ts";

const numbers = (attributes: Attributes, name: string): readonly number[] =>
  attributes[name] as readonly number[];

/** Axes behind a new axis 0. */
const shifted = (axes: readonly number[]): number[] => axes.map((axis) => axis + 1);

/** The coordinate of output axis `axis`, unchanged. */
const same = (axis: number): View["coordinates"][number] => ({
  offset: 0,
  terms: [{ axis, scale: 1 }],
});

// --- broadcast ---

export const broadcastOp: OpDefinition = defineOp({
  name: "broadcast",
  doc: "Repeats elements along new leading axes and axes of length 1.",
  formula: "y_{ij} = x_j",
  type: ([x], attributes) => broadcastType(x, numbers(attributes, "shape")),
  body: {
    kind: "view",
    view: (input, output) => ({
      coordinates: input.shape.map((length, k) => {
        const axis = output.shape.length - input.shape.length + k;
        return length === 1 ? { offset: 0, terms: [] } : same(axis);
      }),
    }),
  },
  vjp: (g, [x]) => [sumToShape(g, x.shape)],
  batch: ([x], attributes, { size }) => {
    const shape = numbers(attributes, "shape");
    const extra = Array<number>(shape.length - x.rank + 1).fill(1);
    return broadcastTo(x.reshape([size, ...extra, ...x.shape.slice(1)]), [size, ...shape]);
  },
  derivatives: ["1"],
  samples: [
    { inputs: [{ shape: [3] }], attributes: { shape: [2, 3] } },
    { inputs: [{ shape: [2, 1] }], attributes: { shape: [2, 4] } },
    { inputs: [{ shape: [] }], attributes: { shape: [2, 2] } },
    { inputs: [{ shape: [1, 2] }], attributes: { shape: [0, 2] } },
  ],
  errors: [{ inputs: [{ shape: [3] }], attributes: { shape: [2, 4] }, code: "SHAPE_MISMATCH" }],
  example: {
    inputs: [{ shape: [2], values: [1, 2] }],
    attributes: { shape: [2, 2] },
    output: { shape: [2, 2], values: [1, 2, 1, 2] },
  },
});

/** Repeats elements to `shape`, as NumPy's `broadcast_to`. Shape: `[3] → [2, 3]`. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  checkShape("broadcastTo", shape);
  return sameShape(x.shape, shape) ? x.node : record(broadcastOp, [x], { shape: [...shape] });
}

/** Sums the axes along which a tensor of `shape` was broadcast to that of `x`. */
export function sumToShape(x: Tensor, shape: Shape): Tensor {
  const extra = x.rank - shape.length;
  const axes = x.shape.flatMap((length, axis) =>
    axis < extra || (shape[axis - extra] === 1 && length !== 1) ? [axis] : [],
  );
  return axes.length === 0 ? x : x.sum({ axis: axes, keepDims: true }).reshape(shape);
}

function broadcastType(x: TensorType, shape: Shape): TensorType {
  const extra = shape.length - x.shape.length;
  const fits = extra >= 0 && x.shape.every((n, k) => n === shape[extra + k] || n === 1);
  if (fits) return { shape, dtype: x.dtype };
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "broadcastTo",
    problem: `${showShape(x.shape)} does not broadcast to ${showShape(shape)}`,
    fix: "Aligned at the right, each length must be 1 or equal to the new one.",
    detail: { from: x.shape, to: shape },
  });
}

// --- permute ---

export const permuteOp: OpDefinition = defineOp({
  name: "permute",
  doc: "Reorders axes: output axis i is input axis axes[i].",
  formula: "y_{ji} = x_{ij}",
  type: ([x], attributes) => ({
    shape: numbers(attributes, "axes").map((axis) => x.shape[axis]),
    dtype: x.dtype,
  }),
  body: {
    kind: "view",
    view: (input, _output, attributes) => {
      const axes = numbers(attributes, "axes");
      return { coordinates: input.shape.map((_, axis) => same(axes.indexOf(axis))) };
    },
  },
  vjp: (g, _inputs, _y, attributes) => {
    const axes = numbers(attributes, "axes");
    return [
      permute(
        g,
        axes.map((_, axis) => axes.indexOf(axis)),
      ),
    ];
  },
  batch: ([x], attributes) => permute(x, [0, ...shifted(numbers(attributes, "axes"))]),
  derivatives: ["1"],
  samples: [
    { inputs: [{ shape: [2, 3] }], attributes: { axes: [1, 0] } },
    { inputs: [{ shape: [2, 3, 4] }], attributes: { axes: [2, 0, 1] } },
    { inputs: [{ shape: [0, 3] }], attributes: { axes: [1, 0] } },
  ],
  example: {
    inputs: [{ shape: [2, 3], values: [1, 2, 3, 4, 5, 6] }],
    attributes: { axes: [1, 0] },
    output: { shape: [3, 2], values: [1, 4, 2, 5, 3, 6] },
  },
});

/** Reorders axes: output axis `i` is input axis `axes[i]`. Shape: `[2, 3, 4], [2, 0, 1] → [4, 2, 3]`. */
export function permute(x: Tensor, axes: readonly number[]): Tensor {
  checkList("permute", "axes", axes);
  const list = axes.map((axis) => normalizeAxis("permute", axis, x.rank));
  if (list.length !== x.rank || new Set(list).size !== x.rank) {
    throw new ChainruleError({
      code: "SHAPE_MISMATCH",
      op: "permute",
      problem: `axes ${showShape(axes)} do not name each axis of ${showShape(x.shape)} once`,
      fix: `Pass an order of 0 … ${x.rank - 1}.`,
      detail: { axes, shape: x.shape },
    });
  }
  return list.every((axis, i) => axis === i) ? x.node : record(permuteOp, [x], { axes: list });
}

// --- flip ---

export const flipOp: OpDefinition = defineOp({
  name: "flip",
  doc: "Reverses the order along axes.",
  formula: "y_i = x_{n-1-i}",
  type: ([x]) => x,
  body: {
    kind: "view",
    view: (input, _output, attributes) => {
      const axes = numbers(attributes, "axes");
      return {
        coordinates: input.shape.map((length, axis) =>
          axes.includes(axis) ? { offset: length - 1, terms: [{ axis, scale: -1 }] } : same(axis),
        ),
      };
    },
  },
  vjp: (g, _inputs, _y, attributes) => [flip(g, numbers(attributes, "axes"))],
  batch: ([x], attributes) => flip(x, shifted(numbers(attributes, "axes"))),
  derivatives: ["1"],
  samples: [
    { inputs: [{ shape: [2, 3] }], attributes: { axes: [1] } },
    { inputs: [{ shape: [2, 1, 3] }], attributes: { axes: [0, 2] } },
    { inputs: [{ shape: [0] }], attributes: { axes: [0] } },
  ],
  example: {
    inputs: [{ shape: [3], values: [1, 2, 3] }],
    attributes: { axes: [0] },
    output: { shape: [3], values: [3, 2, 1] },
  },
});

/** Reverses the order along one axis or several. Shape: `[...] → [...]`. */
export function flip(x: Tensor, axis: number | readonly number[]): Tensor {
  return record(flipOp, [x], { axes: normalizeAxes("flip", axis, x.rank) });
}

// --- pad ---

export const padOp: OpDefinition = defineOp({
  name: "pad",
  doc: "Puts a constant around the tensor; negative amounts crop.",
  formula: "y_i = x_{i-l}\\ \\text{inside},\\ c\\ \\text{outside}",
  type: ([x], attributes) => padType(x, attributes.padding as readonly (readonly number[])[]),
  body: {
    kind: "view",
    view: (input, _output, attributes) => {
      const padding = attributes.padding as readonly (readonly number[])[];
      return {
        coordinates: input.shape.map((_, axis) => ({
          offset: -padding[axis][0],
          terms: [{ axis, scale: 1 }],
        })),
        fill: Number(attributes.value),
      };
    },
  },
  vjp: (g, _inputs, _y, attributes) => {
    const padding = attributes.padding as readonly (readonly number[])[];
    return [
      pad(
        g,
        padding.map(([before, after]) => [-before, -after] as const),
      ),
    ];
  },
  batch: ([x], { padding, value }) =>
    record(padOp, [x], { padding: [[0, 0], ...(padding as number[][])], value }),
  derivatives: ["1"],
  samples: [
    {
      inputs: [{ shape: [2, 3] }],
      attributes: {
        padding: [
          [1, 0],
          [0, 2],
        ],
        value: 0,
      },
    },
    { inputs: [{ shape: [5] }], attributes: { padding: [[-1, 2]], value: 1.5 } },
    { inputs: [{ shape: [0] }], attributes: { padding: [[1, 1]], value: 3 } },
  ],
  errors: [
    {
      inputs: [{ shape: [2] }],
      attributes: { padding: [[-3, 0]], value: 0 },
      code: "SHAPE_MISMATCH",
    },
  ],
  example: {
    inputs: [{ shape: [2], values: [1, 2] }],
    attributes: { padding: [[1, 2]], value: 0 },
    output: { shape: [5], values: [0, 1, 2, 0, 0] },
  },
});

/** Puts `value` around the tensor: `[before, after]` for each axis; negative amounts crop. Shape: `[n] → [before + n + after]`. */
export function pad(x: Tensor, padding: readonly (readonly [number, number])[], value = 0): Tensor {
  if (padding.length !== x.rank) {
    throw new ChainruleError({
      code: "SHAPE_MISMATCH",
      op: "pad",
      problem: `${padding.length} pairs for a tensor of shape ${showShape(x.shape)}`,
      fix: "Pass one [before, after] for each axis.",
    });
  }
  checkWhole("pad", "padding", padding.flat());
  if (padding.every(([before, after]) => before === 0 && after === 0)) return x.node;
  const pairs = padding.map((pair) => [...pair]);
  return record(padOp, [x], { padding: pairs, value: numberAttribute(value) });
}

function padType(x: TensorType, padding: readonly (readonly number[])[]): TensorType {
  const shape = x.shape.map((length, axis) => length + padding[axis][0] + padding[axis][1]);
  if (shape.every((length) => length >= 0)) return { shape, dtype: x.dtype };
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "pad",
    problem: `cropping ${JSON.stringify(padding)} takes more than ${showShape(x.shape)} has`,
    fix: "Crop less.",
    detail: { shape: x.shape, padding },
  });
}
