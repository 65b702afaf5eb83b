// A run with everything in it that could be forgotten: dropout, batch norm, a generator of its own, shuffled and augmented
// batches, Adam, averages, clipping, a schedule, accumulated gradients, metrics with statistics, callbacks with memory.
// It is broken off after every step and continued in a new model, and must end in the same bits.

import { RandomStream } from "../../src/core/random.ts";
import type { Batch, Dataset } from "../../src/data/dataset.ts";
import { batches } from "../../src/data/index.ts";
import type { Loader } from "../../src/data/loader.ts";
import { nn, optim, random, seed } from "../../src/index.ts";
import { Generator } from "../../src/ops/random.ts";
import {
  type Callback,
  captureState,
  earlyStopping,
  type FitOptions,
  type FitResult,
  fit,
  type TrainingState,
} from "../../src/train/index.ts";
import { clusters } from "./synthetic.ts";

/** Batches with noise that depends on epoch and number, as augmentation does. */
export function noisy(data: Dataset, batchSize: number, isAsync = false): Loader {
  const plain = batches(data, { batchSize, shuffle: true, seed: 4 });
  const changed = (batch: Batch, epoch: number, k: number): Batch => {
    const noise = new RandomStream(9, 1000 * epoch + k).normal(batch.points.data.length);
    const points = { ...batch.points, data: batch.points.data.map((x, i) => x + 0.1 * noise[i]) };
    return { ...batch, points };
  };
  function* now(epoch: number, skip: number): Iterable<Batch> {
    let k = skip;
    for (const batch of plain.pass(epoch, { skip })) yield changed(batch, epoch, k++);
  }
  async function* soon(epoch: number, skip: number): AsyncIterable<Batch> {
    for (const batch of now(epoch, skip)) {
      await Promise.resolve();
      yield batch;
    }
  }
  return {
    fields: data.fields,
    length: isAsync ? undefined : plain.length,
    pass: (epoch, { skip = 0 } = {}) => (isAsync ? soon(epoch, skip) : now(epoch, skip)),
    describe: () => ({ noise: 9, plain: plain.describe() }),
  };
}

/** Counts steps and remembers it. */
export function counter(): Callback & { readonly seen: number[] } {
  let seen: number[] = [];
  return {
    name: "counter",
    get seen() {
      return seen;
    },
    onStep: ({ step }) => void seen.push(step),
    state: () => ({ data: [...seen] }),
    restore: ({ data }) => {
      seen = [...(data as number[])];
    },
  };
}

/** What a run leaves behind. */
export interface Left {
  readonly weights: readonly (readonly [string, readonly number[]])[];
  readonly result: FitResult;
  readonly seen: readonly number[];
}

/** A fresh model with its own generator, as a new process would make it. */
function fresh(width: number): nn.Sequential {
  seed(3);
  return new nn.Sequential(
    new nn.Linear(2, width),
    new nn.BatchNorm1d(width),
    new nn.ReLU(),
    new nn.Dropout(0.2),
    new nn.GaussianNoise(0.1),
    new nn.Linear(width, 3),
  );
}

/** Runs from a state or from the beginning; `probe` comes after the other callbacks. */
export async function run(
  settings: { readonly width: number; readonly isAsync?: boolean },
  options: Partial<FitOptions> & { readonly probe?: Callback } = {},
): Promise<Left> {
  const { probe, ...rest } = options;
  const model = fresh(settings.width);
  const optimizer = new optim.Adam(model, { learningRate: 0.02 });
  const own = new Generator(11);
  const counted = counter();
  const result = await fit(Object.assign(model, { own }), {
    train: noisy(clusters(50), 8, settings.isAsync),
    validation: clusters(20, 2),
    optimizer,
    epochs: 3,
    accumulate: 2,
    clip: 1,
    ema: 0.9,
    schedule: (step) => 0.02 / (1 + step / 4),
    forward: ({ points }, context) => {
      if (!context.training) return model.forward(points, context);
      const noise = own.normal(points.shape, 0, 0.05).add(random.uniform(points.shape));
      return model.forward(points.add(noise.mul(0.1)), context);
    },
    metrics: {
      mean: (outputs) => outputs.mean(),
      counts: {
        statistics: (outputs, targets) => {
          const right = outputs.argMax({ axis: 1 }).equal(targets).cast("float32");
          return { right: right.sum(), all: right.notEqual(2).cast("float32").sum() };
        },
        value: ({ right, all }) => ({ share: right.data[0] / all.data[0] }),
      },
      scores: {
        gather: "join",
        statistics: (outputs) => ({ first: outputs.slice([null, 0]) }),
        value: ({ first }) => Array.from(first.data).reduce((a, b) => a + b, 0),
      },
    },
    ...rest,
    callbacks: [
      counted,
      earlyStopping({ patience: 9 }),
      ...(rest.callbacks ?? []),
      ...(probe ? [probe] : []),
    ],
  });
  const state = [...nn.namedState(model), ...optimizer.stateTensors(), ...result.average!.averages];
  const weights = state.map(([path, tensor]) => [path, [...tensor.dataSync()]] as const);
  return { weights, result, seen: counted.seen };
}

/** States after every step of a run, as a store would give them back: through JSON and copies. */
export async function statesOf(settings: Parameters<typeof run>[0]): Promise<TrainingState[]> {
  const states: TrainingState[] = [];
  const probe: Callback = {
    onStep: (_, live) => void states.push(stored(captureState(live))),
    onEpoch: (_, live) => void states.push(stored(captureState(live))),
  };
  await run(settings, { probe });
  return states;
}

/** Facts that have been text, and tensors of their own. */
export function stored({ tensors, facts }: TrainingState): TrainingState {
  const copies = [...tensors].map(([name, tensor]) => {
    return [name, { ...tensor, data: tensor.data.slice() }] as const;
  });
  return { tensors: new Map(copies), facts: JSON.parse(JSON.stringify(facts)) };
}

/** All that must be equal, without times. */
export function compared({ weights, result, seen }: Left): unknown {
  const { seconds, history, average, ...rest } = result;
  return { weights, seen, rest, history: history.map((record) => ({ ...record, seconds: 0 })) };
}
