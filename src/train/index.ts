// Training: the loop, measuring, hooks and recipes; the part that runs in browsers as well.

import "../autodiff/gradients.ts";
import "../ops/methods.ts";
import "../runtime/install.ts";

export { allHooks, type EarlyStoppingOptions, earlyStopping, logEpochs } from "./callbacks.ts";
export {
  type EvaluateOptions,
  type Evaluation,
  evaluate,
  evaluator,
  type PredictOptions,
  predict,
} from "./evaluate.ts";
export {
  type BatchReport,
  type EpochRecord,
  type FitOptions,
  type FitResult,
  fit,
  type Hooks,
  type Optimizer,
} from "./fit.ts";
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
export type { RunDescription } from "./run.ts";
export type { Score, Scores, TaskOptions } from "./task.ts";
