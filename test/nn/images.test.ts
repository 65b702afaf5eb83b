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

describe("transposed convolution layers", () => {
  it("have the input's channels first, and start within PyTorch's bounds", () => {
    const layers = [
      new nn.ConvTranspose1d(4, 6, 3, { groups: 2 }),
      new nn.ConvTranspose2d(4, 6, [3, 5], { bias: false }),
      new nn.ConvTranspose3d(1, 2, 2),
    ];
    expect(layers.map((layer) => layer.weight.shape)).toEqual([
      [4, 3, 3],
      [4, 6, 3, 5],
      [1, 2, 2, 2, 2],
    ]);
    expect(layers.map((layer) => layer.bias?.shape)).toEqual([[6], undefined, [2]]);
    const largest = Math.max(...layers[1].weight.dataSync().map(Math.abs));
    expect(largest).toBeLessThanOrEqual(1 / Math.sqrt(90)); // 6 outputs · 3 · 5
    expect(largest).toBeGreaterThan(0.9 / Math.sqrt(90));
  });

  it("undo the shape of a convolution with their options", () => {
    const options = { stride: 2, padding: 1 };
    const x = random.normal([2, 3, 8, 6]);
    const small = new nn.Conv2d(3, 4, 3, options).forward(x);
    const layer = new nn.ConvTranspose2d(4, 3, 3, { ...options, outputPadding: 1 });
    expect(layer.forward(small).shape).toEqual([2, 3, 8, 6]);
    const same = small.convTranspose2d(layer.weight, {
      ...options,
      outputPadding: 1,
      bias: layer.bias,
    });
    expect(layer.forward(small).dataSync()).toEqual(same.dataSync());
    const error = failure(() => layer.forward(x));
    expect(error.message).toContain("expected [batch, 4, height, width]");
    expect(error.message).toContain("In ConvTranspose2d 4→3, 3×3");
  });
});

describe("layers that call a function", () => {
  const image = tensor(
    Float32Array.from({ length: 48 }, (_, k) => (k * k) % 13),
    { shape: [1, 1, 6, 8] },
  );
  const line = image.reshape([1, 1, 48]);
  const volume = image.reshape([1, 1, 3, 4, 4]);
  const channels = image.reshape([1, 4, 3, 4]);

  it.each<[string, nn.Layer, Tensor, Tensor]>([
    ["MaxPool1d", new nn.MaxPool1d(3, { stride: 2 }), line, line.maxPool1d(3, { stride: 2 })],
    ["MaxPool3d", new nn.MaxPool3d(2), volume, volume.maxPool3d(2)],
    ["AvgPool1d", new nn.AvgPool1d(3, { padding: 1 }), line, line.avgPool1d(3, { padding: 1 })],
    ["AvgPool3d", new nn.AvgPool3d([1, 2, 2]), volume, volume.avgPool3d([1, 2, 2])],
    ["LpPool1d", new nn.LpPool1d(3, 2), line, line.lpPool1d(3, 2)],
    ["LpPool2d", new nn.LpPool2d(2, 3), image, image.lpPool2d(2, 3)],
    ["GlobalMaxPool", new nn.GlobalMaxPool(), image, tensor([[12]])],
    ["AdaptiveAvgPool1d", new nn.AdaptiveAvgPool1d(5), line, line.adaptiveAvgPool1d(5)],
    ["AdaptiveAvgPool2d", new nn.AdaptiveAvgPool2d([4, 3]), image, image.adaptiveAvgPool2d([4, 3])],
    ["AdaptiveAvgPool3d", new nn.AdaptiveAvgPool3d(2), volume, volume.adaptiveAvgPool3d(2)],
    ["AdaptiveMaxPool1d", new nn.AdaptiveMaxPool1d(5), line, line.adaptiveMaxPool1d(5)],
    ["AdaptiveMaxPool2d", new nn.AdaptiveMaxPool2d(4), image, image.adaptiveMaxPool2d(4)],
    ["AdaptiveMaxPool3d", new nn.AdaptiveMaxPool3d(2), volume, volume.adaptiveMaxPool3d(2)],
    [
      "Upsample",
      new nn.Upsample({ scale: 2, mode: "bilinear" }),
      image,
      image.upsample({ scale: 2, mode: "bilinear" }),
    ],
    [
      "Pad",
      new nn.Pad([1, [0, 2]], { mode: "reflect" }),
      image,
      image.pad(
        [
          [0, 0],
          [0, 0],
          [1, 1],
          [0, 2],
        ],
        { mode: "reflect" },
      ),
    ],
    [
      "Pad of a line",
      new nn.Pad(2, { value: 5 }),
      line,
      line.pad(
        [
          [0, 0],
          [0, 0],
          [2, 2],
        ],
        { value: 5 },
      ),
    ],
    ["PixelShuffle", new nn.PixelShuffle(2), channels, channels.pixelShuffle(2)],
    ["PixelUnshuffle", new nn.PixelUnshuffle(2), image, image.pixelUnshuffle(2)],
    ["Unfold", new nn.Unfold(2, { stride: 2 }), image, image.im2col(2, { stride: 2 })],
    [
      "Fold",
      new nn.Fold([6, 8], 2, { stride: 2 }),
      image.im2col(2, { stride: 2 }),
      image, // each place once
    ],
  ])("%s gives its values", (_, layer, x, expected) => {
    const y = layer.forward(x);
    expect(y.shape).toEqual(expected.shape);
    expect(y.dataSync()).toEqual(expected.dataSync());
  });
});

describe("errors of convolution layers", () => {
  it("name the layer, its path and what it needs", () => {
    const model = nn.named(new nn.Sequential(new nn.Conv2d(3, 8, 3)));
    const lastAxis: Tensor = zeros([2, 8, 8, 3]);
    const error = failure(() => model.forward(lastAxis));
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

  it("say how many axes padding is for", () => {
    const error = failure(() => new nn.Pad([1, 1]).forward(zeros([1, 2, 3])));
    expect(error.message).toContain("with 2 spatial axes; received float32[1, 2, 3]");
  });

  it("refuse sizes and groups that make no layer", () => {
    expect(failure(() => new nn.Conv2d(3, 8, 3, { groups: 2 })).message).toContain(
      "2 groups do not divide 3 input",
    );
    expect(failure(() => new nn.Conv2d(3, 8, [3])).message).toContain("kernel must be");
    expect(failure(() => new nn.Conv1d(0, 8, 3)).code).toBe("BAD_ARGUMENT");
  });
});
