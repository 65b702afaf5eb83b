// Callbacks that come with fit: they steer a run, and remember over a break.

import { expect, test } from "vitest";
import { ArrayDataset } from "../../src/data/index.ts";
import { losses, nn, optim, random, seed, type Tensor } from "../../src/index.ts";
import {
  type Callback,
  captureState,
  checkpointMemory,
  earlyStopping,
  findRate,
  fit,
  nonFiniteGuard,
  reduceOnPlateau,
  type TrainingState,
  timeBudget,
} from "../../src/train/index.ts";
import { stored } from "./resume-case.ts";
import { clusters, network } from "./synthetic.ts";

const train = clusters(40);
const settings = { train, batchSize: 20 };

/** A monitor that says what it is told. */
function scripted(...values: readonly number[]): (record: { epoch: number }) => number {
  return ({ epoch }) => values[epoch - 1];
}

/** Breaks a run off after an epoch and continues it with new callbacks; gives the rates of all its epochs. */
async function brokenAfter(epoch: number, make: () => Callback, epochs: number): Promise<number[]> {
  let state: TrainingState | undefined;
  const parts = (model: nn.Layer) => ({
    ...{ ...settings, epochs, optimizer: new optim.SGD(model, { learningRate: 1 }) },
  });
  const keep: Callback = {
    onEpoch(record, run) {
      if (record.epoch === epoch) {
        state = stored(captureState(run));
        run.stop();
      }
    },
  };
  const first = network();
  await fit(first, { ...parts(first), callbacks: [make(), keep] });
  const second = network();
  const run = { ...parts(second), callbacks: [make()], resume: state };
  return (await fit(second, run)).history.map(({ learningRate }) => learningRate);
}

test("reduceOnPlateau lowers the rate after epochs without improvement, also over a break", async () => {
  const make = () =>
    reduceOnPlateau({ patience: 1, factor: 0.5, monitor: scripted(3, 2, 2, 2, 2, 2, 2) });
  const model = network();
  const optimizer = new optim.SGD(model, { learningRate: 1 });
  const { history } = await fit(model, { ...settings, optimizer, epochs: 7, callbacks: [make()] });
  const rates = [1, 1, 1, 1, 0.5, 0.5, 0.25];
  expect(history.map(({ learningRate }) => learningRate)).toEqual(rates);
  for (const epoch of [1, 3, 4, 5]) expect(await brokenAfter(epoch, make, 7)).toEqual(rates);
});

test("early stopping remembers its best weights over a break, and that it is over", async () => {
  const make = () => earlyStopping({ patience: 2, monitor: scripted(3, 1, 2, 2, 2, 2) });
  const plain = network();
  const whole = await fit(plain, { ...settings, epochs: 6, callbacks: [make()] });
  expect([whole.ended, whole.history.length, whole.reason]).toEqual([
    ...["stopped", 4, "no improvement for 2 epochs; epoch 2 was the best"],
  ]);
  const weight = (model: nn.Layer) => [...nn.parameters(model).values()][0].dataSync();
  for (const epoch of [1, 2, 3, 4]) {
    let state: TrainingState | undefined;
    const keep: Callback = {
      onEpoch: (record, run) => {
        if (record.epoch === epoch) state = stored(captureState(run));
      },
    };
    await fit(network(), { ...settings, epochs: 6, callbacks: [make(), keep] });
    const model = network();
    const again = await fit(model, { ...settings, epochs: 6, callbacks: [make()], resume: state });
    expect([again.ended, again.history.length]).toEqual(["stopped", 4]);
    expect(weight(model)).toEqual(weight(plain));
  }
});

test("early stopping can leave the last weights, and takes a first NaN for no best", async () => {
  const values = scripted(Number.NaN, 2, 3);
  const { history } = await fit(network(), {
    ...{ ...settings, epochs: 5 },
    callbacks: [earlyStopping({ patience: 1, monitor: values, restoreBest: false })],
  });
  expect(history).toHaveLength(3);
});

