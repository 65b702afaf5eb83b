// Builds the web app (dist/studio) and the page of `chainrule explain` (dist/explain) with vite, which is found as
// studio's own or as the root's. Takes a few seconds; `node_modules` of the workspace must be there.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type * as Vite from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Configurations, each of which says where its result goes. */
const configurations: readonly string[] = [
  "studio/vite.config.ts",
  "studio/explain/vite.config.ts",
];

/** Builds both; `folder` has another `dist` than the package. */
export async function buildStudio(folder: string = root): Promise<void> {
  const vite = await findVite();
  for (const file of configurations) {
    const outDir = join(folder, "dist", file.includes("explain") ? "explain" : "studio");
    await vite.build({ configFile: join(root, file), logLevel: "warn", build: { outDir } });
  }
}

async function findVite(): Promise<typeof Vite> {
  const require = createRequire(join(root, "studio/package.json"));
  const manifest = require.resolve("vite/package.json");
  const { exports } = require(manifest) as { exports: { ".": string | { default: string } } };
  const entry = exports["."];
  const path = join(dirname(manifest), typeof entry === "string" ? entry : entry.default);
  if (!existsSync(path)) throw new Error(`vite has no ${path}`);
  return (await import(pathToFileURL(path).href)) as typeof Vite;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildStudio();
