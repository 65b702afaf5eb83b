// Times of single steps, in one process: node measure-busy.mjs <workload> <steps>. Prints their median, 99th percentile
// and largest in milliseconds.

import { build, load } from "./peers/chainrule.mjs";
import { makeWorkload } from "./workloads.mjs";

const [id, steps] = process.argv.slice(2);
const workload = makeWorkload(id);
const peer = build(await load(), workload);
const warmUpSteps = 300;
for (let k = 0; k < warmUpSteps; k++) peer.step(k % workload.batches.length);
await peer.loss();
const times = new Float64Array(Number(steps));
for (let k = 0; k < times.length; k++) {
  const start = performance.now();
  peer.step(k % workload.batches.length);
  times[k] = performance.now() - start;
}
times.sort();
const at = (share) => times[Math.min(times.length - 1, Math.floor(share * times.length))];
console.log(`\n${JSON.stringify({ median: at(0.5), p99: at(0.99), slowest: times.at(-1) })}`);
process.exit(0);
