// Exact resume in memory: whatever step a run is broken off after, it continues to the same bits and the same history.

import { afterEach, expect, test } from "vitest";
import type { Json } from "../../src/core/json.ts";
import type { Dataset } from "../../src/data/index.ts";
import { optim, setTarget } from "../../src/index.ts";
import {
  type Callback,
  captureState,
  type FitOptions,
  fit,
  type TrainingState,
} from "../../src/train/index.ts";
import { compared, noisy, run, statesOf, stored } from "./resume-case.ts";
import { clusters, network } from "./synthetic.ts";

process.env.CHAINRULE_THREADS = "1";

afterEach(() => setTarget("wasm"));

test.each(["reference", "wasm"])(
  "after every step, on %s",
  async (target) => {
    setTarget(target);
    const whole = compared(await run({ width: 8 }));
    const states = await statesOf({ width: 8 });
    expect(states.map(({ facts }) => facts.step)).toEqual([
      ...[1, 2, 3, 4, 4, 5, 6, 7, 8, 8, 9, 10, 11, 12, 12],
    ]);
    for (const resume of states)
      expect(compared(await run({ width: 8 }, { resume }))).toEqual(whole);
  },
  60_000,
);

test("after every step of a stream of unknown length", async () => {
  const settings = { width: 8, isAsync: true };
  const whole = compared(await run(settings));
  for (const resume of await statesOf(settings))
    expect(compared(await run(settings, { resume }))).toEqual(whole);
});

test("the test sees a difference: one random draw more gives other bits", async () => {
  const whole = compared(await run({ width: 8 }));
  const [, state] = await statesOf({ width: 8 });
  const random = state.facts.random as Record<string, { seed: number; draw: number }>;
  const { masks } = random;
  const changed = { ...random, masks: { ...masks, draw: masks.draw + 1 } };
  const resume: TrainingState = { ...state, facts: { ...state.facts, random: changed } };
  expect(compared(await run({ width: 8 }, { resume }))).not.toEqual(whole);
});

test("a state can be continued for more epochs", async () => {
  let last: TrainingState | undefined;
  const probe: Callback = {
    onEpoch(_, live) {
      last = stored(captureState(live));
    },
  };
  await run({ width: 8 }, { epochs: 2, probe });
  const { result } = await run({ width: 8 }, { epochs: 3, resume: last });
  const whole = await run({ width: 8 }, { epochs: 3 });
  expect(result.history.map(({ train }) => train)).toEqual(
    whole.result.history.map(({ train }) => train),
  );
});

const train = clusters(40);

/** A state of a small run with the given options. */
async function stateOf(options: Partial<FitOptions> = {}): Promise<TrainingState> {
  let state: TrainingState | undefined;
  const model = network(0.2);
  await fit(model, {
    ...{ train, epochs: 1, batchSize: 20, optimizer: new optim.Adam(model) },
    ...options,
    callbacks: [
      {
        onStep(_, live) {
          state = stored(captureState(live));
        },
      },
    ],
  });
  return state!;
}

test.each<[string, Partial<FitOptions>, RegExp]>([
  ["another data set", { train: clusters(44) }, /data\.data\.size \(saved: 40; here: 44\)/],
  [
    "other records of the same form",
    { train: clusters(40, 5) },
    /belongs to another run; what differs: the records of data\.data \(saved: "[0-9a-f]{8}"; here: "[0-9a-f]{8}"\)/,
  ],
  ["another batch size", { batchSize: 10 }, /data\.batchSize \(saved: 20; here: 10\)/],
  ["another seed", { seed: 5 }, /seed \(saved: 0; here: 5\)/],
  ["other data", { train: noisy(train, 20), batchSize: undefined }, /data\.kind/],
  ["averages", { ema: 0.9 }, /ema \(saved: null; here: 0\.9\)/],
  ["more batches per step", { accumulate: 2 }, /accumulate \(saved: 1; here: 2\)/],
])("a state of a run with %s is refused with the difference", async (_, options, text) => {
  const resume = await stateOf();
  const model = network(0.2);
  const before = model.forward.toString();
  const again = fit(model, {
    ...{ train, epochs: 1, batchSize: 20, optimizer: new optim.Adam(model), resume },
    ...options,
  });
  await expect(again).rejects.toMatchObject({ code: "BAD_CHECKPOINT" });
  await expect(again).rejects.toThrow(text);
  expect(model.forward.toString()).toBe(before);
});

test("other records are accepted where nothing is known of them, or nothing was", async () => {
  const resume = await stateOf();
  const other = clusters(40, 5);
  const bare: Dataset = {
    size: other.size,
    fields: other.fields,
    read: (field, indices) => other.read(field as "labels", indices),
  };
  const goOn = (given: Partial<FitOptions>): Promise<unknown> => {
    const model = network(0.2);
    const optimizer = new optim.Adam(model);
    return fit(model, { train, epochs: 1, batchSize: 20, optimizer, resume, ...given });
  };
  await expect(goOn({ train: other })).rejects.toThrow(/pass them without fingerprint/);
  await expect(goOn({ train: bare })).resolves.toBeDefined();
  const { fits } = resume.facts as unknown as { fits: { data: { data: object } } };
  const { contents, ...known } = fits.data.data as { contents: string };
  expect(contents).toBe(train.fingerprint());
  const older = { ...fits, data: { ...fits.data, data: known } } as unknown as Json;
  const facts = { ...resume.facts, fits: older };
  await expect(goOn({ train: other, resume: { ...resume, facts } })).resolves.toBeDefined();
});

test("a state of another optimizer or model is refused", async () => {
  const resume = await stateOf();
  const model = network(0.2);
  const sgd = new optim.SGD(model, { learningRate: 0.1 });
  const settings = { train, epochs: 1, batchSize: 20, resume };
  await expect(fit(model, { ...settings, optimizer: sgd })).rejects.toThrow(
    /optimizer \(saved: "Adam"; here: "SGD"\)/,
  );
});

test.each<[string, (state: TrainingState) => TrainingState, RegExp]>([
  [
    "without a tensor",
    ({ tensors, facts }) => ({ facts, tensors: new Map([...tensors].slice(1)) }),
    /lacks tensors: model\/layers\.0\.weight \(needs float32\[8, 2\], has none\)/,
  ],
  [
    "of another kind",
    ({ tensors }) => ({ tensors, facts: { step: 3 } }),
    /is not a state of a training run/,
  ],
  [
    "without a cursor",
    ({ tensors, facts }) => ({ tensors, facts: { ...facts, cursor: null } }),
    /fields of the wrong kind: cursor/,
  ],
])("a state %s is refused", async (_, spoil, text) => {
  const resume = spoil(await stateOf());
  const model = network(0.2);
  const optimizer = new optim.Adam(model);
  const again = fit(model, { train, epochs: 1, batchSize: 20, optimizer, resume });
  await expect(again).rejects.toMatchObject({ code: "BAD_CHECKPOINT" });
  await expect(again).rejects.toThrow(text);
});

test("an optimizer or a callback that cannot give its state is refused", async () => {
  const model = network();
  const optimizer = { learningRate: 0.1, step: () => {} };
  await expect(
    fit(model, { train, optimizer, callbacks: [{ onStep: (_, live) => captureState(live) }] }),
  ).rejects.toThrow(/gives no state: it has no stateTensors/);
  const nameless = { state: () => ({}) };
  await expect(fit(model, { train, callbacks: [nameless] })).rejects.toThrow(/no name to keep/);
  const named = { ...nameless, name: "a" };
  await expect(fit(model, { train, callbacks: [named, named] })).rejects.toThrow(/have the name/);
});
