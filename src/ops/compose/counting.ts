// Counting: elements that are not 0, whole numbers by value, numbers by bin. The number of bins is part of the shape and
// so a JavaScript number.

import { ChainruleError } from "../../core/errors.ts";
import type { OptionNames } from "../../core/option-names.ts";
import { showShape } from "../../core/shape.ts";
import { checkOptions } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { scatterAdd } from "../gather.ts";
import { full } from "../leaf.ts";
import { toFloat } from "../operand.ts";
import { type ReduceOptions, reduceNames } from "../reduce.ts";
import { linspace } from "./creation.ts";
import { searchSorted } from "./search.ts";

/** Number of elements over axes that are not 0, as int32. Shape: `[2, 3], {axis: 1} → [2]`. */
export function countNonzero(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkOptions("countNonzero", options, reduceNames);
  return x.notEqual(0).sum(options);
}

/**
 * How often each of 0 … `bins` − 1 occurs among whole numbers, as int32, or the sums of their weights; other numbers are
 * not counted. Shape: `[n] → [bins]`.
 */
export function bincount(
  x: Tensor,
  bins: number,
  options: { readonly weights?: Tensor } = {},
): Tensor {
  checkOptions("bincount", options, { weights: true });
  checkBins("bincount", bins);
  const { weights } = options;
  const numbers = x.cast("int32").reshape([x.size]);
  const weighed = weights?.reshape([x.size]) ?? full([x.size], 1, "int32");
  return scatterAdd(weighed, numbers.stopGradient(), 0, bins);
}

/** Counts by bin, and where the bins end. */
export interface Histogram {
  readonly counts: Tensor;
  readonly edges: Tensor;
}

/** How numbers are counted. */
export interface HistogramOptions {
  /** Where the first bin begins; default: at the smallest element. */
  readonly min?: number;
  /** Where the last bin ends; default: at the largest element. */
  readonly max?: number;
  /** One per element; counts are then their sums. */
  readonly weights?: Tensor;
  /** Whether counts are divided by their sum and the widths of the bins; default false. */
  readonly density?: boolean;
}

const histogramNames: OptionNames<HistogramOptions> = {
  min: true,
  max: true,
  weights: true,
  density: true,
};

/**
 * Counts elements by bin: `bins` of equal width, or between sorted edges. A bin holds its lower edge, the last one both;
 * elements outside are not counted. Counts have no gradient for `x`. Shape: `[...] → counts [bins], edges [bins + 1]`.
 */
export function histogram(
  x: Tensor,
  bins: number | Tensor = 10,
  options: HistogramOptions = {},
): Histogram {
  checkOptions("histogram", options, histogramNames);
  const values = toFloat(x).stopGradient();
  const edges = typeof bins === "number" ? evenEdges(values, bins, options) : checkEdges(bins);
  const count = edges.size - 1;
  const last = edges.select(0, count);
  const place = searchSorted(edges, values, { right: true }).sub(1);
  const within = values.equal(last).where(count - 1, place); // below the first edge it is −1, above the last count
  const weights = options.weights ?? values.onesLike();
  const counts = bincount(within, count, { weights });
  if (!options.density) return { counts, edges };
  return { counts: counts.div(counts.sum()).div(edges.diff()), edges };
}

function evenEdges(values: Tensor, bins: number, { min, max }: HistogramOptions): Tensor {
  checkBins("histogram", bins);
  const low = min === undefined ? values.min() : full([], min, values.dtype);
  const high = max === undefined ? values.max() : full([], max, values.dtype);
  const flat = low.equal(high).cast(values.dtype).mul(0.5); // one value only: a bin's width around it
  const steps = linspace(0, 1, bins + 1, "float64").cast(values.dtype);
  const [from, to] = [low.sub(flat), high.add(flat)];
  return from.mul(steps.neg().add(1)).add(to.mul(steps));
}

function checkBins(op: string, bins: number): void {
  if (Number.isInteger(bins) && bins > 0) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `the number of bins must be a whole number > 0; received ${bins}`,
    fix: "It is the length of the result, so it cannot come from a tensor.",
  });
}

function checkEdges(edges: Tensor): Tensor {
  if (edges.rank === 1 && edges.size >= 2) return edges;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "histogram",
    problem: `edges have the shape ${showShape(edges.shape)}`,
    fix: "Pass a sorted vector of at least two edges, or a number of bins.",
    detail: { shape: edges.shape },
  });
}
