// The training loop: repeatable, right in its bookkeeping, and loud when a run goes wrong.

import { afterEach, describe, expect, test } from "vitest";
import { ChainruleError, losses, nn, optim, seed, setTarget } from "../../src/index.ts";
import {
  type EpochRecord,
  earlyStopping,
  evaluate,
  fit,
  logEpochs,
  type StepEvent,
} from "../../src/train/index.ts";
import { clusters, line, network } from "./synthetic.ts";

const train = clusters(70);
const validation = clusters(30, 2);

afterEach(() => setTarget("wasm"));

/** Records without their times. */
function untimed(history: readonly EpochRecord[]): Omit<EpochRecord, "seconds">[] {
  return history.map(({ seconds, ...rest }) => rest);
}

describe.each(["reference", "wasm"])("on %s", (target) => {
  test("the same seed gives the same history to the last bit, another seed another one", async () => {
    setTarget(target);
    const run = async (order: number) => {
      const model = network(0.2);
      return fit(model, { train, validation, epochs: 3, batchSize: 16, seed: order });
    };
    const [first, second, other] = [await run(5), await run(5), await run(6)];
    expect(untimed(first.history)).toEqual(untimed(second.history));
    expect(untimed(first.history)).not.toEqual(untimed(other.history));
  });

  test("it learns the clusters", async () => {
    setTarget(target);
    const model = network();
    const optimizer = new optim.Adam(model, { learningRate: 0.05 });
    const { history, ended } = await fit(model, {
      train,
      validation,
      optimizer,
      epochs: 8,
      batchSize: 16,
    });
    expect(ended).toBe("finished");
    expect(history).toHaveLength(8);
    expect(history[7].train.loss).toBeLessThan(history[0].train.loss / 2);
    expect(history[7].validation!.accuracy).toBeGreaterThan(0.9);
  });
});

test("both targets train alike", async () => {
  const losses: number[][] = [];
  for (const target of ["reference", "wasm"]) {
    setTarget(target);
    const { history } = await fit(network(0.2), { train, epochs: 3, batchSize: 16 });
    losses.push(history.map((record) => record.train.loss));
  }
  for (const [epoch, loss] of losses[0].entries()) expect(losses[1][epoch]).toBeCloseTo(loss, 5);
});

test("means count a short last batch by its size", async () => {
  const model = network();
  const optimizer = new optim.SGD(model, { learningRate: 0 });
  const { history, train: last } = await fit(model, { train, optimizer, epochs: 1, batchSize: 32 });
  const { scores } = await evaluate(model, train);
  expect(history[0].train.loss).toBeCloseTo(scores.loss, 6);
  expect(history[0].train.accuracy).toBeCloseTo(scores.accuracy, 6);
  expect(last).toEqual(history[0].train);
});

test("targets that are no classes are regressed on, by the mean squared error", async () => {
  seed(0);
  const model = new nn.Linear(1, 1);
  const optimizer = new optim.Adam(model, { learningRate: 0.1 });
  const { history } = await fit(model, { train: line(20), optimizer, epochs: 120, batchSize: 10 });
  const final = history.at(-1)!.train;
  expect(Object.keys(final)).toEqual(["loss"]);
  expect(final.loss).toBeLessThan(1e-3);
  expect(model.weight.itemSync()).toBeCloseTo(2, 1);
});

test("loss, metrics and fields can be chosen", async () => {
  const { history } = await fit(network(), {
    train,
    fields: { inputs: "points", targets: "labels" },
    loss: (outputs, targets) => losses.crossEntropy(outputs, targets, { labelSmoothing: 0.1 }),
    metrics: { size: (outputs) => outputs.abs().mean() },
    epochs: 1,
  });
  expect(Object.keys(history[0].train).sort()).toEqual(["loss", "size"]);
});

test("callbacks hear every step and epoch, and can stop the run", async () => {
  const steps: StepEvent[] = [];
  const firstLosses: number[] = [];
  const lines: string[] = [];
  const {
    history,
    ended,
    steps: done,
  } = await fit(network(), {
    train,
    epochs: 5,
    batchSize: 32,
    callbacks: [
      logEpochs((text) => lines.push(text)),
      {
        onStep: (event, run) => {
          steps.push(event);
          if (event.step === 1) firstLosses.push(event.batch.loss, event.mean.loss);
          expect(run).toMatchObject({ epochs: 5, steps: 15, status: "running" });
        },
        onEpoch: ({ epoch }, run) => epoch === 2 && run.stop("enough"),
      },
    ],
  });
  expect(ended).toBe("stopped");
  expect(history.map(({ epoch, steps, samples }) => [epoch, steps, samples])).toEqual([
    [1, 3, 70],
    [2, 6, 140],
  ]);
  expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(steps[0]).toMatchObject({ epoch: 1, step: 1, samples: 32 });
  expect(firstLosses[0]).toBe(firstLosses[1]);
  expect(done).toBe(6);
  expect(lines[1]).toMatch(/^epoch 2 {2}loss [\d.]+ {2}accuracy [\d.]+$/);
});

