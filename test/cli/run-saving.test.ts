// Weights and description of a run in progress: they never replace those of more epochs.

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { save, saving } from "../../src/cli/run-saving.ts";
import { nn } from "../../src/index.ts";
import type { EpochRecord } from "../../src/train/index.ts";
import { generalDefaults } from "../../src/train/runs/recipe.ts";

const directory = mkdtempSync(join(tmpdir(), "chainrule-saving-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("a run that goes on from before its saved weights leaves them until it has come as far", async () => {
  const facts = { recipe: { name: "line" }, options: generalDefaults, target: "wasm" };
  const past = { epochs: 2 };
  const run = { directory, model: new nn.Linear(1, 1), facts, past } as never;
  const { onStart } = saving(run, () => {}).callback;
  const record = {
    epoch: 1,
    steps: 3,
    samples: 9,
    seconds: 1,
    learningRate: 1,
    train: { loss: 1 },
  };
  const after = (epochs: number): EpochRecord[] =>
    Array.from({ length: epochs }, () => record as unknown as EpochRecord);
  const begun = async (epochs: number): Promise<void> => {
    await onStart!({ history: after(epochs) } as never);
  };
  const file = join(directory, "run.json");
  await begun(1);
  await save(run, "interrupted", after(1));
  expect(existsSync(file)).toBe(false);
  await begun(2);
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ epochs: 2, status: "training" });
});
