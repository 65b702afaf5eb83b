// Matrix cases of layers, by operands and parameters. Layers that behave otherwise in training are taken in training, with
// the masks that a seeded generator draws.

import type { DType } from "../../../src/core/dtype.ts";
import type { Tensor } from "../../../src/ir/tensor.ts";
import * as nn from "../../../src/nn/index.ts";
import { tensor } from "../../../src/ops/leaf.ts";
import { Generator } from "../../../src/ops/random.ts";
import type { MatrixCase } from "../matrix.ts";

/** Parameters of the type of `x`. */
const like = (x: Tensor): { readonly dtype: DType } => ({ dtype: x.dtype });
const small = (x: Tensor): nn.TransformerLayerOptions => ({
  ...like(x),
  dimFeedforward: 4,
  activation: "gelu",
});
const training = (): nn.Context => ({ training: true, generator: new Generator(2) });
const ids = tensor([[1, 4, 1]], { dtype: "int32" });

/** Layers without parameters. */
const plain: readonly (readonly [title: string, layer: nn.Layer, shape: readonly number[]])[] = [
  ["nn.ELU", new nn.ELU(), [7]],
  ["nn.ReLU6", new nn.ReLU6(), [7]],
  ["nn.RReLU", new nn.RReLU(), [7]],
  ["nn.Hardshrink", new nn.Hardshrink(), [7]],
  ["nn.Hardsigmoid", new nn.Hardsigmoid(), [7]],
  ["nn.Hardswish", new nn.Hardswish(), [7]],
  ["nn.Hardtanh", new nn.Hardtanh(), [7]],
  ["nn.Softshrink", new nn.Softshrink(), [7]],
  ["nn.Tanhshrink", new nn.Tanhshrink(), [7]],
  ["nn.Threshold", new nn.Threshold(0.2, 5), [7]],
  ["nn.CELU", new nn.CELU(), [7]],
  ["nn.GLU", new nn.GLU(), [2, 6]],
  ["nn.LogSigmoid", new nn.LogSigmoid(), [7]],
  ["nn.Softmin", new nn.Softmin(), [2, 4]],
  ["nn.Pad", new nn.Pad(1, { mode: "reflect" }), [1, 2, 4]],
  ["nn.GELU", new nn.GELU(), [7]],
  ["nn.LeakyReLU", new nn.LeakyReLU(), [7]],
  ["nn.LogSoftmax", new nn.LogSoftmax(), [2, 4]],
  ["nn.Mish", new nn.Mish(), [7]],
  ["nn.ReLU", new nn.ReLU(), [7]],
  ["nn.SELU", new nn.SELU(), [7]],
  ["nn.Sigmoid", new nn.Sigmoid(), [7]],
  ["nn.SiLU", new nn.SiLU(), [7]],
  ["nn.Softmax", new nn.Softmax(), [2, 4]],
  ["nn.Softplus", new nn.Softplus(), [7]],
  ["nn.Softsign", new nn.Softsign(), [7]],
  ["nn.Tanh", new nn.Tanh(), [7]],
  ["nn.AdaptiveAvgPool1d", new nn.AdaptiveAvgPool1d(2), [1, 2, 5]],
  ["nn.AdaptiveAvgPool2d", new nn.AdaptiveAvgPool2d(2), [1, 1, 3, 4]],
  ["nn.AdaptiveAvgPool3d", new nn.AdaptiveAvgPool3d(1), [1, 1, 2, 2, 3]],
  ["nn.AdaptiveMaxPool1d", new nn.AdaptiveMaxPool1d(2), [1, 2, 5]],
  ["nn.AdaptiveMaxPool2d", new nn.AdaptiveMaxPool2d(2), [1, 1, 3, 4]],
  ["nn.AdaptiveMaxPool3d", new nn.AdaptiveMaxPool3d(1), [1, 1, 2, 2, 3]],
  ["nn.AlphaDropout", new nn.AlphaDropout(), [6]],
  ["nn.Dropout", new nn.Dropout(), [6]],
  ["nn.Dropout1d", new nn.Dropout1d(), [2, 4, 3]],
  ["nn.Dropout2d", new nn.Dropout2d(), [2, 4, 2, 1]],
  ["nn.Dropout3d", new nn.Dropout3d(), [2, 4, 2, 1, 1]],
  ["nn.DropPath", new nn.DropPath(0.5), [6, 2]],
  ["nn.FeatureAlphaDropout", new nn.FeatureAlphaDropout(), [2, 4, 3]],
  ["nn.GaussianDropout", new nn.GaussianDropout(), [6]],
  ["nn.GaussianNoise", new nn.GaussianNoise(0.5), [6]],
  ["nn.Flatten", new nn.Flatten(), [2, 3, 2]],
  ["nn.Identity", new nn.Identity(), [3]],
  ["nn.Unflatten", new nn.Unflatten(1, [2, 3]), [2, 6]],
  ["nn.AvgPool1d", new nn.AvgPool1d(2), [1, 2, 6]],
  ["nn.AvgPool2d", new nn.AvgPool2d(2), [1, 1, 4, 4]],
  ["nn.AvgPool3d", new nn.AvgPool3d(2), [1, 1, 2, 2, 4]],
  ["nn.MaxPool1d", new nn.MaxPool1d(2), [1, 2, 6]],
  ["nn.MaxPool2d", new nn.MaxPool2d(2), [1, 1, 4, 4]],
  ["nn.MaxPool3d", new nn.MaxPool3d(2), [1, 1, 2, 2, 4]],
  ["nn.LpPool1d", new nn.LpPool1d(2, 2), [1, 2, 6]],
  ["nn.LpPool2d", new nn.LpPool2d(3, 2), [1, 1, 4, 4]],
  ["nn.GlobalAvgPool", new nn.GlobalAvgPool(), [1, 2, 3, 2]],
  ["nn.GlobalMaxPool", new nn.GlobalMaxPool(), [1, 2, 3, 2]],
  ["nn.Fold", new nn.Fold([3, 4], 2), [1, 4, 6]],
  ["nn.Unfold", new nn.Unfold(2), [1, 2, 3, 3]],
  ["nn.PixelShuffle", new nn.PixelShuffle(2), [1, 4, 2, 2]],
  ["nn.PixelUnshuffle", new nn.PixelUnshuffle(2), [1, 1, 4, 2]],
  ["nn.Upsample", new nn.Upsample({ scale: 2, mode: "bilinear" }), [1, 1, 2, 3]],
  ["nn.LocalResponseNorm", new nn.LocalResponseNorm(3), [1, 4, 3]],
];

