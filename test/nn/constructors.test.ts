// Every layer refuses arguments from which no layer can be made: one table for all of them.

import { describe, expect, it } from "vitest";
import { ChainruleError, nn } from "../../src/index.ts";
import { failure } from "./failure.ts";

type Arguments = readonly unknown[];

/** Arguments that make a layer, which of them are whole numbers ≥ 1, and others that make none. */
interface Row {
  readonly good: Arguments;
  readonly sizes?: readonly number[];
  readonly bad?: readonly Arguments[];
}

const layer = new nn.Linear(2, 2);
const probability: Row = { good: [0.5], bad: [[-0.1], [1.1], [Number.NaN], ["0.5"]] };
const adaptive = (rank: number): Row => ({
  good: [2],
  sizes: [0],
  bad: [[Array(rank + 1).fill(2)], [Array(rank).fill(0)]],
});
const pool: Row = {
  good: [2],
  sizes: [0],
  bad: [
    [[]],
    [2, { stride: 0 }],
    [2, { stride: 1.5 }],
    [2, { padding: -1 }],
    [2, { padding: 2 }],
    [2, { dilation: 0 }],
  ],
};
const meanPool: Row = { good: [2], sizes: [0], bad: [...pool.bad!, [2, { divisor: Number.NaN }]] };
const running: Row = {
  good: [3],
  sizes: [0],
  bad: [
    [3, { eps: -1 }],
    [3, { eps: Number.NaN }],
    [3, { momentum: 2 }],
    [3, { momentum: -0.1 }],
    [3, { affine: true, dtype: "int32" }],
  ],
};
const trailing: Row = {
  good: [3],
  sizes: [0],
  bad: [[[]], [[2, 0]], [3, { eps: -1 }], [3, { dtype: "bool" }]],
};
const conv: Row = {
  good: [4, 6, 3],
  sizes: [0, 1, 2],
  bad: [
    [4, 6, []],
    [4, 6, 3, { groups: 4 }],
    [4, 6, 3, { groups: 3 }],
    [4, 6, 3, { groups: 0 }],
    [4, 6, 3, { groups: 0.5 }],
    [4, 6, 3, { stride: 0 }],
    [4, 6, 3, { dilation: -1 }],
    [4, 6, 3, { padding: -1 }],
    [4, 6, 3, { padding: 0.5 }],
    [4, 6, 3, { dtype: "int32" }],
  ],
};
const forward: Row = {
  ...conv,
  bad: [...conv.bad!, [4, 6, 3, { padding: "same", stride: 2 }], [4, 6, 3, { padding: "full" }]],
};
const transposed: Row = {
  ...conv,
  bad: [...conv.bad!, [4, 6, 3, { outputPadding: 1 }], [4, 6, 3, { outputPadding: -1 }]],
};
const columns = (...before: Arguments): readonly Arguments[] => [
  [...before, 2, { stride: 0 }],
  [...before, 2, { padding: -1 }],
  [...before, 2, { dilation: 0 }],
];
const table: Row = {
  good: [5, 3],
  sizes: [0, 1],
  bad: [
    [5, 3, { paddingIndex: 5 }],
    [5, 3, { paddingIndex: -6 }],
    [5, 3, { paddingIndex: 0.5 }],
    [5, 3, { maxNorm: 0 }],
    [5, 3, { dtype: "int32" }],
  ],
};
const recurrent: Row = {
  good: [2, 3],
  sizes: [0, 1],
  bad: [
    [2, 3, { layers: 0 }],
    [2, 3, { layers: 1.5 }],
    [2, 3, { dropout: 2 }],
    [2, 3, { dtype: "int32" }],
  ],
};
const cell: Row = { good: [2, 3], sizes: [0, 1], bad: [[2, 3, { dtype: "int32" }]] };
const transformer: Row = {
  good: [4, 2, { dimFeedforward: 8 }],
  sizes: [0, 1],
  bad: [
    [4, 3],
    [4, 2, { dimFeedforward: 0 }],
    [4, 2, { dimFeedforward: 8, dropout: -1 }],
    [4, 2, { dimFeedforward: 8, activation: "none" }],
  ],
};
const stack: Row = {
  good: [4, 2, 1, { dimFeedforward: 8 }],
  sizes: [0, 1, 2],
  bad: [[4, 3, 1, { dimFeedforward: 8 }]],
};

