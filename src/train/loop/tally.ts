// Sums over batches: scores by what each batch counts for, so that a short last batch counts less, and statistics of
// metrics. Kept in float64 on the host, where they are numbers of a few elements and counts stay exact; they are part of a
// run's state, so that a continued epoch reports what an uninterrupted one does.

import type { DType, HostArray } from "../../core/dtype.ts";
import { convertArray, hostArray } from "../../core/dtype.ts";
import { ChainruleError } from "../../core/errors.ts";
import type { HostTensor } from "../../core/host.ts";
import { sameShape, showShape } from "../../core/shape.ts";
import type { Metric } from "../../metrics/metric.ts";
import { isMetric, type Scores, type Task } from "../task.ts";
import type { Layout, Outcome } from "./outcome.ts";

/** Parts of a statistic that is joined, until somebody looks. */
interface Gathered {
  readonly joins: boolean;
  readonly dtype: DType;
  shape: readonly number[];
  parts: HostArray[];
}

/** Gathers what batches gave. */
export class Tally {
  samples = 0;
  readonly #metrics: ReadonlyMap<string, Metric>;
  #layout: Layout | undefined;
  #names: readonly string[] = [];
  #sums: Float64Array = new Float64Array(0);
  #weights: Float64Array = new Float64Array(0);
  readonly #statistics = new Map<string, Gathered>();

  constructor({ metrics }: Pick<Task, "metrics">) {
    const all = Object.entries(metrics).flatMap(([name, metric]) =>
      isMetric(metric) ? [[name, metric] as const] : [],
    );
    this.#metrics = new Map(all);
  }

  /** Adds what a batch gave. */
  add(layout: Layout, outcome: Outcome): void {
    const { scores, weights } = outcome;
    if (layout !== this.#layout) this.#adopt(layout);
    for (let k = 0; k < scores.length; k++) {
      // An empty batch or one without weight says nothing, whatever its mean is.
      if (weights[k] !== 0) this.#sums[k] += scores[k] * weights[k];
      this.#weights[k] += weights[k];
    }
    this.samples += outcome.samples;
    for (let k = 0; k < layout.statistics.length; k++)
      this.#gather(layout.statistics[k], outcome.statistics[k]);
  }

  /** Starts again at nothing. */
  clear(): void {
    this.samples = 0;
    this.#layout = undefined;
    this.#names = [];
    this.#statistics.clear();
  }

  /** The means and metrics so far; the loss comes first, and is NaN where nothing was added. */
  get scores(): Scores {
    const scores: Record<string, number> & { loss: number } = { loss: Number.NaN };
    this.#names.forEach((name, k) => {
      scores[name] = this.#sums[k] / this.#weights[k];
    });
    for (const [name, metric] of this.#metrics) {
      const value = this.#valueOf(name, metric);
      if (typeof value === "number") scores[name] = value;
      else for (const [part, one] of Object.entries(value)) scores[`${name}.${part}`] = one;
    }
    return scores;
  }

  /** Whether there were samples, and the weight of each was 0. */
  get countsNothing(): boolean {
    return this.samples > 0 && this.#weights[0] === 0;
  }

  /** Names of the means. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** The sums as tensors, for checkpoints. */
  get tensors(): Map<string, HostTensor> {
    if (this.#names.length === 0) return new Map();
    const float64 = (data: Float64Array): HostTensor => {
      return { dtype: "float64", shape: [data.length], data: data.slice() };
    };
    const gathered = [...this.#statistics].map(([name, statistic]) => {
      return [`statistics/${name}`, copied(joined(statistic))] as const;
    });
    return new Map([
      ["sums", float64(this.#sums)],
      ["weights", float64(this.#weights)],
      ...gathered,
    ]);
  }

  /** Continues from what `names`, `samples` and `tensors` gave. */
  restore(
    names: readonly string[],
    samples: number,
    tensors: ReadonlyMap<string, HostTensor>,
  ): void {
    this.clear();
    if (names.length === 0) return;
    this.#begin(names);
    this.samples = samples;
    this.#sums.set(tensors.get("sums")?.data ?? []);
    this.#weights.set(tensors.get("weights")?.data ?? []);
    for (const [path, tensor] of tensors) {
      if (!path.startsWith("statistics/")) continue;
      const name = path.slice("statistics/".length);
      const { dtype, shape, data } = copied(tensor);
      this.#statistics.set(name, { joins: this.#joins(name), dtype, shape, parts: [data] });
    }
  }

  /** Goes on with what has the same name: a run may be continued in mid-epoch with other metrics than it began with. */
  #adopt(layout: Layout): void {
    const [names, sums, weights] = [this.#names, this.#sums, this.#weights];
    this.#layout = layout;
    this.#begin(layout.scores);
    if (names.length === 0) return;
    for (const [k, name] of layout.scores.entries()) {
      const at = names.indexOf(name);
      if (at < 0) continue;
      this.#sums[k] = sums[at];
      this.#weights[k] = weights[at];
    }
    const wanted = new Set(layout.statistics.map((path) => path.join("/")));
    for (const path of this.#statistics.keys())
      if (!wanted.has(path)) this.#statistics.delete(path);
  }

  #begin(names: readonly string[]): void {
    this.#names = names;
    this.#sums = new Float64Array(names.length);
    this.#weights = new Float64Array(names.length);
  }

  #joins(name: string): boolean {
    const metric = this.#metrics.get(name.slice(0, name.lastIndexOf("/")));
    return metric?.gather === "join";
  }

  #gather(
    [metric, statistic]: readonly [string, string],
    { dtype, shape, data }: HostTensor,
  ): void {
    const name = `${metric}/${statistic}`;
    const before = this.#statistics.get(name);
    if (before === undefined) {
      const joins = this.#joins(name);
      const wide = joins ? dtype : "float64"; // sums of counts stay exact
      this.#statistics.set(name, { joins, dtype: wide, shape, parts: [converted(data, wide)] });
    } else if (before.joins) {
      before.parts.push(data);
      before.shape = [before.shape[0] + shape[0], ...before.shape.slice(1)];
    } else {
      if (!sameShape(before.shape, shape)) throw cannotAdd(name, before.shape, shape);
      const [sum] = before.parts;
      for (let k = 0; k < data.length; k++) sum[k] += data[k];
    }
  }

  #valueOf(name: string, metric: Metric): number | Readonly<Record<string, number>> {
    const mine = [...this.#statistics].flatMap(([path, statistic]) =>
      path.startsWith(`${name}/`)
        ? [[path.slice(name.length + 1), joined(statistic)] as const]
        : [],
    );
    return mine.length === 0 ? Number.NaN : metric.value(Object.fromEntries(mine));
  }
}

/** A statistic as one tensor; the parts become one. */
function joined(statistic: Gathered): HostTensor {
  const { dtype, shape, parts } = statistic;
  if (parts.length > 1) {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const all = hostArray(dtype, length);
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    statistic.parts = [all];
  }
  return { dtype, shape, data: statistic.parts[0] };
}

function copied({ dtype, shape, data }: HostTensor): HostTensor {
  return { dtype, shape, data: data.slice() };
}

function converted(data: HostArray, dtype: DType): HostArray {
  return convertArray(data.slice(), dtype);
}

function cannotAdd(name: string, a: readonly number[], b: readonly number[]): ChainruleError {
  return new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "metric",
    problem: `the statistic ${name} cannot be added: one batch gives ${showShape(a)}, another ${showShape(b)}`,
    fix: 'Sum over the samples in `statistics`, or say gather: "join".',
    detail: { first: a, other: b },
  });
}