test("a score is watched by the name that logs give it, upwards or downwards", async () => {
  const quality = (outputs: Tensor, labels: Tensor) => losses.crossEntropy(outputs, labels).neg();
  const epochsOf = async (callback: Callback): Promise<number> => {
    const metrics = { quality };
    const run = { ...settings, validation: train, metrics, epochs: 4, callbacks: [callback] };
    return (await fit(network(), run)).history.length;
  };
  const monitor = "validation/quality";
  expect(await epochsOf(earlyStopping({ patience: 1, monitor, mode: "max" }))).toBe(4);
  expect(await epochsOf(earlyStopping({ patience: 1, monitor, mode: "min" }))).toBe(2);
  expect(await epochsOf(earlyStopping({ patience: 1, monitor: "validation/loss" }))).toBe(4);
  expect(await epochsOf(earlyStopping({ patience: 1, monitor: "quality", mode: "max" }))).toBe(4);
  const model = network();
  const optimizer = new optim.SGD(model, { learningRate: 0.1 });
  const plateau = reduceOnPlateau({ patience: 0, monitor: "quality", mode: "min" });
  const run = { ...settings, optimizer, metrics: { quality }, epochs: 3, callbacks: [plateau] };
  expect((await fit(model, run)).history.at(-1)!.learningRate).toBeCloseTo(0.01, 10);
  await expect(epochsOf(earlyStopping({ monitor: "val", mode: "max" }))).rejects.toThrow(
    /no score "val" to watch\. Use one of loss, quality, validation\/loss, validation\/quality\./,
  );
  const store = checkpointMemory();
  const checkpoints = { store, monitor: "accuracy", mode: "max" } as const;
  const { history } = await fit(network(), { ...settings, epochs: 2, checkpoints });
  expect((await store.list()).map(({ score }) => score)).toEqual(
    history.map(({ train: { accuracy } }) => -accuracy),
  );
});

test("a time budget ends a run after the step in progress", async () => {
  const slow: Callback = {
    onStep: () => new Promise((resolve) => setTimeout(resolve, 5)),
  };
  const { ended, reason, steps } = await fit(network(), {
    ...{ ...settings, epochs: 500, callbacks: [slow, timeBudget({ seconds: 0.02 })] },
  });
  expect([ended, reason]).toEqual(["stopped", "the budget of 0.02 s is used up"]);
  expect(steps).toBeLessThan(100);
  expect(() => timeBudget({ seconds: Number.NaN })).toThrow(/seconds/);
});

/** Six samples, of which the third is no number. */
const spoiled = new ArrayDataset({
  x: { data: [1, 2, Number.NaN, 4, 5, 6], shape: [1] },
  y: { data: [1, 2, 3, 4, 5, 6], shape: [1] },
});

test.each([1, 2])(
  "skip leaves everything as it was, and counts from there (accumulate %i)",
  async (accumulate) => {
    const heard: number[] = [];
    const make = (): nn.Sequential => {
      seed(1);
      return new nn.Sequential(new nn.Linear(1, 2), new nn.BatchNorm1d(2), new nn.Linear(2, 1));
    };
    const model = make();
    const optimizer = new optim.Adam(model);
    let last: Float64Array | undefined;
    const state = () =>
      Float64Array.from(
        [...nn.namedState(model).values(), ...optimizer.stateTensors().values()].flatMap((s) => [
          ...s.dataSync(),
        ]),
      );
    const { train: scores, steps } = await fit(model, {
      ...{ train: spoiled, optimizer, epochs: 1, batchSize: 2, accumulate, ema: 0.9 },
      callbacks: [
        nonFiniteGuard({ policy: "skip" }),
        {
          onStep: () => {
            last = state();
          },
          onNonFinite: ({ step, loss }) => {
            heard.push(step);
            expect(loss).toBeNaN();
            // Of several batches those that are sound count for running statistics.
            if (last !== undefined && accumulate === 1) expect(state()).toEqual(last);
          },
        },
      ],
    });
    expect(heard).toHaveLength(1);
    expect(steps).toBe(3 / accumulate + (accumulate - 1) / 2);
    expect(scores.loss).not.toBeNaN();
    expect(state().every(Number.isFinite)).toBe(true);
  },
);

test("too many steps in a row end the run with the usual error", async () => {
  const none = new ArrayDataset({
    x: { data: Array(6).fill(Number.NaN), shape: [1] },
    y: { data: Array(6).fill(1), shape: [1] },
  });
  const options = { train: none, batchSize: 1, epochs: 1 };
  const guard = nonFiniteGuard({ limit: 3 });
  await expect(fit(new nn.Linear(1, 1), { ...options, callbacks: [guard] })).rejects.toMatchObject({
    code: "NON_FINITE",
    detail: { step: 4 },
  });
});

