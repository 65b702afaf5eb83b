// What fit, evaluate, predict and findRate refuse, each in the library's own words, and what must not pass in silence.

import { describe, expect, test } from "vitest";
import { ChainruleError } from "../../src/core/errors.ts";
import { ArrayDataset, type NestedArrays, pipeline, Table } from "../../src/data/index.ts";
import { losses, metrics, nn, optim, type Tensor, tensor } from "../../src/index.ts";
import {
  checkpointMemory,
  earlyStopping,
  evaluate,
  type FitOptions,
  findRate,
  fit,
  predict,
  reduceOnPlateau,
} from "../../src/train/index.ts";
import { clusters, network } from "./synthetic.ts";

const train = clusters(30);
const nothing = train.select([]);
const fields = { points: train.fields.points, labels: train.fields.labels };
const noBatches = pipeline(train)
  .filter(() => false)
  .batch(4, { fields });

/** Points with targets that are floats. */
const floats = (y: NestedArrays): ArrayDataset => new ArrayDataset({ x: y.map(() => [1, 2]), y });

/** Options as a program without TypeScript may give them. */
const wrong = (options: object): FitOptions => ({ train, epochs: 1, ...options }) as FitOptions;

async function refusal(run: () => Promise<unknown>): Promise<string> {
  const error: unknown = await run().then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(ChainruleError);
  return (error as Error).message;
}

describe("fit refuses", () => {
  test.each<[string, object, RegExp]>([
    ["callbacks that are none", { callbacks: earlyStopping() }, /callbacks are a list of objects/],
    ["null for callbacks", { callbacks: null }, /callbacks are a list of objects/],
    ["a gap among callbacks", { callbacks: [undefined] }, /callbacks are a list of objects/],
    ["null for checkpoints", { checkpoints: null }, /fit checkpoints: takes options/],
    ["a control of its own", { control: {} }, /control must have a method attach/],
    ["the name of an optimizer", { optimizer: "adam" }, /optimizer must have a method step/],
    ["a signal that is none", { signal: {} }, /signal must have a method addEventListener/],
    ["a loss by name", { loss: "mse" }, /loss must be a function; received "mse"/],
    ["a forward that is none", { forward: 3 }, /forward must be a function/],
    ["a state that is none", { resume: {} }, /the state is none/],
    ["null as a state", { resume: null }, /the state is none/],
    ["unknown fields", { fields: { input: "points" } }, /no option "input". Use inputs/],
    ["null for validation", { validation: null }, /null is no data/],
    ["validation without samples", { validation: nothing }, /validation data has no samples/],
    ["validation without batches", { validation: noBatches }, /validation data has no samples/],
    ["training without batches", { train: noBatches }, /training data has no samples/],
    ["a loader that describes nothing", { train: { fields, pass: () => [] } }, /method describe/],
    [
      "a pass that is none",
      { train: { fields, pass: () => 5, describe: () => null } },
      /must return an iterable of batches; it returned 5/,
    ],
    ["classWeights by name", { classWeights: "balanced" }, /classWeights are finite numbers/],
    ["classWeights of 0", { classWeights: [0, 0, 0] }, /not all 0/],
    ["fewer classWeights than classes", { classWeights: [1, 1] }, /2 classWeights.*3 scores/],
    ["more classWeights than classes", { classWeights: [1, 1, 1, 1] }, /4 classWeights.*3 scores/],
  ])("%s", async (_, options, message) => {
    expect(await refusal(() => fit(network(), wrong(options)))).toMatch(message);
  });

  test.each([
    ["early stopping", earlyStopping({ monitor: ({ train: { f1 } }) => f1 })],
    ["a plateau", reduceOnPlateau({ monitor: ({ train: { f1 } }) => f1 })],
  ])("a score that there is not, watched by %s", async (_, callback) => {
    const message = await refusal(() => fit(network(), wrong({ callbacks: [callback] })));
    expect(message).toMatch(/monitor must return a number.*train: \{ loss, accuracy \}/);
  });

  test("a mean that cannot have counted the mask", async () => {
    const masked = new ArrayDataset({
      x: { data: new Float32Array(24).fill(1), shape: [2, 3] },
      y: { data: new Int32Array(8), shape: [2] },
      mask: { data: Uint8Array.of(1, 0, 1, 1, 1, 0, 1, 0), shape: [2], dtype: "bool" },
    });
    const model = { lin: new nn.Linear(3, 2), forward: scores };
    function scores(this: { lin: nn.Linear }, x: Tensor): Tensor {
      return this.lin.forward(x).permute([0, 2, 1]);
    }
    const options = (accuracy: object): FitOptions => ({
      ...{ train: masked, epochs: 1, fields: { mask: "mask" } },
      loss: (outputs: Tensor, targets: Tensor) =>
        losses.crossEntropy(outputs, targets, { reduction: "none" }),
      metrics: { accuracy } as FitOptions["metrics"],
    });
    const plain = (outputs: Tensor, targets: Tensor): Tensor => metrics.accuracy(outputs, targets);
    expect(await refusal(() => fit(model, options(plain)))).toMatch(
      /accuracy needs one number per sample; its function returned a scalar/,
    );
    // One that gets the batch can have used the mask itself.
    const own = (_o: Tensor, _t: Tensor, batch: { readonly mask: Tensor }): Tensor =>
      batch.mask.cast("float32").mean();
    const { history } = await fit(model, options(own));
    expect(history[0].train.accuracy).toBeCloseTo(5 / 8, 6);
  });
});

