// Layers, their initial values, and the walk that finds their parameters.

export {
  ELU,
  GELU,
  LeakyReLU,
  LogSoftmax,
  Mish,
  ReLU,
  SELU,
  Sigmoid,
  SiLU,
  Softmax,
  Softplus,
  Softsign,
  Tanh,
} from "./activations.ts";
export {
  type AttentionResult,
  MultiHeadAttention,
  type MultiHeadAttentionOptions,
} from "./attention.ts";
export { Residual, Sequential } from "./containers.ts";
export { Conv1d, Conv2d, Conv3d, type ConvGeometry, type ConvLayerOptions } from "./conv.ts";
export { Dropout } from "./dropout.ts";
export { Embedding, type EmbeddingOptions } from "./embedding.ts";
export { Flatten } from "./flatten.ts";
export { GRU, type RecurrentResult, RNN, type RNNOptions } from "./gru.ts";
export type { Initializer } from "./init.ts";
export * as init from "./init.ts";
export type { Context, Layer, LayerOptions } from "./layer.ts";
export { Linear, type LinearOptions } from "./linear.ts";
export { LSTM, type LSTMResult } from "./lstm.ts";
export { BatchNorm1d, type BatchNormOptions, LayerNorm, type LayerNormOptions } from "./norm.ts";
export { AvgPool2d, GlobalAvgPool, MaxPool2d } from "./pool.ts";
export { sinusoidalPositions } from "./positions.ts";
export type { RecurrentLayer, RecurrentOptions } from "./recurrent.ts";
export { freeze, type LoadReport, loadState, type PathPattern, unfreeze } from "./state.ts";
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

import "../ops/methods.ts";
