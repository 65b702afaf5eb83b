// Reductions: the one structural op over add and max or min, and the means, counts and arg-reductions made of it.

import type { DType } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import type { OptionNames } from "../core/option-names.ts";
import { normalizeAxes, normalizeAxis, showShape, sizeOf } from "../core/shape.ts";
import { checkOptions } from "../ir/arguments.ts";
import type { Combine } from "../ir/loops.ts";
import {
  type Attributes,
  defineOp,
  type OpDefinition,
  record,
  type TensorType,
  type VjpRule,
} from "../ir/op.ts";
import type { Tensor } from "../ir/tensor.ts";
import { cast } from "./cast.ts";
import { iota } from "./leaf.ts";

/** Options of reductions. */
export interface ReduceOptions {
  /** The axis or axes that are reduced; default: all. */
  readonly axis?: number | readonly number[] | null;
  /** Whether reduced axes stay, with length 1; default false. */
  readonly keepDims?: boolean;
}

/** Names of the options of reductions. */
export const reduceNames: OptionNames<ReduceOptions> = { axis: true, keepDims: true };

const axesOf = (attributes: Attributes): readonly number[] => attributes.axes as readonly number[];

function reduceOp(
  name: string,
  combine: Combine,
  rest: Pick<OpDefinition, "doc" | "formula" | "derivatives" | "example"> & {
    readonly vjp: VjpRule;
  },
): OpDefinition {
  return defineOp({
    name,
    body: { kind: "reduce", combine },
    type: ([x], attributes) => keptType(x, axesOf(attributes)),
    samples: [
      { inputs: [{ shape: [3, 4] }], attributes: { axes: [1] } },
      { inputs: [{ shape: [3, 4] }], attributes: { axes: [0] } },
      { inputs: [{ shape: [2, 3, 5] }], attributes: { axes: [0, 2] } },
      { inputs: [{ shape: [1, 1] }], attributes: { axes: [0, 1] } },
      { inputs: [{ shape: [0, 3] }], attributes: { axes: [1] } },
    ],
    ...rest,
  });
}

export const sumOp: OpDefinition = reduceOp("sum", "add", {
  doc: "Sums over axes.",
  formula: "y = \\sum_i x_i",
  vjp: (g, [x]) => [g.broadcastTo(x.shape)],
  derivatives: ["1"],
  example: {
    inputs: [{ shape: [2, 2], values: [1, 2, 3, 4] }],
    attributes: { axes: [1] },
    output: { shape: [2, 1], values: [3, 7] },
  },
});

/** Gradient of max and min: shared evenly among the elements equal to the result. */
const shareAmongTies: VjpRule = (g, [x], y, attributes) => {
  const hit = x.equal(y).cast(x.dtype);
  const ties = hit.sum({ axis: axesOf(attributes), keepDims: true });
  return [hit.mul(g.div(ties))];
};

export const maxOp: OpDefinition = reduceOp("max", "max", {
  doc: "Largest element over axes; ties share the gradient evenly.",
  formula: "y = \\max_i x_i",
  vjp: shareAmongTies,
  derivatives: ["[x_i = y] / \\#\\{j : x_j = y\\}"],
  example: {
    inputs: [{ shape: [2, 2], values: [1, 2, 4, 3] }],
    attributes: { axes: [1] },
    output: { shape: [2, 1], values: [2, 4] },
  },
});

export const minOp: OpDefinition = reduceOp("min", "min", {
  doc: "Smallest element over axes; ties share the gradient evenly.",
  formula: "y = \\min_i x_i",
  vjp: shareAmongTies,
  derivatives: ["[x_i = y] / \\#\\{j : x_j = y\\}"],
  example: {
    inputs: [{ shape: [2, 2], values: [1, 2, 4, 3] }],
    attributes: { axes: [1] },
    output: { shape: [2, 1], values: [1, 3] },
  },
});

