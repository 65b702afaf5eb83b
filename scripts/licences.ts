// Passing on the licences of packages whose code is bundled: a plugin for rolldown and vite.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "rolldown";

/** Writes THIRD-PARTY-LICENSES.txt: the licence text of every package that has code in the bundle. */
export function licences(what: string): Plugin {
  return {
    name: "licences",
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((file) =>
        "moduleIds" in file ? file.moduleIds : [],
      );
      const roots = modules.flatMap(
        (id) => id.match(/^.*\/node_modules\/(@[^/]+\/)?[^/]+/)?.[0].replace(/^\0/, "") ?? [],
      );
      const texts = [...new Set(roots)].sort().map(licenceOf);
      const source = `${what} contains code of these packages.\n\n${texts.join("\n")}`;
      this.emitFile({ type: "asset", fileName: "THIRD-PARTY-LICENSES.txt", source });
    },
  };
}

function licenceOf(root: string): string {
  const { name, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const file = readdirSync(root).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} has no licence file to pass on`);
  return `--- ${name} ${version} ---\n\n${readFileSync(join(root, file), "utf8").trim()}\n`;
}
