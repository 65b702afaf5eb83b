// Builds library and command line into a folder of their own, in a fraction of a second: what `npm run build` makes in
// dist, without the type declarations. Tests run the real bundle as child processes.

import { cpSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../../scripts/bundle.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Builds into `folder/dist` and returns the path of the command. */
export async function buildCommand(folder: string): Promise<string> {
  cpSync(join(root, "package.json"), join(folder, "package.json"));
  await bundle(folder);
  return join(folder, "dist", "cli", "main.js");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(await buildCommand(process.argv[2] ?? dirname(root)));
}
