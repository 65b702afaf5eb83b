// Layers, their initial values, and the walk that finds their parameters.

export type {
  AffineOptions,
  ColorOptions,
  CropOptions,
  ErasingOptions,
  FlipOptions,
  MixOptions,
  RotationOptions,
  SpecOptions,
  Spread,
} from "../core/augmentation.ts";
export type { LstmState } from "../ops/compose/lstm.ts";
export {
  CELU,
  ELU,
  GELU,
  GLU,
  LeakyReLU,
  LogSigmoid,
  LogSoftmax,
  Mish,
  ReLU,
  SELU,
  Sigmoid,
  SiLU,
  Softmax,
  Softmin,
  Softplus,
  Softsign,
  Tanh,
} from "./activations.ts";
export {
  AdaptiveAvgPool1d,
  AdaptiveAvgPool2d,
  AdaptiveAvgPool3d,
  AdaptiveMaxPool1d,
  AdaptiveMaxPool2d,
  AdaptiveMaxPool3d,
} from "./adaptive-pool.ts";
export {
  type AttentionContext,
  type AttentionResult,
  MultiHeadAttention,
  type MultiHeadAttentionOptions,
} from "./attention.ts";
export { AttentionCache, type CacheSizes } from "./attention-cache.ts";
export type { MaskContext } from "./attention-masks.ts";
export { RandomAffine, RandomRotation } from "./augment/affine.ts";
export { ColorJitter } from "./augment/color.ts";
export { RandomCrop } from "./augment/crop.ts";
export { RandomErasing } from "./augment/erasing.ts";
export { RandomFlip } from "./augment/flip.ts";
export { CutMix, type Mixed, Mixup } from "./augment/mix.ts";
export { SpecAugment } from "./augment/spec.ts";
export { BatchNorm1d, BatchNorm2d, BatchNorm3d, type BatchNormOptions } from "./batch-norm.ts";
export { Bilinear } from "./bilinear.ts";
export {
  type CellOptions,
  GRUCell,
  LSTMCell,
  RNNCell,
  type RNNCellOptions,
} from "./cells.ts";
export { Residual, type ResidualOptions, Sequential } from "./containers.ts";
export { Conv1d, Conv2d, Conv3d, type ConvGeometry, type ConvLayerOptions } from "./conv.ts";
export {
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  type ConvTransposeGeometry,
  type ConvTransposeLayerOptions,
} from "./conv-transpose.ts";
export {
  AlphaDropout,
  Dropout,
  Dropout1d,
  Dropout2d,
  Dropout3d,
  DropPath,
  FeatureAlphaDropout,
} from "./dropout.ts";
export { Embedding, type EmbeddingOptions } from "./embedding.ts";
export {
  type BagContext,
  type BagMode,
  EmbeddingBag,
  type EmbeddingBagOptions,
} from "./embedding-bag.ts";
export { Flatten, Identity, Unflatten } from "./flatten.ts";
export { GRU, type RecurrentResult, RNN, type RNNOptions } from "./gru.ts";
export {
  Hardshrink,
  Hardsigmoid,
  Hardswish,
  Hardtanh,
  PReLU,
  type PReLUOptions,
  ReLU6,
  RReLU,
  Softshrink,
  Tanhshrink,
  Threshold,
} from "./hard-activations.ts";
export type { Initializer } from "./init.ts";
export * as init from "./init.ts";
export {
  InstanceNorm1d,
  InstanceNorm2d,
  InstanceNorm3d,
  type InstanceNormOptions,
} from "./instance-norm.ts";
export { type Context, type Layer, type LayerOptions, parameter } from "./layer.ts";
export { Linear, type LinearOptions } from "./linear.ts";
export { LSTM, type LSTMOptions, type LSTMResult } from "./lstm.ts";
export { GaussianDropout, GaussianNoise } from "./noise.ts";
export {
  GroupNorm,
  type GroupNormOptions,
  LayerNorm,
  type LayerNormOptions,
  LocalResponseNorm,
  RMSNorm,
  type RMSNormOptions,
} from "./norm.ts";
export { Pad, type Padding } from "./pad.ts";
export {
  AvgPool1d,
  AvgPool2d,
  AvgPool3d,
  GlobalAvgPool,
  GlobalMaxPool,
  LpPool1d,
  LpPool2d,
  MaxPool1d,
  MaxPool2d,
  MaxPool3d,
} from "./pool.ts";
export {
  alibiBias,
  LearnedPositions,
  type LearnedPositionsOptions,
  SinusoidalPositions,
  sinusoidalPositions,
} from "./positions.ts";
export type {
  RecurrentDropout,
  RecurrentLayer,
  RecurrentOptions,
  SequenceContext,
} from "./recurrent.ts";
export { Fold, PixelShuffle, PixelUnshuffle, Unfold, Upsample } from "./resample.ts";
export { type RotaryOptions, rotary } from "./rotary.ts";
export { SpectralNorm, type SpectralNormOptions } from "./spectral-norm.ts";
export {
  freeze,
  type LoadReport,
  loadState,
  type PathPattern,
  saveState,
  unfreeze,
} from "./state.ts";
export { type Summary, type SummaryOptions, type SummaryRow, summary } from "./summary.ts";
export { fromTorch, torchPath, toTorch } from "./torch-names.ts";
export {
  type DecoderStackContext,
  type EncoderStackContext,
  Transformer,
  type TransformerContext,
  TransformerDecoder,
  TransformerEncoder,
  type TransformerOptions,
  type TransformerStackOptions,
} from "./transformer.ts";
export {
  type Activation,
  type DecoderContext,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
} from "./transformer-layers.ts";
export {
  countParameters,
  type HasState,
  named,
  namedState,
  parameters,
  states,
  type Walk,
  walk,
} from "./walk.ts";

export { WeightNorm } from "./weight-norm.ts";

import "../ops/methods.ts";
