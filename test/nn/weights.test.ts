// Layers that compute another layer's weight: values, gradients and state by PyTorch 2.13.

import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  compile,
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

const near = (x: Tensor, expected: readonly number[]): void => {
  const got = x.dataSync();
  expect(got.length).toBe(expected.length);
  for (const [k, value] of expected.entries()) expect(got[k]).toBeCloseTo(value, 5);
};

const x = tensor([[1, 2, 3]]);
const linear = (): nn.Linear => {
  const layer = new nn.Linear(3, 2);
  layer.weight.set([3, 0, 4, 1, 2, 2]);
  layer.bias!.set([0, 0]);
  return layer;
};

describe.each(targets)("WeightNorm on %s", (target) => {
  beforeAll(() => setTarget(target));

  it("changes nothing at first, and trains length and direction apart", () => {
    const layer = new nn.WeightNorm(linear());
    near(layer.forward(x), [15, 11]);
    near(layer.magnitude, [5, 3]);
    expect([...nn.parameters(layer).keys()]).toEqual(["layer.weight", "layer.bias", "magnitude"]);
    layer.magnitude.set([10, 6]);
    const y = layer.forward(x);
    near(y, [30, 22]);
    const g = y
      .mul(tensor([1, 2]))
      .sum()
      .backward();
    near(g.get(layer.magnitude)!, [3, 7.3333333]);
    near(g.get(layer.layer.weight)!, [-1.6, 4, 1.2, -0.8888889, -1.7777778, 2.2222222]);
  });

  it("takes the outputs of a transposed convolution from axis 1", () => {
    const layer = new nn.WeightNorm(new nn.ConvTranspose2d(2, 3, 2));
    expect(layer.magnitude.shape).toEqual([1, 3, 1, 1]);
    const image = tensor(new Float32Array(8).fill(1), { shape: [1, 2, 2, 2] });
    near(layer.forward(image), [...layer.layer.forward(image).dataSync()]);
  });
});

describe.each(targets)("SpectralNorm on %s", (target) => {
  beforeAll(() => setTarget(target));

  const made = (): nn.SpectralNorm<nn.Linear> => {
    const layer = new nn.SpectralNorm(linear());
    layer.u.set([0.6, 0.8]);
    layer.v.set([1, 0, 0]);
    return layer;
  };

  it("uses its vectors in inference and improves them in training", () => {
    const layer = made();
    near(layer.forward(x), [5.7692308, 4.2307692]);
    near(layer.u, [0.6, 0.8]);
    const y = layer.forward(x, { training: true });
    near(y, [2.7386128, 2.008316]);
    near(layer.u, [0.9486833, 0.3162278]);
    near(layer.v, [0.5773503, 0.1154701, 0.8082904]);
  });

  it("has PyTorch's gradients in a compiled step, and trains", () => {
    const layer = made();
    const step = compile(() => {
      const loss = layer.forward(x, { training: true }).square().sum();
      return loss.backward().get(layer.layer.weight)!;
    });
    near(step(), [-1.3066667, 1.5386667, -0.2293333, -0.0355556, 1.3128889, 1.1235556]);
    const optimizer = new optim.SGD(layer, { learningRate: 0.1 });
    const before = layer.layer.weight.dataSync();
    optimizer.step(layer.forward(x, { training: true }).square().sum().backward());
    expect(layer.layer.weight.dataSync()).not.toEqual(before);
    expect([...nn.states(layer).keys()]).toEqual(["u", "v"]);
  });

  it("starts near the largest singular value, of convolutions too", () => {
    const layer = new nn.SpectralNorm(linear());
    const sigma = 15 / Number(layer.forward(x).slice([0, 0]).itemSync());
    expect(sigma).toBeCloseTo(5.53193, 3); // by numpy.linalg.norm(W, 2)
    const conv = new nn.SpectralNorm(new nn.Conv2d(2, 3, 2));
    expect([conv.u.size, conv.v.size]).toEqual([3, 8]);
    expect(conv.forward(tensor(new Float32Array(8), { shape: [1, 2, 2, 2] })).shape).toEqual([
      1, 3, 1, 1,
    ]);
  });
});

describe("errors of wrappers", () => {
  it("name what they need", () => {
    expect(failure(() => new nn.WeightNorm(new nn.ReLU())).message).toContain(
      "a parameter weight of two axes or more; received none",
    );
    expect(failure(() => new nn.SpectralNorm(new nn.LayerNorm(3))).message).toContain("shape [3]");
    expect(failure(() => new nn.SpectralNorm(nn.Linear as never)).code).toBe("BAD_ARGUMENT");
    expect(failure(() => new nn.WeightNorm(linear(), { axis: 2 })).message).toContain("axis 2");
    expect(failure(() => new nn.SpectralNorm(linear(), { iterations: 0 })).code).toBe(
      "BAD_ARGUMENT",
    );
  });

  it("leave the layer as it was when its forward fails", () => {
    const layer = new nn.WeightNorm(linear());
    failure(() => layer.forward(tensor([1])));
    expect(nn.parameters(layer).size).toBe(3);
  });
});
