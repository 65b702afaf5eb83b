// A saved run brought back to life: its recipe, its data, and its model with the saved weights.

import { resolve } from "node:path";
import { currentTarget, type nn, setTarget, targets } from "../index.ts";
import {
  checkRecipeData,
  loadRun,
  type Recipe,
  type RecipeData,
  type RunDescription,
  restoreModel,
} from "../train/node.ts";
import { loadRecipe } from "./load-recipe.ts";

/** Options that `evaluate` and `predict` share. */
export interface SavedArguments {
  readonly target?: string;
  readonly dataDir?: string;
  readonly json?: boolean;
}

/** Everything needed to use a saved run. */
export interface RevivedRun {
  readonly directory: string;
  readonly description: RunDescription;
  readonly recipe: Recipe;
  readonly data: RecipeData;
  readonly model: nn.Layer;
}

/** Reads a run directory, loads its data and builds its model. It runs on the target that it was trained on. */
export async function revive(directory: string, given: SavedArguments): Promise<RevivedRun> {
  const run = await loadRun(directory);
  const { description } = run;
  const target = given.target ?? description.target;
  if (targets.includes(target) && target !== currentTarget()) setTarget(target);
  const { recipe } = await loadRecipe(description.recipe.module ?? description.recipe.name);
  const said = given.dataDir === undefined ? {} : { dataDir: resolve(given.dataDir) };
  const options = { ...description.options, ...said };
  const data = checkRecipeData(await recipe.data(options), recipe.name);
  const model = recipe.model(options, data);
  restoreModel(model, run);
  return { directory: run.directory, description, recipe, data, model };
}
