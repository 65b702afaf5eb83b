// Metrics that follow from how often each class was taken for each: accuracy, precision, recall, F, Jaccard, Matthews and
// Cohen. Their statistics are one table of counts, which adds up over batches, so that they are exact over a data set.

import { checkChoice, checkFinite } from "../core/checks.ts";
import type { HostTensor } from "../core/host.ts";
import type { OptionNames } from "../core/option-names.ts";
import { checkOptions } from "../ir/arguments.ts";
import type { Tensor } from "../ir/tensor.ts";
import { bincount } from "../ops/compose/counting.ts";
import { concatenate } from "../ops/concatenate.ts";
import {
  type DecisionOptions,
  type Decisions,
  decided,
  decisionNames,
  decisions,
} from "./decisions.ts";
import type { Metric, MetricFacts } from "./metric.ts";

/** How one number is made of one per class. */
export type Average = "macro" | "micro" | "weighted" | "none";

/** Options of metrics that have a number per class. */
export interface ClassMetricOptions extends DecisionOptions {
  /**
   * `macro` (the default): mean over classes that occur. `weighted`: by how often they occur. `micro`: all decisions
   * together. `none`: a record with a number per class. A binary metric is that of class 1 and takes none of these.
   */
  readonly average?: Average;
  /** Names of the classes, for `none`; default their numbers. */
  readonly names?: readonly string[];
}

export const classMetricNames: OptionNames<ClassMetricOptions> = {
  ...decisionNames,
  average: true,
  names: true,
};

/** What happened with one class: hits, false alarms, misses, and the rest. */
export interface ClassCounts {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}

/** Shared part: counts a table per batch, named by the task, and reads it as counts per class. */
abstract class CountingMetric implements Metric {
  readonly options: ClassMetricOptions;

  constructor(options: ClassMetricOptions) {
    checkOptions(this.constructor.name, options, classMetricNames);
    checkChoice(this.constructor.name, "average", options.average ?? "macro", averages);
    this.options = options;
  }

  statistics(outputs: Tensor, targets: Tensor, facts: MetricFacts = {}): Record<string, Tensor> {
    const found = decisions(this.constructor.name, outputs, targets, facts, this.options);
    const guess = decided(found, this.options);
    const counts = found.task === "multilabel" ? labelCounts : pairCounts;
    return { [found.task]: counts(found, guess) };
  }

  value(statistics: Readonly<Record<string, HostTensor>>): number | Record<string, number> {
    const [[task, { data }]] = Object.entries(statistics);
    const table = Array.from(data);
    const classes = task === "multilabel" ? ofLabels(table) : ofPairs(table);
    return task === "binary" ? this.ofClass(classes[1], table) : this.combine(classes, table, task);
  }

  /** The metric of one class. */
  protected abstract ofClass(counts: ClassCounts, table: readonly number[]): number;

  /** One number, or a record, from all classes. */
  protected combine(
    classes: readonly ClassCounts[],
    table: readonly number[],
    task: string,
  ): number | Record<string, number> {
    const { average = "macro", names } = this.options;
    if (average === "micro") return this.ofClass(classes.reduce(plus), table);
    const each = classes.map((counts) => this.ofClass(counts, table));
    if (average === "none") {
      return Object.fromEntries(each.map((value, k) => [names?.[k] ?? String(k), value]));
    }
    if (average === "weighted") return weightedMean(each, classes.map(support));
    return weightedMean(each, task === "multilabel" ? each.map(() => 1) : classes.map(occurs));
  }
}

const averages: readonly Average[] = ["macro", "micro", "weighted", "none"];

/** Share of right decisions, `Σ w·[ŷ = y] / Σ w`; multilabel counts each label of a sample. */
export class Accuracy extends CountingMetric {
  constructor(options: DecisionOptions = {}) {
    super(options);
  }

