// What `fit` costs over the bare compiled loop, with everything on: progress, JSONL, TensorBoard and checkpoints every 500
// steps. Both train the same model on the same batches in one process, in turn, so that what disturbs the machine disturbs
// both.
//   node benchmarks/fit-overhead.mjs [--only W2,W3] [--rounds 9] [--bare] [--cpu] [--library FOLDER]
// --bare leaves callbacks and checkpoints away: what is left is the loop of `fit` itself. --cpu measures processor time in
// place of time, for a machine with other work; set CHAINRULE_THREADS=1 with it, since waiting threads count as well. FOLDER
// holds index.js and train/node.js (default: ../dist); sources do with `npx jiti`.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { median } from "./median.mjs";
import { asTensors, makeOptimizer, makeStep } from "./peers/chainrule.mjs";
import { models } from "./peers/chainrule-models.mjs";
import { makeWorkload } from "./workloads.mjs";

/** Steps in an epoch; each has the same number of checkpoints. */
const stepsIn = { W2: 1000, W3: 500 };

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "W2,W3" },
    rounds: { type: "string", default: "9" },
    bare: { type: "boolean", default: false },
    cpu: { type: "boolean", default: false },
    library: { type: "string", default: join(import.meta.dirname, "../dist") },
    extension: { type: "string", default: "js" }, // "ts" for sources
  },
});
/** Milliseconds of this process, or of the clock. */
const now = values.cpu
  ? () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    }
  : () => performance.now();
const rounds = Number(values.rounds);
const load = (name) =>
  import(pathToFileURL(join(resolve(values.library), `${name}.${values.extension}`)).href);
const library = await load("index");
const training = await load("train/node");
const folder = mkdtempSync(join(tmpdir(), "fit-overhead-"));
try {
  for (const id of values.only.split(",")) await compare(id);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function compare(id) {
  const workload = makeWorkload(id);
  const batches = workload.batches.map((batch) => asTensors(library, workload, batch));
  const steps = stepsIn[id];
  const bare = bareLoop(workload, batches, steps);
  bare();
  const pairs = [];
  await throughFit(workload, batches, steps, (seconds) => {
    pairs.push({ fit: seconds / steps, bare: bare() / steps });
  });
  const [, ...kept] = pairs; // the first epoch records and compiles
  const fit = median(kept.map((pair) => pair.fit)) * 1e6;
  const loop = median(kept.map((pair) => pair.bare)) * 1e6;
  const extra = median(kept.map((pair) => pair.fit - pair.bare)) * 1e6;
  const share = (100 * median(kept.map((pair) => pair.fit / pair.bare - 1))).toFixed(1);
  console.log(
    `${id}  bare ${loop.toFixed(1)} µs/step  fit ${fit.toFixed(1)} µs/step  ` +
      `over it ${extra.toFixed(1)} µs/step  ${share} %`,
  );
}

/** Seconds of a loop over the compiled step. */
function bareLoop(workload, batches, steps) {
  const { train } = makeStep(library, workload);
  return () => {
    const start = now();
    for (let k = 0; k < steps; k++) {
      const { x, target } = batches[k % batches.length];
      train(x, target);
    }
    return (now() - start) / 1000;
  };
}

/** Trains with `fit`, and gives the seconds of each epoch. */
async function throughFit(workload, batches, steps, onSeconds) {
  const model = models[workload.kind](library, workload);
  const optimizer = makeOptimizer(library, model, workload.optimizer);
  const host = batches.map(({ x, target }) => ({ x: hostOf(x), y: hostOf(target) }));
  const fieldOf = ({ dtype, shape }) => ({ dtype, shape: shape.slice(1) });
  const data = {
    fields: { x: fieldOf(host[0].x), y: fieldOf(host[0].y) },
    length: steps,
    *pass(_, { skip = 0 } = {}) {
      for (let k = skip; k < steps; k++) yield host[k % host.length];
    },
    describe: () => ({ workload: workload.id }),
  };
  const own = join(folder, workload.id);
  const { checkpointFolder, fit, jsonlLog, progress, tensorboard } = training;
  let start = 0;
  await fit(model, {
    ...{ train: data, optimizer, epochs: rounds + 1, metrics: {} },
    loss: library.losses[workload.loss],
    callbacks: [
      ...(values.bare
        ? []
        : [
            progress({ stream: { isTTY: true, columns: 100, write() {} } }),
            jsonlLog(`${own}.jsonl`),
            tensorboard(own, { histogramEpochs: 0 }),
          ]),
      {
        onStart() {
          start = now();
        },
        onEpoch() {
          onSeconds((now() - start) / 1000);
          start = now();
        },
      },
    ],
    checkpoints: values.bare
      ? undefined
      : { store: checkpointFolder(`${own}-checkpoints`), everySteps: 500 },
  });
}

function hostOf(tensor) {
  return { dtype: tensor.dtype, shape: tensor.shape, data: tensor.dataSync() };
}
