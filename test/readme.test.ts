// The programs in the READMEs run as they stand.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createJiti } from "jiti";
import { afterAll, describe, expect, it, vi } from "vitest";
import type * as Train from "../src/train/node.ts";

const root = resolve(import.meta.dirname, "..");
const source = (path: string): string => join(root, "src", path);
const jiti = createJiti(import.meta.url, {
  fsCache: false,
  alias: {
    "chainrule/data": source("data/node.ts"),
    "chainrule/train": source("train/node.ts"),
    "chainrule/inspect": source("inspect/index.ts"),
    chainrule: source("index.ts"),
  },
});
const folder = mkdtempSync(join(tmpdir(), "chainrule-readme-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function programsOf(page: string): string[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]);
}

/** Trains what a recipe describes, and expects better than chance. */
async function learns(found: unknown): Promise<void> {
  const library = await jiti.import<typeof Train>("chainrule/train"); // the copy that the program uses
  const { checkRecipe, fit, optimizerNamed, optionsOf } = library;
  const recipe = checkRecipe(found, "the program");
  const options = optionsOf(recipe, {});
  const { train, test } = await recipe.data(options);
  const model = recipe.model(options, { train, test });
  const optimizer = optimizerNamed(options.optimizer, model, options.learningRate);
  const { epochs } = options;
  const { history } = await fit(model, { train, validation: test, epochs, optimizer });
  expect(history.at(-1)?.validation?.accuracy).toBeGreaterThan(0.8);
}

describe("README.md", () => {
  programsOf("README.md").forEach((program, k) => {
    it(`program ${k + 1} runs`, async () => {
      const lines: unknown[][] = [];
      const log = vi.spyOn(console, "log").mockImplementation((...line) => lines.push(line));
      const file = join(folder, `program-${k + 1}.ts`);
      writeFileSync(file, program);
      const module = await jiti.import<{ default: unknown }>(file);
      log.mockRestore();
      if (program.includes("export default")) return learns(module.default);
      expect(lines.length).toBeGreaterThan(0);
      expect(JSON.stringify(lines)).not.toMatch(/NaN|null|undefined/);
    });
  });

  it("has the same programs in Chinese", () => {
    const code = (program: string): string => program.replace(/\s*\/\/.*$/gm, "");
    expect(programsOf("README.zh-CN.md").map(code)).toEqual(programsOf("README.md").map(code));
  });
});
