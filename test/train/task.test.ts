// What fit can be told about a task: several inputs and outputs, loss terms, weights, masks, accumulated gradients, averages
// and metrics. Expected numbers marked so were computed by PyTorch 2.13.

import { expect, expectTypeOf, test } from "vitest";
import { ArrayDataset } from "../../src/data/index.ts";
import { losses, metrics, nn, optim, seed, type Tensor, tensor } from "../../src/index.ts";
import {
  evaluate,
  type FitOptions,
  fit,
  type Scores,
  type ValidatedEpoch,
} from "../../src/train/index.ts";
import { clusters, line, network } from "./synthetic.ts";

const four = new ArrayDataset({
  x: { data: [1, 2, -1, 0.5, 0.25, -0.75, 2, -1], shape: [2] },
  y: { data: Int32Array.of(0, 1, 2, 1) },
  s: { data: [1, 0, 2, 0.5] },
  z: { data: Int32Array.of(1, 1, 0, 1) },
});

/** One step of SGD at rate 0.5 from fixed weights on all four samples. */
async function oneStep(
  options: Partial<FitOptions>,
  batchSize = 4,
): Promise<{ scores: Scores; weight: number[]; bias: number[] }> {
  const model = new nn.Linear(2, 3);
  model.weight.set([0.1, -0.2, 0.3, 0.4, -0.5, 0.25]);
  model.bias!.set([0.05, -0.1, 0.2]);
  const optimizer = new optim.SGD(model, { learningRate: 0.5 });
  const { train } = await fit(model, {
    ...{ train: four, epochs: 1, batchSize, optimizer },
    ...{ fields: { inputs: "x", targets: "y" }, ...options },
  });
  return { scores: train, weight: [...model.weight.dataSync()], bias: [...model.bias!.dataSync()] };
}

function expectNear(found: readonly number[], expected: readonly number[], digits = 5): void {
  expect(found).toHaveLength(expected.length);
  for (const [k, value] of expected.entries()) expect(found[k]).toBeCloseTo(value, digits);
}

const weighted = { fields: { inputs: "x", targets: "y", weights: "s" } };
const plain = {
  loss: 1.387681,
  weight: [0.088205, 0.100927, 0.279568, 0.249866, -0.467773, 0.099207],
};
const both = {
  loss: 1.324716,
  weight: [0.04806, 0.219342, 0.404977, 0.133711, -0.553037, 0.096946],
};

// PyTorch 2.13: cross_entropy, with `weight`, with Σ w·l / Σ w over sample and class weights, and clip_grad_norm_.
test.each<[string, Partial<FitOptions>, { loss: number; weight: number[] }]>([
  ["nothing else", {}, plain],
  [
    "class weights",
    { classWeights: [1, 2, 0.5] },
    { loss: 1.372828, weight: [0.021822, 0.041252, 0.33124, 0.260606, -0.453062, 0.148142] },
  ],
  ["sample and class weights", { ...weighted, classWeights: [1, 2, 0.5] }, both],
  [
    "clipping",
    { clip: 0.1 },
    { loss: 1.387681, weight: [0.098456, -0.160609, 0.297326, 0.380348, -0.495782, 0.230262] },
  ],
])("a step with %s is PyTorch's", async (_, options, expected) => {
  const { scores, weight } = await oneStep(options);
  expect(scores.loss).toBeCloseTo(expected.loss, 5);
  expectNear(weight, expected.weight);
});

test.each<[string, Partial<FitOptions>, { loss: number; weight: number[] }]>([
  ["means", {}, plain],
  ["weighted means", { ...weighted, classWeights: [1, 2, 0.5] }, both],
])(
  "gradients of small batches add up to those of the large one, for %s",
  async (_, options, expected) => {
    for (const [size, accumulate] of [
      [1, 4],
      [2, 2],
      [3, 2], // the second batch has one sample
      [2, 9], // fewer batches than asked for
    ]) {
      const { scores, weight } = await oneStep({ ...options, accumulate }, size);
      expect(scores.loss).toBeCloseTo(expected.loss, 5);
      expectNear(weight, expected.weight);
    }
  },
);

