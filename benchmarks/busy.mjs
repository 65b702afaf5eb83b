// How a step behaves on a machine that is not idle: W2, a thousand steps, alone and with one process that computes
// without pause beside it, in turn.
//   node benchmarks/run.mjs busy [--only W2] [--steps 1000] [--json]

import { execFile, spawn } from "node:child_process";
import { resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
import { here, requireInstalled, threadCount } from "./machine.mjs";
import { median } from "./median.mjs";

const execute = promisify(execFile);
const repetitions = 3;

export async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string", default: "W2" },
      steps: { type: "string", default: "1000" },
      json: { type: "boolean", default: false },
    },
  });
  requireInstalled();
  const { only: workload, steps } = values;
  const runs = { idle: [], busy: [] };
  for (let k = 0; k < repetitions; k++) {
    runs.idle.push(await measure(workload, steps));
    runs.busy.push(await besideABusyProcess(() => measure(workload, steps)));
  }
  const rows = Object.entries(runs).map(([state, results]) => ({
    workload,
    state,
    threads: threadCount(),
    medianMs: median(results.map((result) => result.median)),
    p99Ms: median(results.map((result) => result.p99)),
    slowestMs: Math.max(...results.map((result) => result.slowest)),
  }));
  if (values.json) for (const row of rows) console.log(JSON.stringify(row));
  else print(rows);
}

function print(rows) {
  const [idle, busy] = rows;
  console.log("| workload | machine | threads | median ms | p99 ms | slowest ms |");
  console.log("|---|---|--:|--:|--:|--:|");
  for (const { workload, state, threads, ...times } of rows) {
    const numbers = Object.values(times).map((value) => value.toPrecision(3));
    console.log(`| ${[workload, state, threads, ...numbers].join(" | ")} |`);
  }
  console.log(
    `\nThe median step takes ${(busy.medianMs / idle.medianMs).toFixed(2)} times as long.`,
  );
}

async function measure(workload, steps) {
  const script = resolve(here, "measure-busy.mjs");
  const { stdout } = await execute(process.execPath, [script, workload, steps]);
  return JSON.parse(stdout.trimEnd().split("\n").at(-1));
}

async function besideABusyProcess(f) {
  const competitor = spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
  try {
    return await f();
  } finally {
    competitor.kill("SIGKILL");
  }
}
