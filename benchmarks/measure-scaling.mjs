// One point of a scaling curve in one process: node measure-scaling.mjs <workload> <fact> <size>. Prints milliseconds of
// the first step (recording, compiling, running) and of a later one, the best of several blocks.

import { build, load } from "./peers/chainrule.mjs";
import { makeWorkload } from "./workloads.mjs";

const [id, fact, size] = process.argv.slice(2);
const workload = makeWorkload(id, { [fact]: Number(size), batches: 1 });
const peer = build(await load(), workload);
const start = performance.now();
peer.step(0);
const first = performance.now() - start;
const end = performance.now() + 1500;
let step = Number.POSITIVE_INFINITY;
do {
  step = Math.min(step, timeOfBlock());
} while (performance.now() < end);
console.log(`\n${JSON.stringify({ first, step })}`);
process.exit(0);

function timeOfBlock() {
  const steps = Math.max(1, Math.min(200, Math.round(20 / step)));
  const from = performance.now();
  for (let k = 0; k < steps; k++) peer.step(0);
  return (performance.now() - from) / steps;
}
