// Slices: the view that takes elements at equal distances, with its ranges and its gradient.

import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import { checkOptionNames, type OptionNames } from "../core/option-names.ts";
import { checkWhole, type Shape, showShape } from "../core/shape.ts";
import { type Attributes, defineOp, type OpDefinition, record } from "../ir/op.ts";
import type { Tensor } from "../ir/tensor.ts";
import { flip, pad } from "./view.ts";

const numbers = (attributes: Attributes, name: string): readonly number[] =>
  attributes[name] as readonly number[];

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
  batch: ([x], attributes, { size }) =>
    record(sliceOp, [x], {
      starts: [0, ...numbers(attributes, "starts")],
      sizes: [size, ...numbers(attributes, "sizes")],
      steps: [1, ...numbers(attributes, "steps")],
    }),
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

const rangeNames: OptionNames<Exclude<Range, number | null>> = {
  start: true,
  end: true,
  step: true,
};

/** Takes a part: one range per axis, missing ones take all. Shape: `[4, 5], [{start: 1}, 0] → [3]`. */
export function slice(x: Tensor, ranges: readonly Range[]): Tensor {
  checkRanges("slice", ranges);
  const part = partOf(x.shape, ranges);
  const { starts, sizes, steps } = part;
  const whole = sizes.every((n, k) => starts[k] === 0 && steps[k] === 1 && n === x.shape[k]);
  const taken = whole ? x.node : record(sliceOp, [x], { starts, sizes, steps });
  return part.shape.length === x.rank ? taken : taken.reshape(part.shape);
}

/** Checks that what `op` is given is a list with an entry for each axis. */
export function checkRanges(op: string, ranges: unknown): void {
  if (Array.isArray(ranges)) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `takes one list, with an entry for each axis; received ${showValue(ranges)}`,
    fix: `Write ${op}([{ start: 0, end: 1 }]) for a part of the first axis.`,
  });
}

/** Which elements ranges take. */
export interface Part {
  readonly starts: number[];
  readonly sizes: number[];
  readonly steps: number[];
  /** The sizes without the axes that are dropped. */
  readonly shape: number[];
}

/** Resolves ranges against a shape; missing ones take all. */
export function partOf(shape: Shape, ranges: readonly Range[]): Part {
  if (ranges.length > shape.length) {
    throw new ChainruleError({
      code: "SHAPE_MISMATCH",
      op: "slice",
      problem: `${ranges.length} ranges for a tensor of shape ${showShape(shape)}`,
      fix: `Pass at most ${shape.length}.`,
    });
  }
  const parts = shape.map((length, axis) => resolveRange(ranges[axis] ?? null, length, axis));
  return {
    starts: parts.map((p) => p.start),
    sizes: parts.map((p) => p.size),
    steps: parts.map((p) => p.step),
    shape: parts.filter((p) => !p.dropped).map((p) => p.size),
  };
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
  checkOptionNames("slice", range, rangeNames);
  const step = range.step ?? 1;
  if (!Number.isInteger(step) || step === 0) {
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op: "slice",
      problem: `step ${step} of axis ${axis} is not a whole number other than 0`,
      fix: "Use 1 for every element, −1 for the reverse order.",
    });
  }
  for (const end of ["start", "end"] as const) checkWhole("slice", end, range[end] ?? 0);
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
export function unslice(
  g: Tensor,
  shape: Shape,
  attributes: Pick<Part, "starts" | "steps"> | Attributes,
): Tensor {
  const { starts, steps } = attributes as Pick<Part, "starts" | "steps">;
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