  override value(statistics: Readonly<Record<string, HostTensor>>): number {
    const [[task, { data }]] = Object.entries(statistics);
    const side = Math.round(Math.sqrt(data.length));
    const isHit = (k: number): boolean =>
      task === "multilabel" ? k % 4 === 0 || k % 4 === 3 : k % (side + 1) === 0;
    return sum(Array.from(data).filter((_, k) => isHit(k))) / sum(Array.from(data));
  }

  protected ofClass({ truePositives, falseNegatives }: ClassCounts): number {
    return ratio(truePositives, truePositives + falseNegatives);
  }
}

/** Share of what was taken for a class that belongs to it, `TP / (TP + FP)`; 0 where nothing was taken for it. */
export class Precision extends CountingMetric {
  constructor(options: ClassMetricOptions = {}) {
    super(options);
  }

  protected ofClass({ truePositives, falsePositives }: ClassCounts): number {
    return ratio(truePositives, truePositives + falsePositives);
  }
}

/** Share of a class that was recognised (sensitivity), `TP / (TP + FN)`; 0 where the class does not occur. */
export class Recall extends CountingMetric {
  constructor(options: ClassMetricOptions = {}) {
    super(options);
  }

  protected ofClass({ truePositives, falseNegatives }: ClassCounts): number {
    return ratio(truePositives, truePositives + falseNegatives);
  }
}

/** Share of the others that was not taken for a class, `TN / (TN + FP)`. */
export class Specificity extends CountingMetric {
  constructor(options: ClassMetricOptions = {}) {
    super(options);
  }

  protected ofClass({ trueNegatives, falsePositives }: ClassCounts): number {
    return ratio(trueNegatives, trueNegatives + falsePositives);
  }
}

/** Options of `FScore`. */
export interface FScoreOptions extends ClassMetricOptions {
  /** How many times as much recall counts as precision; default 1, the harmonic mean. */
  readonly beta?: number;
}

/** `Fᵦ = (1 + β²) TP / ((1 + β²) TP + β² FN + FP)`; with β = 1 the harmonic mean of precision and recall. */
export class FScore extends CountingMetric {
  readonly beta: number;

  constructor(options: FScoreOptions = {}) {
    checkOptions("FScore", options); // before it is taken apart: of a number nothing would be left
    const { beta = 1, ...others } = options;
    super(others);
    checkFinite("FScore", { beta }, 0);
    this.beta = beta;
  }

  protected ofClass({ truePositives, falsePositives, falseNegatives }: ClassCounts): number {
    const square = this.beta ** 2;
    const hits = (1 + square) * truePositives;
    return ratio(hits, hits + square * falseNegatives + falsePositives);
  }
}

/** Intersection over union of predicted and true places (Jaccard index), `TP / (TP + FP + FN)`; for segmentation. */
export class IoU extends CountingMetric {
  constructor(options: ClassMetricOptions = {}) {
    super(options);
  }

  protected ofClass({ truePositives, falsePositives, falseNegatives }: ClassCounts): number {
    return ratio(truePositives, truePositives + falsePositives + falseNegatives);
  }
}

/** A metric of the whole table, not of single classes. */
abstract class TableMetric extends CountingMetric {
  protected abstract ofTable(table: readonly number[]): number;

  protected override ofClass(_: ClassCounts, table: readonly number[]): number {
    return this.ofTable(table);
  }

  protected override combine(_: readonly ClassCounts[], table: readonly number[]): number {
    return this.ofTable(table);
  }
}

/**
 * Matthews' correlation between true and predicted classes, −1 … 1, 0 where one of them is constant; Gorodkin's form for
 * many classes. Source: Gorodkin, "Comparing two K-category assignments by a K-category correlation coefficient", 2004.
 */
export class MatthewsCorrelation extends TableMetric {
  constructor(options: DecisionOptions = {}) {
    super(options);
  }

  protected ofTable(table: readonly number[]): number {
    const { rows, columns, right, all } = margins(table);
    const dot = sum(rows.map((row, k) => row * columns[k]));
    const spread = (side: readonly number[]): number => all ** 2 - sum(side.map((n) => n ** 2));
    return ratio(right * all - dot, Math.sqrt(spread(rows) * spread(columns)));
  }
}

