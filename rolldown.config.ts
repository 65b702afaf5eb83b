// Bundles the command line into dist/cli/main.js with its dependencies, so that the package needs none at run time.
// The library itself stays outside, imported from ../, so that recipes and the command share one copy of it.

import { dirname, relative, resolve } from "node:path";
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

const config: RolldownOptions & { output: object } = {
  input: { main: "src/cli/main.ts" },
  platform: "node",
  plugins: [libraryOutside],
  output: {
    dir: "dist/cli",
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
  },
};

export default config;
