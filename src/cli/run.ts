// What a run consists of: recipe, settings, data, model, optimizer, and the directory that it is saved in.

import { dirname, join, resolve } from "node:path";
import { currentTarget, type nn, seed } from "../index.ts";
import { isLoader } from "../train/loop/feed.ts";
import {
  checkRecipeData,
  checkTrainable,
  type FitOptions,
  type Optimizer,
  optimizerNamed,
  optionsOf,
  type RecipeData,
  type RecipeOptions,
  type RunDescription,
  type RunFacts,
  type TrainingState,
} from "../train/node.ts";
import { nothingToContinue } from "../train/runs/node-continue.ts";
import { codeVersion, deviceKey } from "../train/runs/node-environment.ts";
import { openRun, type RunPlace } from "../train/runs/node-place.ts";
import { taskOptionsOf } from "../train/runs/recipe.ts";
import type { LoadedRecipe } from "./load-recipe.ts";
import type { Notice } from "./notice.ts";
import type { TrainArguments } from "./train.ts";

/** A run before it has a place on the disk. */
export interface PreparedRun extends LoadedRecipe {
  readonly options: RecipeOptions;
  readonly data: RecipeData;
  readonly model: nn.Layer;
  readonly optimizer: Optimizer;
  /** What of `run.json` stays the same from beginning to end. */
  readonly facts: Omit<RunFacts, "status" | "results" | "epochs">;
  /** What the directory held, where the run is continued. */
  readonly past?: RunDescription;
}

/** Everything that a run consists of. */
export interface Run extends PreparedRun {
  readonly directory: string;
  readonly place: RunPlace;
  /** Where it goes on from; undefined at the beginning. */
  readonly state?: TrainingState;
}

/** The settings among what the command line gives. */
export function settingsOf(given: TrainArguments): Partial<RecipeOptions> {
  const {
    target,
    out,
    overwrite,
    resume,
    checkpointEvery,
    json,
    quiet,
    studio,
    open,
    ...settings
  } = given;
  const { dataDir } = settings;
  return dataDir === undefined ? settings : { ...settings, dataDir: resolve(dataDir) };
}

/** Loads the data and builds model and optimizer. Settings are those given, else the past run's, else the recipe's. */
export async function prepare(
  loaded: LoadedRecipe,
  settings: Partial<RecipeOptions>,
  past: RunDescription | undefined,
  notice: Notice,
): Promise<PreparedRun> {
  const { recipe, module } = loaded;
  const options = { ...optionsOf(recipe, { ...past?.options, ...defined(settings) }) };
  const found = await Promise.resolve(
    recipe.data({ ...options, onProgress: (line) => notice.say(line) }),
  ).finally(() => notice.end());
  const data = checkRecipeData(found, recipe.name);
  seed(options.seed); // initial weights come from here
  const model = recipe.model(options, data);
  checkTrainable(model, recipe.name);
  const optimizer =
    recipe.optimizer?.(model, options) ??
    optimizerNamed(options.optimizer, model, options.learningRate);
  const facts = {
    recipe: module === undefined ? { name: recipe.name } : { name: recipe.name, module },
    ...{ options, target: currentTarget(), classes: data.classes },
    started: past?.started ?? new Date().toISOString(),
    device: deviceKey(),
    code: await codeVersion(module === undefined ? process.cwd() : dirname(module)),
  };
  return { ...loaded, options, data, model, optimizer, facts, past };
}

/** What `fit` is given of a run, beside what watches and saves it. */
export function fitOptionsOf({
  recipe,
  options,
  data: { train },
  optimizer,
}: Pick<PreparedRun, "recipe" | "options" | "data" | "optimizer">): FitOptions {
  const schedule = recipe.schedule?.bind(recipe, options);
  return {
    ...taskOptionsOf(recipe),
    ...{ train, optimizer, epochs: options.epochs, seed: options.seed },
    batchSize: isLoader(train) ? undefined : options.batchSize,
    clip: recipe.clip,
    schedule: schedule && { forRun: ({ steps }) => schedule(steps) },
    gradientNorm: true, // for the records; a few percent of a small network's step
  };
}

/** Claims the run's directory, and reads what there is to go on from. */
export async function openPlace(
  run: PreparedRun,
  { directory, overwrite }: { readonly directory: string; readonly overwrite: boolean },
): Promise<Run> {
  const place = openRun(directory, { replace: overwrite });
  try {
    const state = run.past && (await place.checkpoints.load());
    const isBegun = run.past?.started === undefined || (run.past.epochs ?? 0) > 0;
    if (run.past !== undefined && state === undefined && isBegun) {
      throw nothingToContinue(directory);
    }
    return { ...run, directory, place, state };
  } catch (error) {
    await place.close();
    throw error;
  }
}

function defined(settings: Partial<RecipeOptions>): Partial<RecipeOptions> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

/** `runs/digits-2025-03-04-170859`, in local time. */
export function defaultDirectory(name: string): string {
  const now = new Date();
  const two = (n: number): string => String(n).padStart(2, "0");
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join("");
  return join("runs", `${name.replace(/[^\w.-]+/g, "-")}-${day}-${time}`);
}