test("a sample that weighs nothing changes nothing, and one that is no number is not hidden by that", async () => {
  const spoiled = new ArrayDataset({
    x: { data: [1, 2, Number.NaN, 0.5, 0.25, -0.75, 2, -1], shape: [2] },
    y: { data: Int32Array.of(0, 1, 2, 1) },
    s: { data: [1, 0, 2, 0.5] },
  });
  const expected = await oneStep(weighted);
  const found = await oneStep({ ...weighted, train: spoiled }).catch((error: unknown) => error);
  expect(found).toMatchObject({ code: "NON_FINITE" }); // the gradient has 0 · NaN
  const without = await oneStep({ ...weighted, train: four.select([0, 2, 3]) });
  expectNear(without.weight, expected.weight);
});

test("weights count in means over batches, too", async () => {
  const options = { optimizer: still(), fields: { inputs: "x", targets: "z", weights: "s" } };
  const whole = await oneStep(options);
  const parts = await oneStep(options, 3);
  expect(parts.scores.loss).toBeCloseTo(whole.scores.loss, 6);
  for (const { scores } of [whole, parts]) // the classes found are 1, 2, 0, 0
    expect(scores.accuracy).toBeCloseTo((1 + 2) / 3.5, 6);
});

/** An optimizer that leaves everything as it is. */
function still(): { learningRate: number; step: () => void } {
  return { learningRate: 0, step: () => {} };
}

const sequences = new ArrayDataset({
  x: { data: [1, 2, 3, 4, 5, 6], shape: [3] },
  y: { data: [2, 2, 9, 5, 9, 9], shape: [3] },
  m: { data: Float32Array.of(1, 1, 0, 1, 0, 0), shape: [3] },
});

test("a mask leaves out elements, in loss and metrics, during training and evaluation", async () => {
  const model = { scale: new nn.Linear(1, 1), forward: (x: Tensor) => x };
  const options = {
    fields: { inputs: "x", targets: "y", mask: "m" },
    metrics: { error: (outputs: Tensor, targets: Tensor) => outputs.sub(targets).abs() },
  };
  const { scores } = await evaluate(model, sequences, options);
  expectNear([scores.loss, scores.error], [2 / 3, 2 / 3]); // errors 1, 0, 1 where the mask is 1
  const parts = await evaluate(model, sequences, { ...options, batchSize: 1 });
  expect(parts.scores.loss).toBeCloseTo(2 / 3, 6);
  const scalar = {
    ...options,
    loss: (outputs: Tensor, targets: Tensor) => outputs.sub(targets).mean(),
  };
  await expect(evaluate(model, sequences, scalar)).rejects.toThrow(/one number per sample/);
  const bad = { ...options, loss: (outputs: Tensor) => outputs.sum({ axis: 0 }) };
  await expect(evaluate(model, sequences, bad)).rejects.toMatchObject({ code: "SHAPE_MISMATCH" });
});

test("several inputs go into forward in their order", async () => {
  seed(1);
  class Sum {
    readonly first = new nn.Linear(2, 3);
    readonly second = new nn.Linear(1, 3);
    forward(x: Tensor, s: Tensor, context: nn.Context): Tensor {
      modes.push(context.training === true);
      return this.first.forward(x).add(this.second.forward(s.unsqueeze(1)));
    }
  }
  const modes: boolean[] = [];
  const { history } = await fit(new Sum(), {
    ...{ train: four, validation: four, epochs: 1, batchSize: 4 },
    fields: { inputs: ["x", "s"], targets: "y" },
  });
  expect(modes).toEqual([true, false]);
  expect(history[0].validation.loss).toBeGreaterThan(0);
});

