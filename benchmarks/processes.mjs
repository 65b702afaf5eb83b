// Runs one measurement in a process of its own, JavaScript or Python; both print one line of JSON at the end.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { exportWorkload } from "./export.mjs";
import { here, pythonWith } from "./machine.mjs";
import { peers } from "./peers.mjs";

/** Modules of the Python peers, and the Python that has each. */
const modules = { torch_peer: "torch", numpy_peer: "numpy" };
const pythons = new Map();

/** The peers among `names` for which there is no Python. */
export function missingPython(names) {
  return names.filter((name) => {
    const file = peers[name].python;
    return file !== undefined && pythonFor(file) === undefined;
  });
}

function pythonFor(file) {
  if (!pythons.has(file)) pythons.set(file, pythonWith(modules[file]));
  return pythons.get(file);
}

/** Measures one peer on one workload; one that fails, hangs or prints nothing gives a result that says so. */
export function runMeasurement(peer, workload, { quick, seconds }) {
  const pace = quick ? "quick" : "full";
  const { python } = peers[peer];
  const command =
    python === undefined
      ? javaScript(peer, workload, seconds, pace)
      : pythonCommand(python, peers[peer].variant, workload, seconds, pace);
  return runProcess(command, { ...process.env, ...peers[peer].env }, 5 * seconds + 300);
}

function javaScript(peer, workload, seconds, pace) {
  const { flags = [] } = peers[peer];
  const script = resolve(here, "measure.mjs");
  return [process.execPath, ...flags, script, peer, workload, String(seconds), pace];
}

function pythonCommand(file, variant, workload, seconds, pace) {
  const script = resolve(here, "python/measure.py");
  const data = exported(workload);
  return [pythonFor(file), "-B", script, file, variant, data, String(seconds), pace];
}

/** Files of workloads that this run has written, in a folder that goes with the process. */
const files = new Map();
let folder;

function exported(workload) {
  if (folder === undefined) {
    folder = mkdtempSync(join(tmpdir(), "chainrule-benchmarks-"));
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  }
  if (!files.has(workload)) files.set(workload, exportWorkload(workload, folder));
  return files.get(workload);
}

function runProcess([program, ...args], env, limitSeconds) {
  return new Promise((done) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env });
    const limit = setTimeout(() => child.kill("SIGKILL"), 1000 * limitSeconds);
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
      done(parseResult(output) ?? { ok: false, error: failure(code, signal, errors) });
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
