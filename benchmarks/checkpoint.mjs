// What checkpoint(f) saves and costs: a training step of W5's transformer with 24 blocks, each block checkpointed, beside
// the same step without. Arena bytes are those of the plan; times are medians of alternating rounds in one process.
//   npx jiti benchmarks/checkpoint.mjs [--depth 24] [--rounds 7]

import { parseArgs } from "node:util";
import * as library from "../src/index.ts";
import { currentDevice } from "../src/runtime/target.ts";
import { median } from "./median.mjs";
import { asTensors, makeOptimizer } from "./peers/chainrule.mjs";
import { models } from "./peers/chainrule-models.mjs";
import { makeWorkload } from "./workloads.mjs";

const { values } = parseArgs({
  options: {
    depth: { type: "string", default: "24" },
    rounds: { type: "string", default: "7" },
  },
});
const megabyte = 2 ** 20;
const stepsPerRound = 3;

library.setTarget("wasm");
const plans = watchPlans();
const workload = makeWorkload("W5", { depth: Number(values.depth) });
const runs = [preparedStep("stored", false), preparedStep("checkpoint", true)];
for (let round = 0; round < Number(values.rounds); round++) for (const run of runs) measure(run);
const [stored, recomputed] = runs;
for (const { name, plan, times, first, loss } of runs) {
  const arena = (plan.scratchBytes / megabyte).toFixed(1);
  console.log(
    `${name.padEnd(10)}  arena ${arena.padStart(6)} MiB  step ${median(times).toFixed(1)} ms  first ${first.toFixed(0)} ms  ${plan.steps.length} steps  loss ${loss}`,
  );
}
const memory = recomputed.plan.scratchBytes / stored.plan.scratchBytes;
const time = median(recomputed.times) / median(stored.times);
console.log(`memory × ${memory.toFixed(2)}, time × ${time.toFixed(2)}`);
process.exit(0);

/** Keeps the plans that the device makes. */
function watchPlans() {
  const device = currentDevice();
  const { prepare } = device;
  const kept = [];
  device.prepare = (graph) => {
    const program = prepare.call(device, graph);
    kept.push(program.plan);
    return program;
  };
  return kept;
}

function preparedStep(name, checkpointed) {
  const model = models.gpt(library, workload);
  if (checkpointed) {
    for (const block of model.blocks) block.forward = library.checkpoint(block.forward);
  }
  const optimizer = makeOptimizer(library, model, workload.optimizer);
  const train = library.compile((x, target) => {
    const loss = library.losses.crossEntropy(model.forward(x), target);
    optimizer.step(loss.backward());
    return loss;
  });
  const { x, target } = asTensors(library, workload, workload.batches[0]);
  const start = performance.now();
  const loss = train(x, target).itemSync();
  const first = performance.now() - start;
  return { name, plan: plans.at(-1), step: () => train(x, target), times: [], first, loss };
}

function measure({ step, times }) {
  step();
  for (let k = 0; k < stepsPerRound; k++) {
    const start = performance.now();
    step();
    times.push(performance.now() - start);
  }
}
