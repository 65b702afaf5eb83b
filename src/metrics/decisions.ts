// Outputs and targets of a classifier laid flat, one row per decision, whatever their shape: two classes from one score,
// many classes on axis 1, or several yes-or-no labels per sample. Everything that counts right and wrong starts here.

import { isFloat } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import type { OptionNames } from "../core/option-names.ts";
import { sameShape, showShape } from "../core/shape.ts";
import { checkTensor } from "../ir/arguments.ts";
import type { Tensor } from "../ir/tensor.ts";
import type { MetricFacts } from "./metric.ts";

/** How the outputs of a classifier are to be read. */
export interface DecisionOptions {
  /**
   * `binary`: one score per decision, target 0 or 1. `multiclass`: scores of exclusive classes on axis 1. `multilabel`:
   * scores of labels on axis 1, each true or not. Default: binary where outputs and targets have one shape of rank 1 or one
   * column, else multiclass.
   */
  readonly task?: "binary" | "multiclass" | "multilabel";
  /** Whether outputs are logits (the default) or probabilities. */
  readonly outputs?: "logits" | "probabilities";
  /** Probability from which a binary decision or a label is true; default 0.5. */
  readonly threshold?: number;
  /** Class number of targets that are not counted, e.g. −100. */
  readonly ignoreIndex?: number;
}

/** Names of these options. */
export const decisionNames: OptionNames<DecisionOptions> = {
  task: true,
  outputs: true,
  threshold: true,
  ignoreIndex: true,
};

/** Decisions, one per row. */
export interface Decisions {
  readonly task: "binary" | "multiclass" | "multilabel";
  /** Number of classes; 2 for binary, labels for multilabel. */
  readonly classes: number;
  /** Probabilities. Shape: `[N, classes]`; binary `[N, 1]`. */
  readonly probabilities: Tensor;
  /** True classes as int32 `[N]`; multilabel `[N, labels]`. */
  readonly truth: Tensor;
  /** Weight of each row, as float64 `[N]`; undefined where all count 1. */
  readonly weights: Tensor | undefined;
}

/** Lays outputs and targets flat. Errors: `SHAPE_MISMATCH`, `DTYPE_MISMATCH`. */
export function decisions(
  op: string,
  outputs: Tensor,
  targets: Tensor,
  { weights }: MetricFacts,
  options: DecisionOptions,
): Decisions {
  checkTensor(op, "outputs", outputs);
  checkTensor(op, "targets", targets);
  const task = options.task ?? taskOf(outputs, targets);
  if (task === "multiclass") return exclusive(op, outputs, targets, weights, options);
  const labels = task === "multilabel" ? outputs.shape[1] : 1;
  if (outputs.size !== targets.size || (task === "multilabel" && outputs.rank !== 2)) {
    throw misfit(op, outputs, targets, task);
  }
  const rows = outputs.size / labels;
  const logits = outputs.reshape([rows, labels]);
  const probabilities = options.outputs === "probabilities" ? logits : logits.sigmoid();
  const flat = targets.cast("int32").reshape(task === "binary" ? [rows] : [rows, labels]);
  const counted = task === "binary" ? unignored(flat, options.ignoreIndex) : undefined;
  const kept = rowWeights(op, weights, targets.shape, rows, counted);
  const classes = task === "binary" ? 2 : labels;
  return { task, classes, probabilities, truth: flat, weights: kept };
}

/** The class of each row by its largest probability, or by the threshold. Shape: as `truth`. */
export function decided(
  { task, probabilities, truth }: Decisions,
  { threshold = 0.5 }: DecisionOptions,
): Tensor {
  if (task === "multiclass") return probabilities.argMax({ axis: 1 });
  return probabilities.greaterEqual(threshold).cast("int32").reshape(truth.shape);
}

/** Scores with the classes on axis 1, and one class number or one distribution per decision. */
function exclusive(
  op: string,
  outputs: Tensor,
  targets: Tensor,
  weights: Tensor | undefined,
  options: DecisionOptions,
): Decisions {
  if (outputs.rank < 2) throw misfit(op, outputs, targets, "multiclass");
  const soft = sameShape(outputs.shape, targets.shape) && isFloat(targets.dtype);
  const found = soft ? targets.argMax({ axis: 1 }) : targets;
  const [batch, classes, ...places] = outputs.shape;
  if (!sameShape(found.shape, [batch, ...places])) throw misfit(op, outputs, targets, "multiclass");
  if (found.dtype !== "int32") throw notClasses(op, targets);
  const rows = found.size;
  const order = [0, ...places.map((_, k) => k + 2), 1];
  const flat = outputs.permute(order).reshape([rows, classes]);
  const probabilities = options.outputs === "probabilities" ? flat : flat.softmax(1);
  const truth = found.reshape([rows]);
  const kept = rowWeights(op, weights, found.shape, rows, unignored(truth, options.ignoreIndex));
  return { task: "multiclass", classes, probabilities, truth, weights: kept };
}

function taskOf(outputs: Tensor, targets: Tensor): "binary" | "multiclass" {
  const single = outputs.rank < 2 || (outputs.rank === 2 && outputs.shape[1] === 1);
  return single && outputs.size === targets.size ? "binary" : "multiclass";
}

function unignored(truth: Tensor, ignoreIndex: number | undefined): Tensor | undefined {
  return ignoreIndex === undefined ? undefined : truth.notEqual(ignoreIndex).cast("float64");
}

/** Weights per sample, or per place of the targets, as weights of rows. */
export function rowWeights(
  op: string,
  weights: Tensor | undefined,
  targetShape: readonly number[],
  rows: number,
  counted?: Tensor,
): Tensor | undefined {
  if (weights === undefined) return counted;
  const fits = weights.shape.every((size, axis) => size === targetShape[axis]);
  if (!fits || rows % Math.max(1, weights.size) !== 0) throw badWeights(op, weights, targetShape);
  const each = rows / Math.max(1, weights.size);
  const wide = weights.cast("float64").reshape([weights.size, 1]);
  const flat = wide.broadcastTo([weights.size, each]).reshape([rows]);
  return counted === undefined ? flat : flat.mul(counted);
}

function misfit(op: string, outputs: Tensor, targets: Tensor, task: string): ChainruleError {
  const needed =
    task === "multiclass"
      ? "scores [B, classes, ...] and int32 class numbers [B, ...]"
      : "one score per target";
  return new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `reads outputs ${showShape(outputs.shape)} and targets ${targets.dtype}${showShape(targets.shape)} as ${task}, which needs ${needed}`,
    fix: 'Say how to read them by { task: "binary" | "multiclass" | "multilabel" }, or reshape them.',
    detail: { outputs: outputs.shape, targets: targets.shape, task },
  });
}

function notClasses(op: string, targets: Tensor): ChainruleError {
  return new ChainruleError({
    code: "DTYPE_MISMATCH",
    op,
    problem: `needs class numbers as int32; received ${targets.dtype}${showShape(targets.shape)}`,
    fix: 'Make them by tensor(classes, { dtype: "int32" }), or pass distributions of the outputs\' shape.',
  });
}

function badWeights(op: string, weights: Tensor, targetShape: readonly number[]): ChainruleError {
  return new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `weights ${showShape(weights.shape)} do not fit targets ${showShape(targetShape)}`,
    fix: "Give one weight per sample, or one per place of the targets.",
    detail: { weights: weights.shape, targets: targetShape },
  });
}