/** By layer. */
const rows: Readonly<Record<string, Row>> = {
  AdaptiveAvgPool1d: adaptive(1),
  AdaptiveAvgPool2d: adaptive(2),
  AdaptiveAvgPool3d: adaptive(3),
  AdaptiveMaxPool1d: adaptive(1),
  AdaptiveMaxPool2d: adaptive(2),
  AdaptiveMaxPool3d: adaptive(3),
  AlphaDropout: probability,
  AvgPool1d: meanPool,
  AvgPool2d: meanPool,
  AvgPool3d: meanPool,
  BatchNorm1d: running,
  BatchNorm2d: running,
  BatchNorm3d: running,
  Bilinear: { good: [2, 3, 4], sizes: [0, 1, 2], bad: [[2, 3, 4, { dtype: "int32" }]] },
  CELU: { good: [1], bad: [[0], [-1], [Number.NaN]] },
  ColorJitter: {
    good: [{ brightness: 0.2 }],
    bad: [
      [{ brightness: -1 }],
      [{ contrast: [2, 1] }],
      [{ hue: 0.6 }],
      [{ saturation: "1" }],
      [{ sharpness: 1 }],
      [3],
    ],
  },
  Conv1d: forward,
  Conv2d: forward,
  Conv3d: forward,
  ConvTranspose1d: transposed,
  ConvTranspose2d: transposed,
  ConvTranspose3d: transposed,
  CutMix: { good: [{ classes: 3 }], bad: [[{ alpha: 0 }], [{ classes: 0.5 }], [{ p: 1 }]] },
  DropPath: probability,
  Dropout: probability,
  Dropout1d: probability,
  Dropout2d: probability,
  Dropout3d: probability,
  ELU: { good: [1], bad: [[Number.NaN], ["1"]] },
  Embedding: table,
  EmbeddingBag: { ...table, bad: [...table.bad!, [5, 3, { mode: "min" }]] },
  FeatureAlphaDropout: probability,
  Flatten: { good: [1, -1], bad: [[0.5], [1, Number.NaN]] },
  Fold: { good: [4, 2], sizes: [0, 1], bad: columns(4) },
  GELU: { good: [], bad: [[{ approximate: "erf" }]] },
  GLU: { good: [1], bad: [[0.5]] },
  GRU: recurrent,
  GRUCell: cell,
  GaussianDropout: { ...probability, bad: [...probability.bad!, [1]] },
  GaussianNoise: { good: [0.1], bad: [[-1], [Number.NaN], [Number.POSITIVE_INFINITY]] },
  GroupNorm: {
    good: [2, 4],
    sizes: [0, 1],
    bad: [
      [3, 4],
      [2, 4, { eps: -1 }],
    ],
  },
  Hardshrink: { good: [1], bad: [[-1], [Number.NaN]] },
  Hardtanh: { good: [], bad: [[{ min: 2 }], [{ max: Number.NaN }]] },
  InstanceNorm1d: running,
  InstanceNorm2d: running,
  InstanceNorm3d: running,
  LSTM: { ...recurrent, bad: [...recurrent.bad!, [2, 3, { projection: 0 }]] },
  LSTMCell: cell,
  LayerNorm: trailing,
  LeakyReLU: { good: [0.1], bad: [[Number.NaN]] },
  LearnedPositions: { good: [4, 2], sizes: [0, 1], bad: [[4, 2, { dtype: "int32" }]] },
  Linear: { good: [2, 3], sizes: [0, 1], bad: [[2, 3, { dtype: "int32" }]] },
  LocalResponseNorm: { good: [3], sizes: [0], bad: [[3, { alpha: Number.NaN }]] },
  LogSoftmax: { good: [1], bad: [[0.5]] },
  LpPool1d: {
    good: [2, 2],
    sizes: [1],
    bad: [
      [0, 2],
      [Number.NaN, 2],
      [2, 2, { stride: 0 }],
    ],
  },
  LpPool2d: {
    good: [2, 2],
    sizes: [1],
    bad: [
      [0, 2],
      [-1, 2],
      [2, 2, { stride: 0 }],
    ],
  },
  MaxPool1d: pool,
  MaxPool2d: pool,
  MaxPool3d: pool,
  Mixup: { good: [], bad: [[{ alpha: -1 }], [{ classes: 0 }], [{ lambda: 1 }], [null]] },
  MultiHeadAttention: {
    good: [4, 2],
    sizes: [0, 1],
    bad: [
      [4, 3],
      [4, 2, { kvHeads: 0 }],
    ],
  },
  Pad: {
    good: [1],
    bad: [[-1], [0.5], ["1"], [null], [[1, -1]], [[[1]]], [[[1, 2, 3]]], [1, { mode: "mirror" }]],
  },
  PReLU: { good: [], bad: [[{ channels: 0 }], [{ init: Number.NaN }], [{ dtype: "int32" }]] },
  PixelShuffle: { good: [2], sizes: [0] },
  PixelUnshuffle: { good: [2], sizes: [0] },
  RMSNorm: trailing,
  RReLU: { good: [], bad: [[{ lower: 1 }], [{ upper: Number.NaN }]] },
  RNN: recurrent,
  RNNCell: cell,
  RandomAffine: {
    good: [{ degrees: 10 }],
    bad: [
      [{ degrees: -1 }],
      [{ scale: [0, 1] }],
      [{ scale: 2 }],
      [{ translate: [2, 0] }],
      [{ translate: 0.1 }],
      [{ shear: 90 }],
      [{ fill: Number.NaN }],
      [{ rotation: 3 }],
    ],
  },
  RandomCrop: {
    good: [4],
    sizes: [0],
    bad: [[[4]], [[4, 0]], [4, { padding: -1 }], [4, { padding: 0.5 }], [4, { pad: 1 }]],
  },
  RandomErasing: {
    good: [],
    bad: [[{ p: 2 }], [{ scale: [0.5, 0.1] }], [{ scale: [0, 2] }], [{ ratio: [0, 1] }]],
  },
  RandomFlip: { good: [], bad: [[{ p: -0.1 }], [{ direction: "diagonal" }], [{ axis: 2 }]] },
  RandomRotation: { good: [10], bad: [[-1], [Number.NaN], [[1]], [10, { center: 1 }]] },
  Residual: { good: [layer], bad: [[nn.Linear], [null], [layer, { projection: nn.Linear }]] },
  Sequential: { good: [layer], bad: [[nn.ReLU], [undefined], [layer, 3]] },
  SinusoidalPositions: { good: [4, 2], sizes: [0, 1] },
  Softmax: { good: [1], bad: [[0.5]] },
  Softmin: { good: [1], bad: [[0.5]] },
  Softshrink: { good: [1], bad: [[-1], [Number.NaN]] },
  Softplus: { good: [], bad: [[{ beta: 0 }], [{ threshold: Number.NaN }]] },
  SpecAugment: {
    good: [],
    bad: [[{ timeMasks: -1 }], [{ timeWidth: 0.5 }], [{ frequencyMasks: "1" }], [{ warp: 1 }]],
  },
  SpectralNorm: {
    good: [layer],
    bad: [[new nn.ReLU()], [layer, { iterations: 0 }], [layer, { eps: 0 }], [layer, { axis: 5 }]],
  },
  Threshold: {
    good: [0, 1],
    bad: [
      [Number.NaN, 0],
      [0, "1"],
    ],
  },
  TransformerDecoder: stack,
  TransformerDecoderLayer: transformer,
  TransformerEncoder: stack,
  TransformerEncoderLayer: transformer,
  Unflatten: {
    good: [1, [2, 2]],
    bad: [
      [0.5, [2, 2]],
      [1, []],
      [1, [0, 2]],
      [1, [1.5]],
    ],
  },
  Unfold: { good: [2], sizes: [0], bad: columns() },
  Upsample: {
    good: [{ scale: 2 }],
    bad: [
      [{}],
      [{ scale: 0 }],
      [{ scale: -1 }],
      [{ size: 0 }],
      [{ size: 1.5 }],
      [{ size: 2, scale: 2 }],
      [{ scale: 2, mode: "cubic" }],
      [{ scale: 2, alignCorners: true }],
    ],
  },
  WeightNorm: { good: [layer], bad: [[new nn.ReLU()], [layer, { name: "bias" }], [nn.Linear]] },
};

