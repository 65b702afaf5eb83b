// Which classes are taken for which: rows are true classes, columns predicted ones.

import { ChainruleError } from "../core/errors.ts";
import { printAsText } from "../core/print-as-text.ts";
import type { Tensor } from "../ir/tensor.ts";
import { iota } from "../ops/leaf.ts";

/** Counts of (true, predicted) pairs, as graph. Shape: `int32 [...], int32 [...] → int32 [classes, classes]`. */
export function confusionMatrix(target: Tensor, predicted: Tensor, classes: number): Tensor {
  const samples = target.size;
  const table = [samples, classes];
  const rows = iota(table, 1)
    .equal(target.reshape([samples, 1]))
    .cast("float32");
  const columns = iota(table, 1)
    .equal(predicted.reshape([samples, 1]))
    .cast("float32");
  return rows.contract(columns, { batch: [], contract: [[0, 0]] }).cast("int32");
}

/** Classes that are printed. */
const classesShown = 20;

/** Counts (true, predicted) pairs on the host, batch after batch. */
export class ConfusionMatrix {
  readonly classes: number;
  /** Row-major counts. Shape: `[classes, classes]`. */
  readonly counts: Int32Array;

  constructor(classes: number) {
    this.classes = classes;
    this.counts = new Int32Array(classes * classes);
  }

  /** Adds a batch. */
  add(target: ArrayLike<number>, predicted: ArrayLike<number>): void {
    if (target.length !== predicted.length)
      throw this.#refusal(
        "SHAPE_MISMATCH",
        `${target.length} targets and ${predicted.length} predictions`,
        "Pass as many predicted class indices as true ones.",
      );
    for (let k = 0; k < target.length; k++) {
      for (const c of [target[k], predicted[k]]) {
        if (!Number.isInteger(c) || c < 0 || c >= this.classes)
          throw this.#refusal(
            "BAD_ARGUMENT",
            `class ${c} at position ${k}`,
            "Number the classes from 0, and give the model one score per class.",
          );
      }
      this.counts[target[k] * this.classes + predicted[k]]++;
    }
  }

  /** Number of samples of class `truth` that were taken for `predicted`. */
  at(truth: number, predicted: number): number {
    return this.counts[truth * this.classes + predicted];
  }

  /** Number of samples. */
  get total(): number {
    return this.counts.reduce((a, b) => a + b, 0);
  }

  /** Share of samples on the diagonal; NaN without samples. */
  get accuracy(): number {
    let right = 0;
    for (let c = 0; c < this.classes; c++) right += this.at(c, c);
    return right / this.total;
  }

  /** Share of a class's samples that were recognised; NaN where it has none. */
  recall(truth: number): number {
    let all = 0;
    for (let c = 0; c < this.classes; c++) all += this.at(truth, c);
    return this.at(truth, truth) / all;
  }

  /** Share of the samples taken for a class that belong to it; NaN where there are none. */
  precision(predicted: number): number {
    let all = 0;
    for (let c = 0; c < this.classes; c++) all += this.at(c, predicted);
    return this.at(predicted, predicted) / all;
  }

  /** The counts as a table, true classes down and predicted ones across; `names` are those of the classes. */
  toString(names: readonly string[] = []): string {
    const count = Math.min(this.classes, classesShown);
    const classes = Array.from({ length: count }, (_, c) => c);
    const named = classes.map((c) => names[c] ?? String(c));
    const rows = [
      ["", ...named],
      ...classes.map((t) => [named[t], ...classes.map((p) => String(this.at(t, p)))]),
    ];
    const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
    const lines = rows.map((row) => row.map((cell, k) => cell.padStart(widths[k])).join("  "));
    const head = `ConfusionMatrix: ${this.total} samples, true classes down, predicted across`;
    const more = count < this.classes ? [`… and ${this.classes - count} more classes`] : [];
    return [head, ...lines, ...more].join("\n");
  }

  #refusal(code: "SHAPE_MISMATCH" | "BAD_ARGUMENT", received: string, fix: string): ChainruleError {
    return new ChainruleError({
      code,
      op: "ConfusionMatrix",
      problem: `needs pairs of classes 0 … ${this.classes - 1}; received ${received}`,
      fix,
    });
  }
}

printAsText(ConfusionMatrix);
