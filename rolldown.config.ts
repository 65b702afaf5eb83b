// Bundles the command line into dist/cli/main.js with its dependencies, so that the package needs none at run time.
// The library itself stays outside, imported from ../, so that recipes and the command share one copy of it.
// The licences of what is bundled go beside it.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin, RolldownOptions } from "rolldown";

const source = fileURLToPath(new URL("./src", import.meta.url));
const commandLine = resolve(source, "cli");

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

/** Writes THIRD-PARTY-LICENSES.txt: the licence text of every package that has code in the bundle. */
const licences: Plugin = {
  name: "licences",
  generateBundle(_options, bundle) {
    const modules = Object.values(bundle).flatMap((file) =>
      "moduleIds" in file ? file.moduleIds : [],
    );
    const roots = modules.flatMap(
      (id) => id.match(/^.*\/node_modules\/(@[^/]+\/)?[^/]+/)?.[0] ?? [],
    );
    const texts = [...new Set(roots)].sort().map(licenceOf);
    const source = `The command line contains code of these packages.\n\n${texts.join("\n")}`;
    this.emitFile({ type: "asset", fileName: "THIRD-PARTY-LICENSES.txt", source });
  },
};

function licenceOf(root: string): string {
  const { name, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const file = readdirSync(root).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} has no licence file to pass on`);
  return `--- ${name} ${version} ---\n\n${readFileSync(join(root, file), "utf8").trim()}\n`;
}

const config: RolldownOptions & { output: object } = {
  input: { main: "src/cli/main.ts" },
  platform: "node",
  plugins: [libraryOutside, licences],
  output: {
    dir: "dist/cli",
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
  },
};

export default config;
