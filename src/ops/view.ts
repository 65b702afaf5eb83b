// Views: ops that only say where each element comes from. broadcast, permute, slice, flip and pad compute nothing; they
// give affine coordinates, which lowering folds into the index of a load.

import { ChainruleError } from "../core/errors.ts";
import { normalizeAxes, normalizeAxis, type Shape, sameShape, showShape } from "../core/shape.ts";
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

// --- slice ---

export const sliceOp: OpDefinition = defineOp({
  name: "slice",
  doc: "Takes elements starts[i], starts[i] + steps[i], … of each axis.",
  formula: "y_i = x_{s + i d}",
  type: ([x], attributes) => ({ shape: numbers(attributes, "sizes"), dtype: x.dtype }),
  body: {
    kind: "view",
    view: (input, _output, attributes) => {
      const starts = numbers(attributes, "starts");
      const steps = numbers(attributes, "steps");
      return {
        coordinates: input.shape.map((_, axis) => ({
          offset: starts[axis],
          terms: [{ axis, scale: steps[axis] }],
        })),
      };
    },
  },
  vjp: (g, [x], _y, attributes) => [unslice(g, x.shape, attributes)],
  derivatives: ["1"],
  samples: [
    { inputs: [{ shape: [4, 5] }], attributes: { starts: [1, 0], sizes: [2, 3], steps: [1, 2] } },
    { inputs: [{ shape: [6] }], attributes: { starts: [5], sizes: [3], steps: [-2] } },
    { inputs: [{ shape: [3, 2] }], attributes: { starts: [1, 0], sizes: [0, 2], steps: [1, 1] } },
  ],
  example: {
    inputs: [{ shape: [5], values: [1, 2, 3, 4, 5] }],
    attributes: { starts: [1], sizes: [2], steps: [2] },
    output: { shape: [2], values: [2, 4] },
  },
});

/** Range along one axis like Python's `start:end:step`; a number takes one element and drops the axis; null takes all. */
export type Range =
  | null
  | number
  | { readonly start?: number | null; readonly end?: number | null; readonly step?: number };

/** Takes a part: one range per axis, missing ones take all. Shape: `[4, 5], [{start: 1}, 0] → [3]`. */
export function slice(x: Tensor, ranges: readonly Range[]): Tensor {
  if (ranges.length > x.rank) {
    throw new ChainruleError({
      code: "SHAPE_MISMATCH",
      op: "slice",
      problem: `${ranges.length} ranges for a tensor of shape ${showShape(x.shape)}`,
      fix: `Pass at most ${x.rank}.`,
    });
  }
  const parts = x.shape.map((length, axis) => resolveRange(ranges[axis] ?? null, length, axis));
  const attributes = {
    starts: parts.map((p) => p.start),
    sizes: parts.map((p) => p.size),
    steps: parts.map((p) => p.step),
  };
  const whole = parts.every((p, axis) => p.start === 0 && p.step === 1 && p.size === x.shape[axis]);
  const taken = whole ? x.node : record(sliceOp, [x], attributes);
  const kept = parts.filter((p) => !p.dropped).map((p) => p.size);
  return kept.length === x.rank ? taken : taken.reshape(kept);
}

interface ResolvedRange {
  readonly start: number;
  readonly size: number;
  readonly step: number;
  readonly dropped: boolean;
}

function resolveRange(range: Range, length: number, axis: number): ResolvedRange {
  if (range === null) return { start: 0, size: length, step: 1, dropped: false };
  if (typeof range === "number") {
    const start = range < 0 ? range + length : range;
    if (Number.isInteger(range) && start >= 0 && start < length) {
      return { start, size: 1, step: 1, dropped: true };
    }
    throw new ChainruleError({
      code: "SHAPE_MISMATCH",
      op: "slice",
      problem: `index ${range} is outside axis ${axis} of length ${length}`,
      fix: `Use an index from ${-length} to ${length - 1}.`,
      detail: { index: range, axis, length },
    });
  }
  if (typeof range !== "object" || Array.isArray(range)) {
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op: "slice",
      problem: `the range of axis ${axis} is ${JSON.stringify(range)}`,
      fix: "Write { start, end, step }, a number for one element, or null for all.",
    });
  }
  const step = range.step ?? 1;
  if (!Number.isInteger(step) || step === 0) {
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op: "slice",
      problem: `step ${step} of axis ${axis} is not a whole number other than 0`,
      fix: "Use 1 for every element, −1 for the reverse order.",
    });
  }
  const low = step > 0 ? 0 : -1;
  const high = step > 0 ? length : length - 1;
  const place = (at: number | null | undefined, otherwise: number): number =>
    at === undefined || at === null
      ? otherwise
      : Math.min(Math.max(at < 0 ? at + length : at, low), high);
  const start = place(range.start, step > 0 ? 0 : length - 1);
  const end = place(range.end, step > 0 ? length : -1);
  return { start, size: Math.max(0, Math.ceil((end - start) / step)), step, dropped: false };
}

/** Gradient of a slice: puts elements back at start + i·step in zeros of `shape`. */
export function unslice(g: Tensor, shape: Shape, attributes: Attributes): Tensor {
  const starts = numbers(attributes, "starts");
  const steps = numbers(attributes, "steps");
  const backward = steps.flatMap((step, axis) => (step < 0 && g.shape[axis] > 0 ? [axis] : []));
  const forwardG = backward.length > 0 ? flip(g, backward) : g;
  const spread = dilate(forwardG, steps.map(Math.abs));
  return pad(
    spread,
    shape.map((length, axis) => {
      if (spread.shape[axis] === 0) return [0, length] as const;
      const first =
        steps[axis] > 0 ? starts[axis] : starts[axis] + (g.shape[axis] - 1) * steps[axis];
      return [first, length - first - spread.shape[axis]] as const;
    }),
  );
}

/** Puts step−1 zeros between neighbours of each axis. */
function dilate(x: Tensor, steps: readonly number[]): Tensor {
  let result = x;
  for (let axis = 0; axis < steps.length; axis++) {
    const step = steps[axis];
    const length = result.shape[axis];
    if (step === 1 || length <= 1) continue;
    const before = result.shape.slice(0, axis);
    const after = result.shape.slice(axis + 1);
    const columns = result.reshape([...before, length, 1, ...after]);
    const padding = columns.shape.map(
      (_, k) => (k === axis + 1 ? [0, step - 1] : [0, 0]) as [number, number],
    );
    const long = pad(columns, padding).reshape([...before, length * step, ...after]);
    result = long.slice([...before.map(() => null), { end: (length - 1) * step + 1 }]);
  }
  return result;
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
