// Scatter by other means than the last write: sums, means and extremes of what goes to one place, as in layers of graphs.

import { ChainruleError } from "../../core/errors.ts";
import type { OptionNames } from "../../core/option-names.ts";
import { normalizeAxis } from "../../core/shape.ts";
import { checkOptions } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { customVjp } from "../alias.ts";
import { checkIndices, gather, scatter, scatterAdd } from "../gather.ts";

/** How elements for one place become one. */
export type ScatterReduction = "sum" | "mean" | "amax" | "amin";

/** Options of `scatterReduce`. */
export interface ScatterReduceOptions {
  /** Whether the element of `x` counts where something is written; default true. */
  readonly includeSelf?: boolean;
}

const scatterReduceNames: OptionNames<ScatterReduceOptions> = { includeSelf: true };

/**
 * `x` with elements of `source` brought together at the places that the index names along `axis`; where nothing is written
 * `x` stays. Ties of extremes share the gradient evenly. Shape: that of `x`; index and source have one shape, that of `x` but
 * for the axis.
 */
export function scatterReduce(
  x: Tensor,
  index: Tensor,
  axis: number,
  source: Tensor,
  reduce: ScatterReduction,
  options: ScatterReduceOptions = {},
): Tensor {
  checkOptions("scatterReduce", options, scatterReduceNames);
  const at = normalizeAxis("scatterReduce", axis, x.rank);
  const { includeSelf = true } = options;
  const values = source.cast(x.dtype);
  const places = checkIndices("scatterReduce", index, x.shape[at]);
  const largest = largestRule(at, includeSelf);
  if (reduce === "amax") return largest(x, values, places);
  if (reduce === "amin") return largest(x.neg(), values.neg(), places).neg();
  if (reduce === "sum" || reduce === "mean")
    return summed(x, places, at, values, reduce, includeSelf);
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "scatterReduce",
    problem: `there is no reduction ${JSON.stringify(reduce)}`,
    fix: 'Use "sum", "mean", "amax" or "amin".',
  });
}

function summed(
  x: Tensor,
  index: Tensor,
  axis: number,
  source: Tensor,
  reduce: "sum" | "mean",
  includeSelf: boolean,
): Tensor {
  const size = x.shape[axis];
  const count = scatterAdd(source.onesLike(), index, axis, size);
  const self = includeSelf ? x : count.greater(0).where(0, x);
  const total = self.add(scatterAdd(source, index, axis, size));
  return reduce === "sum" ? total : total.div(includeSelf ? count.add(1) : count.clampMin(1));
}

type Rule = (x: Tensor, source: Tensor, index: Tensor) => Tensor;

/** One rule per axis and option, made once: the rule's name is part of a graph's structure. */
const rules = new Map<string, Rule>();

/** In rising order the last write is the largest. */
function largestRule(axis: number, includeSelf: boolean): Rule {
  const key = `${axis} ${includeSelf}`;
  const known = rules.get(key);
  if (known !== undefined) return known;
  const rule = customVjp(
    "scatterReduce",
    (x, source, index) => {
      const order = source.argSort({ axis });
      const [values, places] = [source.gather(order, axis), index.gather(order, axis)];
      const top = scatter(x, places, axis, values);
      return includeSelf ? top.maximum(x) : top;
    },
    (g, [x, source, index], y) => {
      const hit = source.equal(gather(y, index, axis));
      const free = includeSelf ? x.equal(y) : scatter(x.onesLike(), index, axis, 0).equal(1);
      const ties = scatterAdd(hit.cast(g.dtype), index, axis, x.shape[axis]);
      const share = g.div(ties.add(free.cast(g.dtype)));
      return [free.where(share, 0), hit.where(gather(share, index, axis), 0), null];
    },
  ) as Rule;
  rules.set(key, rule);
  return rule;
}
