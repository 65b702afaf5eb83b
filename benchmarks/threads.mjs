// Whether results depend on the number of threads: W2 to W5 are trained for some steps with 1, 2 and 4, and a hash of all
// parameters and losses must be the same. The exit code is 1 where it is not.
//   node benchmarks/run.mjs threads [--only W3] [--steps 20] [--json]

import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
import { here, requireInstalled } from "./machine.mjs";

const execute = promisify(execFile);
const counts = [1, 2, 4];

export async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string", default: "W2,W3,W4,W5" },
      steps: { type: "string", default: "20" },
      json: { type: "boolean", default: false },
    },
  });
  requireInstalled();
  for (const workload of values.only.split(",")) {
    const rows = [];
    for (const threads of counts) rows.push(await train(workload, threads, values.steps));
    const same = rows.every(({ hash }) => hash === rows[0].hash);
    if (!same) process.exitCode = 1;
    if (values.json) for (const row of rows) console.log(JSON.stringify(row));
    else print(workload, rows, same);
  }
}

async function train(workload, threads, steps) {
  const env = {
    ...process.env,
    CHAINRULE_THREADS: String(threads),
    CHAINRULE_BLAS: "off",
    CHAINRULE_NATIVE: "off",
  };
  const script = resolve(here, "measure-hash.mjs");
  const { stdout } = await execute(process.execPath, [script, workload, steps], { env });
  return { workload, threads, ...JSON.parse(stdout.trimEnd().split("\n").at(-1)) };
}

function print(workload, rows, same) {
  for (const { threads, hash, loss, milliseconds } of rows) {
    const time = `${milliseconds.toPrecision(3)} ms a step`;
    console.log(`${workload}  ${threads} threads  ${hash}  loss ${loss}  ${time}`);
  }
  console.log(`${workload}  ${same ? "the same bits" : "DIFFERENT BITS"}\n`);
}
