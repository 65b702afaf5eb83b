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
export { Residual, Sequential } from "./containers.ts";
export { Dropout } from "./dropout.ts";
export { Embedding, type EmbeddingOptions } from "./embedding.ts";
export { Flatten } from "./flatten.ts";
export type { Initializer } from "./init.ts";
export * as init from "./init.ts";
export type { Context, Layer, LayerOptions } from "./layer.ts";
export { Linear, type LinearOptions } from "./linear.ts";
export { BatchNorm1d, type BatchNormOptions, LayerNorm, type LayerNormOptions } from "./norm.ts";
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
