// Recipes: settings, checks, and what the built-in ones reach.

import { afterEach, expect, test } from "vitest";
import { nn, seed, setTarget } from "../../src/index.ts";
import {
  checkRecipe,
  checkTrainable,
  defineRecipe,
  digitsRecipe,
  evaluate,
  fit,
  optimizerNamed,
  optimizerNames,
  optionsOf,
  perceptron,
  probabilitiesOf,
  type RunLength,
} from "../../src/train/index.ts";

afterEach(() => setTarget("wasm"));

test("the digits recipe reaches 96 % on the test images", async () => {
  setTarget("wasm");
  const options = optionsOf(digitsRecipe, { seed: 0 });
  const data = await digitsRecipe.data(options);
  seed(options.seed);
  const model = digitsRecipe.model(options, data);
  const { epochs, batchSize, learningRate } = options;
  const optimizer = optimizerNamed(options.optimizer, model, learningRate);
  const forRun = ({ steps }: RunLength) => digitsRecipe.schedule!(options, steps);
  await fit(model, { train: data.train, optimizer, epochs, batchSize, schedule: { forRun } });
  const { scores } = await evaluate(model, data.test);
  expect(scores.accuracy).toBeGreaterThanOrEqual(0.96);
});

test("settings come from the command, the recipe, and the general defaults, in this order", () => {
  const recipe = defineRecipe({ ...digitsRecipe, defaults: { epochs: 7, hidden: [3] } });
  const options = optionsOf(recipe, { epochs: undefined, hidden: [9] });
  expect(options).toMatchObject({ epochs: 7, hidden: [9], batchSize: 32, optimizer: "adam" });
});

test("a perceptron has ReLU between its layers only", () => {
  const model = perceptron(4, 3, 2) as nn.Sequential;
  expect(model.layers.map((layer) => layer.constructor.name)).toEqual(["Linear", "ReLU", "Linear"]);
  expect(nn.countParameters(perceptron(4, 2))).toBe(10);
});

test("each optimizer can be named, and no other", () => {
  for (const name of optimizerNames) {
    expect(optimizerNamed(name, perceptron(2, 2), 0.5).learningRate).toBe(0.5);
  }
  expect(() => optimizerNamed("adams", perceptron(2, 2), 0.5)).toThrow(/sgd, momentum, adam/);
  expect(() => optimizerNamed("constructor", perceptron(2, 2), 0.5)).toThrow(/no optimizer/);
});

test("probabilities are the softmax of logits, without overflow", () => {
  const logits = { dtype: "float32", shape: [1, 3], data: Float32Array.of(1000, 1000, 0) } as const;
  expect(probabilitiesOf(logits, {})).toEqual([[0.5, 0.5, 0]]);
  expect(probabilitiesOf(logits, { outputs: "probabilities" })).toEqual([[1000, 1000, 0]]);
});

test("what is no recipe is refused with what it lacks", () => {
  expect(() => checkRecipe(undefined, "x.ts")).toThrow(/x\.ts exports no recipe/);
  expect(() => checkRecipe({ name: "a", data: () => {} }, "x.ts")).toThrow(
    /`model` is not a function\. /,
  );
  expect(() => checkTrainable(new nn.ReLU(), "a")).toThrow(/no parameters/);
});
