// Optimizers, clipping, learning-rate schedules, and minimisation of functions.

export { Accumulator } from "./accumulator.ts";
export { Adadelta, type AdadeltaOptions } from "./adadelta.ts";
export { Adafactor, type AdafactorOptions } from "./adafactor.ts";
export { Adagrad, type AdagradOptions } from "./adagrad.ts";
export { Adam, type AdamOptions, AdamW } from "./adam.ts";
export { Adamax } from "./adamax.ts";
export { ASGD, type ASGDOptions } from "./asgd.ts";
export {
  type AverageOptions,
  ExponentialMovingAverage,
  StochasticWeightAverage,
} from "./average.ts";
export { type Clipped, clipByGlobalNorm, clipByValue, globalNorm } from "./clip.ts";
export {
  type FindOptions,
  findLearningRate,
  type RateCurve,
  type RatePoint,
} from "./find-learning-rate.ts";
export { LAMB } from "./lamb.ts";
export { LBFGS, type LBFGSOptions } from "./lbfgs.ts";
export { Lion, type LionOptions } from "./lion.ts";
export { Lookahead, type LookaheadOptions } from "./lookahead.ts";
export {
  type Iteration,
  type MinimizeOptions,
  type Minimum,
  minimize,
  type Vector,
} from "./minimize.ts";
export { MomentOptimizer, type MomentOptions, type MomentSetup } from "./moments.ts";
export { Muon, type MuonOptions } from "./muon.ts";
export { NAdam, type NAdamOptions, type NAdamScalar } from "./nadam.ts";
export { type OneCycleOptions, oneCycle, oneCycleMomentum } from "./one-cycle.ts";
export {
  type MomentFacts,
  type MomentOf,
  Optimizer,
  type OptimizerFacts,
  type OptimizerOptions,
  type ParameterFacts,
  type Updated,
  type UpdateFacts,
} from "./optimizer.ts";
export type { Trainable } from "./parameters.ts";
export { Plateau, type PlateauOptions, type PlateauState } from "./plateau.ts";
export { RAdam, type RAdamOptions } from "./radam.ts";
export { RMSprop, type RMSpropOptions } from "./rmsprop.ts";
export { Rprop, type RpropOptions } from "./rprop.ts";
export { noDecayOfVectors, type ParameterMatch, type ParameterRule } from "./rules.ts";
export { chained, sequential, type WarmUpOptions, warmUp } from "./schedule-joins.ts";
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
  step,
} from "./schedules.ts";
export { SGD, type SGDOptions } from "./sgd.ts";

import "../ops/methods.ts";
