// What one run leaves behind in objects that a program uses again: an optimizer whose rate the schedule has moved, callbacks
// with memory, metrics that have changed since.

import { expect, test } from "vitest";
import { batches, type Loader } from "../../src/data/index.ts";
import { metrics, nn, optim, type Tensor, tensor } from "../../src/index.ts";
import {
  type Callback,
  captureState,
  checkpointMemory,
  earlyStopping,
  type FitOptions,
  fit,
  nonFiniteGuard,
  reduceOnPlateau,
  type TrainingState,
} from "../../src/train/index.ts";
import { stored } from "./resume-case.ts";
import { clusters, network } from "./synthetic.ts";

const train = clusters(40);

const stopAfter = (step: number): Callback => ({
  onStep: (event, run) => {
    if (event.step === step) run.stop();
  },
});

const weights = (model: nn.Layer): number[][] =>
  [...nn.parameters(model).values()].map((parameter) => Array.from(parameter.dataSync()));

test.each<[string, Pick<FitOptions, "schedule" | "warmup">]>([
  [
    "a schedule that starts from the optimizer's rate",
    { schedule: { forRun: ({ steps, learningRate }) => optim.cosine(learningRate, { steps }) } },
  ],
  ["a warm-up", { warmup: 9 }],
])("%s goes on from the first rate, in the same program too", async (_, rates) => {
  const make = (model: nn.Layer) => ({
    ...{ train, epochs: 3, batchSize: 10, ...rates },
    optimizer: new optim.Adam(model, { learningRate: 0.05 }),
  });
  const plain = network();
  const whole = await fit(plain, make(plain));

  const model = network();
  const options = { ...make(model), checkpoints: { store: checkpointMemory() } };
  await fit(model, { ...options, callbacks: [stopAfter(5)] });
  const { history } = await fit(model, { ...options, resume: "newest" }); // the optimizer's rate is that of step 5
  expect(history.map(({ learningRate }) => learningRate)).toEqual(
    whole.history.map(({ learningRate }) => learningRate),
  );
  expect(weights(model)).toEqual(weights(plain));
});

test("callbacks begin a second run without memory of the first", async () => {
  const stopping = earlyStopping({ patience: 1, monitor: () => 1 });
  const plateau = reduceOnPlateau({ patience: 0, factor: 0.5, monitor: () => 1 });
  const run = async (): Promise<(number | string)[]> => {
    const model = network();
    const optimizer = new optim.SGD(model, { learningRate: 1 });
    const callbacks = [plateau, stopping];
    const { steps, ended } = await fit(model, { train, optimizer, epochs: 5, callbacks });
    return [steps, ended, optimizer.learningRate];
  };
  const first = await run();
  expect(first).toEqual([4, "stopped", 0.5]);
  expect(await run()).toEqual(first);
});

test("a run continued in mid-epoch with other metrics keeps what has the same name, and mixes nothing", async () => {
  const store = checkpointMemory();
  const options = { train, epochs: 1, batchSize: 10, checkpoints: { store } };
  const accuracy = (outputs: Tensor, targets: Tensor): Tensor => metrics.accuracy(outputs, targets);
  const whole = await fit(network(), { train, epochs: 1, batchSize: 10, metrics: { accuracy } });
  await fit(network(), {
    ...options,
    metrics: { f1: new metrics.FScore(), other: (outputs: Tensor) => outputs.mean(), accuracy },
    callbacks: [stopAfter(2)],
  });
  const { history } = await fit(network(), {
    ...options,
    metrics: { five: () => tensor(5), f1: new metrics.RocAuc(), accuracy },
    resume: "newest",
  });
  const { train: scores } = history[0];
  expect(Object.keys(scores).sort()).toEqual(["accuracy", "f1", "five", "loss"]);
  expect([scores.loss, scores.accuracy]).toEqual([
    whole.history[0].train.loss,
    whole.history[0].train.accuracy,
  ]);
  expect(scores.five).toBe(5);
  expect(scores.f1).toBeGreaterThanOrEqual(0);
  expect(scores.f1).toBeLessThanOrEqual(1);
});

/** Batches of which some are no numbers. */
function spoilt(): Loader {
  const plain = batches(train, { batchSize: 5, shuffle: true, seed: 2 });
  return {
    ...{ fields: train.fields, length: plain.length, describe: () => "spoilt" },
    *pass(epoch, { skip = 0 } = {}) {
      let k = 8 * epoch + skip;
      for (const batch of plain.pass(epoch, { skip })) {
        const { points } = batch;
        const isBad = k++ % 6 === 4;
        const data = isBad ? points.data.map(() => Number.NaN) : points.data;
        yield { ...batch, points: { ...points, data } };
      }
    },
  };
}

test.each([
  ["skip", { policy: "skip" }],
  ["restore", { policy: "restore", every: 5 }],
] as const)(
  "the %s guard remembers over a break what it has counted and copied",
  async (_, guard) => {
    const run = (model: nn.Layer, more: object) => {
      const optimizer = new optim.Adam(model, { learningRate: 0.05 });
      return fit(model, { train: spoilt(), epochs: 2, optimizer, ...more });
    };
    const plain = network();
    const { steps } = await run(plain, { callbacks: [nonFiniteGuard(guard)] });
    for (let step = 1; step < steps; step++) {
      let state: TrainingState | undefined;
      const keep: Callback = {
        onStep: (event, live) => {
          if (event.step < step || state !== undefined) return;
          state = stored(captureState(live));
          live.stop();
        },
      };
      await run(network(), { callbacks: [nonFiniteGuard(guard), keep] });
      const model = network();
      await run(model, { callbacks: [nonFiniteGuard(guard)], resume: state });
      expect(weights(model)).toEqual(weights(plain));
    }
  },
);

test.each([1, 2])(
  "a loss that is no number changes nothing under the guard, even where its gradients are finite (accumulate %i)",
  async (accumulate) => {
    const model = network();
    const before = weights(model);
    // The gradient of a constant is 0, whatever the constant is.
    const loss = (outputs: Tensor): Tensor => outputs.mean().add(Number.NaN);
    const { steps } = await fit(model, {
      ...{ train, epochs: 1, batchSize: 20, accumulate, loss, metrics: {} },
      optimizer: new optim.SGD(model, { learningRate: 1 }),
      callbacks: [nonFiniteGuard()],
    });
    expect(steps).toBe(2 / accumulate);
    expect(weights(model)).toEqual(before);
  },
);

test("every callback hears the end, and the error is the one that broke the run", async () => {
  const heard: string[] = [];
  const failing: Callback = {
    onStep() {
      throw new Error("first");
    },
    onEnd() {
      throw new Error("second");
    },
  };
  const last: Callback = { onEnd: (_result, _run, error) => void heard.push(String(error)) };
  const broken = fit(network(), { train, epochs: 1, callbacks: [failing, last] });
  await expect(broken).rejects.toThrow("first");
  expect(heard).toEqual(["Error: first"]);
  const { onEnd } = failing;
  const atEnd = fit(network(), { train, epochs: 1, callbacks: [{ onEnd }, last] });
  await expect(atEnd).rejects.toThrow("second");
  expect(heard).toEqual(["Error: first", "undefined"]);
});
