// What passes in and out of a compiled step: the fields of a batch, and a flat list of scores, weights and statistics, which
// costs least to return. The layout says what stands where.

import type { HostTensor } from "../../core/host.ts";
import type { Batch } from "../../data/dataset.ts";
import type { Tensor } from "../../ir/tensor.ts";
import type { Task, TensorBatch } from "../task.ts";
import type { Measured } from "./measure.ts";

/** What stands where in the flat list of a compiled step's results: scores, weights, statistics. */
export interface Layout {
  readonly scores: readonly string[];
  /** Place of each score's weight in the list; −1 for those that count by samples. */
  readonly weights: readonly number[];
  /** Place of the first statistic. */
  readonly firstStatistic: number;
  readonly statistics: readonly (readonly [metric: string, statistic: string])[];
}

/** What a compiled step returned, read; names are in the layout. */
export interface Outcome {
  readonly scores: readonly number[];
  /** What each score counts for. */
  readonly weights: readonly number[];
  readonly samples: number;
  readonly statistics: readonly HostTensor[];
}

/** The tensors of a measured batch in the order of its layout. */
export function flatten({ scores, statistics }: Measured): { layout: Layout; tensors: Tensor[] } {
  const tensors = scores.map(({ value }) => value);
  const weights = scores.map(({ weight }) => {
    if (weight === undefined) return -1;
    return tensors.push(weight) - 1;
  });
  const firstStatistic = tensors.length;
  const found = [...statistics].flatMap(([metric, all]) =>
    Object.entries(all).map(([name, tensor]) => ({ at: [metric, name] as const, tensor })),
  );
  const layout: Layout = {
    scores: scores.map(({ name }) => name),
    weights,
    firstStatistic,
    statistics: found.map(({ at }) => at),
  };
  return { layout, tensors: [...tensors, ...found.map(({ tensor }) => tensor)] };
}

/** Takes apart what a compiled step returned; the values have been computed already on targets that run on the CPU. */
export function outcomeOf(
  layout: Layout,
  tensors: readonly Tensor[],
  samples: number,
): Outcome | Promise<Outcome> {
  for (const tensor of tensors)
    if (tensor.value === null) return readAll(tensors).then(() => known(layout, tensors, samples));
  return known(layout, tensors, samples);
}

/** The fields of a batch in the order in which compiled steps take them. */
export function feedsOf({ names }: Task, batch: Batch): HostTensor[] {
  return names.map((name) => batch[name]);
}

/** The fields inside a compiled step, by name again. */
export function batchOf({ names }: Task, tensors: readonly Tensor[]): TensorBatch {
  return Object.fromEntries(names.map((name, k) => [name, tensors[k]]));
}

function known(layout: Layout, tensors: readonly Tensor[], samples: number): Outcome {
  const valueAt = (k: number): number => tensors[k].value![0];
  const scores: number[] = [];
  const weights: number[] = [];
  for (let k = 0; k < layout.scores.length; k++) {
    const at = layout.weights[k];
    scores.push(valueAt(k));
    weights.push(at < 0 ? samples : valueAt(at));
  }
  const statistics = layout.statistics.map((_, k): HostTensor => {
    const { dtype, shape, value } = tensors[layout.firstStatistic + k];
    return { dtype, shape, data: value! };
  });
  return { scores, weights, samples, statistics };
}

async function readAll(tensors: readonly Tensor[]): Promise<void> {
  for (const tensor of tensors) await tensor.data();
}
