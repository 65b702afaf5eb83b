// A layer of the user's own, for tables: its numbers are measured on the training data, not learned. They
// are `State`, so they are saved with the model, and whoever loads it can pass rows as they come.

import { type HostTensor, State, type Tensor } from "chainrule";

/** Brings each column to mean 0 and deviation 1; a missing value, NaN, becomes the mean. Shape: `[B, F] → [B, F]`. */
export class Standardize {
  readonly mean: State;
  readonly deviation: State;

  /** Measures the columns of `rows`, `[N, F]`. */
  constructor({ data, shape: [, width] }: HostTensor) {
    const average = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x) / xs.length;
    const columns = Array.from({ length: width }, (_, k) =>
      Array.from(data).filter((x, at) => at % width === k && !Number.isNaN(x)),
    );
    const means = columns.map(average);
    const deviations = columns.map((column, k) =>
      Math.sqrt(average(column.map((x) => (x - means[k]) ** 2))),
    );
    this.mean = new State(Float64Array.from(means), [width], "float32");
    this.deviation = new State(Float64Array.from(deviations), [width], "float32");
  }

  forward(x: Tensor): Tensor {
    return x.isNaN().where(0, x.sub(this.mean).div(this.deviation));
  }
}
