// Losses against PyTorch 2.13: values, and the first elements of the gradient of their sum; then both derivatives against
// finite differences. Where PyTorch has no such loss, its ops computed the formula.

import { beforeAll, describe, expect, it } from "vitest";
import { gradients, losses, setTarget, type Tensor, targets, tensor } from "../../src/index.ts";
import { expectDerivatives } from "./derivatives.ts";

const f64 = (data: number[], shape: number[] = [data.length]): Tensor =>
  tensor(data, { dtype: "float64", shape });
const int = (data: number[], shape: number[] = [data.length]): Tensor =>
  tensor(data, { dtype: "int32", shape });

/** 2 sin(1.7 s k), k = 1, 2, …. */
function x(shape: number[], s = 1): Tensor {
  const size = shape.reduce((a, b) => a * b);
  return f64(
    Array.from({ length: size }, (_, k) => 2 * Math.sin(1.7 * s * (k + 1))),
    shape,
  );
}

const none = { reduction: "none" } as const;
const classWeights = f64([0.5, 1, 2]);
const pixels = int([0, 2, 1, -100, 2, 2, 0, 1], [2, 2, 2]);
const pixelOptions = { weight: classWeights, labelSmoothing: 0.1, ignoreIndex: -100 };
const labels = int([1, 1, 4, 3, 0, 1, 0, 0, 0], [3, 3]); // repeated; padded; empty
const ctcOptions = { inputLengths: [7, 4, 5], targetLengths: [3, 2, 0], blank: 2 };
const mask = f64(
  Array.from({ length: 16 }, (_, k) => (Math.sin(1.02 * (k + 1)) > 0 ? 1 : 0)),
  [2, 2, 2, 2],
);

type Case = readonly [
  name: string,
  input: Tensor,
  f: (a: Tensor) => Tensor,
  values: readonly number[],
  gradient: readonly number[] | null,
];

