// Builds library and command line into a folder of their own, in a fraction of a second: what `npm run build` makes in
// dist, without the type declarations. Tests run the real bundle as child processes.

import { cpSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import config from "../../rolldown.config.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Builds into `folder/dist` and returns the path of the command. */
export async function buildCommand(folder: string): Promise<string> {
  const dist = join(folder, "dist");
  mkdirSync(dist, { recursive: true });
  cpSync(join(root, "package.json"), join(folder, "package.json"));
  const library = await rolldown({
    input: [
      "index",
      "data/node",
      "formats/node",
      "train/node",
      "inspect/index",
      "runtime/wasm/features",
    ].map((name) => join(root, "src", `${name}.ts`)),
    platform: "node",
    treeshake: false,
  });
  await library.write({
    dir: dist,
    format: "esm",
    preserveModules: true,
    preserveModulesRoot: join(root, "src"),
  });
  const command = await rolldown({ ...config, cwd: root });
  await command.write({ ...config.output, dir: join(dist, "cli") });
  return join(dist, "cli", "main.js");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(await buildCommand(process.argv[2] ?? dirname(root)));
}
