// Builds `dist` where it is missing or older than what it is made of, so that `npm start` and `npm run example` begin at
// once otherwise. `npm test` and packing always build.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const sources = [
  "src",
  "studio",
  "scripts",
  "package.json",
  "package-lock.json",
  "rolldown.config.ts",
  "tsconfig.json",
  "tsconfig.build.json",
];
/** What each step of a build writes, the last of each: a build that was interrupted may have removed it. */
const results = [
  "index.d.ts",
  "index.js",
  "cli/main.js",
  "report/page.js",
  "studio/index.html",
  "explain/page.html",
];
const stamp = join(root, "dist/.built");

/** When anything at or below a path was changed last, in milliseconds; copying an older file over another one counts. */
function newest(path: string): number {
  const found = statSync(path);
  if (!found.isDirectory()) return found.ctimeMs;
  const inside = readdirSync(path).filter((name) => name !== "node_modules" && name !== "dist");
  return Math.max(found.ctimeMs, ...inside.map((name) => newest(join(path, name))));
}

function isOld(): boolean {
  const files = [stamp, ...results.map((name) => join(root, "dist", name))];
  if (!files.every((file) => existsSync(file))) return true;
  return statSync(stamp).mtimeMs < Math.max(...sources.map((path) => newest(join(root, path))));
}

if (isOld()) {
  const begun = new Date();
  const { status } = spawnSync("npm run --silent build", {
    cwd: root,
    shell: true,
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) process.exit(status ?? 1); // the compiler has said why
  writeFileSync(stamp, "");
  utimesSync(stamp, begun, begun); // what was changed during the build is newer
}
