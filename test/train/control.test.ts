// Steering a run from outside, and its checkpoints.

import { expect, test, vi } from "vitest";
import { nn, optim } from "../../src/index.ts";
import {
  type Callback,
  type CheckpointStore,
  checkpointMemory,
  FitControl,
  fit,
  type RunLength,
} from "../../src/train/index.ts";
import { clusters, network } from "./synthetic.ts";

const train = clusters(40);
const settings = { train, epochs: 3, batchSize: 10 }; // 4 steps an epoch

/** Lets the loop run until it waits. */
async function settle(): Promise<void> {
  for (let k = 0; k < 50; k++) await new Promise((resolve) => setImmediate(resolve));
}

function counting(): Callback & { steps: number } {
  const self = {
    steps: 0,
    onStep({ step }: { step: number }) {
      self.steps = step;
    },
  };
  return self;
}

test("a run pauses, does single steps, goes on and stops", async () => {
  const control = new FitControl();
  const counter = counting();
  control.pause();
  const run = fit(network(), { ...settings, control, callbacks: [counter] });
  await settle();
  expect([counter.steps, control.status, control.run?.status]).toEqual([0, "paused", "paused"]);
  control.step();
  await settle();
  expect(counter.steps).toBe(1);
  control.step();
  control.step();
  await settle();
  expect(counter.steps).toBe(3);
  control.step();
  await settle();
  expect([counter.steps, control.run?.history.length]).toEqual([4, 1]); // the epoch ends before the wait
  control.step();
  await settle();
  expect([counter.steps, control.run?.history.length]).toEqual([5, 1]);
  control.stop("the window was closed");
  const { ended, reason, steps, history } = await run;
  expect({ ended, reason, steps, epochs: history.length }).toEqual({
    ...{ ended: "stopped", reason: "the window was closed", steps: 5, epochs: 1 },
  });
  expect([control.run, control.status]).toEqual([undefined, "running"]);
});

test("a paused run that is resumed ends as one that was never paused", async () => {
  const [plain, paused] = [network(0.2), network(0.2)];
  const control = new FitControl();
  await fit(plain, settings);
  const run = fit(paused, {
    ...{ ...settings, control },
    callbacks: [{ onStep: ({ step }, live) => step % 3 === 0 && live.pause() }],
  });
  for (let k = 0; k < 6; k++) {
    await settle();
    control.resume();
  }
  expect((await run).ended).toBe("finished");
  const [a, b] = [plain, paused].map((model) => [...nn.parameters(model).values()]);
  for (const [k, weights] of a.entries()) expect(b[k].dataSync()).toEqual(weights.dataSync());
});

test("the learning rate can be changed on the way, and the schedule has no say from there on", async () => {
  const control = new FitControl();
  const rates: number[] = [];
  await fit(network(), {
    ...{ ...settings, epochs: 1, control, schedule: (step) => 0.1 * (step + 1) },
    callbacks: [
      {
        onStep({ step, learningRate }) {
          rates.push(learningRate);
          if (step === 2) control.learningRate = 0.5;
        },
      },
    ],
  });
  expect(rates).toEqual([0.1, 0.2, 0.5, 0.5]);
  control.learningRate = 0.25; // for the next run
  const model = network();
  const optimizer = new optim.SGD(model, { learningRate: 1 });
  await fit(model, { ...settings, epochs: 1, control, optimizer });
  expect(optimizer.learningRate).toBe(0.25);
});

test("a run of epochs shorter than a frame lets timers and signals through", async () => {
  const control = new FitControl();
  setTimeout(() => control.stop("a timer"), 30);
  const result = await fit(network(), { train, epochs: 200_000, batchSize: 40, control });
  expect([result.ended, result.reason]).toEqual(["stopped", "a timer"]);
});

test("two runs cannot have one control", async () => {
  const control = new FitControl();
  control.pause();
  const first = fit(network(), { ...settings, control });
  await settle();
  await expect(fit(network(), { ...settings, control })).rejects.toThrow(/another run/);
  control.stop();
  await first;
});