/** Cohen's kappa: agreement beyond chance, `(p₀ − pₑ) / (1 − pₑ)`. Source: Cohen, 1960. */
export class CohenKappa extends TableMetric {
  constructor(options: DecisionOptions = {}) {
    super(options);
  }

  protected ofTable(table: readonly number[]): number {
    const { rows, columns, right, all } = margins(table);
    const chance = sum(rows.map((row, k) => row * columns[k])) / all ** 2;
    return (right / all - chance) / (1 - chance);
  }
}

// --- counting on the device ---

/** Table of (true, taken for). Classes out of range count nowhere. Shape: `→ [classes²]`. */
function pairCounts({ classes, truth, weights }: Decisions, guess: Tensor): Tensor {
  const known = truth.greaterEqual(0).logicalAnd(truth.less(classes));
  const place = known.where(truth.mul(classes).add(guess), -1);
  return bincount(place, classes * classes, { weights });
}

/** Per label: true negatives, false positives, false negatives, true positives. Shape: `→ [4 · labels]`. */
function labelCounts({ classes, truth, weights }: Decisions, guess: Tensor): Tensor {
  const pairs = truth.mul(2).add(guess);
  const labels = Array.from({ length: classes }, (_, k) =>
    bincount(pairs.select(1, k), 4, { weights }),
  );
  return concatenate(labels, 0);
}

// --- counts per class on the host ---

function ofPairs(table: readonly number[]): ClassCounts[] {
  const { rows, columns, all } = margins(table);
  return rows.map((row, k) => {
    const truePositives = table[k * rows.length + k];
    const [falseNegatives, falsePositives] = [row - truePositives, columns[k] - truePositives];
    const trueNegatives = all - truePositives - falseNegatives - falsePositives;
    return { truePositives, falsePositives, falseNegatives, trueNegatives };
  });
}

function ofLabels(table: readonly number[]): ClassCounts[] {
  return Array.from({ length: table.length / 4 }, (_, k) => {
    const [trueNegatives, falsePositives, falseNegatives, truePositives] = table.slice(4 * k);
    return { truePositives, falsePositives, falseNegatives, trueNegatives };
  });
}

/** Sums of rows and columns of a square table, of its diagonal and of all. */
function margins(table: readonly number[]): {
  readonly rows: number[];
  readonly columns: number[];
  readonly right: number;
  readonly all: number;
} {
  const side = Math.round(Math.sqrt(table.length));
  const range = Array.from({ length: side }, (_, k) => k);
  const rows = range.map((r) => sum(range.map((c) => table[r * side + c])));
  const columns = range.map((c) => sum(range.map((r) => table[r * side + c])));
  return { rows, columns, right: sum(range.map((k) => table[k * side + k])), all: sum(rows) };
}

function plus(a: ClassCounts, b: ClassCounts): ClassCounts {
  return {
    truePositives: a.truePositives + b.truePositives,
    falsePositives: a.falsePositives + b.falsePositives,
    falseNegatives: a.falseNegatives + b.falseNegatives,
    trueNegatives: a.trueNegatives + b.trueNegatives,
  };
}

function support({ truePositives, falseNegatives }: ClassCounts): number {
  return truePositives + falseNegatives;
}

/** Classes that neither occur nor were predicted say nothing about the model. */
function occurs({ truePositives, falseNegatives, falsePositives }: ClassCounts): number {
  return truePositives + falseNegatives + falsePositives > 0 ? 1 : 0;
}

/** Mean with weights; NaN where all are 0. */
export function weightedMean(values: readonly number[], weights: readonly number[]): number {
  return sum(values.map((value, k) => (weights[k] === 0 ? 0 : value * weights[k]))) / sum(weights);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Quotient that is 0 where nothing was counted. */
function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
