// Recipes: everything one command needs to train a model, as data and three plain functions. The command line runs
// built-in ones by name and yours from a file; a saved run names its recipe, which rebuilds model and data.

import { ChainruleError } from "../../core/errors.ts";
import type { HostTensor } from "../../core/host.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { Layer } from "../../nn/layer.ts";
import { countParameters } from "../../nn/walk.ts";
import * as optim from "../../optim/index.ts";
import type { Optimizer } from "../fit.ts";
import { type Data, isLoader } from "../loop/feed.ts";
import type { TaskOptions } from "../task.ts";

/** The settings of a run; each has a default from the recipe or from `generalDefaults`. */
export interface RecipeOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Name of an optimizer: sgd, momentum, adam, adamw, rmsprop or adagrad. */
  readonly optimizer: string;
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[];
  /** Seed of initial weights, order of samples and dropout. */
  readonly seed: number;
  /** Folder to look for data in; without it a recipe uses what it carries, the cache or a download. */
  readonly dataDir?: string;
  /** Hears what takes long before training, such as a download. */
  readonly onProgress?: (line: string) => void;
}

/** What a recipe's model learns from and is tested on. */
export interface RecipeData {
  /** Data to learn from: a data set, or a loader that makes its own batches, of `options.batchSize` if it likes. */
  readonly train: Data;
  readonly test: Dataset;
  /** Names of the classes, for classification. */
  readonly classes?: readonly string[];
  /** Channels, height and width where the inputs are images, also where they are flat. */
  readonly imageShape?: readonly [channels: number, height: number, width: number];
}

/** A recipe; make one with `defineRecipe`. */
export interface Recipe extends TaskOptions {
  /** Short name, for messages and run directories. */
  readonly name: string;
  readonly data: (options: RecipeOptions) => RecipeData | Promise<RecipeData>;
  readonly model: (options: RecipeOptions, data: RecipeData) => Layer;
  /** Default: the optimizer that the options name. */
  readonly optimizer?: (model: Layer, options: RecipeOptions) => Optimizer;
  /** Learning rate of each step; default: constant. `steps` is their number in the run. */
  readonly schedule?: (options: RecipeOptions, steps: number) => (step: number) => number;
  /** Largest global norm of the gradients; default: no limit. */
  readonly clip?: number;
  /** What the outputs are; default `logits`, whose softmax are probabilities. */
  readonly outputs?: "logits" | "probabilities" | "values";
  readonly defaults?: Partial<RecipeOptions>;
}

/** Settings of recipes that say nothing else. */
export const generalDefaults: RecipeOptions = {
  epochs: 10, // enough to see whether a model learns
  batchSize: 32, // small steps serve small data sets; large ones set more
  learningRate: 1e-3, // Adam's own default
  optimizer: "adam", // the least tuning
  hidden: [64],
  seed: 0,
};

/** Gives a recipe its type, for the editor: `export default defineRecipe({ name, data, model })`. */
export function defineRecipe(recipe: Recipe): Recipe {
  return recipe;
}

/** What of a recipe `fit` and `evaluate` take. */
export function taskOptionsOf(recipe: Recipe): TaskOptions {
  const { fields, forward, loss, metrics, classWeights } = recipe;
  return { fields, forward, loss, metrics, classWeights };
}

/** The recipe's settings: what is given, else the recipe's defaults, else `generalDefaults`. */
export function optionsOf(recipe: Recipe, given: Partial<RecipeOptions>): RecipeOptions {
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...generalDefaults, ...recipe.defaults, ...said };
}

/** Names of the optimizers that `optimizerNamed` knows, each with its making. */
const makers: Readonly<Record<string, (model: object, learningRate: number) => Optimizer>> = {
  sgd: (model, learningRate) => new optim.SGD(model, { learningRate }),
  momentum: (model, learningRate) => new optim.SGD(model, { learningRate, momentum: 0.9 }),
  adam: (model, learningRate) => new optim.Adam(model, { learningRate }),
  adamw: (model, learningRate) => new optim.AdamW(model, { learningRate }),
  rmsprop: (model, learningRate) => new optim.RMSprop(model, { learningRate }),
  adagrad: (model, learningRate) => new optim.Adagrad(model, { learningRate }),
};

