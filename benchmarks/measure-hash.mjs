// Trains for some steps in one process, node measure-hash.mjs <workload> <steps>, and prints a hash of every loss and of
// all parameters at the end.

import { createHash } from "node:crypto";
import { build, load } from "./peers/chainrule.mjs";
import { makeWorkload } from "./workloads.mjs";

const [id, steps] = process.argv.slice(2);
const workload = makeWorkload(id);
const peer = build(await load(), workload);
const hash = createHash("sha256");
const times = [];
let loss;
for (let k = 0; k < Number(steps); k++) {
  const start = performance.now();
  peer.step(k % workload.batches.length);
  times.push(performance.now() - start);
  loss = await peer.loss();
  hash.update(Float64Array.of(loss));
}
for (const values of peer.parameters()) {
  hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}
const milliseconds = times.sort((a, b) => a - b)[times.length >> 1];
console.log(`\n${JSON.stringify({ hash: hash.digest("hex").slice(0, 16), loss, milliseconds })}`);
process.exit(0);
