// What a metric is: statistics of a batch, as graph, which can be gathered over batches, and the number that they mean.
// Because the statistics are plain tensors, they are computed on the device, and a run's checkpoint can hold them.

import type { HostTensor } from "../core/host.ts";
import type { Tensor } from "../ir/tensor.ts";

/** What a metric may use besides outputs and targets. */
export interface MetricFacts {
  /** Weight of each sample; 0 leaves it out. Shape: `[B]`. */
  readonly weights?: Tensor;
}

/** A number over a whole data set, from statistics of its batches. */
export interface Metric {
  /** Statistics of one batch, by name, as graph. Shapes must not depend on the batch where they are summed. */
  statistics(
    outputs: Tensor,
    targets: Tensor,
    facts: MetricFacts,
  ): Readonly<Record<string, Tensor>>;
  /** How statistics of batches are gathered: added (the default), or joined along axis 0. */
  readonly gather?: "sum" | "join";
  /** The metric from the gathered statistics; a record where it is several numbers. */
  value(
    statistics: Readonly<Record<string, HostTensor>>,
  ): number | Readonly<Record<string, number>>;
  /** Whether larger or smaller is better; for best checkpoints and early stopping. Default "larger". */
  readonly better?: "larger" | "smaller";
}
