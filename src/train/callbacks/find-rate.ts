// The learning-rate range test on a run's own data: optim's `findLearningRate` in one call.

import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { random } from "../../ops/random.ts";
import { type FindOptions, findLearningRate, type RateCurve } from "../../optim/index.ts";
import type { FitOptions } from "../fit.ts";
import { checkCall, partsOf, prepared } from "../loop/begin.ts";
import { Feed, noSamples } from "../loop/feed.ts";
import type { RunParts } from "../loop/live-run.ts";
import type { StepResult } from "../loop/step.ts";
import type { Model } from "../task.ts";

/** What `findRate` needs of the options of `fit`, and those of the test. */
export type FindRateOptions<Outputs = Tensor> = FindOptions &
  Pick<
    FitOptions<Outputs>,
    | ("train" | "fields" | "forward" | "loss" | "classWeights" | "optimizer")
    | ("batchSize" | "accumulate" | "seed" | "clip")
  >;

const names: OptionNames<FindRateOptions> = {
  train: true,
  fields: true,
  forward: true,
  loss: true,
  classWeights: true,
  optimizer: true,
  batchSize: true,
  accumulate: true,
  seed: true,
  clip: true,
  from: true,
  to: true,
  steps: true,
  smoothing: true,
  divergence: true,
};

/**
 * Tries learning rates from small to large, a step on the training data each, and suggests one. Model, optimizer and random
 * state are put back as they were.
 *
 * `const { suggestion } = await findRate(model, { train, batchSize: 64 });`
 * Errors: `NON_FINITE` when the loss diverges at once.
 */
export async function findRate<Outputs, Own = Outputs>(
  model: Model<Outputs>,
  options: FindRateOptions<Own>,
): Promise<RateCurve> {
  checkOptionNames("findRate", options, names);
  const { from, to, steps, smoothing, divergence, ...rest } = options;
  checkCall(model, rest);
  await prepared(rest.train);
  const parts = partsOf(model, { ...rest, metrics: {} });
  const next = stepper(parts);
  const drawn = random.state;
  const given = Object.entries({ from, to, steps, smoothing, divergence });
  const test = Object.fromEntries(given.filter(([, value]) => value !== undefined));
  try {
    return await findLearningRate(model, parts.optimizer, next, test);
  } finally {
    random.restore(drawn);
  }
}

/** Does the next step, pass after pass, and gives its loss. */
function stepper({ data, accumulate, step }: RunParts): () => Promise<number> {
  const cursor = { epoch: 0, batch: 0 };
  let feed = new Feed(data, cursor, accumulate);
  return async () => {
    let batches = await feed.next();
    if (batches.length === 0) {
      cursor.epoch++;
      feed = new Feed(data, cursor, accumulate);
      batches = await feed.next();
      if (batches.length === 0) throw noSamples("training");
    }
    return lossOf(await step.run(batches));
  };
}

/** The mean loss of a step. */
function lossOf({ outcomes }: StepResult): number {
  let [sum, weight] = [0, 0];
  for (const { scores, weights } of outcomes) {
    sum += scores[0] * weights[0];
    weight += weights[0];
  }
  return sum / weight;
}