test("a schedule sets the learning rate of each step", async () => {
  const model = network();
  const optimizer = new optim.SGD(model, { learningRate: 1 });
  const rates: number[] = [];
  await fit(model, {
    train,
    optimizer,
    epochs: 2,
    batchSize: 35,
    schedule: (step) => 0.5 / (step + 1),
    callbacks: [{ onStep: ({ learningRate }) => void rates.push(learningRate) }],
  });
  expect(rates).toEqual([0.5, 0.25, 0.5 / 3, 0.125]);
});

test("clip bounds what a step changes", async () => {
  const model = network();
  const before = [...nn.parameters(model).values()].map((p) => p.dataSync());
  const optimizer = new optim.SGD(model, { learningRate: 1 });
  await fit(model, { train, optimizer, epochs: 1, batchSize: 70, clip: 1e-3 });
  const after = [...nn.parameters(model).values()].map((p) => p.dataSync());
  let squares = 0;
  before.forEach((values, k) => {
    values.forEach((value, i) => {
      squares += (after[k][i] - value) ** 2;
    });
  });
  expect(Math.sqrt(squares)).toBeGreaterThan(0.9e-3);
  expect(Math.sqrt(squares)).toBeLessThan(1.1e-3);
});

test("a signal ends the run after the step in progress", async () => {
  const controller = new AbortController();
  const { ended, steps, history } = await fit(network(), {
    train,
    epochs: 5,
    batchSize: 16,
    signal: controller.signal,
    callbacks: [{ onStep: ({ step }) => step === 7 && controller.abort() }],
  });
  expect({ ended, steps, epochs: history.length }).toEqual({
    ended: "aborted",
    steps: 7,
    epochs: 1,
  });
});

test("early stopping gives back the weights of the best epoch", async () => {
  const model = network();
  const seen: { loss: number; weight: number }[] = [];
  const scripted = [3, 1, 2, 2, 2];
  const weight = () => [...nn.parameters(model).values()][0].dataSync()[0];
  const { ended, history } = await fit(model, {
    train,
    epochs: 9,
    callbacks: [
      { onEpoch: ({ epoch }) => void seen.push({ loss: scripted[epoch - 1], weight: weight() }) },
      earlyStopping({ patience: 2, monitor: ({ epoch }) => scripted[epoch - 1] }),
    ],
  });
  expect(ended).toBe("stopped");
  expect(history).toHaveLength(4);
  expect(weight()).toBe(seen[1].weight);
  expect(weight()).not.toBe(seen[3].weight);
});

test("other work runs during training", async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  let slept = 0;
  await fit(network(), {
    train,
    epochs: 2,
    batchSize: 10,
    callbacks: [
      {
        onStep() {
          const until = performance.now() + 20; // longer than a frame
          while (performance.now() < until) slept++;
        },
      },
    ],
  });
  clearInterval(timer);
  expect(slept).toBeGreaterThan(0);
  expect(ticks).toBeGreaterThan(0);
});

test("a loss that is no number ends the run with the facts", async () => {
  const model = network();
  const optimizer = new optim.SGD(model, { learningRate: 1e30 });
  const failure = await fit(model, { train, optimizer, epochs: 3, batchSize: 35 }).catch(
    (e: unknown) => e,
  );
  expect(failure).toBeInstanceOf(ChainruleError);
  const { code, detail, message } = failure as ChainruleError;
  expect(code).toBe("NON_FINITE");
  expect(detail).toMatchObject({ epoch: 1, step: 2, learningRate: 1e30 });
  expect(message).toMatch(/epoch 1, step 2, at learning rate 1e\+30/);
});

test("weights spoiled by the last step of an epoch are found by the validation", async () => {
  const model = network();
  const optimizer = new optim.SGD(model, { learningRate: 1e38 });
  const run = fit(model, { train, validation, optimizer, epochs: 1, batchSize: 70 });
  await expect(run).rejects.toMatchObject({ code: "NON_FINITE", detail: { epoch: 1, step: 1 } });
});

test("a label without a score is named, not taken for divergence", async () => {
  const two = new nn.Linear(2, 2); // for three clusters
  await expect(fit(two, { train, epochs: 1 })).rejects.toMatchObject({
    code: "BAD_ARGUMENT",
    detail: { label: 2, classes: 2, field: "labels" },
  });
});

test("a forward that gives no tensor is refused", async () => {
  const inner = new nn.Linear(2, 3);
  const late = { inner, forward: (async () => inner) as never };
  await expect(fit(late, { train, epochs: 1 })).rejects.toMatchObject({ code: "ASYNC_IN_TRACE" });
});

test("a run that ends between two epochs has the scores of the epoch done", async () => {
  const controller = new AbortController();
  const { history, train: scores } = await fit(network(), {
    ...{ train, epochs: 3, signal: controller.signal },
    callbacks: [{ onEpoch: () => controller.abort() }],
  });
  expect(history).toHaveLength(1);
  expect(scores).toEqual(history[0].train);
});

test.each([
  ["no epochs", { train, epochs: 0 }, /epochs is 0/],
  ["no data", undefined as never, /needs data to learn from; received the options undefined/],
  ["no samples", { train: train.select([]) }, /no samples/],
  [
    "an unknown field",
    { train, fields: { inputs: "pixels", targets: "labels" } },
    /"pixels".*points, labels/,
  ],
])("%s is refused", async (_, options, text) => {
  const run = fit(network(), options);
  await expect(run).rejects.toThrow(ChainruleError);
  await expect(run).rejects.toThrow(text);
});
