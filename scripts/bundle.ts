// Bundles library and command line (rolldown.config.ts) into `dist` of a folder, without rolldown's table of fifty files.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import parts from "../rolldown.config.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Writes what belongs into `folder/dist`. */
export async function bundle(folder: string): Promise<void> {
  for (const part of parts) {
    const made = await rolldown({ ...part, cwd: root });
    await made.write({ ...part.output, dir: join(folder, part.output.dir) });
    await made.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle(root);