export const layers: readonly MatrixCase[] = [
  ...plain.map(
    ([title, layer, shape]): MatrixCase => [title, (x) => layer.forward(x, training()), shape],
  ),
  ["nn.PReLU", (x) => new nn.PReLU({ ...like(x), channels: 3 }).forward(x), [2, 3]],
  ["nn.Linear", (x) => new nn.Linear(3, 2, like(x)).forward(x), [4, 3]],
  ["nn.Bilinear", (x, y) => new nn.Bilinear(3, 2, 2, like(x)).forward(x, y), [4, 3], [4, 2]],
  ["nn.Conv1d", (x) => new nn.Conv1d(2, 3, 3, like(x)).forward(x), [1, 2, 5]],
  ["nn.Conv2d", (x) => new nn.Conv2d(2, 3, 2, like(x)).forward(x), [1, 2, 3, 3]],
  ["nn.Conv3d", (x) => new nn.Conv3d(1, 2, 2, like(x)).forward(x), [1, 1, 2, 3, 3]],
  ["nn.ConvTranspose1d", (x) => new nn.ConvTranspose1d(2, 3, 3, like(x)).forward(x), [1, 2, 3]],
  ["nn.ConvTranspose2d", (x) => new nn.ConvTranspose2d(2, 1, 2, like(x)).forward(x), [1, 2, 2, 3]],
  [
    "nn.ConvTranspose3d",
    (x) => new nn.ConvTranspose3d(1, 2, 2, like(x)).forward(x),
    [1, 1, 2, 2, 2],
  ],
  ["nn.BatchNorm1d", (x) => new nn.BatchNorm1d(3, like(x)).forward(x, training()), [5, 3]],
  ["nn.BatchNorm1d in inference", (x) => new nn.BatchNorm1d(3, like(x)).forward(x), [5, 3]],
  ["nn.BatchNorm2d", (x) => new nn.BatchNorm2d(2, like(x)).forward(x, training()), [3, 2, 2, 2]],
  ["nn.BatchNorm3d", (x) => new nn.BatchNorm3d(2, like(x)).forward(x, training()), [3, 2, 2, 2, 1]],
  ["nn.InstanceNorm1d", (x) => new nn.InstanceNorm1d(2, like(x)).forward(x), [2, 2, 4]],
  ["nn.InstanceNorm2d", (x) => new nn.InstanceNorm2d(2, like(x)).forward(x), [2, 2, 2, 3]],
  ["nn.InstanceNorm3d", (x) => new nn.InstanceNorm3d(2, like(x)).forward(x), [2, 2, 2, 3, 1]],
  ["nn.GroupNorm", (x) => new nn.GroupNorm(2, 4, like(x)).forward(x), [2, 4, 3]],
  ["nn.LayerNorm", (x) => new nn.LayerNorm(4, like(x)).forward(x), [3, 4]],
  ["nn.RMSNorm", (x) => new nn.RMSNorm(4, like(x)).forward(x), [3, 4]],
  ["nn.Embedding", (x) => new nn.Embedding(5, 3, like(x)).forward(ids).mul(x), [3]],
  ["nn.EmbeddingBag", (x) => new nn.EmbeddingBag(5, 3, like(x)).forward(ids).mul(x), [3]],
  ["nn.LearnedPositions", (x) => new nn.LearnedPositions(4, 2, like(x)).forward(x), [1, 3, 2]],
  [
    "nn.SinusoidalPositions",
    (x) => new nn.SinusoidalPositions(4, 2, like(x)).forward(x),
    [1, 3, 2],
  ],
  ["nn.Residual", (x) => new nn.Residual(new nn.Linear(3, 3, like(x))).forward(x), [2, 3]],
  [
    "nn.Sequential",
    (x) => new nn.Sequential(new nn.Linear(3, 2, like(x)), new nn.Tanh()).forward(x),
    [2, 3],
  ],
  ["nn.SpectralNorm", (x) => new nn.SpectralNorm(new nn.Linear(3, 2, like(x))).forward(x), [2, 3]],
  ["nn.WeightNorm", (x) => new nn.WeightNorm(new nn.Linear(3, 2, like(x))).forward(x), [2, 3]],
  ["nn.RNNCell", (x, h) => new nn.RNNCell(3, 2, like(x)).forward(x, h), [2, 3], [2, 2]],
  ["nn.GRUCell", (x, h) => new nn.GRUCell(3, 2, like(x)).forward(x, h), [2, 3], [2, 2]],
  [
    "nn.LSTMCell",
    (x, hidden, cell) =>
      Object.values(new nn.LSTMCell(3, 2, like(x)).forward(x, { hidden, cell })) as Tensor[],
    [2, 3],
    [2, 2],
    [2, 2],
  ],
  ["nn.RNN", (x) => new nn.RNN(2, 2, like(x)).forward(x), [1, 3, 2]],
  ["nn.GRU", (x) => new nn.GRU(2, 2, like(x)).forward(x), [1, 3, 2]],
  ["nn.LSTM", (x) => new nn.LSTM(2, 2, { ...like(x), bidirectional: true }).forward(x), [1, 3, 2]],
  ["nn.MultiHeadAttention", (x) => new nn.MultiHeadAttention(4, 2, like(x)).forward(x), [1, 3, 4]],
  [
    "nn.TransformerEncoderLayer",
    (x) => new nn.TransformerEncoderLayer(4, 2, small(x)).forward(x),
    [1, 3, 4],
  ],
  [
    "nn.TransformerDecoderLayer",
    (x, m) => new nn.TransformerDecoderLayer(4, 2, small(x)).forward(x, m),
    [1, 2, 4],
    [1, 3, 4],
  ],
  [
    "nn.TransformerEncoder",
    (x) => new nn.TransformerEncoder(4, 2, 2, small(x)).forward(x),
    [1, 2, 4],
  ],
  [
    "nn.TransformerDecoder",
    (x, m) => new nn.TransformerDecoder(4, 2, 1, small(x)).forward(x, m),
    [1, 2, 4],
    [1, 2, 4],
  ],
  [
    "nn.Transformer",
    (x, y) =>
      new nn.Transformer(4, 2, {
        ...small(x),
        encoderLayers: 1,
        decoderLayers: 1,
      }).forward(x, y),
    [1, 2, 4],
    [1, 2, 4],
  ],
  ["nn.rotary", (x) => nn.rotary(x), [1, 3, 2, 4]],
  ["nn.sinusoidalPositions", () => nn.sinusoidalPositions(3, 4)],
  ["nn.alibiBias", () => nn.alibiBias(2, 3)],
];
