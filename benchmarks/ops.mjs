// Single ops of this library through its public API: products, elementwise functions, softmax, layer norm and the
// convolutions of W3, with one thread and with two, beside the peak measured next to them.
//   node benchmarks/run.mjs ops [--only product,exp] [--json]

import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
import { here, requireInstalled } from "./machine.mjs";
import { median } from "./median.mjs";
import { percent } from "./numbers.mjs";
import { measurePeak } from "./peak.mjs";

const execute = promisify(execFile);
const repetitions = 3;

export async function main(args) {
  const { values } = parseArgs({
    args,
    options: { only: { type: "string", default: "" }, json: { type: "boolean", default: false } },
  });
  requireInstalled();
  const runs = { 1: [], 2: [] };
  for (let k = 0; k < repetitions; k++) {
    for (const threads of [1, 2]) runs[threads].push(await measureAll(threads, values.only));
  }
  const rows = summarise(runs);
  if (values.json) for (const row of rows) console.log(JSON.stringify(row));
  else console.log(table(rows));
}

/** All ops in one process with so many threads; no system BLAS, no native kernels. */
async function measureAll(threads, only) {
  const peak = await measurePeak(threads);
  const env = {
    CHAINRULE_BLAS: "off",
    CHAINRULE_NATIVE: "off",
    ...process.env,
    CHAINRULE_THREADS: String(threads),
  };
  const script = resolve(here, "measure-ops.mjs");
  const { stdout } = await execute(process.execPath, [script, only], { env, maxBuffer: 1e7 });
  return { peak, rows: JSON.parse(stdout.trimEnd().split("\n").at(-1)) };
}

function summarise(runs) {
  const names = runs[1][0].rows.map(({ name }) => name);
  return names.flatMap((name, k) =>
    [1, 2].map((threads) => {
      const of = (get) => median(runs[threads].map(get));
      const { flops, bytes, elements } = runs[threads][0].rows[k];
      const milliseconds = of(({ rows }) => rows[k].milliseconds);
      return {
        name,
        threads,
        milliseconds,
        gflops: flops === undefined ? null : flops / milliseconds / 1e6,
        ofPeak:
          flops === undefined
            ? null
            : of(({ rows, peak }) => flops / rows[k].milliseconds / 1e6 / peak),
        gigabytesPerSecond: bytes === undefined ? null : bytes / milliseconds / 1e6,
        elementsPerNanosecond: elements === undefined ? null : elements / milliseconds / 1e6,
      };
    }),
  );
}

function table(rows) {
  const lines = [
    "| op | threads | µs | GFLOP/s | of 128-bit peak | GB/s read and written | elements per ns |",
    "|---|--:|--:|--:|--:|--:|--:|",
  ];
  const shown = (value) => (value === null ? "" : value.toPrecision(3));
  for (const row of rows) {
    const share = row.ofPeak === null ? "" : percent(row.ofPeak);
    const cells = [row.name, row.threads, shown(1000 * row.milliseconds), shown(row.gflops), share];
    cells.push(shown(row.gigabytesPerSecond), shown(row.elementsPerNanosecond));
    lines.push(`| ${cells.join(" | ")} |`);
  }
  return lines.join("\n");
}
