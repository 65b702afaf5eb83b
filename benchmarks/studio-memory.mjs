// Memory of a browser's tab in which a model of 1,051,274 parameters is built, trained for some steps, and a step of it
// explored: every node of the graph chosen, and the next updates. What the tab's process has for itself (anonymous pages,
// present and swapped: what the browser's task manager counts; workers included), forty times a second: after opening, the
// most so far at each stage, and at the end. Linux with Chromium; needs `npm run build`.
//
// node benchmarks/studio-memory.mjs [--json]

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const script = fileURLToPath(new URL("../test/studio/browser/weigh.ts", import.meta.url));
const jiti = fileURLToPath(new URL("../node_modules/jiti/lib/jiti-cli.mjs", import.meta.url));
const { stdout, status } = spawnSync(process.execPath, [jiti, script], {
  cwd: root,
  encoding: "utf8",
  stdio: ["ignore", "pipe", "inherit"],
});
if (status !== 0) process.exit(status ?? 1);
const stages = JSON.parse(stdout.trim().split("\n").at(-1));
if (process.argv.includes("--json")) console.log(JSON.stringify(stages));
else {
  console.log("A model of a million parameters in Studio: the tab's own memory in MB\n");
  console.log("| stage | now | most so far |\n| --- | ---: | ---: |");
  for (const { stage, now, most } of stages) console.log(`| ${stage} | ${now} | ${most} |`);
}