test("throw finds gradients that are not finite, before they reach the weights", async () => {
  const model = new nn.Linear(1, 1);
  const loss = (outputs: import("../../src/index.ts").Tensor) =>
    outputs.sub(outputs.stopGradient()).abs().sqrt().mean(); // 0, of slope ∞
  const run = fit(model, {
    ...{ train: spoiled.select([0, 1]), loss, epochs: 1, batchSize: 2 },
    callbacks: [nonFiniteGuard({ policy: "throw" })],
  });
  await expect(run).rejects.toThrow(/the gradients are not finite in epoch 1, step 1/);
  expect(model.weight.dataSync().every(Number.isFinite)).toBe(true);
});

test("restore goes back to the last copy and lowers the rate", async () => {
  const model = new nn.Linear(1, 1);
  const optimizer = new optim.SGD(model, { learningRate: 0.01 });
  const first = [...model.weight.dataSync()];
  const after: number[][] = [];
  await fit(model, {
    ...{ train: spoiled, optimizer, epochs: 1, batchSize: 1 },
    callbacks: [
      nonFiniteGuard({ policy: "restore", every: 50, factor: 0.1 }),
      { onNonFinite: () => void after.push([...model.weight.dataSync()]) },
    ],
  });
  expect(after).toEqual([first]);
  expect(optimizer.learningRate).toBeCloseTo(0.001, 9);
  expect(model.weight.dataSync()[0]).not.toBe(first[0]); // it has gone on
});

test("going back again and again lowers the rate each time", async () => {
  const model = new nn.Linear(1, 1);
  const optimizer = new optim.SGD(model, { learningRate: 0.01 });
  const callbacks = [nonFiniteGuard({ policy: "restore", every: 50, factor: 0.1 })];
  await fit(model, { train: spoiled, optimizer, epochs: 2, batchSize: 1, callbacks });
  expect(optimizer.learningRate).toBeCloseTo(0.0001, 9);
});

test("warmup raises the rate to what it is else, with and without a schedule", async () => {
  const ratesOf = async (options: object): Promise<number[]> => {
    const rates: number[] = [];
    const model = network();
    await fit(model, {
      ...{ ...settings, epochs: 3, warmup: 4 },
      optimizer: new optim.SGD(model, { learningRate: 0.8 }),
      callbacks: [{ onStep: ({ learningRate }) => void rates.push(learningRate) }],
      ...options,
    });
    return rates;
  };
  expect(await ratesOf({})).toEqual([0.2, 0.4, 0.6000000000000001, 0.8, 0.8, 0.8]);
  expect(await ratesOf({ schedule: (step: number) => 8 - step })).toEqual([2, 3.5, 4.5, 5, 4, 3]);
});

test("findRate suggests a rate from the data of a run, and leaves everything as it was", async () => {
  const model = network(0.2);
  const before = [...nn.parameters(model).values()].map((p) => p.dataSync());
  const drawn = random.state;
  const { suggestion, curve } = await findRate(model, { ...settings, steps: 40, accumulate: 2 });
  expect(curve.length).toBeGreaterThan(10);
  expect(suggestion).toBeGreaterThan(1e-5);
  expect(suggestion).toBeLessThan(10);
  expect([...nn.parameters(model).values()].map((p) => p.dataSync())).toEqual(before);
  expect(random.state).toEqual(drawn);
  await expect(findRate(model, { ...settings, rate: 1 } as never)).rejects.toThrow(
    /no option "rate"/,
  );
});

test.each<[() => unknown, RegExp]>([
  [() => earlyStopping({ patience: 0 }), /patience is 0/],
  [() => earlyStopping({ mindelta: 1 } as never), /no option "mindelta"/],
  [() => earlyStopping({ monitor: "validation/accuracy" }), /Add mode: "max" where larger/],
  [() => earlyStopping({ monitor: "val_loss" }), /names such as "validation\/loss"/],
  [() => earlyStopping({ monitor: 3 as never }), /monitor is 3\. Name a score/],
  [() => earlyStopping({ mode: "auto" as never }), /mode/],
  [() => reduceOnPlateau({ monitor: "accuracy" }), /is no loss/],
  [() => reduceOnPlateau({ factor: 2 }), /factor/],
  [() => reduceOnPlateau({ every: 2 } as never), /no option "every"/],
  [() => nonFiniteGuard({ policy: "hide" as never }), /no policy "hide"/],
  [() => nonFiniteGuard({ limit: 0 }), /limit is 0/],
])("impossible options are refused: %s", (make, text) => {
  expect(make).toThrow(text);
});
