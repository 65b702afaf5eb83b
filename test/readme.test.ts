// The programs in the READMEs and in docs/training.md run as they stand, and links between pages lead somewhere.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { createJiti } from "jiti";
import { afterAll, describe, expect, it, vi } from "vitest";
import { anchor } from "../scripts/reference/entries.ts";
import type * as Inspect from "../src/inspect/index.ts";
import type * as Train from "../src/train/node.ts";

const root = resolve(import.meta.dirname, "..");
const source = (path: string): string => join(root, "src", path);
const jiti = createJiti(import.meta.url, {
  fsCache: false,
  alias: {
    "chainrule/data": source("data/node.ts"),
    "chainrule/formats": source("formats/node.ts"),
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

/** Traces the step that a module offers to `chainrule explain`. */
async function offersStep({ explain }: Record<string, unknown>): Promise<void> {
  const { trace } = await jiti.import<typeof Inspect>("chainrule/inspect");
  const offered = explain as (request: Inspect.ExplainRequest) => Inspect.ExplainedStep;
  const { step, inputs } = offered({ sample: 3, seed: 0 });
  expect(trace(step, inputs).toJSON().nodes.length).toBeGreaterThan(20);
}

/** Runs a program in a folder of its own. Gives what it printed, and its exports. */
async function ran(program: string, name: string): Promise<[string, Record<string, unknown>]> {
  const lines: unknown[][] = [];
  const log = vi.spyOn(console, "log").mockImplementation((...line) => lines.push(line));
  const own = join(folder, name);
  mkdirSync(own);
  const before = process.cwd();
  process.chdir(own);
  try {
    writeFileSync("program.ts", program);
    const module = await jiti.import<Record<string, unknown>>(join(own, "program.ts"));
    return [JSON.stringify(lines), module];
  } finally {
    process.chdir(before);
    log.mockRestore();
  }
}

describe.each(["README.md", "docs/training.md"])("%s", (page) => {
  programsOf(page).forEach((program, k) => {
    it(`program ${k + 1} runs`, async () => {
      const [printed, module] = await ran(program, `${basename(page, ".md")}-${k + 1}`);
      if (program.includes("export default")) return learns(module.default);
      if (program.includes("export function explain")) return offersStep(module);
      expect(printed.length).toBeGreaterThan(4);
      expect(printed).not.toMatch(/NaN|null|undefined/);
    });
  });
});

/** The anchors that GitHub gives to the headings of a page. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map((match) => match[1]);
  return new Set(headings.map((heading) => anchor(heading.replace(/`/g, ""))));
}

describe("links between pages", () => {
  const pages = ["", "docs", "examples", "benchmarks"].flatMap((at) =>
    readdirSync(join(root, at))
      .filter((file) => file.endsWith(".md"))
      .map((file) => join(at, file)),
  );

  it.each(pages)("of %s lead somewhere", (page) => {
    const text = readFileSync(join(root, page), "utf8");
    const links = [...text.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"/g)];
    const broken = links
      .map((match) => match[1] ?? match[2])
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [path, heading] = link.split("#");
        const target = path === "" ? join(root, page) : join(root, dirname(page), path);
        if (!existsSync(target)) return true;
        return (
          heading !== undefined && !anchorsOf(readFileSync(target, "utf8")).has(decodeURI(heading))
        );
      });
    expect(broken).toEqual([]);
  });
});

describe.each(["README", "docs/training"])("%s in Chinese", (page) => {
  it("has the same programs", () => {
    const code = (program: string): string => program.replace(/\s*(\/\/.*$|\/\*\*.*\*\/$)/gm, "");
    expect(programsOf(`${page}.zh-CN.md`).map(code)).toEqual(programsOf(`${page}.md`).map(code));
  });
});
