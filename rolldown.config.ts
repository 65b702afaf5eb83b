// Bundles the library into few files, with one copy of everything behind all entries, and the command line into
// dist/cli/main.js with its dependencies, so that the package needs none at run time. The command imports the library
// from ../, so that recipes and the command share one copy of it. The licences of what is bundled go beside it.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { OutputOptions, Plugin, RolldownOptions } from "rolldown";
import { licences } from "./scripts/licences.ts";

const source = fileURLToPath(new URL("./src", import.meta.url));
const commandLine = resolve(source, "cli");

/** One bundle: what goes in and the one place it is written to. */
export type BuildPart = RolldownOptions & { readonly output: OutputOptions & { dir: string } };

/** Leaves imports from src/cli to other folders of the library as they are, with the extension they have in dist. */
const libraryOutside: Plugin = {
  name: "library-outside",
  resolveId(id, importer) {
    if (importer === undefined || !id.startsWith(".") || !importer.startsWith(commandLine))
      return null;
    const target = resolve(dirname(importer), id);
    if (target.startsWith(`${commandLine}/`)) return null;
    const path = relative(commandLine, target).replaceAll("\\", "/").replace(/\.ts$/, ".js");
    return { id: path, external: true };
  },
};

/** Packages that readers load where users have installed them. */
const optionalPackages: readonly string[] = [
  "fast-png",
  "jpeg-js",
  "hyparquet",
  "@uwdata/flechette",
];

/** Files that packages are entered by, and those that the command line imports. */
const entries: readonly string[] = [
  "index",
  "nn/index",
  "optim/index",
  "losses/index",
  "metrics/index",
  "data/index",
  "data/node",
  "formats/index",
  "formats/node",
  "train/index",
  "train/node",
  "inspect/index",
  "runtime/native/browser",
  ...importedByCommandLine(),
];

/** Modules outside of src/cli that a file in it imports. */
function importedByCommandLine(): string[] {
  const files = readdirSync(commandLine).filter((name) => name.endsWith(".ts"));
  const texts = files.map((name) => readFileSync(join(commandLine, name), "utf8"));
  return texts.flatMap((text) =>
    Array.from(text.matchAll(/ from "\.\.\/(.+)\.ts"/g), ([, module]) => module),
  );
}

/**
 * Everything that the main entry needs is one file: two hundred of them take longer to load than the first step to run.
 * Data and formats, which need no ops, are another, so that a bundler can leave the ops out for who wants only these.
 * Native code is a third, which `browser` in package.json exchanges for a stub. A group takes what its files import
 * along, unless one of higher priority has it: native code needs nothing that data does not.
 * Files lie one folder deep, like the sources, since some look for the package around them.
 */
const library: BuildPart = {
  input: Object.fromEntries(entries.map((name) => [name, `src/${name}.ts`])),
  platform: "neutral",
  external: [/^node:/, ...optionalPackages],
  treeshake: false,
  plugins: [licences("The library")],
  output: {
    dir: "dist",
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "shared/[name].js",
    minifyInternalExports: false,
    sourcemap: true,
    codeSplitting: {
      groups: [
        { name: "data", test: /src\/(data|formats)\/index\.ts$/, priority: 2 },
        { name: "native", test: /src\/runtime\/(native\/(?!browser)|blas\/)/, priority: 1 },
        { name: "library", test: /src\/index\.ts$/ },
      ],
    },
  },
};

const command: BuildPart = {
  input: { main: "src/cli/main.ts" },
  platform: "node",
  plugins: [libraryOutside, licences("The command line")],
  output: {
    dir: "dist/cli",
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
  },
};

/** Puts the style of the report beside its script: what uPlot needs and the page's own. */
const reportStyle: Plugin = {
  name: "report-style",
  generateBundle() {
    const files = ["node_modules/uplot/dist/uPlot.min.css", "src/report/page.css"];
    const texts = files.map((name) => readFileSync(new URL(name, import.meta.url), "utf8"));
    this.emitFile({ type: "asset", fileName: "page.css", source: texts.join("\n") });
  },
};

/** The script of the report page, which each report carries in it, so with the notice of the library that it contains. */
export const reportPage: BuildPart = {
  input: { page: "src/report/page.ts" },
  platform: "browser",
  plugins: [reportStyle, licences("The report page")],
  output: {
    dir: "dist/report",
    format: "iife",
    entryFileNames: "[name].js",
    minify: true,
    postBanner:
      "/*! Charts by uPlot, (c) Leon Sorokin, MIT licence, https://github.com/leeoniya/uPlot */",
  },
};

const parts: readonly [BuildPart, BuildPart, BuildPart] = [library, command, reportPage];
export default parts;
