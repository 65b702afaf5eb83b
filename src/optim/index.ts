// Optimizers, clipping, learning-rate schedules, and minimisation of functions.

export { Adagrad, type AdagradOptions } from "./adagrad.ts";
export { Adam, type AdamOptions, AdamW } from "./adam.ts";
export { type Clipped, clipByGlobalNorm, clipByValue, globalNorm } from "./clip.ts";
export { LBFGS, type LBFGSOptions } from "./lbfgs.ts";
export {
  type Iteration,
  type MinimizeOptions,
  type Minimum,
  minimize,
  type Vector,
} from "./minimize.ts";
export { type OneCycleOptions, oneCycle, oneCycleMomentum } from "./one-cycle.ts";
export {
  Optimizer,
  type OptimizerFacts,
  type OptimizerOptions,
  type ParameterRule,
  type Trainable,
  type Updated,
  type UpdateFacts,
} from "./optimizer.ts";
export { Plateau, type PlateauOptions } from "./plateau.ts";
export { RMSprop, type RMSpropOptions } from "./rmsprop.ts";
export {
  type CyclicOptions,
  constant,
  cosine,
  cosineWarmRestarts,
  cyclic,
  exponential,
  inverseSqrtWarmup,
  linear,
  multiStep,
  polynomial,
  type Schedule,
  sequential,
  step,
} from "./schedules.ts";
export { SGD, type SGDOptions } from "./sgd.ts";

import "../ops/methods.ts";