/** Names that `RecipeOptions.optimizer` may have. */
export const optimizerNames: readonly string[] = Object.keys(makers);

/** Makes the optimizer of that name; `momentum` is SGD with momentum 0.9. */
export function optimizerNamed(name: string, model: Layer, learningRate: number): Optimizer {
  const make = Object.hasOwn(makers, name) ? makers[name] : undefined;
  if (make !== undefined) return make(model, learningRate);
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "optimizer",
    problem: `no optimizer is named ${JSON.stringify(name)}`,
    fix: `Use one of: ${optimizerNames.join(", ")}.`,
    detail: { name, known: optimizerNames },
  });
}

/** Probabilities of classes from a model's outputs. Shape: `[N, C] → [N, C]`, one array per sample. */
export function probabilitiesOf(
  { data, shape }: HostTensor,
  recipe: Pick<Recipe, "outputs">,
): number[][] {
  const [samples, classes] = shape;
  return Array.from({ length: samples }, (_, i) => {
    const row = Array.from(data.subarray(i * classes, (i + 1) * classes));
    return recipe.outputs === undefined || recipe.outputs === "logits" ? softmax(row) : row;
  });
}

function softmax(logits: readonly number[]): number[] {
  const shift = Math.max(...logits);
  const powers = logits.map((x) => Math.exp(x - shift));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((p) => p / sum);
}

/** Refuses a recipe whose parts are missing, or whose model has nothing to train. */
export function checkRecipe(value: unknown, where: string): Recipe {
  const recipe = value as Partial<Recipe> | null | undefined;
  const faults = [
    typeof recipe?.name === "string" ? "" : "`name` is not a string",
    typeof recipe?.data === "function" ? "" : "`data` is not a function",
    typeof recipe?.model === "function" ? "" : "`model` is not a function",
  ].filter((fault) => fault !== "");
  if (faults.length === 0) return recipe as Recipe;
  throw new ChainruleError({
    code: "UNKNOWN_RECIPE",
    op: "recipe",
    problem: `${where} exports no recipe by default: ${faults.join(", ")}`,
    fix: 'Write `export default defineRecipe({ name, data, model })`, with defineRecipe from "chainrule/train".',
    detail: { where, faults },
  });
}

/** Refuses what a recipe's `data` gave when it is not data to learn from and a data set to test on. */
export function checkRecipeData(data: RecipeData | undefined, recipe: string): RecipeData {
  const { train, test } = data ?? {};
  const has = { train: isLoader(train) || isDataset(train), test: isDataset(test) };
  const lacks = (["train", "test"] as const).filter((part) => !has[part]);
  if (lacks.length === 0) return data as RecipeData;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "recipe",
    problem: `what \`data\` of recipe ${recipe} returned has no data set as ${lacks.join(" and ")}`,
    fix: 'Return { train, test }, for instance of ArrayDataset from "chainrule/data"; `train` may be a loader, too.',
    detail: { recipe, lacks },
  });
}

function isDataset(value: Dataset | undefined): boolean {
  return typeof value?.read === "function" && typeof value.size === "number";
}

/** Refuses what is no model, and a model without parameters: training it would change nothing. */
export function checkTrainable(model: Layer | undefined, recipe: string): void {
  if (typeof model?.forward !== "function") throw noModel(model, recipe);
  if (countParameters(model) > 0) return;
  throw new ChainruleError({
    code: "PARAMETER_NOT_FOUND",
    op: "recipe",
    problem: `the model of recipe ${recipe} has no parameters`,
    fix: "Keep its layers in fields, arrays or records of the model, where they are found.",
    detail: { recipe },
  });
}

function noModel(model: unknown, recipe: string): ChainruleError {
  const promise = model instanceof Promise;
  const found = promise ? "a promise" : model === undefined ? "undefined" : typeof model;
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "recipe",
    problem: `\`model\` of recipe ${recipe} must return a layer, an object with forward(x); it returned ${found}`,
    fix: promise ? "Make `model` synchronous; load files in `data`." : "Return the model.",
    detail: { recipe, found },
  });
}