const cases: readonly Case[] = [
  [
    "multiLabelMargin",
    x([2, 4]),
    (a) => losses.multiLabelMargin(a, int([3, 0, -1, 1, 2, -1, -1, -1], [2, 4]), none),
    [0.0, 2.156092788],
    [0.0, 0.0, 0.0, 0.0, 0.25, 0.25],
  ],
  [
    "multiLabelSoftMargin",
    x([2, 4]),
    (a) =>
      losses.multiLabelSoftMargin(a, f64([1, 0, 1, 0, 0, 0.3, 1, 1], [2, 4]), {
        ...none,
        weight: f64([0.5, 1, 2, 1]),
      }),
    [1.458481947, 1.169653504],
    [-0.01512054321, 0.09373496648, -0.4321591478, 0.1821843801, 0.1039493833, -0.02553602879],
  ],
  [
    "multiMargin with weights",
    x([2, 4]),
    (a) =>
      losses.multiMargin(a, int([1, 3]), {
        ...none,
        p: 2,
        margin: 0.7,
        weight: f64([0.5, 1, 2, 1.5]),
      }),
    [3.760306643, 0.1255636919],
    [1.597205912, -2.696860366, 0.0, 1.099654453, 0.4339879467, 0.0],
  ],
  [
    "tripletMargin with a distance",
    x([2, 4]),
    (a) =>
      losses.tripletMargin(a, x([2, 4], 2), x([2, 4], 0.3), {
        ...none,
        distance: (p, q) => losses.cosineDistance(p, q, none),
        margin: 0.9,
        swap: true,
      }),
    [0.6953643956, 0.9089337878],
    [0.1581579123, -0.1585338782, 0.1104302674, -0.1924934731, 0.3405694321, -0.1478965686],
  ],
  [
    "crossEntropy of images, mean",
    x([2, 3, 2, 2]),
    (a) => losses.crossEntropy(a, pixels, pixelOptions),
    [1.412460386],
    [-0.02011322954, 0.1268322017, 0.01305303006, 0.0, 0.01786360998, 0.04921162328],
  ],
  [
    "crossEntropy of images, sum",
    x([2, 3, 2, 2]),
    (a) => losses.crossEntropy(a, pixels, { ...pixelOptions, reduction: "sum" }),
    [12.71214347],
    [-0.1810190659, 1.141489816, 0.1174772706, 0.0, 0.1607724898, 0.4429046096],
  ],
  [
    "crossEntropy of images, none",
    x([2, 3, 2, 2]),
    (a) => losses.crossEntropy(a, pixels, { ...pixelOptions, ...none }),
    [
      0.4803754129, 3.630355718, 1.3812205, 0.0, 3.907126667, 1.043773573, 0.9743566167,
      1.294934985,
    ],
    [-0.1810190659, 1.141489816, 0.1174772706, 0.0, 0.1607724898, 0.4429046096],
  ],
  [
    "crossEntropy of probabilities",
    x([2, 3, 2, 2]),
    (a) =>
      losses.crossEntropy(a, x([2, 3, 2, 2], 0.7).softmax(1), {
        weight: classWeights,
        labelSmoothing: 0.1,
      }),
    [1.207300152],
    [-0.01347185592, 0.03618280932, 0.01607507174, 0.03569334275, 0.01443999511, -0.03594264986],
  ],
  [
    "gaussianNLL, one variance per row",
    x([2, 3]),
    (a) => losses.gaussianNLL(a, x([2, 3], 0.9), x([2, 1], 0.4).abs().add(0.1), { full: true }),
    [1.423672404],
    [-0.001842273603, -0.08275552877, 0.01637836774, 0.1064626873, -0.029313308, -0.1527788121],
  ],
  [
    "ctc",
    x([7, 3, 5]),
    (a) => losses.ctc(a.permute([1, 0, 2]), labels, { ...ctcOptions, ...none }),
    [16.56945374, 4.558220364, 19.64224074],
    [0.4643901913, -0.9314167376, -0.02021831851, 0.1716782713, 0.3155665935, 0.02912292007],
  ],
  [
    "ctc, mean",
    x([7, 3, 5]),
    (a) => losses.ctc(a.permute([1, 0, 2]), labels, ctcOptions),
    [9.14816739],
    [0.05159891014, -0.1034907486, -0.002246479835, 0.01907536348, 0.03506295483, 0.004853820011],
  ],
  [
    "ctc, infinity as zero",
    x([7, 3, 5]),
    (a) =>
      losses.ctc(a.permute([1, 0, 2]), labels, {
        ...ctcOptions,
        ...none,
        inputLengths: int([3, 2, 5]),
        zeroInfinity: true,
      }),
    [0.0, 5.372506846, 19.64224074],
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.02912292007],
  ],
  [
    "infoNCE",
    x([3, 4]),
    (a) => losses.infoNCE(a, x([3, 4], 2), { temperature: 0.2 }),
    [2.024242131],
    [-0.006440657443, 0.006068709004, -0.01602731024, -0.01396550244, 0.04705331284, 0.02185162988],
  ],
  [
    "infoNCE, symmetric",
    x([3, 4]),
    (a) => losses.infoNCE(a, x([3, 4], 2), { temperature: 0.2, symmetric: true }),
    [1.560362405],
    [-0.06802652477, 0.06651460988, -0.09732858967, -0.01143767886, 0.04127589427, -0.007462440716],
  ],
  [
    "ntXent",
    x([3, 4]),
    (a) => losses.ntXent(a, x([3, 4], 2)),
    [2.694748139],
    [0.0602350132, -0.1395012016, 0.08001584665, -0.04311032688, 0.08552618188, -0.08875502879],
  ],
  [
    "focalCrossEntropy",
    x([2, 3, 2, 2]),
    (a) =>
      losses.focalCrossEntropy(a, pixels, { gamma: 1.5, weight: classWeights, ignoreIndex: -100 }),
    [1.019203441],
    [-0.01967082859, 0.1582050314, 0.01621561677, 0.0, 0.0135870581, 0.06505445496],
  ],
  [
    "contrastive",
    x([3, 4]),
    (a) => losses.contrastive(a, x([3, 4], 2), f64([1, 0, 0]), { ...none, margin: 6 }),
    [4.603627112, 0.5572430022, 1.604217282],
    [2.494412825, -1.499307906, -0.4518789895, -0.7300959274, -0.7515296523, 0.7258145502],
  ],
  [
    "cosineDistance",
    x([3, 4]),
    (a) => losses.cosineDistance(a, x([3, 4], 2), none),
    [0.6189406756, 1.038886997, 1.518540288],
    [0.1581579123, -0.1585338782, 0.1104302674, -0.1924934731, 0.161117889, -0.168681379],
  ],
  [
    "dice",
    x([2, 2, 2, 2]),
    (a) => losses.dice(a.sigmoid(), mask, none),
    [0.4569940074, 0.4768976445, 0.559015851, 0.5120672113],
    null,
  ],
  [
    "iou",
    x([2, 2, 2, 2]),
    (a) => losses.iou(a.sigmoid(), mask, none),
    [0.6273099165, 0.6458089485, 0.7171379335, 0.6773065945],
    null,
  ],
  [
    "tversky",
    x([2, 2, 2, 2]),
    (a) => losses.tversky(a.sigmoid(), mask, { ...none, alpha: 0.3, beta: 0.7 }),
    [0.4919931328, 0.4716184787, 0.4849322144, 0.5443803029],
    null,
  ],
];

describe.each(targets)("losses agree with PyTorch on %s", (target) => {
  beforeAll(() => setTarget(target));

  it.each(cases)("%s", (_, input, f, values, gradient) => {
    const y = f(input);
    const found = Array.from(y.dataSync());
    expect(found.length).toBe(values.length);
    for (const [k, value] of found.entries()) expect(value).toBeCloseTo(values[k], 8);
    if (gradient === null) return;
    const g = gradients(y.sum(), [input])[0].dataSync();
    for (const [k, value] of gradient.entries()) expect(g[k]).toBeCloseTo(value, 8);
  });
});

describe.each(targets)("their derivatives of order 1 and 2 on %s", (target) => {
  beforeAll(() => setTarget(target));

  it.each(cases)("%s", (_, input, f) => {
    expectDerivatives((a) => f(a).sum(), [...input.dataSync()], [...input.shape]);
  });
});
