// `chainrule explain <run>` shows the step that training would do next: the one that `train --resume` then does, with the
// optimizer's moments, its step count, the schedule and the masks of dropout where the run left them.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { explained } from "../../src/cli/explain-step.ts";
import { train } from "../../src/cli/train.ts";
import { setTarget } from "../../src/index.ts";
import { loadRun } from "../../src/train/node.ts";

const folder = mkdtempSync(join(tmpdir(), "chainrule-explain-"));
const module = join(folder, "one-sample.ts");
const silent = { say() {}, end() {} };

/** One sample to learn from, so that an epoch is one step and its batch is known. */
const recipe = `
import { nn, optim } from "chainrule";
import { ArrayDataset } from "chainrule/data";
import { defineRecipe } from "chainrule/train";

const data = (rows: number[][], labels: number[]) =>
  new ArrayDataset({ inputs: { data: rows.flat(), shape: [4] }, labels: { data: labels, dtype: "int32" } });

export default defineRecipe({
  name: "one-sample",
  fields: { inputs: "inputs", targets: "labels" },
  data: () => ({ train: data([[0.5, -1, 2, 0.3]], [1]), test: data([[0.5, -1, 2, 0.3], [1, 1, 0, 0]], [1, 0]) }),
  model: () => new nn.Sequential(new nn.Linear(4, 8), new nn.Tanh(), new nn.Dropout(0.5), new nn.Linear(8, 3)),
  optimizer: (model, { learningRate }) => new optim.AdamW(model, { learningRate, weightDecay: 0.1 }),
  schedule: ({ learningRate }) => (step) => learningRate / (1 + 0.3 * step),
  clip: 0.5,
  defaults: { epochs: 4, batchSize: 1, learningRate: 0.05, seed: 5 },
});
`;

beforeAll(() => {
  writeFileSync(module, recipe);
  setTarget("wasm");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Weights by path, as the update of a traced step leaves them. */
async function shownAfter(word: string): Promise<{
  readonly updates: number | undefined;
  readonly weights: ReadonlyMap<string, readonly number[]>;
}> {
  const { traced, facts } = await explained(word, { sample: 0 }, silent);
  const { nodes, updates } = traced.toJSON();
  const weights = updates
    .filter(({ name, before }) => nodes[before].phase === "parameter" && name.startsWith("model."))
    .map(({ name, after }) => [name.replace(/^model\./, ""), nodes[after].values] as const);
  return { updates: facts.updates, weights: new Map(weights) };
}

async function savedWeights(directory: string): Promise<ReadonlyMap<string, ArrayLike<number>>> {
  const { tensors } = await loadRun(directory);
  return new Map([...tensors].map(([name, { data }]) => [name, data]));
}

function largestDifference(
  a: ReadonlyMap<string, ArrayLike<number>>,
  b: ReadonlyMap<string, ArrayLike<number>>,
): number {
  expect([...a.keys()].sort()).toEqual([...b.keys()].sort());
  const differences = [...a].flatMap(([name, values]) =>
    Array.from(values, (x, k) => Math.abs(x - b.get(name)![k])),
  );
  return Math.max(...differences);
}

describe("the step of a saved run", () => {
  it("is the one that training does next, on the sample that comes next", async () => {
    const out = join(folder, "run");
    await train(module, { out, quiet: true });
    const before = await savedWeights(out);
    const shown = await shownAfter(out);
    expect(shown.updates).toBe(4);
    await train(module, { out, quiet: true, resume: true, epochs: 5 });
    const after = await savedWeights(out);
    expect(largestDifference(shown.weights, after)).toBeLessThan(1e-7);
    expect(largestDifference(before, after)).toBeGreaterThan(1e-3);
  });

  it("of a recipe is the first one, with the learning rate that the schedule begins with", async () => {
    const { updates, weights } = await shownAfter(module);
    expect(updates).toBe(0);
    const out = join(folder, "short");
    await train(module, { out, quiet: true, epochs: 1 });
    expect(largestDifference(weights, await savedWeights(out))).toBeLessThan(1e-7);
  });

  it("says what the recipe's own forward pass makes of the sample", async () => {
    const turned = `
import { nn } from "chainrule";
import { ArrayDataset } from "chainrule/data";
import { defineRecipe } from "chainrule/train";

const points = new ArrayDataset({ points: { data: [3, 0], shape: [2] }, sides: { data: [1], dtype: "int32" } });
const keep = { init: () => Float32Array.of(1, 0, 0, 1), bias: false };
let net: nn.Linear;

export default defineRecipe({
  name: "turned",
  data: () => ({ train: points, test: points, classes: ["left", "right"] }),
  model: () => (net = new nn.Linear(2, 2, keep)),
  forward: ({ points, sides }) => net.forward(points.neg().add(sides.mul(0))),
  defaults: { epochs: 1, batchSize: 1, learningRate: 0.1 },
});
`;
    const path = join(folder, "turned.ts");
    writeFileSync(path, turned);
    const { facts } = await explained(path, { sample: 0 }, silent);
    expect(facts).toMatchObject({ actual: "right", predicted: "right (95.3 %)" });
  });
});
