// Sorting: the one op gives the order; sorted values are picked by it, so that their derivative is that of picking.

import type { OptionNames } from "../core/option-names.ts";
import { normalizeAxis } from "../core/shape.ts";
import { checkOptions } from "../ir/arguments.ts";
import { defineOp, type OpDefinition, record } from "../ir/op.ts";
import type { Tensor } from "../ir/tensor.ts";
import { argsortRows } from "./kernels/argsort.ts";
import { toNumber } from "./operand.ts";

export const argSortOp: OpDefinition = defineOp({
  name: "argSort",
  doc: "Indices that put each row of the last axis in order; equal elements keep theirs, NaN counts as the largest.",
  formula: "x_{y_0} \\le x_{y_1} \\le \\dots",
  body: { kind: "host", run: argsortRows },
  type: ([x]) => ({ shape: x.shape, dtype: "int32" }),
  vjp: () => [null],
  derivatives: ["0"],
  samples: [
    { inputs: [{ shape: [3, 5] }], attributes: { descending: false } },
    { inputs: [{ shape: [3, 40] }], attributes: { descending: true } },
    { inputs: [{ shape: [2, 600] }], attributes: { descending: false } },
    { inputs: [{ shape: [2, 0] }], attributes: { descending: false } },
    {
      inputs: [{ shape: [6], dtype: "int32", values: [2, -1, 2, 7, -1, 0] }],
      attributes: { descending: true },
    },
  ],
  example: {
    inputs: [{ shape: [4], values: [3, 1, 2, 1] }],
    attributes: { descending: false },
    output: { shape: [4], values: [1, 3, 2, 0] },
  },
});

/** How to sort. */
export interface SortOptions {
  /** Default −1, the last. */
  readonly axis?: number;
  /** Whether the largest come first; default false. */
  readonly descending?: boolean;
}

/** Names of the options of sorting. */
export const sortNames: OptionNames<SortOptions> = { axis: true, descending: true };

/**
 * Indices (int32) that put `x` in order along `axis`; stable, and NaN counts as larger than any number, as in PyTorch.
 * Shape: `[...] → [...]`.
 */
export function argSort(x: Tensor, options: SortOptions = {}): Tensor {
  checkOptions("argSort", options, sortNames);
  const { axis = -1, descending = false } = options;
  if (x.rank === 0) return argSort(x.reshape([1]), { descending }).reshape([]);
  const at = normalizeAxis("argSort", axis, x.rank);
  const order = record(argSortOp, [toNumber(x).moveAxis(at, -1)], { descending });
  return order.moveAxis(-1, at);
}
