// A saved run brought back to life: its recipe, its data, and its model with the saved weights.

import { resolve } from "node:path";
import { ChainruleError, currentTarget, type nn, setTarget, targets } from "../index.ts";
import { isLocked } from "../train/checkpoints/node-lock.ts";
import {
  checkRecipeData,
  loadRun,
  type Recipe,
  type RecipeData,
  type RunDescription,
  restoreModel,
} from "../train/node.ts";
import { loadRecipe } from "./load-recipe.ts";
import { colorsFor, plural, widthOf, wrap } from "./text.ts";

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
  if (!targets.includes(target)) throw unknownTarget(run.directory, target);
  if (target !== currentTarget()) setTarget(target);
  const { recipe } = await loadRecipe(description.recipe.module ?? description.recipe.name);
  const said = given.dataDir === undefined ? {} : { dataDir: resolve(given.dataDir) };
  const options = { ...description.options, ...said };
  const data = checkRecipeData(await recipe.data(options), recipe.name);
  const model = recipe.model(options, data);
  restoreModel(model, run);
  return { directory: run.directory, description, recipe, data, model };
}

/** Says of a run that is not at its end which weights these are: it saves them seldom, and what it can be continued from is newer. */
export function tellUnfinished({ directory, description }: RevivedRun): void {
  const { status, epochs = 0 } = description;
  if (status !== "training") return;
  const colors = colorsFor(process.stderr);
  const isOn = isLocked(directory);
  const state = isOn ? "is in progress" : "was broken off, and can be continued by --resume";
  const note = `The run ${state}; these are its weights after ${plural(epochs, "epoch")}.`;
  const lines = wrap(note, widthOf(process.stderr) - 2).map((line) => `  ${line}\n`);
  process.stderr.write(colors.yellow(`\n${lines.join("")}`));
}

function unknownTarget(directory: string, target: string): ChainruleError {
  return new ChainruleError({
    code: "UNSUPPORTED",
    op: "run",
    problem: `the run in ${directory} was trained on the target ${JSON.stringify(target)}, which this version does not have`,
    fix: `Say what to compute on: --target ${targets.join(" or --target ")}.`,
    detail: { directory, target, targets },
  });
}