describe("measuring refuses", () => {
  const points = train.read("points", [0, 1]);
  test.each<[string, () => Promise<unknown>, RegExp]>([
    ["no data", () => evaluate(network(), null as never), /null is no data/],
    ["no options", () => evaluate(network(), train, null as never), /takes options/],
    [
      "misspelt options",
      () => evaluate(network(), train, { size: 3 } as never),
      /no option "size"/,
    ],
    ["no model", () => evaluate(null as never, train), /method forward/],
    [
      "weights of 0",
      () =>
        evaluate(network(), withWeights(new Float32Array(30)), { fields: { weights: "weight" } }),
      /weights or mask are 0 for all 30 samples/,
    ],
    [
      "numbers of classes that are floats",
      () => fit(network(), { train: floats([0, 1, 2, 0]), epochs: 1 }),
      /gives float32\[4, 3\] and the targets are float32\[4\].*need the element type int32/,
    ],
    [
      "numbers beside columns of one",
      () => evaluate(new nn.Linear(2, 1), floats([1, 2, 3, 4])),
      /gives float32\[4, 1\].*\{ data, shape: \[1\] \}/,
    ],
    [
      "targets of another kind",
      () =>
        evaluate(
          new nn.Linear(2, 1),
          floats([
            [1, 2],
            [3, 4],
          ]),
        ),
      /gives float32\[2, 1\] and the targets are float32\[2, 2\].*or pass a loss/,
    ],
    ["no room for gradients", () => fit(network(), { train, clip: 0 }), /clip is 0.*above 0/],
    [
      "an optimizer that is not made",
      () => fit(network(), { train, optimizer: optim.Adam as never }),
      /method step; received a function\. Make one for the model: new optim\.Adam\(model/,
    ],
    [
      "a state that is none",
      () => fit(network(), { train, resume: true as never }),
      /resume is true\. Pass "newest"/,
    ],
    ["text for a number", () => fit(network(), { train, epochs: "3" as never }), /epochs is "3"/],
    [
      "a pipeline without batches",
      () => fit(network(), { train: pipeline(clusters(4)) as never }),
      /\{ train: a Pipeline \}\. Cut the pipeline into batches: pipeline\(…\)\.batch\(32\)\./,
    ],
    [
      "a pipeline without batches to predict of",
      () => predict(network(), pipeline(clusters(4)) as never),
      /received a Pipeline.*Cut the pipeline into batches/,
    ],
    [
      "a table",
      () => evaluate(network(), Table.fromRecords([{ x: 1 }]) as never),
      /is no data\. Make tensors of the table: TablePreprocessor/,
    ],
    ["nothing to predict", () => predict(network(), null as never), /needs samples on axis 0/],
    ["batches of 0", () => predict(network(), points, { batchSize: 0 }), /batchSize must be/],
    ["findRate without options", () => findRate(network(), null as never), /takes options/],
    [
      "options that findRate has not",
      () => findRate(network(), { train, schedule: () => 1 } as never),
      /findRate: there is no option "schedule"/,
    ],
    ["findRate without batches", () => findRate(network(), { train: noBatches }), /no samples/],
  ])("%s", async (_, run, message) => {
    expect(await refusal(run)).toMatch(message);
  });
});

function withWeights(weight: Float32Array): ArrayDataset<"points" | "labels" | "weight"> {
  const all = Int32Array.from({ length: 30 }, (_, k) => k);
  return new ArrayDataset({
    points: { data: train.read("points", all).data, shape: [2] },
    labels: { data: train.read("labels", all).data },
    weight: { data: weight },
  });
}

test("labels that a loss of one's own leaves out do not break evaluation", async () => {
  const all = Int32Array.from({ length: 30 }, (_, k) => k);
  const labels = train.read("labels", all).data.slice();
  labels[4] = -100;
  const data = new ArrayDataset({
    points: { data: train.read("points", all).data, shape: [2] },
    labels: { data: labels },
  });
  const loss = (outputs: Tensor, targets: Tensor): Tensor =>
    losses.crossEntropy(outputs, targets, { ignoreIndex: -100 });
  const found = await evaluate(network(), data, { loss });
  expect(found.confusion!.total).toBe(29);
  expect(found.predicted!.length).toBe(30);
  // With the loss of the library it is a wrong label.
  await expect(evaluate(network(), data)).rejects.toThrow(/class -100 at position 4/);
});

test("one output per sample beside whole numbers is no choice among classes", async () => {
  const data = new ArrayDataset({
    x: { data: [1, 2, 3, 4], shape: [1] },
    count: { data: Int32Array.of(2, 4, 6, 8) },
  });
  const model = { forward: (x: Tensor) => x.mul(2).reshape([-1]).unsqueeze(1) };
  const loss = (outputs: Tensor, targets: Tensor): Tensor =>
    outputs.squeeze(1).sub(targets.cast("float32")).square();
  const found = await evaluate(model, data, { loss });
  expect(found).toEqual({ samples: 4, scores: { loss: 0 } });
});

test("a pass that evaluation breaks off is ended", async () => {
  let ended = 0;
  const loader = {
    ...{ fields, length: 2, describe: () => null },
    *pass() {
      try {
        yield { points: train.read("points", [0]), labels: train.read("labels", [0]) };
        yield { points: train.read("points", [1]), labels: train.read("labels", [1]) };
      } finally {
        ended++;
      }
    },
  };
  const spoilt = { forward: (_: Tensor) => tensor([Number.NaN]).sub("x" as never) };
  await expect(evaluate(spoilt, loader)).rejects.toThrow();
  expect(ended).toBe(1);
});

test("a store that cannot be closed loses no result", async () => {
  const memory = checkpointMemory();
  const store = {
    ...memory,
    close: () => Promise.reject(new Error("the folder is gone")),
  };
  const { ended, saveError } = await fit(network(), { train, epochs: 1, checkpoints: { store } });
  expect([ended, String(saveError)]).toEqual(["finished", "Error: the folder is gone"]);
});

test("a run that cannot begin lets go of its store", async () => {
  let closed = 0;
  const store = { ...checkpointMemory(), close: async () => void closed++ };
  const checkpoints = { store };
  await fit(network(), { train, epochs: 1, checkpoints });
  await expect(
    fit(new nn.Linear(2, 3), { train, epochs: 1, checkpoints, resume: "newest" }),
  ).rejects.toThrow(/belongs to another run/);
  expect(closed).toBe(2);
});
