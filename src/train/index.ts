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
export { logEpochs } from "./callbacks/callbacks.ts";
export { type EarlyStoppingOptions, earlyStopping } from "./callbacks/early-stopping.ts";
export { type FindRateOptions, findRate } from "./callbacks/find-rate.ts";
export type { Monitor } from "./callbacks/monitor.ts";
export { type NonFiniteGuardOptions, nonFiniteGuard } from "./callbacks/non-finite-guard.ts";
export { type ReduceOnPlateauOptions, reduceOnPlateau } from "./callbacks/reduce-on-plateau.ts";
export { timeBudget } from "./callbacks/time-budget.ts";
export { captureState } from "./checkpoints/capture.ts";
export { type CheckpointMemoryOptions, checkpointMemory } from "./checkpoints/checkpoint-memory.ts";
export type { CheckpointOptions } from "./checkpoints/checkpointing.ts";
export type {
  CheckpointStore,
  StoredCheckpoint,
  TrainingFacts,
  TrainingState,
} from "./checkpoints/training-state.ts";
export {
  type EvaluateOptions,
  type Evaluation,
  evaluate,
  evaluator,
} from "./evaluate.ts";
export {
  type EpochRecord,
  type FitOptions,
  type FitResult,
  fit,
  type Optimizer,
  type ValidatedEpoch,
} from "./fit.ts";
export { FitControl } from "./loop/control.ts";
export type { FitSchedule, RunLength } from "./loop/run-schedule.ts";
export { type PredictOptions, predict } from "./predict.ts";
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
} from "./runs/recipe.ts";
export { digitsRecipe, perceptron } from "./runs/recipes.ts";
export type { RunDescription } from "./runs/run.ts";
export type { LiveState, RunRow, RunRowFile, WantedState } from "./runs/run-row.ts";
export type {
  Fields,
  Loss,
  Model,
  Score,
  Scores,
  TaskOptions,
  TensorBatch,
} from "./task.ts";
