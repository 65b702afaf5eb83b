// The house rules that a machine can check: layers, sizes of files, and what the browser entry pulls in.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../src");

/** What each layer may import, besides itself (DESIGN: arrows go one way). */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: [],
  ir: ["core"],
  ops: ["ir", "core"],
  autodiff: ["ops", "ir", "core"],
  compiler: ["ir", "core"],
  runtime: ["compiler", "ops", "ir", "core"],
  nn: ["ops", "ir", "core"],
  losses: ["ops", "ir", "core"],
  optim: ["nn", "autodiff", "ops", "ir", "core"],
  metrics: ["ops", "ir", "core"],
  formats: ["core"],
  data: ["formats", "core"],
  train: [
    "runtime",
    "data",
    "formats",
    "nn",
    "losses",
    "optim",
    "metrics",
    "autodiff",
    "ops",
    "ir",
    "core",
  ],
  report: ["inspect", "train", "core"],
  inspect: [
    "train",
    "runtime",
    "compiler",
    "data",
    "nn",
    "losses",
    "optim",
    "metrics",
    "autodiff",
    "ops",
    "ir",
    "core",
  ],
};

/** Packages whose code is bundled with the library, and optional ones, which are loaded by the functions that need them. */
const bundled: readonly string[] = ["fflate"];
const optional: readonly string[] = ["fast-png", "jpeg-js", "hyparquet", "@uwdata/flechette"];

const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((f) =>
  f.endsWith(".ts"),
);

/** The text of a file without its comments. */
function codeOf(file: string): string {
  return readFileSync(join(root, file), "utf8")
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/^\s*\/\/.*$/gm, "");
}

function importsOf(file: string): string[] {
  return importsIn(codeOf(file));
}

function importsIn(text: string): string[] {
  const found = text.matchAll(/(?:from|import)\s*\(?\s*"([\w@./:-]+)"/g);
  return [...found].map((match) => match[1]);
}

function targetOf(file: string, specifier: string): string {
  return relative(root, resolve(root, dirname(file), specifier));
}

describe("layers", () => {
  it("import only what lies below them", () => {
    const wrong: string[] = [];
    for (const file of files) {
      const layer = file.split("/")[0];
      if (layer === "cli" || file.split("/").length === 1) continue;
      for (const specifier of importsOf(file).filter((s) => s.startsWith("."))) {
        const other = targetOf(file, specifier).split("/")[0];
        if (other !== layer && !allowed[layer].includes(other))
          wrong.push(`${file} → ${specifier}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("have no import cycles between files that run code", () => {
    expect(findCycle()).toEqual([]);
  });
});

describe("the browser entry", () => {
  it("reaches no Node module", () => {
    const reached = new Set<string>(["index.ts"]);
    for (const file of reached) {
      for (const specifier of importsOf(file)) {
        if (specifier.startsWith(".")) reached.add(targetOf(file, specifier));
        else if (![...bundled, ...optional].includes(specifier))
          expect(`${file} imports ${specifier}`).toBe("nothing outside the library");
      }
    }
    expect([...reached].filter((file) => /(^|\/)node/.test(file))).toEqual([]);
  });
});

describe("studio", () => {
  it("imports the library by its public entries only", () => {
    const place = resolve(root, "../studio");
    const sources = ["src", "explain"].flatMap((folder) =>
      readdirSync(join(place, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => /\.tsx?$/.test(file) && !file.endsWith("vite.config.ts"))
        .map((file) => join(place, folder, file)),
    );
    const manifest = JSON.parse(readFileSync(resolve(root, "../package.json"), "utf8"));
    const wrong = sources.flatMap((file) => {
      const found = importsIn(readFileSync(file, "utf8"));
      const outside = found.filter((name) =>
        name.startsWith(".")
          ? relative(place, resolve(dirname(file), name)).startsWith("..")
          : name.startsWith("chainrule") && !(name.replace("chainrule", ".") in manifest.exports),
      );
      return outside.map((name) => `${relative(place, file)} → ${name}`);
    });
    expect(sources.length).toBeGreaterThan(20);
    expect(wrong).toEqual([]);
  });
});

describe("optional packages", () => {
  it("are loaded when they are needed, in a `try`, which bundlers respect", () => {
    const early = files.flatMap((file) => {
      const types = /typeof import\([^)]*\)/g;
      const inTry = /try \{\s*[^\n]*await import\("[^"]+"\)/g;
      const rest = importsIn(codeOf(file).replaceAll(types, "").replaceAll(inTry, ""));
      return rest.filter((name) => optional.includes(name)).map((name) => `${file}: ${name}`);
    });
    expect(early).toEqual([]);
  });
});

describe("files", () => {
  it("stay short enough to read", () => {
    const long = files.filter((file) => {
      if (/digits-data/.test(file)) return false;
      return readFileSync(join(root, file), "utf8").split("\n").length > 600;
    });
    expect(long).toEqual([]);
  });

  it("open by saying what they are", () => {
    expect(
      files.filter(
        (file) =>
          !readFileSync(join(root, file), "utf8").startsWith("//") &&
          !readFileSync(join(root, file), "utf8").startsWith("#!"),
      ),
    ).toEqual([]);
  });
});

/** A cycle of imports, type-only ones left out, or nothing. */
function findCycle(): string[] {
  const state = new Map<string, "open" | "done">();
  const path: string[] = [];
  const visit = (file: string): string[] => {
    if (state.get(file) === "done") return [];
    if (state.get(file) === "open") return [...path.slice(path.indexOf(file)), file];
    state.set(file, "open");
    path.push(file);
    for (const next of runtimeImports(file)) {
      const cycle = visit(next);
      if (cycle.length > 0) return cycle;
    }
    path.pop();
    state.set(file, "done");
    return [];
  };
  for (const file of files) {
    const cycle = visit(file);
    if (cycle.length > 0) return cycle;
  }
  return [];
}

function runtimeImports(file: string): string[] {
  const text = codeOf(file);
  const statements = text.matchAll(/^(?:import|export)\s+(?!type\b)([^;"]*?)"(\.[^"]+)"/gms);
  return [...statements]
    .filter(([, names]) => !/^\{(\s*type [\w, ]+,?)*\s*\}/.test(names.trim()))
    .map((match) => targetOf(file, match[2]));
}
