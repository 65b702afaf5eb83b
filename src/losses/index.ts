// Losses: functions of a prediction and a target; definitions as PyTorch's.

export type { ClassOptions } from "./classes.ts";
export { type CrossEntropyOptions, crossEntropy, nll } from "./cross-entropy.ts";
export { type CTCOptions, ctc, type Lengths } from "./ctc.ts";
export { type DivergenceOptions, klDivergence } from "./divergence.ts";
export {
  type ContrastOptions,
  contrastive,
  cosineDistance,
  cosineEmbedding,
  infoNCE,
  ntXent,
  type TripletOptions,
  tripletMargin,
} from "./embedding.ts";
export { type FocalClassOptions, type FocalOptions, focal, focalCrossEntropy } from "./focal.ts";
export {
  type BinaryOptions,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  type LogitOptions,
  multiLabelSoftMargin,
  softMargin,
} from "./logistic.ts";
export {
  hinge,
  hingeEmbedding,
  type MarginOptions,
  type MultiMarginOptions,
  marginRanking,
  multiLabelMargin,
  multiMargin,
} from "./margin.ts";
export {
  dice,
  iou,
  type OverlapOptions,
  type TverskyOptions,
  tversky,
} from "./overlap.ts";
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
