// npm run fuzz -- [parser …] [--inputs 1000000] [--seed 1] [--only input]
// Gives damaged and made-up files to the parsers of scripts/fuzz (all of them by default), each in a watched process of
// its own, and ends with exit code 1 when one hangs, crashes, throws a foreign error or takes too much memory.

import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Finding } from "./fuzz/engine/run.ts";
import { targetNames } from "./fuzz/engine/target.ts";
import { watch } from "./fuzz/engine/watch.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    inputs: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
  },
});
const all = targetNames();
const unknown = positionals.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`There is no parser ${unknown.join(", ")}; there are ${all.join(", ")}.`);
  process.exit(2);
}

const seed = Number(values.seed);
const from = Number(values.only ?? 0);
const to = values.only === undefined ? Number(values.inputs) : from + 1;
let findings = 0;
for (const name of positionals.length > 0 ? positionals : all) {
  const started = Date.now();
  const result = await watch(name, seed, from, to);
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(
    `${name}: ${result.inputs} inputs, ${result.accepted} accepted, ${result.refused} refused, ` +
      `${result.findings.length} findings, at most ${(result.mostMemory / 2 ** 20).toFixed(1)} MiB, ${seconds} s`,
  );
  for (const finding of result.findings) report(name, finding);
  findings += result.findings.length;
}
process.exitCode = findings === 0 ? 0 : 1;

function report(name: string, { input, problem, bytes }: Finding): void {
  const folder = join(tmpdir(), "chainrule-fuzz");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}-${seed}-${input}.bin`);
  writeFileSync(file, bytes);
  console.log(`  input ${input} (${bytes.length} bytes, ${file}): ${problem}`);
}
