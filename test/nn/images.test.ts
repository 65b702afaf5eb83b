// Convolution and pooling layers: shapes, initial values, groups, training, and errors that name the layer.

import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  compile,
  losses,
  nn,
  optim,
  random,
  seed,
  setTarget,
  type Tensor,
  targets,
  tensor,
  zeros,
} from "../../src/index.ts";
import { failure } from "./failure.ts";

beforeEach(() => seed(3));

describe.each(targets)("convolution layers on %s", (target) => {
  beforeAll(() => setTarget(target));

  it("have weights and biases as PyTorch lays them out", () => {
    const layers = [
      new nn.Conv1d(4, 6, 3, { groups: 2 }),
      new nn.Conv2d(4, 6, [3, 5]),
      new nn.Conv3d(1, 2, 3, { bias: false }),
    ];
    expect(layers.map((layer) => layer.weight.shape)).toEqual([
      [6, 2, 3],
      [6, 4, 3, 5],
      [2, 1, 3, 3, 3],
    ]);
    expect(layers.map((layer) => layer.bias?.shape)).toEqual([[6], [6], undefined]);
    expect([...nn.parameters({ conv: layers[1] }).keys()]).toEqual(["conv.weight", "conv.bias"]);
  });

  it("start within ±1/√fanIn and are determined by the seed", () => {
    const make = (): nn.Conv2d => {
      seed(5);
      return new nn.Conv2d(8, 16, 2, { groups: 2 });
    };
    const [a, b] = [make(), make()];
    expect(a.weight.dataSync()).toEqual(b.weight.dataSync());
    for (const p of [a.weight, a.bias!]) {
      const largest = Math.max(...p.dataSync().map(Math.abs));
      expect(largest).toBeLessThanOrEqual(0.25); // fanIn 4 · 2 · 2
      expect(largest).toBeGreaterThan(0.2);
    }
  });

  it("compute what the functions compute, with all options", () => {
    const layer = new nn.Conv2d(2, 4, 3, { stride: 2, padding: 1, dilation: 1, groups: 2 });
    const x = random.normal([3, 2, 7, 6]);
    const y = layer.forward(x);
    const same = x.conv2d(layer.weight, { bias: layer.bias, stride: 2, padding: 1, groups: 2 });
    expect(y.shape).toEqual([3, 4, 4, 3]);
    expect(y.dataSync()).toEqual(same.dataSync());
    expect(new nn.Conv1d(2, 3, 3, { padding: "same" }).forward(zeros([1, 2, 5])).shape).toEqual([
      1, 3, 5,
    ]);
    expect(new nn.Conv3d(1, 2, 2).forward(zeros([1, 1, 3, 4, 5])).shape).toEqual([1, 2, 2, 3, 4]);
  });

  it("learn: a small network tells vertical from horizontal bars", async () => {
    const images = new Float32Array(12 * 36);
    const labels = Int32Array.from({ length: 12 }, (_, k) => k % 2);
    for (let k = 0; k < 12; k++) {
      const line = k >> 1;
      for (let i = 0; i < 6; i++) images[k * 36 + (k % 2 === 0 ? line * 6 + i : i * 6 + line)] = 1;
    }
    const model = new nn.Sequential(
      new nn.Conv2d(1, 4, 3, { padding: 1 }),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Conv2d(4, 4, 3, { padding: 1 }),
      new nn.ReLU(),
      new nn.GlobalAvgPool(),
      new nn.Linear(4, 2),
    );
    const optimizer = new optim.Adam(model, { learningRate: 0.03 });
    const step = compile((x: Tensor, y: Tensor) => {
      const loss = losses.crossEntropy(model.forward(x), y);
      optimizer.step(loss.backward());
      return loss;
    });
    const x = tensor(images, { shape: [12, 1, 6, 6] });
    const y = tensor(labels, { dtype: "int32" });
    const first = await step(x, y).item();
    for (let k = 0; k < 60; k++) step(x, y);
    expect(await step(x, y).item()).toBeLessThan(first / 5);
  });
});

describe("pooling layers", () => {
  it("pool with their options", () => {
    const x = tensor(
      Float32Array.from({ length: 16 }, (_, k) => k),
      { shape: [1, 1, 4, 4] },
    );
    expect(new nn.MaxPool2d(2).forward(x).toArraySync()).toEqual([
      [
        [
          [5, 7],
          [13, 15],
        ],
      ],
    ]);
    expect(new nn.AvgPool2d(2).forward(x).toArraySync()).toEqual([
      [
        [
          [2.5, 4.5],
          [10.5, 12.5],
        ],
      ],
    ]);
    expect(new nn.MaxPool2d([1, 3], { stride: 1 }).forward(x).shape).toEqual([1, 1, 4, 2]);
    expect(new nn.GlobalAvgPool().forward(x).toArraySync()).toEqual([[7.5]]);
  });
});

describe("errors of convolution layers", () => {
  it("name the layer, its path and what it needs", () => {
    const model = nn.named(new nn.Sequential(new nn.Conv2d(3, 8, 3)));
    const error = failure(() => model.forward(zeros([2, 8, 8, 3])));
    expect(error.code).toBe("SHAPE_MISMATCH");
    expect(error.message).toContain(
      "expected [batch, 3, height, width]; received float32[2, 8, 8, 3]",
    );
    expect(error.message).toContain("In model.layers.0 (Conv2d 3→8, 3×3)");
    expect(failure(() => model.forward(zeros([2, 3, 2, 8]))).message).toMatch(/spans 3 .* only 2/);
    expect(failure(() => model.forward(zeros([2, 3, 8, 8], "float64"))).code).toBe(
      "DTYPE_MISMATCH",
    );
  });

  it("refuse sizes and groups that make no layer", () => {
    expect(failure(() => new nn.Conv2d(3, 8, 3, { groups: 2 })).message).toContain(
      "2 groups do not divide 3 input",
    );
    expect(failure(() => new nn.Conv2d(3, 8, [3])).message).toContain("kernel must be");
    expect(failure(() => new nn.Conv1d(0, 8, 3)).code).toBe("BAD_ARGUMENT");
  });
});
