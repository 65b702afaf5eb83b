// The plan of a workload's step: how many kernels it has and how many differ, how large its arena is beside the least that
// must be alive at once, and what is alive then.
//   npx jiti benchmarks/plan.mjs W5 [--text]     (--text prints the whole plan)

import { parseArgs } from "node:util";
import { compileGraph } from "../src/compiler/pipeline.ts";
import { printPlan } from "../src/compiler/print-plan.ts";
import * as library from "../src/index.ts";
import { printKernel } from "../src/ir/print-loops.ts";
import { currentDevice } from "../src/runtime/target.ts";
import { wasmFacts } from "../src/runtime/wasm/facts.ts";
import { asTensors, makeStep } from "./peers/chainrule.mjs";
import { makeWorkload } from "./workloads.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { text: { type: "boolean", default: false } },
});
const megabyte = 2 ** 20;
const shownLines = 12;

for (const id of positionals) {
  const { plan, milliseconds } = planOf(id);
  if (values.text) console.log(printPlan(plan));
  else describe(id, plan, milliseconds);
}
process.exit(0);

/** Records a step, takes the graph that the device is given, and compiles it once more. */
function planOf(id) {
  library.setTarget("wasm");
  const device = currentDevice();
  const { prepare } = device;
  let graph;
  device.prepare = (given) => {
    graph = given;
    return prepare.call(device, given);
  };
  const workload = makeWorkload(id);
  const { train } = makeStep(library, workload);
  const { x, target } = asTensors(library, workload, workload.batches[0]);
  train(x, target);
  device.prepare = prepare;
  const start = performance.now();
  const plan = compileGraph(graph, wasmFacts);
  return { plan, milliseconds: performance.now() - start };
}

function describe(id, plan, milliseconds) {
  const loops = plan.steps.filter(({ kind }) => kind === "loops");
  const distinct = new Set(loops.map(({ kernel }) => printKernel(kernel))).size;
  const { bytes, step, alive } = liveMinimum(plan);
  const ratio = bytes === 0 ? 1 : plan.scratchBytes / bytes;
  console.log(
    `${id}: ${plan.steps.length} steps, of which ${loops.length} loops (${distinct} different)`,
  );
  console.log(`  compiled again in ${milliseconds.toFixed(0)} ms`);
  console.log(
    `  arena ${inMegabytes(plan.scratchBytes)}, least alive ${inMegabytes(bytes)}, ratio ${ratio.toFixed(3)}`,
  );
  console.log(`  alive at step ${step}, ${describeStep(plan.steps[step])}:`);
  for (const [maker, { count, sum }] of alive.slice(0, shownLines)) {
    console.log(`    ${inMegabytes(sum).padStart(9)}  ${count} × ${maker}`);
  }
}

/** The step at which most bytes of scratch memory are alive, how many, and by which steps they were made. */
function liveMinimum(plan) {
  const lives = livesOf(plan);
  const aliveAt = (step) => lives.filter(({ first, last }) => first <= step && step <= last);
  const bytesAt = (step) => aliveAt(step).reduce((sum, { bytes }) => sum + bytes, 0);
  const steps = [...plan.steps.keys()];
  const step = steps.reduce((best, k) => (bytesAt(k) > bytesAt(best) ? k : best), 0);
  const makers = new Map();
  for (const { first, bytes } of aliveAt(step)) {
    const maker = describeStep(plan.steps[first]);
    const { count, sum } = makers.get(maker) ?? { count: 0, sum: 0 };
    makers.set(maker, { count: count + 1, sum: sum + bytes });
  }
  return { bytes: bytesAt(step), step, alive: [...makers].sort((a, b) => b[1].sum - a[1].sum) };
}

/** First and last step of each scratch buffer. Several buffers at one place are one storage. */
function livesOf({ steps, buffers, outputs }) {
  const lives = new Map();
  const touch = ({ buffer }, step) => {
    const { place, elements, dtype } = buffers[buffer];
    if (place.kind !== "scratch") return;
    const life = lives.get(buffer) ?? { first: step, bytes: elements * wasmFacts.storage[dtype] };
    lives.set(buffer, { ...life, last: step });
  };
  const refsOf = (step) => (step.kind === "repeat" ? step.body.flatMap(refsOf) : step.buffers);
  steps.forEach((step, k) => {
    for (const ref of refsOf(step)) touch(ref, k);
  });
  for (const { ref } of outputs) touch(ref, steps.length - 1);
  return [...lives.values()];
}

function describeStep(step) {
  if (step.kind !== "loops") return `${step.name ?? "repeat"} [${step.numbers ?? step.count}]`;
  const { parallel, reduce, body, buffers } = step.kernel;
  const results = buffers.filter(({ access }) => access !== "read").length;
  const summed = reduce.length === 0 ? "" : ` reduce [${reduce}]`;
  return `kernel [${parallel}]${summed}, ${body.length} statements, ${results} results`;
}

function inMegabytes(bytes) {
  return `${(bytes / megabyte).toFixed(2)} MiB`;
}
