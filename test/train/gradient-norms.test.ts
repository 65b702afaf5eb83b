// The norm of each parameter's gradient, which callbacks can ask `fit` for: against a loop written by hand and PyTorch.

import { afterEach, describe, expect, it, test } from "vitest";
import { ArrayDataset, batches } from "../../src/data/index.ts";
import { losses, nn, optim, setTarget, type Tensor, tensor } from "../../src/index.ts";
import { parameters } from "../../src/nn/walk.ts";
import {
  type Callback,
  checkpointMemory,
  type FitOptions,
  fit,
  nonFiniteGuard,
} from "../../src/train/index.ts";
import { clusters, network } from "./synthetic.ts";

type Norms = Readonly<Record<string, number>>;

afterEach(() => setTarget("wasm"));

/** Trains for an epoch; gives back the norms of each step, and the model. */
async function heardOf(
  options: Partial<FitOptions> = {},
  model = network(),
): Promise<{ readonly heard: Norms[]; readonly model: nn.Layer }> {
  const heard: Norms[] = [];
  const listener: Callback = {
    gradientNorms: true,
    onStep: async ({ gradientNorms }) => void heard.push(await gradientNorms!()),
  };
  const callbacks = [listener, ...(options.callbacks ?? [])];
  const optimizer = new optim.SGD(model, { learningRate: 0.5, momentum: 0.9 });
  const data = { train: clusters(50), batchSize: 12, epochs: 1, seed: 5 };
  await fit(model, { ...data, optimizer, ...options, callbacks });
  return { heard, model };
}

/** The norms in a loop without `fit`, which does the same steps on batches of `batchSize`. */
function byHand(batchSize: number, clip: number): Norms[] {
  const model = network();
  const optimizer = new optim.SGD(model, { learningRate: 0.5, momentum: 0.9 });
  const loader = batches(clusters(50), { batchSize, shuffle: true, seed: 5 });
  return Array.from(loader.pass(0), ({ points, labels }) => {
    const logits = model.forward(tensor(points.data, { shape: points.shape }), { training: true });
    const loss = losses.crossEntropy(
      logits,
      tensor(labels.data, { shape: labels.shape, dtype: "int32" }),
    );
    const gradients = loss.backward();
    const norms = [...parameters(model)].map(([path, parameter]) => {
      const g = gradients.get(parameter)!.dataSync() as Float32Array;
      return [path, Math.hypot(...g)] as const;
    });
    optimizer.step(optim.clipByGlobalNorm(gradients, clip).gradients);
    return Object.fromEntries(norms);
  });
}

function expectSame(heard: readonly Norms[], expected: readonly Norms[]): void {
  expect(heard).toHaveLength(expected.length);
  for (const [k, norms] of expected.entries()) {
    expect(Object.keys(heard[k])).toEqual(Object.keys(norms));
    for (const path in norms) expect(heard[k][path] / norms[path]).toBeCloseTo(1, 4);
  }
}

describe.each(["reference", "wasm"] as const)("the norms of gradients on %s", (target) => {
  test.each<[string, Partial<FitOptions>, size: number, clip: number]>([
    ["are those of a backward pass written by hand", {}, 12, 1e9],
    ["are those before clipping", { clip: 0.1 }, 12, 0.1],
    ["are those of all batches of a step", { accumulate: 2 }, 24, 1e9],
    ["are before clipping of all batches", { accumulate: 2, clip: 0.1 }, 24, 0.1],
    ["come with the global norm and the guard", { callbacks: [nonFiniteGuard()] }, 12, 1e9],
  ])("%s", async (_name, options, size, clip) => {
    setTarget(target);
    const { heard } = await heardOf(options);
    expectSame(heard, byHand(size, clip));
  });
});

test("the norms are those of PyTorch", async () => {
  const model = new nn.Sequential(new nn.Linear(2, 2), new nn.Tanh(), new nn.Linear(2, 2));
  const values = [
    [0.1, -0.2, 0.3, 0.4],
    [0.05, -0.1],
    [-0.5, 0.25, 0.2, 0.7],
    [0, 0.3],
  ];
  for (const [k, parameter] of [...parameters(model).values()].entries()) parameter.set(values[k]);
  const train = new ArrayDataset({
    x: { data: Float32Array.of(1, 2, -1, 0.5, 0.25, -3), shape: [2] },
    y: { data: Int32Array.of(1, 0, 1) },
  });
  const { heard } = await heardOf({ train, batchSize: 3 }, model);
  const last = { "layers.2.weight": 0.110462, "layers.2.bias": 0.1296567 };
  expectSame(heard, [
    { "layers.0.weight": 0.2614202, "layers.0.bias": 0.043468, ...last }, // PyTorch 2.13
  ]);
});

describe("asking for the norms of gradients", () => {
  it("changes no bit of the training", async () => {
    for (const options of [{}, { clip: 0.1 }, { accumulate: 2 }, { gradientNorm: true }]) {
      const asked = await heardOf({ ...options, epochs: 3 });
      const model = network();
      const optimizer = new optim.SGD(model, { learningRate: 0.5, momentum: 0.9 });
      const data = { train: clusters(50), batchSize: 12, epochs: 3, seed: 5 };
      await fit(model, { ...data, optimizer, ...options });
      expect(valuesOf(asked.model)).toEqual(valuesOf(model));
    }
  });

  it("is left to callbacks: else events have none", async () => {
    const found: unknown[] = [];
    const onStep: Callback["onStep"] = ({ gradientNorms }) => void found.push(gradientNorms);
    await fit(network(), { train: clusters(12), epochs: 1, callbacks: [{ onStep }] });
    expect(found).toEqual([undefined]);
  });

  it("gives none for frozen parameters and unused ones", async () => {
    const used = network();
    const [first] = parameters(used).values();
    first.trainable = false;
    const model = new WithIdle(used);
    for (const options of [{}, { accumulate: 2 }]) {
      const { heard } = await heardOf(options, model);
      const paths = ["used.layers.0.bias", "used.layers.3.weight", "used.layers.3.bias"];
      for (const norms of heard) expect(Object.keys(norms)).toEqual(paths);
    }
  });

  it("can be done later, when other steps have followed", async () => {
    const waiting: (() => Promise<Norms>)[] = [];
    const onStep: Callback["onStep"] = ({ gradientNorms }) => void waiting.push(gradientNorms!);
    const { heard } = await heardOf({ callbacks: [{ onStep }] });
    expect(await Promise.all(waiting.map((norms) => norms()))).toEqual(heard);
  });

  it("goes on where a run is continued", async () => {
    const whole = await heardOf({ epochs: 4 });
    const store = checkpointMemory();
    const first = await heardOf({ epochs: 2, checkpoints: { store } });
    const second = await heardOf({ epochs: 4, checkpoints: { store }, resume: "newest" });
    expect([...first.heard, ...second.heard]).toEqual(whole.heard);
  });
});

/** A network beside a layer that does nothing. */
class WithIdle {
  readonly idle = new nn.Linear(2, 2);
  readonly used: nn.Layer;

  constructor(used: nn.Layer) {
    this.used = used;
  }

  forward(x: Tensor, context?: nn.Context): Tensor {
    return this.used.forward(x, context);
  }
}

function valuesOf(model: nn.Layer): Record<string, number[]> {
  const all = [...parameters(model)].map(([path, parameter]) => [
    path,
    [...(parameter.dataSync() as Float32Array)],
  ]);
  return Object.fromEntries(all);
}