test("schedules per epoch and for the length of the run", async () => {
  const ratesOf = async (schedule: Parameters<typeof fit>[1]["schedule"]): Promise<number[]> => {
    const rates: number[] = [];
    const model = network();
    await fit(model, {
      ...{ ...settings, batchSize: 20, epochs: 2, schedule },
      optimizer: new optim.SGD(model, { learningRate: 0.8 }),
      callbacks: [{ onStep: ({ learningRate }) => void rates.push(learningRate) }],
    });
    return rates;
  };
  expect(await ratesOf({ epoch: (epoch) => 1 / (epoch + 1) })).toEqual([1, 1, 0.5, 0.5]);
  const forRun = ({ steps, epochs, learningRate }: RunLength) => {
    expect([steps, epochs]).toEqual([4, 2]);
    return (step: number) => learningRate * (1 - step / steps);
  };
  expect(await ratesOf({ forRun })).toEqual([0.8, 0.6000000000000001, 0.4, 0.2]);
  await expect(ratesOf({ every: 3 } as never)).rejects.toThrow(/a schedule is a function/);
});

/** A store that fails as often as it is told. */
function failing(times: number): CheckpointStore & { tried: number } {
  const inner = checkpointMemory();
  const store = {
    ...inner,
    tried: 0,
    async save(...args: Parameters<CheckpointStore["save"]>) {
      if (++store.tried <= times) throw new Error("No space left on device");
      return inner.save(...args);
    },
  };
  return store;
}

test("checkpoints are stored every so many steps, at epochs, when asked, and at the end", async () => {
  const stepsStored = async (
    checkpoints: { everySteps?: number; everyEpochs?: number },
    callback: Callback = {},
  ): Promise<number[]> => {
    const steps: number[] = [];
    await fit(network(), {
      ...settings,
      checkpoints: { store: checkpointMemory(), ...checkpoints },
      callbacks: [{ onCheckpoint: ({ step }) => void steps.push(step) }, callback],
    });
    return steps;
  };
  expect(await stepsStored({})).toEqual([4, 8, 12]);
  expect(await stepsStored({ everyEpochs: 2 })).toEqual([8, 12]);
  const waiting = { onStep: () => settle() }; // so that each save is done before the next
  expect(await stepsStored({ everySteps: 5 }, waiting)).toEqual([5, 10, 12]);
  const asking: Callback = {
    onStep: async ({ step }, run) => (step === 3 ? run.save() : settle()),
  };
  expect(await stepsStored({ everyEpochs: 3 }, asking)).toEqual([3, 12]);
});

test("a run stopped anywhere is continued from its newest checkpoint, and started where there is none", async () => {
  const plain = network(0.2);
  const { history } = await fit(plain, settings);
  const store = checkpointMemory();
  const parts = { ...settings, checkpoints: { store }, resume: "newest" };
  const stop: Callback = { onStep: ({ step }, run) => step === 6 && run.stop() };
  expect((await fit(network(0.2), { ...parts, callbacks: [stop] })).ended).toBe("stopped");
  const model = network(0.2);
  const result = await fit(model, parts);
  expect(result.ended).toBe("finished");
  expect(result.history.map(({ train }) => train)).toEqual(history.map(({ train }) => train));
  const weights = [...nn.parameters(plain).values()].map((p) => p.dataSync());
  expect([...nn.parameters(model).values()].map((p) => p.dataSync())).toEqual(weights);
  expect((await store.list()).map(({ name }) => name)).toContain("step-00000012");
  await expect(fit(model, { ...parts, resume: "step-7" })).rejects.toThrow(
    /no checkpoint "step-7"/,
  );
  await expect(fit(model, { ...settings, resume: "newest" })).rejects.toThrow(/no store/);
});

test("the best and the newest checkpoints are kept", async () => {
  const store = checkpointMemory({ keep: 1 });
  const scripted = [3, 1, 2];
  const monitor = ({ epoch }: { epoch: number }) => scripted[epoch - 1];
  await fit(network(), { ...settings, checkpoints: { store, monitor } });
  expect(await store.list()).toEqual([
    { name: "step-00000008", step: 8, score: 1 },
    { name: "step-00000012", step: 12, score: 2 },
  ]);
});

