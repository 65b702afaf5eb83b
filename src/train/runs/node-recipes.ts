// The built-in recipes by name, with those that read files or download.

import type { DownloadProgress } from "../../data/node-download.ts";
import { fashionMnist, type MnistOptions, mnist } from "../../data/node-mnist.ts";
import { defineRecipe, type Recipe, type RecipeOptions } from "./recipe.ts";
import { digitsRecipe, fallingRate, imageClassifier } from "./recipes.ts";

const defaults: Partial<RecipeOptions> = {
  hidden: [128], // the textbook size; 256 gains a few tenths of a percent
  epochs: 5, // about 98 %; more epochs gain tenths
  batchSize: 64, // 938 steps per epoch
  learningRate: 3e-3, // three times Adam's default, since the rate falls
  optimizer: "adam",
};

/** MNIST: 784-128-10, at about 98 % test accuracy in five epochs. */
export const mnistRecipe: Recipe = defineRecipe({
  name: "mnist",
  data: (options) => mnist(sources(options)),
  model: imageClassifier,
  schedule: fallingRate,
  defaults,
});

/** Fashion-MNIST: 784-128-10, at about 87 % test accuracy in five epochs. */
export const fashionMnistRecipe: Recipe = defineRecipe({
  name: "fashion-mnist",
  data: (options) => fashionMnist(sources(options)),
  model: imageClassifier,
  schedule: fallingRate,
  defaults,
});

/** The built-in recipes by name. */
export const recipes: Readonly<Record<string, Recipe>> = {
  digits: digitsRecipe,
  mnist: mnistRecipe,
  "fashion-mnist": fashionMnistRecipe,
};

function sources({ dataDir, onProgress }: RecipeOptions): MnistOptions {
  return { dataDir, onProgress: (progress) => onProgress?.(downloadLine(progress)) };
}

function downloadLine({ file, receivedBytes, totalBytes }: DownloadProgress): string {
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  const whole = totalBytes === undefined ? "" : ` of ${megabytes(totalBytes)}`;
  return `downloading ${file}: ${megabytes(receivedBytes)}${whole} MB`;
}