/** Layers that take no arguments. */
const plain = [
  ...["GlobalAvgPool", "GlobalMaxPool", "Hardsigmoid", "Hardswish", "Identity", "LogSigmoid"],
  ...["Mish", "ReLU", "ReLU6", "SELU", "SiLU", "Sigmoid", "Softsign", "Tanh", "Tanhshrink"],
];
/** Layers whose arguments are a record, tested with the others of their family. */
const elsewhere = ["AttentionCache", "Transformer"];

const notSizes: Arguments = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "3", null];

function make(name: string, given: Arguments): unknown {
  const Layer = (nn as unknown as Record<string, new (...given: Arguments) => unknown>)[name];
  return new Layer(...given);
}

describe("constructors", () => {
  it.each(Object.entries(rows))("%s refuses what makes no layer", (name, row) => {
    make(name, row.good);
    const wrongSizes = (row.sizes ?? []).flatMap((at) => notSizes.map((n) => row.good.with(at, n)));
    for (const given of [...wrongSizes, ...(row.bad ?? [])]) {
      const error = failure(() => make(name, given));
      expect(error, String(given)).toBeInstanceOf(ChainruleError);
      expect(["BAD_ARGUMENT", "DTYPE_MISMATCH", "SHAPE_MISMATCH"]).toContain(error.code);
      expect(error.message, "says what to do").toMatch(/\. [A-Z].*\./);
    }
  });

  it("all are in the table", () => {
    const classes = Object.entries(nn).filter(([, value]) => {
      return (
        typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value))
      );
    });
    const known = [...Object.keys(rows), ...plain, ...elsewhere];
    expect(classes.map(([name]) => name).filter((name) => !known.includes(name))).toEqual([]);
    expect(known.filter((name) => !(name in nn))).toEqual([]);
  });
});