test("a save that fails costs no training: one warning, another try, and the error in the result", async () => {
  const heard: unknown[] = [];
  const onError = (error: unknown) => void heard.push(error);
  const lasting = failing(9);
  const broken = await fit(network(), { ...settings, checkpoints: { store: lasting, onError } });
  expect(broken.ended).toBe("finished");
  expect(broken.saveError).toMatchObject({ message: "No space left on device" });
  expect(heard).toHaveLength(1);
  expect(lasting.tried).toBeGreaterThan(2);

  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const store = failing(1);
  const mended = await fit(network(), { ...settings, checkpoints: { store } });
  expect(mended.saveError).toBeUndefined();
  expect(warn.mock.calls.flat().join()).toMatch(/could not be saved; .* No space left on device/);
  warn.mockRestore();
  expect((await store.list()).at(-1)).toMatchObject({ step: 12 });
});

test("a run ends with an error where onError throws it", async () => {
  const onError = (): never => {
    throw new Error("enough");
  };
  const checkpoints = { store: failing(9), everySteps: 2, onError };
  const run = fit(network(), { ...settings, checkpoints, callbacks: [{ onStep: settle }] });
  await expect(run).rejects.toThrow("enough");
});

test("a slow store does not hold up the steps", async () => {
  const inner = checkpointMemory();
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const seen: number[] = [];
  const store: CheckpointStore = {
    ...inner,
    async save(state, facts) {
      seen.push(state.facts.step);
      await gate;
      return inner.save(state, facts);
    },
  };
  const onStep: Callback["onStep"] = ({ step }) => {
    if (step === 9) release();
    return settle();
  };
  await fit(network(), {
    ...{ ...settings, checkpoints: { store, everySteps: 2 }, callbacks: [{ onStep }] },
  });
  expect(seen).toEqual([2, 9, 10, 12, 12]); // what was due meanwhile is taken once; the last has the last epoch's record
});

test("a paused run can be saved", async () => {
  const store = checkpointMemory();
  const control = new FitControl();
  const pause: Callback = { onStep: ({ step }, run) => step === 3 && run.pause() };
  const run = fit(network(), {
    ...{ ...settings, control, callbacks: [pause] },
    checkpoints: { store, everyEpochs: 3 },
  });
  await settle();
  control.save();
  await settle();
  expect(await store.list()).toEqual([{ name: "step-00000003", step: 3 }]);
  control.stop();
  await run;
});

test("onEnd hears what ended a run, also an error", async () => {
  const ends: unknown[] = [];
  const onEnd: Callback["onEnd"] = ({ steps }, _, error) =>
    void ends.push([steps, (error as Error | undefined)?.message]);
  await fit(network(), { ...settings, epochs: 1, callbacks: [{ onEnd }] });
  const failure = { onStep: () => Promise.reject(new Error("mine")) };
  await expect(fit(network(), { ...settings, callbacks: [{ onEnd }, failure] })).rejects.toThrow(
    "mine",
  );
  expect(ends).toEqual([
    [4, undefined],
    [1, "mine"],
  ]);
});

test.each([
  [{ hooks: {} }, /there is no option "hooks"/],
  [{ checkpoints: { store: {} } }, /no store to keep/],
  [{ checkpoints: { store: checkpointMemory(), everySteps: 0 } }, /everySteps is 0/],
  [{ checkpoints: { store: checkpointMemory(), every: 2 } }, /there is no option "every"/],
  [{ optimizer: new optim.LBFGS(network()) as never }, /L-BFGS evaluates the loss several times/],
  [{ hooks: {} }, /Use callbacks/],
  [{ accumulate: 0 }, /accumulate is 0/],
  [{ ema: 2 }, /decay/],
])("impossible options are refused: %j", async (options, text) => {
  await expect(fit(network(), { ...settings, ...(options as object) })).rejects.toThrow(text);
});
