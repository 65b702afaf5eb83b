// From the word on the command line to a recipe: a built-in name, or a module whose default export is one. Modules are
// loaded through jiti, since Node 20 does not strip types, and their `chainrule` is this very library, also where another
// copy of it is installed beside them: a layer of the one is no layer of the other.

import { existsSync } from "node:fs";
import { register } from "node:module";
import { resolve } from "node:path";
import * as data from "../data/node.ts";
import { loadTypeScriptBy } from "../data/pipeline/worker-start.ts";
import * as formats from "../formats/node.ts";
import * as library from "../index.ts";
import * as inspect from "../inspect/index.ts";
import * as train from "../train/node.ts";

/** A recipe, and the module it came from unless it is built in. */
export interface LoadedRecipe {
  readonly recipe: train.Recipe;
  readonly module?: string;
}

/** Finds the recipe of that name or path. Errors: `UNKNOWN_RECIPE`, `MISSING_FILE`, and whatever the module throws. */
export async function loadRecipe(word: string): Promise<LoadedRecipe> {
  if (Object.hasOwn(train.recipes, word)) return { recipe: train.recipes[word] };
  const path = resolve(word);
  if (!looksLikePath(word) && !existsSync(path)) throw unknownRecipe(word);
  if (!existsSync(path)) throw noModule(path);
  return { recipe: train.checkRecipe(await importModule(path), path), module: path };
}

async function importModule(path: string): Promise<unknown> {
  const found = await importAll(path);
  return found.default ?? found;
}

/** Everything that a module exports. */
export async function importAll(path: string): Promise<Record<string, unknown>> {
  shareLibrary();
  const { createJiti } = await import("jiti/static");
  const jiti = createJiti(path, { fsCache: false, moduleCache: false, virtualModules });
  return jiti.import(path);
}

/** What a recipe's imports of the library mean: the instance that runs it. */
const virtualModules: Readonly<Record<string, unknown>> = {
  chainrule: library,
  "chainrule/nn": library.nn,
  "chainrule/losses": library.losses,
  "chainrule/optim": library.optim,
  "chainrule/metrics": library.metrics,
  "chainrule/data": data,
  "chainrule/formats": formats,
  "chainrule/train": train,
  "chainrule/inspect": inspect,
};

/** Where the library's entries are, seen from the folder of the command's bundle. */
const bundledEntries: Readonly<Record<string, string>> = {
  chainrule: "../index.js",
  "chainrule/nn": "../nn/index.js",
  "chainrule/losses": "../losses/index.js",
  "chainrule/optim": "../optim/index.js",
  "chainrule/metrics": "../metrics/index.js",
  "chainrule/data": "../data/node.js",
  "chainrule/formats": "../formats/node.js",
  "chainrule/train": "../train/node.js",
  "chainrule/inspect": "../inspect/index.js",
};

/** Makes `chainrule` this library in modules that Node loads by itself, and in loading workers (`parallel`). */
function shareLibrary(): void {
  const address = (path: string): string => new URL(path, import.meta.url).href;
  const jiti = new URL("./jiti-static.js", import.meta.url);
  if (!existsSync(jiti)) return; // the sources are run; workers look for jiti themselves
  const entries = Object.entries(bundledEntries).map(([name, path]) => [name, address(path)]);
  const modules: Readonly<Record<string, string>> = Object.fromEntries(entries);
  loadTypeScriptBy({ address: jiti.href, modules });
  register(`data:text/javascript,${encodeURIComponent(resolver(modules))}`);
}

/** A module with hooks for Node's loader, which runs beside the program; jiti leaves plain JavaScript modules to Node. */
function resolver(modules: Readonly<Record<string, string>>): string {
  return `
    const modules = new Map(Object.entries(${JSON.stringify(modules)}));
    export const resolve = (name, context, next) =>
      modules.has(name) ? { url: modules.get(name), shortCircuit: true } : next(name, context);`;
}

function looksLikePath(word: string): boolean {
  return /[\\/]|\.[cm]?[jt]s$/.test(word);
}

function unknownRecipe(word: string): library.ChainruleError {
  const names = Object.keys(train.recipes);
  const close = names.find((name) => editDistance(word.toLowerCase(), name) <= 2);
  return new library.ChainruleError({
    code: "UNKNOWN_RECIPE",
    op: "train",
    problem: `there is no recipe "${word}"`,
    fix: `${close === undefined ? "" : `Did you mean ${close}? `}Recipes are ${names.join(", ")}, or a path to a module such as ./my-recipe.ts.`,
    detail: { recipe: word, recipes: names },
  });
}

function noModule(path: string): library.ChainruleError {
  return new library.ChainruleError({
    code: "MISSING_FILE",
    op: "train",
    problem: `the recipe module ${path} does not exist`,
    fix: `Check the path, or use a built-in recipe: ${Object.keys(train.recipes).join(", ")}.`,
    detail: { path },
  });
}

/** Number of letters to insert, delete or change (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}
