// Layers: values, modes, running statistics, and errors that name the layer.

import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  compile,
  Generator,
  gradients,
  nn,
  optim,
  seed,
  setTarget,
  type Tensor,
  targets,
  tensor,
} from "../../src/index.ts";
import { failure } from "./failure.ts";

beforeEach(() => seed(3));

const near = (a: ArrayLike<number>, b: readonly number[], digits = 6): void => {
  expect(a.length).toBe(b.length);
  for (const [k, value] of b.entries()) expect(a[k]).toBeCloseTo(value, digits);
};

describe.each(targets)("Linear on %s", (target) => {
  beforeAll(() => setTarget(target));

  it("computes x Wᵀ + b for any number of leading axes", () => {
    const layer = new nn.Linear(2, 3);
    layer.weight.set([1, 2, 3, 4, 5, 6]);
    layer.bias!.set([10, 20, 30]);
    expect(layer.forward(tensor([1, 1])).toArraySync()).toEqual([13, 27, 41]);
    expect(layer.forward(tensor([[[1, 0]], [[0, 1]]])).toArraySync()).toEqual([
      [[11, 23, 35]],
      [[12, 24, 36]],
    ]);
  });

  it("starts within ±1/√in and is determined by the seed", () => {
    seed(1);
    const a = new nn.Linear(16, 4).weight.dataSync();
    seed(1);
    const b = new nn.Linear(16, 4).weight.dataSync();
    const c = new nn.Linear(16, 4).weight.dataSync();
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
    expect(Math.max(...a.map(Math.abs))).toBeLessThanOrEqual(0.25);
    expect(Math.max(...a.map(Math.abs))).toBeGreaterThan(0.2);
  });

  it("names itself, both sizes and its path when the input does not fit", () => {
    const model = nn.named(new nn.Sequential(new nn.Flatten(), new nn.Linear(784, 128)));
    const short: Tensor = tensor(new Float32Array(20), { shape: [2, 10] });
    const error = failure(() => model.forward(short));
    expect(error.code).toBe("SHAPE_MISMATCH");
    expect(error.message).toContain("expected [..., 784]; received float32[2, 10]");
    expect(error.message).toContain("In model.layers.1 (Linear 784→128)");
    const picture: Tensor = tensor(new Float32Array(784), { shape: [1, 28, 28] });
    const image = failure(() => new nn.Linear(784, 1).forward(picture));
    expect(image.message).toContain("nn.Flatten");
    const channels: Tensor = tensor(new Float32Array(72), { shape: [2, 4, 3, 3] });
    const maps = failure(() => new nn.Linear(10, 2).forward(channels));
    expect(maps.message).toContain("make it for 36 features");
  });

  it("refuses another element type and sizes that are not whole", () => {
    expect(
      failure(() => new nn.Linear(2, 1).forward(tensor([1, 2], { dtype: "int32" }))).code,
    ).toBe("DTYPE_MISMATCH");
    expect(failure(() => new nn.Linear(2.5, 1)).code).toBe("BAD_ARGUMENT");
    const double = new nn.Linear(2, 1, { dtype: "float64" });
    expect(double.forward(tensor([1, 2], { dtype: "float64" })).dtype).toBe("float64");
  });
});

