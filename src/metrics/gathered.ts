// Gathering a metric's statistics over batches on the host, for loops of one's own; `fit` and `evaluate` do it on the
// device where they can.

import { dtypeOf, hostArray } from "../core/dtype.ts";
import type { HostTensor } from "../core/host.ts";
import type { Tensor } from "../ir/tensor.ts";
import type { Metric, MetricFacts } from "./metric.ts";

/**
 * A metric over the batches that were added.
 *
 * `const auc = new metrics.Gathered(new metrics.RocAuc()); for (…) await auc.add(outputs, targets); auc.value()`
 */
export class Gathered {
  readonly metric: Metric;
  #statistics: Record<string, HostTensor> = {};

  constructor(metric: Metric) {
    this.metric = metric;
  }

  /** Adds a batch. */
  async add(outputs: Tensor, targets: Tensor, facts: MetricFacts = {}): Promise<void> {
    const found = Object.entries(this.metric.statistics(outputs, targets, facts));
    for (const [name, tensor] of found) {
      const { dtype, shape } = tensor;
      this.include(name, { dtype, shape, data: await tensor.data() });
    }
  }

  /** Adds a statistic that was computed elsewhere. */
  include(name: string, more: HostTensor): void {
    const before = this.#statistics[name];
    const [first, join] = this.metric.gather === "join" ? [more, joined] : [wide(more), added];
    this.#statistics[name] = before === undefined ? first : join(before, more);
  }

  /** The metric so far; NaN before the first batch. */
  value(): number | Readonly<Record<string, number>> {
    return Object.keys(this.#statistics).length === 0
      ? Number.NaN
      : this.metric.value(this.#statistics);
  }

  /** Begins anew. */
  reset(): void {
    this.#statistics = {};
  }
}

/** A statistic in float64, where sums of counts stay exact. */
function wide({ shape, data }: HostTensor): HostTensor {
  return { dtype: "float64", shape, data: Float64Array.from(data) };
}

/** Sum of two statistics of one shape. */
function added(a: HostTensor, b: HostTensor): HostTensor {
  const data = a.data.slice();
  for (let k = 0; k < data.length; k++) data[k] += b.data[k];
  return { ...a, data };
}

/** Two statistics one after the other, along axis 0. */
function joined(a: HostTensor, b: HostTensor): HostTensor {
  const data = hostArray(dtypeOf(a.data), a.data.length + b.data.length);
  data.set(a.data);
  data.set(b.data, a.data.length);
  return { dtype: a.dtype, shape: [a.shape[0] + b.shape[0], ...a.shape.slice(1)], data };
}
