// Tables for docs/performance.md from the lines that `--json` prints: one row per library, one column per workload.
//   node benchmarks/run.mjs --json > steps.jsonl
//   node benchmarks/run.mjs ops --json > ops.jsonl
//   node benchmarks/report.mjs steps.jsonl [ops.jsonl …] [--write docs/performance.md]
// With --write, the text between the page's markers is replaced; else the tables are printed.

import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { describeMachine } from "./machine.mjs";
import { percent, rounded } from "./numbers.mjs";
import { peers } from "./peers.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: "string" } },
});
const lines = positionals.flatMap(readLines);
const steps = lines.filter((line) => "msPerStep" in line);
const ops = lines.filter((line) => "gigabytesPerSecond" in line);
const text = [machineText(), ...stepTables(), ...opTables()].join("\n");
if (values.write === undefined) console.log(text);
else writeFileSync(values.write, replaced(readFileSync(values.write, "utf8"), text));

/** JSON lines of a file; what npm printed among them is passed over. */
function readLines(file) {
  const isJson = (line) => line.startsWith("{");
  return readFileSync(file, "utf8")
    .split("\n")
    .filter(isJson)
    .map((line) => JSON.parse(line));
}

function machineText() {
  const { cpu, cores, node, system } = describeMachine();
  const day = new Date().toISOString().slice(0, 10);
  return `${cpu}, ${cores} cores, Node ${node}, ${system}, ${day}.\n`;
}

function stepTables() {
  if (steps.length === 0) return [];
  return [
    matrix("Milliseconds per step", (line) => rounded(line.msPerStep)),
    matrix("Times as long as chainrule `wasm`", (line) => ratio(line, "wasm")),
    matrix("Times as long as chainrule `native`", (line) => ratio(line, "native")),
    matrix("Share of the 128-bit peak", (line) => percent(line.ofPeak)),
    matrix("Cold start, ms", (line) => line.coldMs.toFixed(0)),
    matrix("Peak memory of the process, MB", (line) => line.peakRssMB.toFixed(0)),
    problems(),
  ];
}

/** One table: a row per library and variant, a column per workload. */
function matrix(title, cell) {
  const workloads = [...new Set(steps.map(({ workload }) => workload))];
  const names = Object.values(peers)
    .map(nameOf)
    .filter((name) => steps.some((line) => nameOf(line) === name));
  const rows = names.map((name) => {
    const cells = workloads.map((workload) => {
      const line = steps.find((one) => nameOf(one) === name && one.workload === workload);
      return line?.msPerStep == null ? "" : cell(line);
    });
    return `| ${[name, ...cells].join(" | ")} |`;
  });
  return [
    `### ${title}\n`,
    `| | ${workloads.join(" | ")} |`,
    `|---|${"--:|".repeat(workloads.length)}`,
    ...rows,
    "",
  ].join("\n");
}

function ratio({ workload, msPerStep }, variant) {
  const own = steps.find(
    (line) =>
      line.library === "chainrule" && line.variant === variant && line.workload === workload,
  );
  return own?.msPerStep == null ? "" : rounded(msPerStep / own.msPerStep);
}

function nameOf({ library, variant }) {
  return `${library} \`${variant}\``;
}

/** Rows that failed or whose losses are not those of the others. */
function problems() {
  const wrong = steps.filter(({ problem }) => problem !== undefined);
  return wrong
    .map((line) => `- ${line.workload}, ${nameOf(line)}: ${line.problem}`)
    .concat("")
    .join("\n");
}

function opTables() {
  if (ops.length === 0) return [];
  const rows = ops
    .filter(({ threads }) => threads === 1)
    .map((one) => {
      const two = ops.find(({ name, threads }) => name === one.name && threads === 2);
      const shares = [one, two].map((row) => (row?.ofPeak == null ? "" : percent(row.ofPeak)));
      const speed = one.gflops ?? one.elementsPerNanosecond;
      const unit = one.gflops === null ? "elements/ns" : "GFLOP/s";
      const faster = two === undefined ? "" : rounded(one.milliseconds / two.milliseconds);
      return `| ${[one.name, `${rounded(speed)} ${unit}`, shares[0], faster, shares[1]].join(" | ")} |`;
    });
  return [
    "### Single ops\n",
    "| op | one thread | of 128-bit peak | speed-up by two | of peak of two |",
    "|---|--:|--:|--:|--:|",
    ...rows,
    "",
  ];
}

function replaced(page, inserted) {
  const [begin, end] = ["<!-- results -->", "<!-- end of results -->"];
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the page has no ${begin} … ${end}`);
  return `${page.slice(0, from + begin.length)}\n${inserted}\n${page.slice(to)}`;
}
