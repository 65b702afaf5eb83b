// Training steps of this library and of others, each case in a process of its own, in turn, and one table.
//   node benchmarks/run.mjs [--only W1,W2] [--peers tfjs,jax] [--repetitions 3] [--quick] [--json] [--out file]
// Every result goes to a file of JSON lines, the first of which describes the machine. With --json, standard output is one
// line per library and workload.

import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { describeMachine, here, requireInstalled, stop, threadCount } from "./machine.mjs";
import { measurePeak } from "./peak.mjs";
import { peers, peersNamed } from "./peers.mjs";
import { missingPython, runMeasurement } from "./processes.mjs";
import { lineOf, summarise, table } from "./table.mjs";
import { workloads } from "./workloads.mjs";

/** Measures what the arguments ask for; the exit code is 1 where a row of this library fails or is wrong. */
export async function main(args) {
  const options = readOptions(args);
  requireInstalled();
  const machine = describeMachine();
  mkdirSync(dirname(options.out), { recursive: true });
  writeFileSync(options.out, `${JSON.stringify({ machine, at: new Date().toISOString() })}\n`);
  const rows = [];
  for (const workload of options.only) {
    const measured = summarise(await measureWorkload(workload, options));
    rows.push(...measured);
    if (options.json) for (const row of measured) console.log(JSON.stringify(lineOf(row)));
  }
  if (!options.json) {
    console.log(
      `\n${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${machine.system}`,
    );
    console.log(`chainrule on ${machine.threads} threads; all results: ${options.out}\n`);
    console.log(table(rows));
  }
  const wrong = rows.some((row) => row.peer.startsWith("chainrule") && row.problem !== undefined);
  process.exitCode = wrong ? 1 : 0;
}

/** Repetitions outside, peers inside: what disturbs the machine for a while disturbs all of them. */
async function measureWorkload(workload, options) {
  const results = [];
  const slow = new Set();
  const able = options.peers.filter((name) => peers[name].only?.includes(workload) ?? true);
  for (let repetition = 1; repetition <= options.repetitions; repetition++) {
    const peak = await measurePeak(threadCount());
    for (const peer of able) {
      if (slow.has(peer)) continue;
      const measured = await runMeasurement(peer, workload, options);
      const result = { peer, workload, repetition, peak, ...measured };
      results.push(result);
      appendFileSync(options.out, `${JSON.stringify(result)}\n`);
      progress(result);
      if (!result.ok || result.blocks < 7) slow.add(peer);
    }
  }
  return results;
}

function progress({ workload, peer, repetition, ok, milliseconds, otherLoad, error }) {
  const outcome = ok ? `${milliseconds.toPrecision(3)} ms/step` : error;
  const busy =
    ok && otherLoad > 0.25 ? `  (other processes used ${otherLoad.toFixed(1)} cores)` : "";
  process.stderr.write(`${workload} ${peer} ${repetition}: ${outcome}${busy}\n`);
}

function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string" },
      peers: { type: "string" },
      repetitions: { type: "string" },
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      out: { type: "string" },
    },
  });
  const { quick, json } = values;
  const stamp = new Date().toISOString().replaceAll(":", "").slice(0, 17);
  return {
    quick,
    json,
    seconds: quick ? 12 : 60,
    only: chosenWorkloads(values.only),
    peers: chosenPeers(values.peers),
    repetitions: positive(values.repetitions ?? (quick ? "1" : "3")),
    out: resolve(values.out ?? `${here}/runs/${stamp}.jsonl`),
  };
}

function chosenWorkloads(text) {
  const ids = text === undefined ? Object.keys(workloads) : text.split(",");
  for (const id of ids) {
    if (!(id in workloads))
      stop(`no workload ${id}; there are ${Object.keys(workloads).join(", ")}`);
  }
  return ids;
}

/** Peers in Python that this machine cannot run are left out, with a line that says so. */
function chosenPeers(text) {
  let names;
  try {
    names = peersNamed(text);
  } catch (error) {
    stop(error.message);
  }
  const missing = missingPython(names);
  for (const name of missing) process.stderr.write(`${name}: no Python here can import it\n`);
  return names.filter((name) => !missing.includes(name));
}

function positive(text) {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1)
    stop(`--repetitions must be a whole number from 1 on, not ${text}`);
  return count;
}
