// Losses: values worked out by hand or with their formula, derivatives against finite differences, and refusals.

import { beforeAll, describe, expect, it } from "vitest";
import {
  ChainruleError,
  gradients,
  losses,
  setTarget,
  type Tensor,
  tensor,
} from "../../src/index.ts";
import { expectDerivatives, expectNear } from "./derivatives.ts";

const f64 = (data: number[] | number[][]): Tensor => tensor(data, { dtype: "float64" });
const classes = (data: number[]): Tensor => tensor(data, { dtype: "int32" });
const logits = [1.2, -0.4, 0.3, 0.1, 2, -1.5];
const shape = [2, 3];

function codeOf(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    if (error instanceof ChainruleError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "nothing was thrown";
}

beforeAll(() => setTarget("reference"));

describe("values", () => {
  it("squared error, with the textbook's half sum", () => {
    const y = f64([0.8, 0.5]);
    const t = f64([0.7, 1]);
    expectNear(losses.meanSquaredError(y, t).itemSync(), (0.01 + 0.25) / 2, 1e-15);
    expectNear(losses.meanSquaredError(y, t, { halfSum: true }).itemSync(), 0.13, 1e-15);
    expectNear(losses.meanSquaredError(y, 0, { reduction: "sum" }).itemSync(), 0.89, 1e-15);
    expect(losses.meanSquaredError(y, t, { reduction: "none" }).shape).toEqual([2]);
  });

  it("cross-entropy of equal logits is log C, and is stable for large ones", () => {
    expectNear(losses.crossEntropy(f64([[0, 0, 0]]), classes([1])).itemSync(), Math.log(3), 1e-15);
    const large = f64([[1000, 0, -1000]]);
    expect(losses.crossEntropy(large, classes([0])).itemSync()).toBe(0);
    expect(losses.crossEntropy(large, classes([2])).itemSync()).toBe(2000);
  });

  it("cross-entropy of a masked class (−∞) counts the others", () => {
    const masked = f64([[0, Number.NEGATIVE_INFINITY, 0]]);
    expectNear(losses.crossEntropy(masked, classes([0])).itemSync(), Math.log(2), 1e-15);
    const p = f64([[1, 0, 0]]);
    expectNear(losses.crossEntropy(masked, p).itemSync(), Math.log(2), 1e-15);
  });

  it("class indices, one-hot probabilities and nll of logSoftmax agree", () => {
    const x = tensor(logits, { dtype: "float64", shape });
    const byIndex = losses.crossEntropy(x, classes([2, 0])).itemSync();
    const byRow = losses
      .crossEntropy(
        x,
        f64([
          [0, 0, 1],
          [1, 0, 0],
        ]),
      )
      .itemSync();
    const byNll = losses.nll(x.logSoftmax(1), classes([2, 0])).itemSync();
    const withAll = losses.crossEntropy(x, classes([2, 0]), { ignoreIndex: -1 }).itemSync();
    for (const other of [byRow, byNll, withAll]) expectNear(other, byIndex, 1e-14);
  });

  it("the derivative of cross-entropy is softmax − onehot", () => {
    const x = f64([[Math.log(1), Math.log(2), Math.log(5)]]);
    const [g] = gradients(losses.crossEntropy(x, classes([1])), [x]);
    for (const [k, value] of g.dataSync().entries())
      expectNear(value, [0.125, 0.25 - 1, 0.625][k], 1e-14);
  });

  it("binary cross-entropy cuts logarithms at −100; logits stay exact", () => {
    expect(losses.binaryCrossEntropy(f64([0]), f64([1])).itemSync()).toBe(100);
    const far = losses.binaryCrossEntropyWithLogits(f64([-50]), f64([0])).itemSync();
    expectNear(far / Math.exp(-50), 1, 1e-12);
    const x = f64([0]);
    const [g] = gradients(losses.binaryCrossEntropyWithLogits(x, f64([1])), [x]);
    expect(g.itemSync()).toBe(-0.5); // σ(0) − 1, also where |x| has its kink
  });

  it("Kullback–Leibler divergence of a coin from a fair one", () => {
    const q = f64([[0.5, 0.5]]).log();
    const p = f64([[0.25, 0.75]]);
    const expected = 0.25 * Math.log(0.5) + 0.75 * Math.log(1.5);
    expectNear(losses.klDivergence(q, p).itemSync(), expected, 1e-15);
    expectNear(losses.klDivergence(q, p.log(), { logTarget: true }).itemSync(), expected, 1e-15);
    expectNear(losses.klDivergence(q, f64([[1, 0]])).itemSync(), Math.LN2, 1e-15);
  });

  it("Huber and smooth L1 on both sides of the bend", () => {
    const d = f64([0.5, -3]);
    expectNear(losses.huber(d, 0, { reduction: "sum" }).itemSync(), 0.125 + 2.5, 1e-15);
    expectNear(losses.huber(d, 0, { delta: 2, reduction: "sum" }).itemSync(), 0.125 + 4, 1e-15);
    expectNear(losses.smoothL1(d, 0, { beta: 2, reduction: "sum" }).itemSync(), 0.0625 + 2, 1e-15);
    expectNear(losses.smoothL1(d, 0, { beta: 0, reduction: "sum" }).itemSync(), 3.5, 1e-15);
  });

  it("hinge, soft margin and log cosh", () => {
    const x = f64([0.3, -2]);
    const t = f64([1, -1]);
    expectNear(losses.hinge(x, t, { reduction: "sum" }).itemSync(), 0.7, 1e-15);
    expectNear(losses.softMargin(f64([0]), f64([1])).itemSync(), Math.LN2, 1e-15);
    expectNear(losses.logCosh(f64([800]), 0).itemSync(), 800 - Math.LN2, 1e-15);
  });
});

describe("derivatives of order 1 and 2", () => {
  const weight = f64([0.5, 1, 2]);
  const target = f64([
    [0.1, 0.7, 0.2],
    [0.3, 0.3, 0.4],
  ]);
  const binary = f64([
    [1, 0, 1],
    [0.3, 0, 1],
  ]);
  const signs = f64([
    [1, -1, 1],
    [-1, -1, 1],
  ]);
  const cases: Record<string, (x: Tensor) => Tensor> = {
    "crossEntropy, classes": (x) => losses.crossEntropy(x, classes([2, 0])),
    "crossEntropy, weighted": (x) =>
      losses.crossEntropy(x, classes([2, 0]), { weight, labelSmoothing: 0.1, ignoreIndex: -100 }),
    "crossEntropy, probabilities": (x) => losses.crossEntropy(x, target, { weight }),
    binaryCrossEntropyWithLogits: (x) => losses.binaryCrossEntropyWithLogits(x, binary),
    "binaryCrossEntropyWithLogits, posWeight": (x) =>
      losses.binaryCrossEntropyWithLogits(x, binary, { posWeight: 3 }),
    binaryCrossEntropy: (x) => losses.binaryCrossEntropy(x.sigmoid(), binary),
    focal: (x) => losses.focal(x, binary),
    softMargin: (x) => losses.softMargin(x, signs),
    logCosh: (x) => losses.logCosh(x, 0.1),
    klDivergence: (x) => losses.klDivergence(x.logSoftmax(1), target),
    "crossEntropy, target": (x) => losses.crossEntropy(target, x),
    "binaryCrossEntropyWithLogits, target": (x) =>
      losses.binaryCrossEntropyWithLogits(binary, x.sigmoid()),
    tripletMargin: (x) => losses.tripletMargin(x, target, binary, { margin: 3 }),
  };
  it.each(Object.entries(cases))("%s", (_, f) => expectDerivatives(f, logits, shape));
});

describe("refusals", () => {
  const x = tensor(logits, { shape });

  it("teaches that class labels are int32", () => {
    const message = codeOf(() => losses.crossEntropy(x, tensor([2, 0])));
    expect(message).toMatch(
      /^DTYPE_MISMATCH: .*int32\[2\].*float32\[2\].*shape of the logits, \[2, 3\]/,
    );
  });

  it("names a class that does not exist, with its position", () => {
    const message = codeOf(() => losses.crossEntropy(x, classes([2, 3])));
    expect(message).toMatch(/^BAD_ARGUMENT: .*class 3 at position 1 .* 3 classes/);
    expect(codeOf(() => losses.crossEntropy(x, classes([2, -100]), { ignoreIndex: -100 }))).toBe(
      "nothing was thrown",
    );
  });

  it("refuses shapes that would broadcast", () => {
    const message = codeOf(() => losses.meanSquaredError(tensor([[1], [2]]), tensor([1, 2])));
    expect(message).toMatch(
      /^SHAPE_MISMATCH: meanSquaredError: .*input float32\[2, 1\], target float32\[2\]/,
    );
    expect(codeOf(() => losses.crossEntropy(x, classes([1])))).toMatch(/^SHAPE_MISMATCH/);
  });

  it("refuses integers, probabilities outside 0 … 1, and unknown reductions", () => {
    expect(codeOf(() => losses.hinge(classes([1]), classes([1])))).toMatch(/^DTYPE_MISMATCH/);
    expect(codeOf(() => losses.binaryCrossEntropy(tensor([1.5]), tensor([1])))).toMatch(
      /1.5 at position 0/,
    );
    const options = { reduction: "average" as "mean" };
    expect(codeOf(() => losses.hinge(tensor([1]), tensor([1]), options))).toMatch(/"average"/);
  });
});
