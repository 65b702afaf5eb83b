// How time grows: per step with the batch and with the depth, and for the first step with the length of the graph.
// Straight lines are the goal; the table gives the exponent p of time ∝ size^p over the larger half of the sizes.
//   node benchmarks/run.mjs scaling [--json] [--svg scaling.svg]

import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
import { here, requireInstalled } from "./machine.mjs";

const execute = promisify(execFile);

/** What grows: a workload, the fact that is changed, its sizes, and the time that is reported. */
const series = [
  {
    name: "W2 by batch",
    workload: "W2",
    fact: "batch",
    sizes: [16, 32, 64, 128, 256, 512, 1024],
    time: "step",
  },
  { name: "W3 by batch", workload: "W3", fact: "batch", sizes: [8, 16, 32, 64, 128], time: "step" },
  { name: "W5 by blocks", workload: "W5", fact: "depth", sizes: [1, 2, 4, 8], time: "step" },
  {
    name: "W4 by time steps",
    workload: "W4",
    fact: "time",
    sizes: [8, 16, 32, 64, 128],
    time: "step",
  },
  {
    name: "W5 compiled, by blocks",
    workload: "W5",
    fact: "depth",
    sizes: [1, 2, 4, 8, 16],
    time: "first",
  },
  {
    name: "W4 compiled, by time steps",
    workload: "W4",
    fact: "time",
    sizes: [8, 16, 32, 64, 128],
    time: "first",
  },
];

export async function main(args) {
  const { values } = parseArgs({
    args,
    options: { json: { type: "boolean", default: false }, svg: { type: "string" } },
  });
  requireInstalled();
  const measured = [];
  for (const one of series) {
    const points = [];
    for (const size of one.sizes) points.push({ size, milliseconds: await measure(one, size) });
    measured.push({ ...one, points });
    if (values.json) console.log(JSON.stringify({ name: one.name, points }));
    else print(one, points);
  }
  if (values.svg !== undefined) {
    const { plot } = await import("./plot.mjs");
    writeFileSync(values.svg, plot(measured));
    process.stderr.write(`${values.svg}\n`);
  }
}

async function measure({ workload, fact, time }, size) {
  const script = resolve(here, "measure-scaling.mjs");
  const { stdout } = await execute(process.execPath, [script, workload, fact, String(size)]);
  return JSON.parse(stdout.trimEnd().split("\n").at(-1))[time];
}

function print({ name, fact }, points) {
  console.log(`${name}\n`);
  console.log(`| ${fact} | ${points.map(({ size }) => size).join(" | ")} |`);
  console.log(`|---|${"--:|".repeat(points.length)}`);
  const times = points.map(({ milliseconds }) => milliseconds.toPrecision(3));
  console.log(`| ms | ${times.join(" | ")} |\n`);
  console.log(`Exponent: ${exponent(points).toFixed(2)}\n`);
}

/** p of time ∝ size^p, by least squares over the larger half of the points. */
function exponent(points) {
  const larger = points.slice(Math.floor(points.length / 2) - 1);
  const x = centred(larger.map(({ size }) => Math.log(size)));
  const y = centred(larger.map(({ milliseconds }) => Math.log(milliseconds)));
  const dot = (a, b) => a.reduce((sum, value, k) => sum + value * b[k], 0);
  return dot(x, y) / dot(x, x);
}

function centred(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}