test("several outputs and loss terms: the terms are summed, and each is reported", async () => {
  seed(1);
  const trunk = new nn.Linear(2, 4);
  const heads = { classes: new nn.Linear(4, 3), size: new nn.Linear(4, 1) };
  const model = {
    ...{ trunk, heads },
    forward(x: Tensor) {
      const hidden = trunk.forward(x).relu();
      return { logits: heads.classes.forward(hidden), size: heads.size.forward(hidden).squeeze(1) };
    },
  };
  const { history } = await fit(model, {
    ...{ train: four, validation: four, epochs: 1, batchSize: 4, optimizer: still() },
    fields: { inputs: "x", targets: "y" },
    loss: ({ logits, size }, labels, { s }) => ({
      class: losses.crossEntropy(logits, labels),
      size: losses.meanSquaredError(size, s).mul(0.1),
    }),
    metrics: { largest: ({ size }) => size.max() },
  });
  const [{ train, validation }] = history;
  expect(Object.keys(train)).toEqual(["loss", "class", "size", "largest"]);
  expect(train.loss).toBeCloseTo(train.class + train.size, 6);
  expect(validation).toEqual(train);
});

test("a penalty beside a loss that is weighted counts as it is", async () => {
  const x = Float32Array.of(1, 2, 3, 4);
  const data = new ArrayDataset({
    x: { data: x, shape: [1] },
    y: { data: Float32Array.of(0, 0, 0, 0), shape: [1] },
    w: { data: Float32Array.of(1, 0, 0, 3) },
  });
  const penalty = () => tensor(0.5);
  const loss = (outputs: Tensor, targets: Tensor) => ({
    penalty: penalty(),
    error: outputs.sub(targets).square().squeeze(1),
  });
  const found = await evaluate({ forward: (inputs: Tensor) => inputs }, data, {
    ...{ batchSize: 2, fields: { weights: "w" }, loss },
  });
  // (1·1 + 3·16) / 4 = 12.25, and 0.5 in each batch, whatever it weighs.
  expect(found.scores).toEqual({ loss: 12.75, penalty: 0.5, error: 12.25 });
  const scalars = (outputs: Tensor) => ({ a: outputs.mean(), b: penalty() });
  await expect(
    evaluate({ forward: (inputs: Tensor) => inputs }, data, {
      ...{ fields: { weights: "w" }, loss: scalars },
    }),
  ).rejects.toThrow(/a needs one number per sample/);
});

test("losses and metrics of the library can be passed as they are", async () => {
  const options = { loss: losses.crossEntropy, metrics: { right: metrics.accuracy } };
  const { scores } = await oneStep(options);
  expect(scores.loss).toBeCloseTo(plain.loss, 5);
  expect(scores.right).toBe(0);
});

test("forward can be given, with other outputs than the model's", async () => {
  const model = network();
  const { history } = await fit(model, {
    train: clusters(30),
    epochs: 1,
    forward: ({ points }, context) => {
      const logits = model.forward(points, context);
      return { logits, again: logits.mul(2) };
    },
    loss: ({ logits, again }, labels) => losses.crossEntropy(again.sub(logits), labels),
    metrics: {},
  });
  expect(Object.keys(history[0].train)).toEqual(["loss"]);
});