describe.each(targets)("activations on %s", (target) => {
  beforeAll(() => setTarget(target));

  it("map to known values at ±1", () => {
    const at = (layer: nn.Layer): number[] => Array.from(layer.forward(tensor([-1, 1])).dataSync());
    near(at(new nn.ReLU()), [0, 1]);
    near(at(new nn.LeakyReLU(0.2)), [-0.2, 1]);
    near(at(new nn.ELU(2)), [2 * (Math.exp(-1) - 1), 1]);
    near(at(new nn.SELU()), [-1.1113307, 1.050701], 5);
    near(at(new nn.Sigmoid()), [0.2689414, 0.7310586]);
    near(at(new nn.Tanh()), [-0.7615942, 0.7615942]);
    near(at(new nn.Softmax()), [0.1192029, 0.8807971]);
    near(at(new nn.LogSoftmax()), [-2.126928, -0.126928]);
    near(at(new nn.GELU()), [-0.1586553, 0.8413447]);
    near(at(new nn.GELU({ approximate: "tanh" })), [-0.158808, 0.841192]);
    near(at(new nn.SiLU()), [-0.2689414, 0.7310586]);
    near(at(new nn.Softplus()), [0.3132617, 1.3132617]);
    near(at(new nn.Softsign()), [-0.5, 0.5]);
    near(at(new nn.Mish()), [-0.3034015, 0.865098], 5);
    near(at(new nn.CELU(2)), [2 * (Math.exp(-0.5) - 1), 1]);
    near(at(new nn.LogSigmoid()), [-1.3132617, -0.3132617]);
    near(at(new nn.Softmin()), [0.8807971, 0.1192029]);
    near(at(new nn.GLU()), [-0.7310586]);
    near(at(new nn.PReLU()), [-0.25, 1]);
    near(at(new nn.RReLU()), [-0.2291667, 1]);
    near(at(new nn.ReLU6()), [0, 1]);
    near(at(new nn.Hardtanh({ max: 0.5 })), [-1, 0.5]);
    near(at(new nn.Hardsigmoid()), [1 / 3, 2 / 3]);
    near(at(new nn.Hardswish()), [-1 / 3, 2 / 3]);
    near(at(new nn.Hardshrink(1)), [0, 0]);
    near(at(new nn.Softshrink()), [-0.5, 0.5]);
    near(at(new nn.Tanhshrink()), [-0.2384058, 0.2384058]);
    near(at(new nn.Threshold(0, 7)), [7, 1]);
  });

  it("PReLU learns its slopes, one for each channel, and RReLU draws them in training", () => {
    const layer = new nn.PReLU({ channels: 2, init: 0.5 });
    const y = layer.forward(tensor([[-2, -3]]));
    near(y.dataSync(), [-1, -1.5]);
    near(y.sum().backward().get(layer.weight)!.dataSync(), [-2, -3]);
    const slopes = new nn.RReLU().forward(tensor([-1, -1, -1]), { training: true }).neg();
    for (const slope of slopes.dataSync()) {
      expect(slope).toBeGreaterThanOrEqual(1 / 8);
      expect(slope).toBeLessThanOrEqual(1 / 3);
    }
  });
});

describe.each(targets)("Dropout on %s", (target) => {
  beforeAll(() => setTarget(target));

  it("passes its input on in inference and keeps the mean in training", () => {
    const layer = new nn.Dropout(0.25);
    const x = tensor(new Float32Array(4000).fill(1));
    expect(layer.forward(x)).toBe(x);
    const y = layer.forward(x, { training: true, generator: new Generator(5) }).dataSync();
    const kept = y.filter((value) => value !== 0);
    expect(new Set(kept)).toEqual(new Set([Math.fround(1 / 0.75)]));
    expect(kept.length / 4000).toBeCloseTo(0.75, 1);
  });

  it("uses the same mask for value and gradient, and another one at each call", () => {
    const layer = new nn.Dropout();
    const x = tensor(new Float32Array(64).fill(1));
    const y = layer.forward(x, { training: true });
    expect(gradients(y, [x])[0].dataSync()).toEqual(y.dataSync());
    expect(layer.forward(x, { training: true }).dataSync()).not.toEqual(y.dataSync());
  });

  it("is 0 everywhere for p = 1, and refuses p outside 0 … 1", () => {
    expect(new nn.Dropout(1).forward(tensor([3]), { training: true }).itemSync()).toBe(0);
    expect(failure(() => new nn.Dropout(1.5)).code).toBe("BAD_ARGUMENT");
  });
});

describe.each(targets)("Embedding on %s", (target) => {
  beforeAll(() => setTarget(target));

  it("looks rows up; the padding row starts at 0 and gets no gradient", () => {
    const layer = new nn.Embedding(4, 2, { paddingIndex: 1 });
    const ids = tensor(
      [
        [1, 3],
        [3, 0],
      ],
      { dtype: "int32" },
    );
    const y = layer.forward(ids);
    expect(y.shape).toEqual([2, 2, 2]);
    expect(Array.from(y.dataSync()).slice(0, 2)).toEqual([0, 0]);
    const g = y.sum().backward().get(layer.weight)!;
    expect(g.toArraySync()).toEqual([
      [1, 1],
      [0, 0],
      [0, 0],
      [2, 2],
    ]);
  });

  it("refuses float ids and ids out of range", () => {
    const layer = new nn.Embedding(4, 2);
    expect(failure(() => layer.forward(tensor([1]))).code).toBe("DTYPE_MISMATCH");
    expect(failure(() => layer.forward(tensor([4], { dtype: "int32" }))).message).toContain(
      "id 4 at position 0",
    );
  });
});

describe.each(targets)("LayerNorm on %s", (target) => {
  beforeAll(() => setTarget(target));

  it("brings each sample to mean 0 and variance 1", () => {
    const y = new nn.LayerNorm(3).forward(
      tensor([
        [1, 2, 3],
        [10, 20, 60],
      ]),
    );
    near(y.dataSync(), [-1.2247, 0, 1.2247, -0.9258, -0.4629, 1.3887], 3);
    expect(failure(() => new nn.LayerNorm([2, 3]).forward(tensor([[1, 2, 3]]))).code).toBe(
      "SHAPE_MISMATCH",
    );
  });
});

