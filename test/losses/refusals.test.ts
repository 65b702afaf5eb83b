// Bad input to losses: each is refused with a code and what was received; targets that only a compiled call knows are not.

import { beforeAll, describe, expect, it } from "vitest";
import {
  type ChainruleError,
  compile,
  losses,
  setTarget,
  type Tensor,
  targets,
  tensor,
} from "../../src/index.ts";

const x = tensor([1.2, -0.4, 0.3, 0.1, 2, -1.5], { shape: [2, 3] });
const y = tensor([0.2, 0.4, 0.3, 0.1, 0.9, 0.5], { shape: [2, 3] });
const signs = tensor([1, -1, 1, -1, -1, 1], { shape: [2, 3] });
const int = (...data: number[]): Tensor => tensor(data, { dtype: "int32" });
const grid = (data: number[], rows: number): Tensor =>
  tensor(data, { dtype: "int32", shape: [rows, data.length / rows] });
const speech = tensor(Array.from({ length: 24 }, Math.sin), { shape: [2, 4, 3] });

type Refused = readonly [what: string, code: string, words: RegExp, body: () => unknown];
const bits = tensor([0, 1, 0, 1, 0, 1], { shape: [2, 3] });
const mask = tensor([0, 255, 0, 255, 0, 255], { shape: [2, 3] });
const [B, S, D] = ["BAD_ARGUMENT", "SHAPE_MISMATCH", "DTYPE_MISMATCH"];

