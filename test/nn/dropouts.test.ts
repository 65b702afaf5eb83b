// The dropout family: what is dropped together, that the mean (and, for alpha dropout, the variance) stays, and that
// inference changes nothing.

import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  Generator,
  gradients,
  nn,
  ones,
  random,
  seed,
  setTarget,
  type Tensor,
  targets,
} from "../../src/index.ts";
import { failure } from "./failure.ts";

beforeEach(() => seed(3));

const train = (layer: { forward(x: Tensor, context?: nn.Context): Tensor }, x: Tensor): Tensor =>
  layer.forward(x, { training: true, generator: new Generator(5) });

/** The values of each slice over the first `axes` axes. */
function slices(y: Tensor, axes: number): Set<number>[] {
  const count = y.shape.slice(0, axes).reduce((n, length) => n * length, 1);
  const size = y.size / count;
  const values = y.dataSync();
  return Array.from({ length: count }, (_, k) => new Set(values.slice(k * size, (k + 1) * size)));
}

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((a, b) => a + b, 0) / values.length;

describe.each(targets)("dropout on %s", (target) => {
  beforeAll(() => setTarget(target));

  it.each([
    ["Dropout1d", new nn.Dropout1d(0.25), [40, 50, 3], 2],
    ["Dropout2d", new nn.Dropout2d(0.25), [40, 50, 2, 3], 2],
    ["Dropout3d", new nn.Dropout3d(0.25), [40, 50, 1, 2, 2], 2],
    ["DropPath", new nn.DropPath(0.25), [2000, 3], 1],
  ] as const)("%s drops wholes and keeps the mean", (_, layer, shape, axes) => {
    const y = train(layer, ones(shape));
    const wholes = slices(y, axes);
    expect(wholes.every((values) => values.size === 1)).toBe(true);
    expect(new Set(y.dataSync())).toEqual(new Set([0, Math.fround(1 / 0.75)]));
    expect(mean(y.dataSync())).toBeCloseTo(1, 1);
  });

  it.each([
    ["AlphaDropout", new nn.AlphaDropout(0.3), 4],
    ["FeatureAlphaDropout", new nn.FeatureAlphaDropout(0.3), 2],
  ] as const)("%s keeps mean and variance", (_, layer, axes) => {
    const x = random.normal([100, 100, 2, 1]);
    const y = train(layer, x).dataSync();
    expect(mean(y)).toBeCloseTo(0, 1);
    expect(mean(y.map((value) => value * value))).toBeCloseTo(1, 1);
    const dropped = slices(train(layer, x), axes).filter((values) => values.size === 1);
    if (axes === 2) expect(dropped.length / 10000).toBeCloseTo(0.3, 1);
  });

  it("noise has its standard deviation, and a gradient", () => {
    const noisy = train(new nn.GaussianNoise(0.5), ones([5000])).dataSync();
    expect(mean(noisy)).toBeCloseTo(1, 1);
    expect(Math.sqrt(mean(noisy.map((value) => (value - 1) ** 2)))).toBeCloseTo(0.5, 1);
    const x = ones([5000]);
    const y = train(new nn.GaussianDropout(0.2), x);
    expect(Math.sqrt(mean(y.dataSync().map((value) => (value - 1) ** 2)))).toBeCloseTo(0.5, 1);
    expect(gradients(y, [x])[0].dataSync()).toEqual(y.dataSync());
  });

  it("passes its input on in inference and for p = 0, and gives 0 for p = 1", () => {
    const x = ones([2, 3, 4]);
    for (const layer of [new nn.Dropout1d(0.5), new nn.DropPath(0.5), new nn.AlphaDropout()]) {
      expect(layer.forward(x)).toBe(x);
    }
    expect(train(new nn.DropPath(0), x)).toBe(x);
    expect(train(new nn.GaussianNoise(0), x)).toBe(x);
    expect(new Set(train(new nn.Dropout1d(1), x).dataSync())).toEqual(new Set([0]));
  });

  it("says which axes channels need", () => {
    expect(failure(() => new nn.Dropout2d().forward(ones([2, 3, 4]))).message).toContain(
      "[batch, channels, height, width]",
    );
    expect(failure(() => new nn.FeatureAlphaDropout().forward(ones([2]))).code).toBe(
      "SHAPE_MISMATCH",
    );
    expect(failure(() => new nn.GaussianDropout(1)).message).toContain("below 1");
  });
});

describe("training through layers in inference mode", () => {
  const warnings = (body: () => void): string[] => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    try {
      body();
      return warn.mock.calls.map(([text]) => String(text));
    } finally {
      warn.mockRestore();
    }
  };

  it("warns once, with the path", () => {
    const model = nn.named(
      new nn.Sequential(new nn.Linear(2, 2), new nn.Dropout(0.5), new nn.BatchNorm1d(2)),
    );
    const run = (context: nn.Context): void => {
      model
        .forward(ones([3, 2]), context)
        .sum()
        .backward();
    };
    expect(warnings(() => run({ training: true }))).toEqual([]);
    const [text, ...more] = warnings(() => {
      run({});
      run({});
    });
    expect(more).toEqual([]);
    expect(text).toContain("backward() goes through model.layers.1 (Dropout 0.5)");
    expect(text).toContain("as did 1 more layer; pass { training: true }");
  });

  it("says nothing where no gradient goes through them", () => {
    const [table, head, drop] = [new nn.Linear(2, 2), new nn.Linear(2, 1), new nn.Dropout(0.5)];
    table.weight.trainable = false;
    table.bias!.trainable = false;
    const run = (): void => {
      const features = drop.forward(table.forward(ones([3, 2]))).stopGradient();
      head.forward(features).sum().backward();
      drop.forward(head.forward(ones([3, 2]))).dataSync();
    };
    expect(warnings(run)).toEqual([]);
  });
});
