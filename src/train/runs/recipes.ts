// The built-in recipe that runs anywhere, and what the others share: a multilayer perceptron.

import { digits } from "../../data/digits.ts";
import { Linear, ReLU, Sequential } from "../../nn/index.ts";
import type { Layer } from "../../nn/layer.ts";
import { cosine } from "../../optim/schedules.ts";
import { defineRecipe, type Recipe, type RecipeData, type RecipeOptions } from "./recipe.ts";

/** A multilayer perceptron with ReLU between its layers: `sizes` from the inputs to the outputs. */
export function perceptron(...sizes: readonly number[]): Layer {
  const layers: Layer[] = [];
  for (let k = 1; k < sizes.length; k++) {
    if (k > 1) layers.push(new ReLU());
    layers.push(new Linear(sizes[k - 1], sizes[k]));
  }
  return new Sequential(...layers);
}

/** The perceptron for images of one class each. */
export function imageClassifier(
  { hidden }: RecipeOptions,
  { classes, imageShape }: RecipeData,
): Layer {
  const pixels = imageShape!.reduce((product, size) => product * size, 1);
  return perceptron(pixels, ...hidden, classes!.length);
}

/** The learning rate falls to 0 along half a cosine, which is worth half a percent at the end of a short run. */
export const fallingRate: NonNullable<Recipe["schedule"]> = ({ learningRate }, steps) =>
  cosine(learningRate, { steps });

/** The embedded 8×8 digits: 64-64-10, at about 97.3 % test accuracy in a second or two. */
export const digitsRecipe: Recipe = defineRecipe({
  name: "digits",
  data: () => digits(),
  model: imageClassifier,
  schedule: fallingRate,
  defaults: {
    hidden: [64], // as many as inputs: the training set is learnt completely, 128 gains a tenth of a percent
    epochs: 30, // test accuracy stops rising
    batchSize: 32, // 45 steps per epoch of 1,437 images
    learningRate: 0.01, // ten times Adam's default: the network is small, the run short, and the rate falls
    optimizer: "adam",
  },
});
