// Reductions, cumulative sums and products, softmax.

import type { Attributes } from "../attributes.ts";
import type { Compute } from "../entry.ts";

/** The axes and whether they stay, as the library's reductions take them. */
function over(a: Attributes): { axis: number[] | undefined; keepDims: boolean } {
  return { axis: a.optionalNumbers("axes"), keepDims: a.flag("keepdims") };
}

function along(a: Attributes): { axis: number | undefined; keepDims: boolean } {
  return { axis: a.optional("axis"), keepDims: a.flag("keepdims") };
}

export const reduce: Readonly<Record<string, Compute>> = {
  sum: ({ x }, a) => x.sum(over(a)),
  mean: ({ x }, a) => x.mean(over(a)),
  prod: ({ x }, a) => x.prod(over(a)),
  amax: ({ x }, a) => x.max(over(a)),
  amin: ({ x }, a) => x.min(over(a)),
  logsumexp: ({ x }, a) => x.logSumExp(over(a)),
  all: ({ x }, a) => x.all(over(a)),
  any: ({ x }, a) => x.any(over(a)),
  var: ({ x }, a) => x.variance({ ...over(a), correction: a.number("ddof") }),
  std: ({ x }, a) => x.std({ ...over(a), correction: a.number("ddof") }),
  norm: ({ x }, a) => x.norm({ ...over(a), p: a.number("p") }),
  max_dim: ({ x }, a) => ({
    ...x.maxWithIndex(a.number("axis"), { keepDims: a.flag("keepdims") }),
  }),
  min_dim: ({ x }, a) => ({
    ...x.minWithIndex(a.number("axis"), { keepDims: a.flag("keepdims") }),
  }),
  max_all: ({ x }) => x.max(),
  min_all: ({ x }) => x.min(),
  argmax: ({ x }, a) => x.argMax(along(a)),
  argmin: ({ x }, a) => x.argMin(along(a)),
  cumsum: ({ x }, a) => x.cumSum(a.number("axis")),
  cumprod: ({ x }, a) => x.cumProd(a.number("axis")),
  logcumsumexp: ({ x }, a) => x.logCumSumExp(a.number("axis")),
  softmax: ({ x }, a) => x.softmax(a.number("axis")),
  log_softmax: ({ x }, a) => x.logSoftmax(a.number("axis")),
};
