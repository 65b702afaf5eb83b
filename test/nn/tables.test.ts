// Tables looked up by ids, bilinear layers, residuals with a projection, and layers that only pass elements on: values and
// gradients by PyTorch 2.13.

import { beforeAll, describe, expect, it } from "vitest";
import {
  compile,
  gradients,
  nn,
  setTarget,
  type Tensor,
  targets,
  tensor,
  zeros,
} from "../../src/index.ts";
import { failure } from "./failure.ts";

const near = (x: Tensor, expected: readonly number[]): void => {
  const got = x.dataSync();
  expect(got.length).toBe(expected.length);
  for (const [k, value] of expected.entries()) expect(got[k]).toBeCloseTo(value, 5);
};

/** k² mod 7 − 3. */
const table = Float64Array.from({ length: 15 }, (_, k) => ((k * k) % 7) - 3);
const bags = tensor(
  [
    [1, 3, 0],
    [0, 0, 0],
    [4, 4, 0],
  ],
  { dtype: "int32" },
);
const cotangent = tensor(
  Float32Array.from({ length: 9 }, (_, k) => k),
  { shape: [3, 3] },
);

const ofMode: Record<nn.BagMode, { y: readonly number[]; g: readonly number[] }> = {
  sum: {
    y: [0, -2, 0, 0, 0, 0, 2, -4, -6],
    g: [0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 1, 2, 12, 14, 16],
  },
  mean: {
    y: [0, -1, 0, 0, 0, 0, 1, -2, -3],
    g: [0, 0, 0, 0, 0.5, 1, 0, 0, 0, 0, 0.5, 1, 6, 7, 8],
  },
  max: {
    y: [1, -1, 1, 0, 0, 0, 1, -2, -3],
    g: [0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 6, 7, 8],
  },
};

describe.each(targets)("EmbeddingBag on %s", (target) => {
  beforeAll(() => setTarget(target));

  it.each(["sum", "mean", "max"] as const)("%s leaves padding out", (mode) => {
    const layer = new nn.EmbeddingBag(5, 3, { mode, paddingIndex: 0 });
    expect([...layer.weight.dataSync()].slice(0, 3)).toEqual([0, 0, 0]);
    layer.weight.set(table);
    const y = layer.forward(bags);
    near(y, ofMode[mode].y);
    near(y.mul(cotangent).sum().backward().get(layer.weight)!, ofMode[mode].g);
  });

  it("weighs each vector, with gradients for the weights", () => {
    const layer = new nn.EmbeddingBag(5, 3, { mode: "sum" });
    layer.weight.set(table);
    const perSampleWeights = tensor([
      [0.5, 2, 3],
      [1, 1, 1],
      [-1, 0.25, 1],
    ]);
    const y = layer.forward(bags, { perSampleWeights });
    near(y, [-7.5, -8.5, 1.5, -9, -6, 3, -3.75, -0.5, 3.25]);
    const loss = y.mul(cotangent).sum();
    near(
      loss.backward().get(layer.weight)!,
      [15, 22, 29, 0, 0.5, 1, 0, 0, 0, 0, 2, 4, -4.5, -5.25, -6],
    );
    near(gradients(loss, [perSampleWeights])[0], [1, -3, 0, -12, -12, -12, -32, -32, -24]);
  });

  it("takes all ids where there is no padding index", () => {
    const ids = tensor([[1, 3]], { dtype: "int32" });
    for (const [mode, y] of [
      ["mean", [0, -1, 0]],
      ["max", [1, -1, 1]],
    ] as const) {
      const layer = new nn.EmbeddingBag(5, 3, { mode });
      layer.weight.set(table);
      near(layer.forward(ids), y);
    }
  });
});

describe.each(targets)("Embedding with maxNorm on %s", (target) => {
  beforeAll(() => setTarget(target));

  const ids = tensor([0, 3, 0], { dtype: "int32" });
  const shortened = [-1.6035674, -1.0690449, 0.5345225];

  it.each(["at once", "in a compiled step"])("shortens rows that are looked up, %s", (how) => {
    const layer = new nn.Embedding(5, 3, { maxNorm: 2 });
    layer.weight.set(table);
    const step = (): Tensor[] => {
      const y = layer.forward(ids);
      return [y, y.mul(cotangent).sum().backward().get(layer.weight)!];
    };
    const [y, g] = how === "at once" ? step() : compile(step)();
    near(y, [...shortened, 1, -1, -1, ...shortened]);
    near(g, [6, 8, 10, 0, 0, 0, 0, 0, 0, 3, 4, 5, 0, 0, 0]);
    near(layer.weight, [...shortened, ...table.slice(3)]);
  });
});

describe.each(targets)("further layers on %s", (target) => {
  beforeAll(() => setTarget(target));

  it("Bilinear multiplies two inputs", () => {
    const layer = new nn.Bilinear(2, 3, 2);
    layer.weight.set(table.slice(0, 12));
    layer.bias!.set([1, -1]);
    const y = layer.forward(
      tensor([
        [1, 2],
        [0, -1],
      ]),
      tensor([
        [1, 0, 2],
        [3, 1, -1],
      ]),
    );
    near(y, [2, -9, 6, -4]);
    expect(failure(() => layer.forward(zeros([2, 2]), zeros([3, 3]))).code).toBe("SHAPE_MISMATCH");
  });

  it("Residual adds a projection where the body changes the shape", () => {
    const body = new nn.Linear(2, 3);
    const block = new nn.Residual(body, { projection: new nn.Linear(2, 3, { bias: false }) });
    expect([...nn.parameters(block).keys()]).toEqual([
      "body.weight",
      "body.bias",
      "projection.weight",
    ]);
    const x = tensor([[1, 2]]);
    const expected = body.forward(x).add(block.projection!.forward(x));
    expect(block.forward(x).dataSync()).toEqual(expected.dataSync());
    const error = failure(() => new nn.Residual(new nn.Linear(2, 3)).forward(x));
    expect(error.message).toContain("into [1, 3], which cannot be added to its input");
  });

  it("Identity, Flatten and Unflatten keep all elements", () => {
    const x = zeros([2, 3, 4]);
    expect(new nn.Identity().forward(x)).toBe(x);
    expect(new nn.Unflatten(-1, [2, 2]).forward(x).shape).toEqual([2, 3, 2, 2]);
    expect(new nn.Flatten().forward(x).shape).toEqual([2, 12]);
    expect(failure(() => new nn.Unflatten(1, [2, 2]).forward(x)).message).toContain(
      "4 elements along axis 1",
    );
  });
});

describe("errors of tables", () => {
  it("say what ids are needed", () => {
    const layer = new nn.EmbeddingBag(5, 3);
    expect(failure(() => layer.forward(tensor([1], { dtype: "int32" }))).message).toContain(
      "[batch, bag]",
    );
    expect(failure(() => layer.forward(tensor([[5]], { dtype: "int32" }))).message).toContain(
      "id 5 at position 0",
    );
    expect(failure(() => layer.forward(zeros([1, 2]))).code).toBe("DTYPE_MISMATCH");
    const weights = { perSampleWeights: zeros([3, 3]) };
    expect(failure(() => layer.forward(bags, weights)).message).toContain("with mode mean");
    expect(failure(() => new nn.EmbeddingBag(5, 3, { mode: "min" as never })).message).toContain(
      'no mode "min"',
    );
  });
});
