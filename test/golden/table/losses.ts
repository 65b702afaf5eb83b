// Losses.

import { losses as library } from "../../../src/index.ts";
import type { Attributes } from "../attributes.ts";
import type { Compute } from "../entry.ts";

const reduction = (a: Attributes): { reduction: "none" | "sum" | "mean" } => ({
  reduction: a.text("reduction") as "none" | "sum" | "mean",
});
const margin = (a: Attributes): ReturnType<typeof reduction> & { margin: number } => ({
  ...reduction(a),
  margin: a.number("margin"),
});

export const losses: Readonly<Record<string, Compute>> = {
  mse_loss: ({ input, target }, a) => library.meanSquaredError(input, target, reduction(a)),
  l1_loss: ({ input, target }, a) => library.meanAbsoluteError(input, target, reduction(a)),
  smooth_l1_loss: ({ input, target }, a) =>
    library.smoothL1(input, target, { ...reduction(a), beta: a.number("beta") }),
  huber_loss: ({ input, target }, a) =>
    library.huber(input, target, { ...reduction(a), delta: a.number("delta") }),
  log_cosh_loss: ({ input, target }, a) => library.logCosh(input, target, reduction(a)),
  cross_entropy: ({ input, target, weight }, a) =>
    library.crossEntropy(input, target, {
      ...reduction(a),
      weight,
      labelSmoothing: a.number("label_smoothing", 0),
      ignoreIndex: a.optional("ignore_index"),
    }),
  nll_loss: ({ input, target, weight }, a) =>
    library.nll(input, target, {
      ...reduction(a),
      weight,
      ignoreIndex: a.optional("ignore_index"),
    }),
  ctc_loss: ({ logits, targets, input_lengths, target_lengths }, a) =>
    library.ctc(logits.permute([1, 0, 2]), targets, {
      ...reduction(a),
      inputLengths: input_lengths,
      targetLengths: target_lengths,
      blank: a.number("blank"),
      zeroInfinity: a.flag("zero_infinity"),
    }),
  bce_loss: ({ input, target, weight }, a) =>
    library.binaryCrossEntropy(input, target, { ...reduction(a), weight }),
  bce_with_logits_loss: ({ input, target, weight, pos_weight }, a) =>
    library.binaryCrossEntropyWithLogits(input, target, {
      ...reduction(a),
      weight,
      posWeight: pos_weight,
    }),
  focal_loss: ({ input, target }, a) =>
    library.focal(input, target, {
      ...reduction(a),
      alpha: a.number("alpha"),
      gamma: a.number("gamma"),
    }),
  soft_margin_loss: ({ input, target }, a) => library.softMargin(input, target, reduction(a)),
  kl_div_loss: ({ input, target }, a) => {
    const name = a.text("reduction");
    return library.klDivergence(input, target, {
      reduction: name === "batchmean" ? "batchMean" : (name as "none" | "sum" | "mean"),
      logTarget: a.flag("log_target"),
    });
  },
  hinge_loss: ({ input, target }, a) => library.hinge(input, target, margin(a)),
  hinge_embedding_loss: ({ input, target }, a) => library.hingeEmbedding(input, target, margin(a)),
  margin_ranking_loss: ({ input1, input2, target }, a) =>
    library.marginRanking(input1, input2, target, margin(a)),
  multi_margin_loss: ({ input, target, weight }, a) =>
    library.multiMargin(input, target, { ...margin(a), p: a.number("p") as 1 | 2, weight }),
  cosine_embedding_loss: ({ input1, input2, target }, a) =>
    library.cosineEmbedding(input1, input2, target, margin(a)),
  triplet_margin_loss: ({ anchor, positive, negative }, a) =>
    library.tripletMargin(anchor, positive, negative, {
      ...margin(a),
      p: a.number("p"),
      eps: a.number("eps"),
      swap: a.flag("swap"),
    }),
  poisson_nll_loss: ({ input, target }, a) =>
    library.poissonNLL(input, target, {
      ...reduction(a),
      logInput: a.flag("log_input"),
      full: a.flag("full"),
      eps: a.number("eps"),
    }),
  gaussian_nll_loss: ({ input, target, var: variance }, a) =>
    library.gaussianNLL(input, target, variance, {
      ...reduction(a),
      full: a.flag("full"),
      eps: a.number("eps"),
    }),
};
