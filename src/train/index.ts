// Training: the loop, measuring, callbacks and recipes; the part that runs in browsers as well.

import "../autodiff/gradients.ts";
import "../ops/methods.ts";
import "../runtime/install.ts";

export type {
  Callback,
  CallbackState,
  NonFiniteEvent,
  StepEvent,
  TrainingRun,
} from "./callback.ts";
export { logEpochs } from "./callbacks.ts";
export { captureState } from "./capture.ts";
export { type CheckpointMemoryOptions, checkpointMemory } from "./checkpoint-memory.ts";
export type { CheckpointOptions } from "./checkpointing.ts";
export { FitControl } from "./control.ts";
export { type EarlyStoppingOptions, earlyStopping } from "./early-stopping.ts";
export {
  type EvaluateOptions,
  type Evaluation,
  evaluate,
  evaluator,
  type PredictOptions,
  predict,
} from "./evaluate.ts";
export { type FindRateOptions, findRate } from "./find-rate.ts";
export {
  type EpochRecord,
  type FitOptions,
  type FitResult,
  fit,
  type Optimizer,
  type ValidatedEpoch,
} from "./fit.ts";
export { type NonFiniteGuardOptions, nonFiniteGuard } from "./non-finite-guard.ts";
export {
  checkRecipe,
  checkRecipeData,
  checkTrainable,
  defineRecipe,
  generalDefaults,
  optimizerNamed,
  optimizerNames,
  optionsOf,
  probabilitiesOf,
  type Recipe,
  type RecipeData,
  type RecipeOptions,
} from "./recipe.ts";
export { digitsRecipe, perceptron } from "./recipes.ts";
export { type ReduceOnPlateauOptions, reduceOnPlateau } from "./reduce-on-plateau.ts";
export type { RunDescription } from "./run.ts";
export type { FitSchedule, RunLength } from "./run-schedule.ts";
export type {
  Fields,
  Loss,
  Model,
  Score,
  Scores,
  TaskOptions,
  TensorBatch,
} from "./task.ts";
export { timeBudget } from "./time-budget.ts";
export type {
  CheckpointStore,
  StoredCheckpoint,
  TrainingFacts,
  TrainingState,
} from "./training-state.ts";