describe.each(targets)("BatchNorm1d on %s", (target) => {
  beforeAll(() => setTarget(target));

  const x = [
    [1, 10],
    [3, 30],
    [5, 20],
  ];
  // Worked by hand: means 3 and 20, unbiased variances 4 and 100; a tenth of them enters.
  const expectRunning = (layer: nn.BatchNorm1d): void => {
    near(layer.runningMean.dataSync(), [0.3, 2]);
    near(layer.runningVariance.dataSync(), [0.9 + 0.4, 0.9 + 10], 5);
    expect(layer.numBatchesTracked.itemSync()).toBe(1);
  };

  it("uses and records batch statistics in training, outside compile at once", () => {
    const layer = new nn.BatchNorm1d(2);
    near(
      layer.forward(tensor(x), { training: true }).dataSync(),
      [-1.2247, -1.2247, 0, 1.2247, 1.2247, 0],
      3,
    );
    expectRunning(layer);
  });

  it("records them as a write of a compiled step", () => {
    const layer = new nn.BatchNorm1d(2);
    const step = compile((batch: Tensor) => layer.forward(batch, { training: true }));
    step(tensor(x));
    expectRunning(layer);
    step(tensor(x));
    near(layer.runningMean.dataSync(), [0.57, 3.8]);
    expect(layer.numBatchesTracked.itemSync()).toBe(2);
  });

  it("uses the running statistics in inference and leaves them alone", () => {
    const layer = new nn.BatchNorm1d(2);
    layer.runningMean.set([1, 10]);
    layer.runningVariance.set([4, 100]);
    near(layer.forward(tensor(x)).dataSync(), [0, 0, 1, 2, 2, 1], 4);
    expect(layer.numBatchesTracked.itemSync()).toBe(0);
  });

  it("averages all batches for momentum null", () => {
    const layer = new nn.BatchNorm1d(1, { momentum: null });
    for (const values of [
      [1, 3],
      [5, 7],
      [0, 2],
    ]) {
      layer.forward(tensor(values.map((value) => [value])), { training: true });
    }
    near(layer.runningMean.dataSync(), [3]);
  });

  it("takes [B, C, L], and trains with gradients through the statistics", () => {
    const layer = new nn.BatchNorm1d(2);
    const input = tensor([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ]);
    const y = layer.forward(input, { training: true });
    near(gradients(y.sum(), [input])[0].dataSync(), new Array(8).fill(0), 5); // Σ y does not depend on x
    expect(y.shape).toEqual([2, 2, 2]);
    const loss = y
      .square()
      .mul(tensor([[[1, 2]], [[3, 4]]]))
      .sum();
    expect(loss.backward().size).toBe(2);
  });

  it("refuses other channels, and one value per channel in training", () => {
    const layer = new nn.BatchNorm1d(3);
    expect(failure(() => layer.forward(tensor([[1, 2]]))).message).toContain("[batch, 3]");
    expect(failure(() => layer.forward(tensor([[1, 2, 3]]), { training: true })).code).toBe(
      "SHAPE_MISMATCH",
    );
  });
});

describe.each(targets)("containers on %s", (target) => {
  beforeAll(() => setTarget(target));

  it("pass the context on, and keep the types of their layers", () => {
    const model = new nn.Sequential(new nn.Dropout(1), new nn.Residual(new nn.Linear(2, 2)));
    const weight: Tensor = model.layers[1].body.weight;
    expect(weight.shape).toEqual([2, 2]);
    const bias = Array.from(model.layers[1].body.bias!.dataSync());
    near(model.forward(tensor([5, 6]), { training: true }).dataSync(), bias);
  });

  it("refuse classes in place of layers, and a residual that changes the shape", () => {
    expect(failure(() => new nn.Sequential(nn.ReLU as unknown as nn.Layer)).message).toContain(
      "new nn.ReLU()",
    );
    const error = failure(() => new nn.Residual(new nn.Linear(2, 3)).forward(tensor([1, 2])));
    expect(error.message).toContain("[2] into [3]");
  });

  it("train a network to fit XOR", () => {
    seed(2);
    const model = new nn.Sequential(new nn.Linear(2, 8), new nn.Tanh(), new nn.Linear(8, 1));
    const optimizer = new optim.Adam(model, { learningRate: 0.05 });
    const step = compile((x: Tensor, y: Tensor) => {
      const loss = model.forward(x).sub(y).square().mean();
      optimizer.step(loss.backward());
      return loss;
    });
    const x = tensor([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
    const y = tensor([[0], [1], [1], [0]]);
    let loss = 1;
    for (let k = 0; k < 200; k++) loss = step(x, y).itemSync();
    expect(loss).toBeLessThan(1e-3);
  });
});
