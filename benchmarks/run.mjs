// Measures training steps of this library and of others, each in a process of its own, in turn, and prints one table.
//   node benchmarks/run.mjs [--workloads W1,W2] [--peers chainrule,tfjs-wasm] [--repetitions 3] [--quick] [--out file]
// Every result goes to a file of JSON lines, the first of which describes the machine.

import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { arch, cpus, platform, release, totalmem } from "node:os";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { peers } from "./peers.mjs";
import { summarise, table } from "./table.mjs";
import { workloads } from "./workloads.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const options = readOptions();
requireInstalled();

const machine = describeMachine();
mkdirSync(dirname(options.out), { recursive: true });
writeFileSync(options.out, `${JSON.stringify({ machine, at: new Date().toISOString() })}\n`);
const results = await measureAll();
const rows = summarise(results);
console.log(`\n${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${machine.system}`);
console.log(
  `${new Set(results.map((r) => r.repetition)).size} processes per row at most; all results: ${options.out}\n`,
);
console.log(table(rows));
process.exitCode = rows.some((row) => row.peer === "chainrule" && row.problem !== undefined)
  ? 1
  : 0;

/** Repetitions outside, peers inside: what disturbs the machine for a while disturbs all of them. */
async function measureAll() {
  const results = [];
  const slow = new Set();
  for (const workload of options.workloads) {
    for (let repetition = 1; repetition <= options.repetitions; repetition++) {
      for (const peer of options.peers) {
        if (slow.has(`${peer} ${workload}`)) continue;
        const result = { ...(await measure(peer, workload)), repetition };
        results.push(result);
        appendFileSync(options.out, `${JSON.stringify(result)}\n`);
        progress(result);
        if (!result.ok || result.blocks < 7) slow.add(`${peer} ${workload}`);
      }
    }
  }
  return results;
}

/** Runs one process; a peer that fails, hangs or prints nothing gives a result that says so. */
function measure(peer, workload) {
  const pace = options.quick ? "quick" : "full";
  const script = [resolve(here, "measure.mjs"), peer, workload, String(options.seconds), pace];
  return new Promise((done) => {
    const child = spawn(process.execPath, script, { stdio: ["ignore", "pipe", "pipe"] });
    const limit = setTimeout(() => child.kill("SIGKILL"), 1000 * (5 * options.seconds + 300));
    let output = "";
    let errors = "";
    child.stdout.on("data", (text) => {
      output += text;
    });
    child.stderr.on("data", (text) => {
      errors += text;
    });
    child.on("close", (code, signal) => {
      clearTimeout(limit);
      done(
        parseResult(output) ?? { peer, workload, ok: false, error: failure(code, signal, errors) },
      );
    });
  });
}

function parseResult(output) {
  const last = output.trimEnd().split("\n").at(-1);
  return last.startsWith("{") ? JSON.parse(last) : undefined;
}

function failure(code, signal, errors) {
  if (signal !== null) return `ended by ${signal}`;
  return `exit ${code}: ${errors.trim().split("\n").at(-1).slice(0, 200)}`;
}

function progress({ workload, peer, repetition, ok, milliseconds, otherLoad, error }) {
  const outcome = ok ? `${milliseconds.toPrecision(3)} ms/step` : error;
  const busy =
    ok && otherLoad > 0.25 ? `  (other processes used ${otherLoad.toFixed(1)} cores)` : "";
  process.stderr.write(`${workload} ${peer} ${repetition}: ${outcome}${busy}\n`);
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      workloads: { type: "string" },
      peers: { type: "string" },
      repetitions: { type: "string" },
      quick: { type: "boolean", default: false },
      out: { type: "string" },
    },
  });
  const { quick } = values;
  const stamp = new Date().toISOString().replaceAll(":", "").slice(0, 17);
  return {
    quick,
    seconds: quick ? 12 : 60,
    workloads: chosen("workload", values.workloads, workloads),
    peers: chosen("peer", values.peers, peers),
    repetitions: positive(values.repetitions ?? (quick ? "1" : "3")),
    out: resolve(values.out ?? `${here}/runs/${stamp}.jsonl`),
  };
}

function chosen(kind, text, known) {
  const names = text === undefined ? Object.keys(known) : text.split(",");
  for (const name of names) {
    if (!(name in known))
      stop(`no ${kind} is named ${name}; there are ${Object.keys(known).join(", ")}`);
  }
  return names;
}

function positive(text) {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1)
    stop(`--repetitions must be a whole number from 1 on, not ${text}`);
  return count;
}

function requireInstalled() {
  const builtHere =
    options.peers.includes("chainrule") && process.env.CHAINRULE_LIBRARY === undefined;
  if (builtHere && !existsSync(resolve(here, "../dist/index.js"))) {
    stop("dist/index.js is missing: run `npm run build` in the repository's root first");
  }
  if (!existsSync(resolve(here, "node_modules"))) {
    stop("the other libraries are not installed: run `npm --prefix benchmarks ci` first");
  }
}

function describeMachine() {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${arch()} ${release()}`,
    node: process.versions.node,
    v8: process.versions.v8,
  };
}

function stop(message) {
  process.stderr.write(`benchmarks: ${message}\n`);
  process.exit(2);
}
