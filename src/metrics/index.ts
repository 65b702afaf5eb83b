// Metrics: in the graph for compiled steps, streaming over a data set, and on the host for reports and texts.

export { accuracy, correct, predictions } from "./accuracy.ts";
export { CalibrationError, type CalibrationOptions } from "./calibration.ts";
export { ConfusionMatrix, confusionMatrix } from "./confusion.ts";
export {
  Accuracy,
  type Average,
  type ClassMetricOptions,
  CohenKappa,
  FScore,
  type FScoreOptions,
  IoU,
  MatthewsCorrelation,
  Precision,
  Recall,
  Specificity,
} from "./counts.ts";
export type { DecisionOptions } from "./decisions.ts";
export { Gathered } from "./gathered.ts";
export type { Metric, MetricFacts } from "./metric.ts";
export { Perplexity } from "./perplexity.ts";
export { AveragePrecision, type RankingOptions, RocAuc } from "./ranking.ts";
export {
  ExplainedVariance,
  MeanAbsoluteError,
  MeanAbsolutePercentageError,
  MeanSquaredError,
  PearsonCorrelation,
  R2Score,
  RootMeanSquaredError,
  type VarianceMetricOptions,
} from "./regression.ts";
export {
  type BleuOptions,
  bleu,
  characterErrorRate,
  editDistance,
  type Words,
  wordErrorRate,
} from "./text.ts";
export { TopKAccuracy, type TopKOptions } from "./top-k.ts";

import "../ops/methods.ts";
