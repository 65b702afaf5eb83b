// Kills a training run at random moments, also while it saves, and checks that it always continues to the same bits.
//   npm run kill-test -- [--times 200] [--target wasm] [--threads 2] [--seed 1]
// Without a target and a number of threads, the four combinations share the kills.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { killOften } from "./kill/often.ts";

const { values } = parseArgs({
  options: {
    times: { type: "string", default: "200" },
    target: { type: "string" },
    threads: { type: "string" },
    seed: { type: "string", default: "1" },
    command: { type: "string", default: resolve(import.meta.dirname, "../dist/cli/main.js") },
  },
});

/** Runs of a few seconds each, most of which is spent on saving. */
const settings = {
  wasm: ["--hidden", "1024", "--epochs", "80", "--checkpoint-every", "5"],
  reference: ["--hidden", "16", "--epochs", "5", "--checkpoint-every", "1"],
} as const;

const targets = (["wasm", "reference"] as const).filter((name) => (values.target ?? name) === name);
const threads = [1, 2].filter((count) => Number(values.threads ?? count) === count);
const combinations = targets.flatMap((target) => threads.map((count) => [target, count] as const));
const times = Math.ceil(Number(values.times) / combinations.length);

for (const [target, count] of combinations) {
  const folder = mkdtempSync(join(tmpdir(), "chainrule-kill-"));
  const { kills, inSave, early, runs, faults } = await killOften({
    ...{ command: values.command, folder, times, target, threads: count },
    ...{ recipe: join(import.meta.dirname, "kill/recipe.ts"), seed: Number(values.seed) + count },
    settings: settings[target],
    say: (line) => process.stderr.write(process.stderr.isTTY ? `\r\x1b[2K${line}` : `${line}\n`),
  });
  rmSync(folder, { recursive: true, force: true });
  const where = `${inSave} while a file was half written, ${early} before the first checkpoint`;
  const what = `${kills} kills (${where}), ${runs} runs continued to their end`;
  console.log(
    `${target}, ${count} thread${count === 1 ? "" : "s"}: ${what}, ${faults.length} faults`,
  );
  for (const fault of faults) console.log(`  ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
}
