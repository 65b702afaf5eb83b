// Norms as functions, and the likeness and distance of vectors.

import type { Compute } from "../entry.ts";

export const norms: Readonly<Record<string, Compute>> = {
  group_norm: ({ x, weight, bias }, a) =>
    x.groupNorm(a.number("num_groups"), { weight, bias, eps: a.number("eps") }),
  instance_norm: ({ x, weight, bias }, a) => x.instanceNorm({ weight, bias, eps: a.number("eps") }),
  rms_norm: ({ x, weight }, a) =>
    x.rmsNorm(a.numbers("normalized_shape"), { weight, eps: a.number("eps") }),
  local_response_norm: ({ x }, a) =>
    x.localResponseNorm(a.number("size"), {
      alpha: a.number("alpha"),
      beta: a.number("beta"),
      k: a.number("k"),
    }),
  normalize: ({ x }, a) =>
    x.normalize({ p: a.number("p"), axis: a.number("axis"), eps: a.number("eps") }),
  cosine_similarity: (x, a) =>
    x.a.cosineSimilarity(x.b, { axis: a.number("axis"), eps: a.number("eps") }),
  pairwise_distance: (x, a) =>
    x.a.pairwiseDistance(x.b, {
      p: a.number("p"),
      eps: a.number("eps", 0), // the cases were computed without
      keepDims: a.flag("keepdims"),
    }),
  cdist: (x, a) => x.a.cdist(x.b, { p: a.number("p") }),
};