/** Sums over axes; bool counts as int32. Shape: `[2, 3], {axis: 1} → [2]`. */
export function sum(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkOptions("sum", options, reduceNames);
  return reduceWith(sumOp, x.dtype === "bool" ? cast(x, "int32") : x.node, options);
}

/** Largest element over axes; ties share the gradient evenly. Shape: `[2, 3], {axis: 1} → [2]`. */
export function max(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkNotEmpty("max", x, options);
  return ordered(maxOp, x, options);
}

/** Smallest element over axes; ties share the gradient evenly. Shape: `[2, 3], {axis: 1} → [2]`. */
export function min(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkNotEmpty("min", x, options);
  return ordered(minOp, x, options);
}

/** Mean over axes, `(1/n) Σ x`. Shape: `[2, 3], {axis: 1} → [2]`. */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkOptions("mean", options, reduceNames);
  const float: Tensor = x.dtype === "float64" ? x.node : cast(x, "float32");
  const count = sizeOf(normalizeAxes("mean", options.axis, x.rank).map((axis) => x.shape[axis]));
  return sum(float, options).div(count);
}

/** Options of `argMax` and `argMin`. */
export interface ArgReduceOptions {
  /** Default: none, the index in the flattened tensor. */
  readonly axis?: number;
  /** Whether the axis stays, with length 1; default false. */
  readonly keepDims?: boolean;
}

/** Index of the first largest element along `axis` (of the flattened tensor without it), as int32. */
export function argMax(x: Tensor, options: ArgReduceOptions = {}): Tensor {
  return argReduce("argMax", x, options, max);
}

/** Index of the first smallest element along `axis` (of the flattened tensor without it), as int32. */
export function argMin(x: Tensor, options: ArgReduceOptions = {}): Tensor {
  return argReduce("argMin", x, options, min);
}

function argReduce(
  op: string,
  x: Tensor,
  options: { readonly axis?: number; readonly keepDims?: boolean },
  best: typeof max,
): Tensor {
  checkOptions(op, options, reduceNames);
  if (options.axis === undefined) {
    const index = argReduce(op, x.reshape([x.size]), { axis: 0 }, best);
    return options.keepDims ? index.reshape(x.shape.map(() => 1)) : index;
  }
  const axis = normalizeAxis(op, options.axis, x.rank);
  const hit = x.equal(best(x, { axis, keepDims: true })).logicalOr(x.notEqual(x));
  const positions = iota(x.shape, axis);
  const found = hit.where(positions, x.shape[axis]);
  return min(found, { axis, keepDims: options.keepDims ?? false });
}

function reduceWith(
  definition: OpDefinition,
  x: Tensor,
  { axis, keepDims }: ReduceOptions,
): Tensor {
  const axes = normalizeAxes(definition.name, axis, x.rank);
  if (axes.length === 0) return x.node;
  const kept = record(definition, [x], { axes });
  return keepDims ? kept : kept.reshape(x.shape.filter((_, k) => !axes.includes(k)));
}

/** bool is ordered as 0 < 1. */
function ordered(definition: OpDefinition, x: Tensor, options: ReduceOptions): Tensor {
  if (x.dtype !== "bool") return reduceWith(definition, x, options);
  return cast(reduceWith(definition, cast(x, "int32"), options), "bool");
}

function keptType(x: TensorType, axes: readonly number[]): TensorType {
  const shape = x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  return { shape, dtype: x.dtype as DType };
}

function checkNotEmpty(op: string, x: Tensor, options: ReduceOptions): void {
  checkOptions(op, options, reduceNames);
  const { axis } = options;
  const axes = normalizeAxes(op, axis, x.rank);
  if (axes.every((k) => x.shape[k] > 0)) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `there is no ${op} of no elements: received ${showShape(x.shape)}`,
    fix: "Check that the data are not empty.",
    detail: { shape: x.shape, axes },
  });
}
