// Matrix cases of losses.

import type { Tensor } from "../../../src/ir/tensor.ts";
import * as losses from "../../../src/losses/index.ts";
import { tensor } from "../../../src/ops/leaf.ts";
import { index } from "../composition.ts";
import type { MatrixCase } from "../matrix.ts";

const places = (data: number[][]): Tensor => tensor(data, { dtype: "int32" });
const classes = index(1, 3);
const ones = tensor([1, 0, 1, 0, 0, 1, 1, 0, 1, 0, 0, 1]);
/** Targets of the type of `x`. */
const mask = (x: Tensor): Tensor => ones.reshape([1, 2, 2, 3]).cast(x.dtype);
const shares = (x: Tensor): Tensor =>
  ones
    .slice([{ end: 8 }])
    .reshape([2, 4])
    .cast(x.dtype);
const halves = (x: Tensor): Tensor => shares(x).mul(2).sub(1);
const signs = (x: Tensor): Tensor => tensor([1, -1, 1]).cast(x.dtype);
const p = (x: Tensor): Tensor => x.sigmoid();

export const lossCases: readonly MatrixCase[] = [
  ["losses.crossEntropy", (x) => losses.crossEntropy(x, classes, { labelSmoothing: 0.1 }), [2, 4]],
  ["losses.crossEntropy of shares", (x, t) => losses.crossEntropy(x, t.softmax()), [2, 4], [2, 4]],
  ["losses.nll", (x) => losses.nll(x.logSoftmax(), classes), [2, 4]],
  [
    "losses.ctc",
    (x) =>
      losses.ctc(
        x,
        places([
          [1, 2],
          [2, 2],
        ]),
      ),
    [2, 6, 4],
  ],
  [
    "losses.klDivergence",
    (x, t) => losses.klDivergence(x.logSoftmax(), t.softmax()),
    [2, 4],
    [2, 4],
  ],
  [
    "losses.contrastive",
    (a, b) => losses.contrastive(a, b, signs(a).maximum(0), { margin: 6 }),
    [3, 2],
    [3, 2],
  ],
  ["losses.cosineDistance", (a, b) => losses.cosineDistance(a, b), [3, 2], [3, 2]],
  ["losses.cosineEmbedding", (a, b) => losses.cosineEmbedding(a, b, signs(a)), [3, 2], [3, 2]],
  ["losses.infoNCE", (a, b) => losses.infoNCE(a, b, { temperature: 0.5 }), [3, 2], [3, 2]],
  ["losses.ntXent", (a, b) => losses.ntXent(a, b, { temperature: 0.5 }), [3, 2], [3, 2]],
  [
    "losses.tripletMargin",
    (a, b, c) => losses.tripletMargin(a, b, c, { margin: 5 }),
    [3, 2],
    [3, 2],
    [3, 2],
  ],
  ["losses.focal", (x) => losses.focal(x, shares(x)), [2, 4]],
  ["losses.focalCrossEntropy", (x) => losses.focalCrossEntropy(x, classes), [2, 4]],
  ["losses.binaryCrossEntropy", (x) => losses.binaryCrossEntropy(p(x), shares(x)), [2, 4]],
  [
    "losses.binaryCrossEntropyWithLogits",
    (x) => losses.binaryCrossEntropyWithLogits(x, shares(x)),
    [2, 4],
  ],
  ["losses.multiLabelSoftMargin", (x) => losses.multiLabelSoftMargin(x, shares(x)), [2, 4]],
  ["losses.softMargin", (x) => losses.softMargin(x, halves(x)), [2, 4]],
  ["losses.hinge", (x) => losses.hinge(x, halves(x)), [2, 4]],
  ["losses.hingeEmbedding", (x) => losses.hingeEmbedding(x, halves(x)), [2, 4]],
  ["losses.marginRanking", (a, b) => losses.marginRanking(a, b, signs(a), { margin: 1 }), [3], [3]],
  [
    "losses.multiLabelMargin",
    (x) =>
      losses.multiLabelMargin(
        x,
        places([
          [3, 0, -1, 1],
          [2, -1, -1, 0],
        ]),
      ),
    [2, 4],
  ],
  ["losses.multiMargin", (x) => losses.multiMargin(x, classes, { p: 2 }), [2, 4]],
  ["losses.dice", (x) => losses.dice(p(x), mask(x)), [1, 2, 2, 3]],
  ["losses.iou", (x) => losses.iou(p(x), mask(x)), [1, 2, 2, 3]],
  ["losses.tversky", (x) => losses.tversky(p(x), mask(x), { alpha: 0.3, beta: 0.7 }), [1, 2, 2, 3]],
  [
    "losses.gaussianNLL",
    (x, t, v) => losses.gaussianNLL(x, t, v.abs().add(0.1)),
    [2, 3],
    [2, 3],
    [2, 1],
  ],
  ["losses.huber", (x, t) => losses.huber(x, t, { delta: 0.7 }), [2, 4], [2, 4]],
  ["losses.logCosh", (x, t) => losses.logCosh(x, t), [2, 4], [2, 4]],
  ["losses.meanAbsoluteError", (x, t) => losses.meanAbsoluteError(x, t), [2, 4], [2, 4]],
  ["losses.meanSquaredError", (x, t) => losses.meanSquaredError(x, t), [2, 4], [2, 4]],
  ["losses.poissonNLL", (x, t) => losses.poissonNLL(x, t.abs()), [2, 4], [2, 4]],
  ["losses.smoothL1", (x, t) => losses.smoothL1(x, t, { beta: 0.7 }), [2, 4], [2, 4]],
];
