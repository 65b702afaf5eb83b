// Metrics of classifiers: in the graph for compiled steps, and on the host for reports.

export { accuracy, correct, predictions } from "./accuracy.ts";
export { ConfusionMatrix, confusionMatrix } from "./confusion.ts";

import "../ops/methods.ts";