const refused: readonly Refused[] = [
  ["hinge, targets 0 and 1", B, /1 or −1; received 0.*mul\(2\)/, () => losses.hinge(x, bits)],
  ["softMargin, targets 0 and 1", B, /received 0/, () => losses.softMargin(x, bits)],
  ["marginRanking, targets 0 and 1", B, /received 0/, () => losses.marginRanking(x, y, bits)],
  ["hingeEmbedding, targets 0 and 1", B, /received 0/, () => losses.hingeEmbedding(x, bits)],
  [
    "cosineEmbedding, targets 0 and 1",
    B,
    /received 0/,
    () => losses.cosineEmbedding(x, y, tensor([0, 1])),
  ],
  [
    "cosineEmbedding, a target per element",
    S,
    /float32\[2, 3\]/,
    () => losses.cosineEmbedding(x, y, signs),
  ],
  [
    "binaryCrossEntropy, scores",
    B,
    /input must lie from 0 to 1; received 1\.2/,
    () => losses.binaryCrossEntropy(x, y),
  ],
  [
    "binaryCrossEntropy, mask of 255",
    B,
    /target.*received 255 at position 1/,
    () => losses.binaryCrossEntropy(y, mask),
  ],
  [
    "binaryCrossEntropyWithLogits, mask of 255",
    B,
    /divide masks/,
    () => losses.binaryCrossEntropyWithLogits(x, mask),
  ],
  [
    "binaryCrossEntropyWithLogits, posWeight",
    S,
    /not broadcast/,
    () => losses.binaryCrossEntropyWithLogits(x, y, { posWeight: tensor([1, 2]) }),
  ],
  ["multiLabelSoftMargin, mask of 255", B, /255/, () => losses.multiLabelSoftMargin(x, mask)],
  [
    "focal, negative gamma",
    B,
    /gamma must be ≥ 0; received -1/,
    () => losses.focal(x, bits, { gamma: -1 }),
  ],
  [
    "focalCrossEntropy, a class too many",
    B,
    /class 3 at position 0/,
    () => losses.focalCrossEntropy(x, int(3, 0)),
  ],
  [
    "focalCrossEntropy, weights of two classes",
    S,
    /float32\[3\]/,
    () => losses.focalCrossEntropy(x, int(1, 0), { weight: tensor([1, 2]) }),
  ],
  [
    "crossEntropy, labelSmoothing",
    B,
    /received 1\.5/,
    () => losses.crossEntropy(x, int(1, 0), { labelSmoothing: 1.5 }),
  ],
  ["crossEntropy, a negative class", B, /class -1/, () => losses.crossEntropy(x, int(-1, 0))],
  ["nll, a class too many", B, /class 3 at position 1/, () => losses.nll(x, int(0, 3))],
  ["multiMargin, a class too many", B, /class 9/, () => losses.multiMargin(x, int(0, 9))],
  [
    "multiMargin, a vector",
    S,
    /\[batch, classes\]/,
    () => losses.multiMargin(tensor([1, 2]), int(0)),
  ],
  ["multiMargin, float classes", D, /int32\[2\]/, () => losses.multiMargin(x, tensor([0, 1]))],
  [
    "multiLabelMargin, a class too many",
    B,
    /class 3/,
    () => losses.multiLabelMargin(x, grid([3, -1, -1, 0, -1, -1], 2)),
  ],
  [
    "multiLabelMargin, too short",
    S,
    /int32\[2, 3\]/,
    () => losses.multiLabelMargin(x, grid([0, 1], 2)),
  ],
  ["gaussianNLL, a negative variance", B, /received -0\.4/, () => losses.gaussianNLL(y, y, x)],
  [
    "gaussianNLL, another shape",
    S,
    /variance float32\[3\]/,
    () => losses.gaussianNLL(y, y, tensor([1, 2, 3])),
  ],
  ["gaussianNLL, eps 0", B, /eps/, () => losses.gaussianNLL(y, y, 1, { eps: 0 })],
  ["poissonNLL, eps 0", B, /eps/, () => losses.poissonNLL(y, y, { eps: 0 })],
  ["huber, delta 0", B, /delta/, () => losses.huber(x, y, { delta: 0 })],
  ["smoothL1, negative beta", B, /beta/, () => losses.smoothL1(x, y, { beta: -1 })],
  ["infoNCE, temperature 0", B, /temperature/, () => losses.infoNCE(x, y, { temperature: 0 })],
  ["infoNCE, vectors", S, /\[batch, features\]/, () => losses.infoNCE(tensor([1]), tensor([1]))],
  ["ntXent, other shapes", S, /differ in shape/, () => losses.ntXent(x, tensor([[1, 2, 3]]))],
  ["contrastive, a target per element", S, /distance/, () => losses.contrastive(x, y, bits)],
  [
    "tripletMargin, other shapes",
    S,
    /differ in shape/,
    () => losses.tripletMargin(x, y, tensor([1])),
  ],
  ["dice, no pixels", S, /\[batch, classes, pixels/, () => losses.dice(y, bits)],
  [
    "tversky, negative alpha",
    B,
    /alpha/,
    () => losses.tversky(y.unsqueeze(2), bits.unsqueeze(2), { alpha: -1 }),
  ],
  [
    "ctc, time and classes in one",
    S,
    /\[batch, time, classes\]/,
    () => losses.ctc(x, grid([1, 2], 2)),
  ],
  ["ctc, other batch", S, /\[2, 4, 3\] and \[1, 2\]/, () => losses.ctc(speech, grid([1, 2], 1))],
  ["ctc, float labels", D, /float32 and float32/, () => losses.ctc(speech, y)],
  [
    "ctc, the blank as a label",
    B,
    /label 0 of sample 1 is the blank/,
    () => losses.ctc(speech, grid([1, 2, 0, 2], 2)),
  ],
  [
    "ctc, a class too many",
    B,
    /label 3 of sample 0/,
    () => losses.ctc(speech, grid([1, 3, 1, 2], 2)),
  ],
  [
    "ctc, no such blank",
    B,
    /class 3 of 3/,
    () => losses.ctc(speech, grid([1, 2], 2), { blank: 3 }),
  ],
  [
    "ctc, longer than its input",
    B,
    /inputLengths must lie from 1 to 4; received 5/,
    () => losses.ctc(speech, grid([1, 2], 2), { inputLengths: [5, 4] }),
  ],
  [
    "ctc, more labels than given",
    B,
    /targetLengths must lie from 0 to 1; received 2/,
    () => losses.ctc(speech, grid([1, 2], 2), { targetLengths: [2, 1] }),
  ],
  [
    "ctc, one length",
    S,
    /int32\[2\]/,
    () => losses.ctc(speech, grid([1, 2], 2), { inputLengths: [4] }),
  ],
];

describe("refusals", () => {
  it.each(refused)("%s", (_, code, words, body) => {
    try {
      body();
      expect.unreachable();
    } catch (error) {
      expect((error as ChainruleError).code).toBe(code);
      expect((error as ChainruleError).message).toMatch(words);
    }
  });
});

describe.each(targets)("what only the device knows, on %s", (target) => {
  beforeAll(() => setTarget(target));

  it("binaryCrossEntropy cuts logarithms where a probability is outside 0 … 1, and points back", () => {
    const loss = compile((p: Tensor, t: Tensor) => losses.binaryCrossEntropy(p, t));
    const slope = compile((p: Tensor, t: Tensor) => losses.binaryCrossEntropy(p, t).gradient(p));
    expect(loss(tensor([1.5]), tensor([1])).itemSync()).toBeCloseTo(-Math.log(1.5), 6);
    expect(loss(tensor([1.5]), tensor([0])).itemSync()).toBe(100);
    expect(loss(tensor([-0.5]), tensor([1])).itemSync()).toBe(100);
    expect(slope(tensor([1.5]), tensor([1])).itemSync()).toBeGreaterThan(1e6);
    expect(slope(tensor([-0.5]), tensor([0])).itemSync()).toBeLessThan(-1e6);
    expect(loss(tensor([Number.NaN]), tensor([1])).itemSync()).toBeNaN();
  });

  it("ctc of labels that do not fit the time is infinite, or 0 with its gradient", () => {
    const targets = grid([1, 1], 1);
    const one = tensor([0.1, 0.2, 0.3, -0.1, 0.4, 0.6], { shape: [1, 2, 3] });
    expect(losses.ctc(one, targets).itemSync()).toBe(Number.POSITIVE_INFINITY);
    const zero = losses.ctc(one, targets, { zeroInfinity: true });
    expect(zero.itemSync()).toBe(0);
    expect([...zero.gradient(one).dataSync()]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("ctc of long and certain inputs stays finite", () => {
    const logits = tensor(
      Array.from({ length: 24 * 4 }, (_, k) => (k % 4 === Math.floor(k / 4) % 4 ? 60 : -60)),
      { shape: [1, 24, 4] },
    );
    const loss = losses.ctc(logits, grid([1, 2, 3, 1, 2, 3], 1));
    expect(loss.itemSync()).toBeCloseTo(238.27272, 3); // PyTorch 2.13
    for (const g of loss.gradient(logits).dataSync()) expect(Math.abs(g)).toBeLessThanOrEqual(1);
  });

  it("ctc pads, lengths and labels may be arguments of a compiled step", () => {
    const step = compile((labels: Tensor, inputs: Tensor, outputs: Tensor) =>
      losses.ctc(speech, labels, { inputLengths: inputs, targetLengths: outputs }),
    );
    const given = step(grid([1, 2, 2, -1], 2), int(4, 3), int(2, 1)).itemSync();
    const direct = losses.ctc(speech, grid([1, 2, 2, -1], 2), {
      inputLengths: [4, 3],
      targetLengths: [2, 1],
    });
    expect(given).toBeCloseTo(direct.itemSync(), 6);
  });
});