test("metrics of statistics are worked out over all batches, in training and validation", async () => {
  const counts = {
    statistics: (outputs: Tensor, targets: Tensor) => {
      const right = outputs.argMax({ axis: 1 }).equal(targets).cast("float32");
      return { right: right.sum(), all: tensor(targets.size) };
    },
    value: ({ right, all }: Record<string, { data: ArrayLike<number> }>) =>
      right.data[0] / all.data[0],
  };
  const order = {
    gather: "join" as const,
    statistics: (_: Tensor, targets: Tensor) => ({ targets }),
    value: ({ targets }: Record<string, { data: ArrayLike<number> }>) => {
      return { seen: targets.data.length, last: targets.data[targets.data.length - 1] };
    },
  };
  const train = clusters(50);
  const seen: number[] = [];
  const { history } = await fit(network(), {
    ...{ train, validation: clusters(20, 2), epochs: 2, batchSize: 16 },
    metrics: {
      share: (o, t) => o.argMax({ axis: 1 }).equal(t).cast("float32").mean(),
      counts,
      order,
    },
    callbacks: [{ onStep: ({ mean }) => void seen.push(mean["order.seen"]) }],
  });
  for (const { train, validation } of history) {
    expect(train.counts).toBeCloseTo(train.share, 6);
    expect(validation.counts).toBeCloseTo(validation.share, 6);
    expect([train["order.seen"], validation["order.seen"]]).toEqual([50, 20]);
  }
  expect(seen).toEqual([16, 32, 48, 50, 16, 32, 48, 50]);
  expect(history[0].validation["order.last"]).toBe(19 % 3);
});

test("with ema validation uses the averages, and the model keeps its own weights", async () => {
  const model = new nn.Linear(1, 1);
  model.weight.set([0]);
  model.bias!.set([0]);
  const optimizer = new optim.SGD(model, { learningRate: 0.05 });
  const data = line(10);
  const { average, history } = await fit(model, {
    ...{ train: data, validation: data, optimizer, epochs: 2, batchSize: 5, ema: 0.5 },
  });
  const own = (await evaluate(model, data)).scores.loss;
  const averaged = await average!.during(() => evaluate(model, data));
  expect(history[1].validation.loss).toBe(averaged.scores.loss);
  expect(averaged.scores.loss).not.toBe(own);
  expect(average!.updates.itemSync()).toBe(4);
});

test("the norm of the gradients is heard of where it is asked for", async () => {
  const norms: (number | undefined)[] = [];
  const callbacks = [
    { onStep: ({ gradientNorm }: { gradientNorm?: number }) => void norms.push(gradientNorm) },
  ];
  await oneStep({ callbacks });
  await oneStep({ callbacks, gradientNorm: true });
  await oneStep({ callbacks, clip: 0.1 });
  await oneStep({ callbacks, gradientNorm: true, accumulate: 2 }, 2);
  expect(norms[0]).toBeUndefined();
  for (const norm of norms.slice(1)) expect(norm).toBeCloseTo(0.763956, 5); // PyTorch 2.13
});

test("the history is typed by what was passed", () => {
  const model = network();
  const train = clusters(10);
  const validated = () => fit(model, { train, validation: train });
  expectTypeOf(validated).returns.resolves.toHaveProperty("history");
  expectTypeOf<
    Awaited<ReturnType<typeof validated>>["history"][number]
  >().toEqualTypeOf<ValidatedEpoch>();
});

test.each<[string, Partial<FitOptions>, RegExp]>([
  [
    "class weights of other targets",
    { fields: { inputs: "x", targets: "s" }, classWeights: [1] },
    /class numbers/,
  ],
  ["negative class weights", { classWeights: [-1, 1, 1] }, /finite numbers ≥ 0/],
  ["an unknown weight field", { fields: { weights: "w" } }, /no field "w"/],
  [
    "a metric called as the loss",
    { metrics: { loss: (o) => o.mean() } },
    /two scores are called "loss"/,
  ],
  ["a metric's class", { metrics: { f: metrics.FScore as never } }, /Write new FScore\(\)/],
  ["a metric that is none", { metrics: { f: 3 as never } }, /the metric "f" is 3/],
  [
    "a loss that gives nothing",
    { loss: () => undefined as never },
    /the loss must return a tensor/,
  ],
  ["a batch size beside batches", { train: { ...loader() }, batchSize: 3 }, /batches already/],
])("%s is refused", async (_, options, text) => {
  await expect(oneStep(options, (options.batchSize as number | undefined) ?? 4)).rejects.toThrow(
    text,
  );
});

function loader(): FitOptions["train"] {
  return { fields: four.fields, length: 0, pass: () => [], describe: () => null };
}
