// Losses: functions of a prediction and a target; definitions as PyTorch's.

export { type CrossEntropyOptions, crossEntropy, nll } from "./cross-entropy.ts";
export { type DivergenceOptions, klDivergence } from "./divergence.ts";
export {
  type BinaryOptions,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  type FocalOptions,
  focal,
  type LogitOptions,
  softMargin,
} from "./logistic.ts";
export {
  cosineEmbedding,
  hinge,
  hingeEmbedding,
  type MarginOptions,
  type MultiMarginOptions,
  marginRanking,
  multiMargin,
  type TripletOptions,
  tripletMargin,
} from "./margin.ts";
export type { LossOptions, Reduction } from "./reduction.ts";
export {
  type GaussianOptions,
  gaussianNLL,
  huber,
  logCosh,
  meanAbsoluteError,
  meanSquaredError,
  type PoissonOptions,
  poissonNLL,
  type SquaredErrorOptions,
  smoothL1,
} from "./regression.ts";

import "../ops/methods.ts";
